# common: what every script here uses.  Source it first.
# shellcheck shell=bash disable=SC2034,SC2154

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
PG_BIN=/usr/lib/postgresql/15/bin

say()  { printf '%s\n' "$*"; }
warn() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
fail() { warn "$@"; exit 1; }

# pause SECONDS, without a process of its own.
exec {pause_fd}<> <(:)
pause() { read -r -t "$1" -u "$pause_fd" || :; }

# now_ms: milliseconds since 1970 in REPLY.
now_ms() { REPLY=$((${EPOCHREALTIME/[.,]/} / 1000)); }

# port_taken PORT: something answers there.
port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null || (exec 3<>"/dev/tcp/::1/$1") 2>/dev/null; }

# process_start PID: its start time (field 22 of stat) in REPLY; fails when it is gone or a zombie.
process_start() {
        local stat
        { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
        stat=${stat##*) }
        # shellcheck disable=SC2086
        set -- $stat
        [[ $1 != [ZXx] ]] || return 1
        REPLY=${20}
}

# process_group_of PID: in REPLY.
process_group_of() {
        local stat
        { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
        stat=${stat##*) }
        # shellcheck disable=SC2086
        set -- $stat
        REPLY=$3
}
