# database: a PostgreSQL of the test's own, the schema in it, and how its checks are counted.
# shellcheck shell=bash disable=SC2034
#
# database_begin makes the server and two databases: "bare" holds the schema alone, "lk" the
# schema, the helpers of schema t (begin.sql) and a catalogue.  database_new copies lk.
# LATCHKEY_PG_BIN says which server; LATCHKEY_TEST_SQL another folder than sql (to see a test
# fail); LATCHKEY_TEST_SEED a folder that keeps all this for the tests that follow.

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd -P)
SQL=${LATCHKEY_TEST_SQL:-$TOP/sql}
HERE=$TOP/tests/db/lib
BUILD=${top_builddir:-$TOP/build}
passed=0 failed=0

# as_server COMMAND ...: as the user that may run a server.
as_server() {
        local user=postgres
        if [[ $EUID -ne 0 ]]; then
                (cd / && "$@")
                return
        fi
        id -u "$user" >/dev/null 2>&1 || user=nobody
        (cd / && setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups "$@")
}

database_begin() {
        local found=(/usr/lib/postgresql/*/bin/initdb)
        PG_BIN=${LATCHKEY_PG_BIN:-$(dirname "${found[-1]}")}
        [[ -x $PG_BIN/initdb ]] || { echo "PostgreSQL's server programs are not installed"; exit 77; }
        PATH=$PG_BIN:$PATH
        DIR=$(mktemp -d "${TMPDIR:-/tmp}/lk-db-XXXXXX")
        trap database_end EXIT
        trap 'exit 130' INT TERM HUP
        if [[ $EUID -eq 0 ]]; then
                chmod 755 "$DIR"
                chown "$(as_server id -u)" "$DIR"
        fi
        unset PGOPTIONS PGSERVICE PGPASSWORD PGPORT
        export PGHOST=$DIR PGUSER=postgres PGDATABASE=postgres PGAPPNAME=tests/db PSQLRC=/dev/null
        if [[ -n ${LATCHKEY_TEST_SEED:-} && -d $LATCHKEY_TEST_SEED && -z ${LATCHKEY_TEST_SQL:-} ]]; then
                cp -a "$LATCHKEY_TEST_SEED" "$DIR/data" && database_start || exit 1
        else
                as_server "$PG_BIN/initdb" -D "$DIR/data" -U postgres -A trust -E UTF8 --locale=C -N >"$DIR/start.log" 2>&1 ||
                        { cat "$DIR/start.log"; exit 1; }
                database_start || exit 1
                psql -qXc 'CREATE DATABASE bare' && schema_apply bare || exit 1
                psql -qXc 'CREATE DATABASE lk TEMPLATE bare' &&
                        PGOPTIONS='-c search_path=latchkey,t -c client_min_messages=warning' \
                                psql -qX -v ON_ERROR_STOP=1 -d lk -o /dev/null -f "$HERE/begin.sql" || exit 1
                database_keep || exit 1
        fi
        export PGDATABASE=lk
}

database_start() {
        as_server "$PG_BIN/pg_ctl" -D "$DIR/data" -l "$DIR/log" -w start -o "-k $DIR \
                -c listen_addresses= -c fsync=off -c full_page_writes=off -c max_connections=80 \
                -c shared_buffers=32MB -c autovacuum=off -c log_min_messages=panic -c jit=off" >"$DIR/start.log" 2>&1 ||
                { cat "$DIR/start.log"; return 1; }
}

database_keep() {
        [[ -n ${LATCHKEY_TEST_SEED:-} && -z ${LATCHKEY_TEST_SQL:-} ]] || return 0
        as_server "$PG_BIN/pg_ctl" -D "$DIR/data" -m fast -w stop >/dev/null &&
                cp -a "$DIR/data" "$LATCHKEY_TEST_SEED.new" && mv "$LATCHKEY_TEST_SEED.new" "$LATCHKEY_TEST_SEED" &&
                database_start
}

# schema_apply DATABASE: what latchkeyctl migrate does.  schema_again: once more.
schema_apply() {
        schema_files "$1" "$SQL/roles.sql" "$HERE/migrations.sql" "$SQL"/migrations/*.sql "$SQL"/functions/*.sql "$SQL/policies.sql"
}
schema_again() {
        schema_files "$1" "$SQL/roles.sql" "$SQL"/functions/*.sql "$SQL/policies.sql"
}
schema_files() {
        local file files=()
        for file in "${@:2}"; do
                files+=(-f "$file")
        done
        PGOPTIONS='-c search_path=latchkey -c client_min_messages=warning' \
                psql -qX -v ON_ERROR_STOP=1 -1 -d "$1" -o /dev/null "${files[@]}"
}

# database_new NAME: a fresh copy; what follows goes there.
database_new() {
        psql -qX -d postgres -c "CREATE DATABASE $1 TEMPLATE lk" && export PGDATABASE=$1
}

database_end() {
        trap '' INT TERM HUP
        # shellcheck disable=SC2046
        [[ -z $(jobs -p) ]] || kill $(jobs -p) 2>/dev/null
        [[ ! -e $DIR/data/postmaster.pid ]] ||
                as_server "$PG_BIN/pg_ctl" -D "$DIR/data" -m immediate stop >/dev/null 2>&1
        rm -rf --one-file-system "${DIR:?}"
}

# ok NAME: one check that held.   not_ok NAME [MORE ...]: one that did not.
ok() { passed=$((passed + 1)); }
not_ok() {
        failed=$((failed + 1))
        printf 'not ok %s\n' "$1"
        shift
        [[ $# -eq 0 ]] || printf '        %s\n' "$@"
}

# is NAME GOT WANTED
is() {
        if [[ $2 == "$3" ]]; then ok "$1"; else not_ok "$1" "got    $2" "wanted $3"; fi
}

# checks NAME [psql options] <SQL: runs it and counts what t.ok and its like say.  An error
# that nobody expected ends it and is a failure.
checks() {
        local name=$1 log=$DIR/checks.log rc=0 good bad
        shift
        PGOPTIONS="-c search_path=latchkey,t -c client_min_messages=notice ${CHECKS_OPTIONS:-}" \
                psql -qXAt -v ON_ERROR_STOP=1 -v VERBOSITY=terse "$@" >"$log" 2>&1 || rc=$?
        read -r good bad < <(awk '{ sub(/^.*NOTICE: +/, "") } /^ok [0-9]+ / { g += $2 } /^ok [^0-9]/ { g++ }
                /^not ok / { b++ } END { print g + 0, b + 0 }' "$log")
        passed=$((passed + good))
        failed=$((failed + bad))
        sed -nE "s/^.*NOTICE: +not ok /not ok $name: /p" "$log"
        if [[ $rc -ne 0 ]]; then
                not_ok "$name: ended early"
                grep -vE 'NOTICE: +ok ' "$log" | tail -n 12 | sed 's/^/        /'
        elif [[ $good -eq 0 && $bad -eq 0 ]]; then
                not_ok "$name: checked nothing"
        fi
}

# given NAME <SQL: what a test stands on; without it there is no test.
given() {
        local name=$1
        PGOPTIONS='-c search_path=latchkey,t -c client_min_messages=warning' \
                psql -qXAt -v ON_ERROR_STOP=1 "${@:2}" >"$DIR/given.log" 2>&1 && return
        not_ok "$name: was not to be had" "$(tail -n 6 "$DIR/given.log")"
        database_done
}

# ask SQL [psql options]: its answer.
ask() {
        PGOPTIONS='-c search_path=latchkey,t' psql -qXAt -v ON_ERROR_STOP=1 -c "$1" "${@:2}" 2>&1
}

# clients N FILE [OPTIONS]: N connections run FILE once, together; what goes wrong is told.
clients() {
        local n=$1 file=$2
        shift 2
        PGOPTIONS='-c search_path=latchkey,t' pgbench -n -c "$n" -j 2 -t "${CLIENTS_TIMES:-1}" -f "$file" "$@" \
                >"$DIR/clients.log" 2>&1 ||
                not_ok "$n clients: $(grep -E 'ERROR|error|fatal|abort' "$DIR/clients.log" | head -n 1)"
}

database_done() {
        printf '%s passed, %s failed\n' "$passed" "$failed"
        [[ $failed -eq 0 && $passed -gt 0 ]]
        exit
}
