# packages: the Debian 12 packages, by what needs them.  Read by script/setup.
# shellcheck shell=bash disable=SC2034,SC2154

# To build and to run.
packages_run=(
        build-essential pkgconf autoconf automake mawk
        libglib2.0-dev libjansson-dev libssl-dev libunistring-dev libidn2-dev
        libpq-dev libfcgi-dev libctpl-dev libcmark-gfm-dev libcmark-gfm-extensions-dev
        libcurl4-openssl-dev libargon2-dev liboath-dev libfido2-dev libqrencode-dev
        libpango1.0-dev libcairo2-dev fonts-dejavu-core fonts-lato
        libgmime-3.0-dev libxml2-dev
        libsystemd-dev libcmocka-dev
        ca-certificates tzdata util-linux
        postgresql-15 postgresql-client-15 nginx
        python3 python3-aiosmtpd
)

# To test: compilers and checkers, outside judges, a browser.
packages_tests=(
        clang libclang-rt-14-dev clang-format
        shellcheck mandoc systemd
        chromium-headless-shell npm
        curl jq oathtool poppler-utils qpdf zbar-tools librsvg2-bin
)
