# config: the files that the programs read, made anew at each start.
# shellcheck shell=bash disable=SC2034,SC2154

# config_secrets: keys that no two servers share; made once.
config_secrets() {
        if [[ ! -s $DIR/secrets ]]; then
                (
                        umask 077
                        printf 'stripe_key=sk_test_%s\nhook_secret=whsec_%s\n' \
                                "$(random_text 24)" "$(random_text 32)" >"$DIR/secrets.new"
                )
                mv "$DIR/secrets.new" "$DIR/secrets"
        fi
        grep -q '^reply_secret=' "$DIR/secrets" || printf 'reply_secret=%s\n' "$(random_text 32)" >>"$DIR/secrets"
        # shellcheck source=/dev/null
        source "$DIR/secrets"
}

random_text() { od -An -vtx1 -N "$1" /dev/urandom | tr -d ' \n'; }

# config_write NAME USER GROUP MODE: standard input becomes DIR/NAME in one step.
config_write() {
        (umask 077 && cat >"$DIR/$1.new")
        if [[ $EUID -eq 0 ]]; then
                chown "$2:$3" "$DIR/$1.new"
        fi
        chmod "$4" "$DIR/$1.new"
        mv -f "$DIR/$1.new" "$DIR/$1"
}

# config_product USER-LINE: the product's settings.
config_product() {
        cat <<END
[site]
name=Northlight Studio
portal_url=$portal_url
admin_url=$portal_url/admin
environment=development
locale=en_GB
zone=Europe/Berlin
support_email=help@northlight.example
accent=#1f5f5b

[database]
conninfo=host=$SOCKETS/pg dbname=latchkey
${1:-}

[paths]
templates=$APP/templates
files=$DIR/files
common_passwords=$APP/etc/common-passwords.txt

[gateway]
url=$sandbox_url
checkout_origin=$sandbox_url
key=$stripe_key
account=stripe
hook_secret=$hook_secret
statement_text=NORTHLIGHT STUDIO

[mail]
smtp_url=smtp://127.0.0.1:$mail_port
tls=false
from=studio@northlight.example
from_name=Northlight Studio
reply_domain=replies.northlight.example
reply_secret=$reply_secret

[seller]
name=Northlight Studio GmbH
address=Lindenallee 12\n10115 Berlin\nGermany
tax_number=DE123456789
country=DE
receipt_series=R

[bank]
holder=Northlight Studio GmbH
iban=DE89 3704 0044 0532 0130 00
bic=COBADEFFXXX
days=14
END
}

config_sandbox() {
        cat <<END
[sandbox]
conninfo=host=$SOCKETS/pg dbname=sandbox user=lk_sandbox options='-c search_path=public'
public_url=$sandbox_url
hook_url=$portal_url/hooks/stripe
hook_secret=$hook_secret
key=$stripe_key
mailbox=$DIR/mail
portal_url=$portal_url
templates=$APP/templates
END
}

# config_ctl: one command that needs no argument and no environment.
config_ctl() {
        printf '#!/bin/sh\nLATCHKEY_SQL=%q exec %q --config %q "$@"\n' "$TOP/sql" "$BIN/latchkeyctl" "$DIR/ctl.conf"
}

config_nginx() {
        local listen6=
        if grep -q '^0\{31\}1 ' /proc/net/if_inet6 2>/dev/null; then
                listen6="listen [::1]:$PORT;"
        fi
        sed -e "s|@DIR@|$DIR|g" -e "s|@NGINX@|$DIR/run|g" -e "s|@SOCKETS@|$SOCKETS|g" \
                -e "s|@STATIC@|$APP/static|g" -e "s|@FILES@|$DIR/files|g" \
                -e "s|@PORT@|$PORT|g" -e "s|@LISTEN6@|$listen6|g" -e "s|@SANDBOX_PORT@|$sandbox_port|g" \
                -e "s|@LOGIN_RATE@|50r/s|g" -e "s|@LOGIN_BURST@|200|g" "$1"
}

# config_all: everything.  Needs DIR PORT APP BIN SOCKETS.
config_all() {
        config_ports
        config_secrets
        config_product | config_write latchkey.conf "$(id -un)" "$group_app" 640
        config_product user=postgres | config_write ctl.conf "$(id -un)" "$(id -gn)" 600
        config_sandbox | config_write sandbox.conf "$(id -un)" "$group_app" 640
        config_ctl | config_write latchkeyctl "$(id -un)" "$(id -gn)" 755
        local file
        for file in nginx.conf http.conf site.conf; do
                config_nginx "$TOP/nginx/$file.in" | config_write "run/$file" "$(id -un)" "$group_app" 644
        done
        for file in fastcgi.conf headers.conf; do
                config_write "run/$file" "$(id -un)" "$group_app" 644 <"$TOP/nginx/$file"
        done
}

config_ports() {
        sandbox_port=$((PORT + 1))
        mail_port=$((PORT + 2))
        portal_url=http://localhost:$PORT
        sandbox_url=http://127.0.0.1:$sandbox_port
}

# config_env: DIR/server.env, for whoever drives the product from outside.
config_env() {
        local name value
        while IFS='=' read -r name value; do
                [[ $name != LATCHKEY_DEMO_* ]] || printf -v "$name" %s "$value"
        done <"$DIR/demo"
        {
                config_line LATCHKEY_URL "$portal_url"
                config_line LATCHKEY_ADMIN_URL "$portal_url/admin"
                config_line LATCHKEY_HOOK_URL "$portal_url/hooks/stripe"
                config_line LATCHKEY_SANDBOX_URL "$sandbox_url"
                config_line LATCHKEY_MAILDIR "$DIR/mail"
                config_line LATCHKEY_STRIPE_KEY "$stripe_key"
                config_line LATCHKEY_HOOK_SECRET "$hook_secret"
                config_line LATCHKEY_DATABASE "host=$SOCKETS/pg dbname=latchkey user=postgres"
                config_line LATCHKEY_CTL "$DIR/latchkeyctl"
                for name in CUSTOMER OWNER PASSWORD TOTP; do
                        name=LATCHKEY_DEMO_$name
                        config_line "$name" "${!name:-}"
                done
        } | config_write server.env "$(id -un)" "$(id -gn)" 600
}

config_line() {
        if [[ $2 =~ ^[A-Za-z0-9_./:@+-]+$ ]]; then
                printf '%s=%s\n' "$1" "$2"
        else
                printf "%s='%s'\n" "$1" "$2"
        fi
}
