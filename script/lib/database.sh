# database: the private PostgreSQL of one server.
# shellcheck shell=bash disable=SC2034,SC2154

# database_make: an empty cluster in DIR/pg.  It comes into being by a rename, so never half.
# LATCHKEY_SEED names the cluster of a stopped server of these very programs: it begins as a copy
# of that one, and the first start has nothing to prepare (DIR/run/seeded).
database_make() {
        [[ ! -e $DIR/pg/PG_VERSION ]] || return 0
        rm -rf "$DIR/pg" "$DIR/pg.new" "$DIR/run/seeded"
        if [[ -e ${LATCHKEY_SEED:-}/PG_VERSION ]]; then
                cp -a "$LATCHKEY_SEED" "$DIR/pg.new" && mv "$DIR/pg.new" "$DIR/pg" && rm -f "$DIR/demo" && : >"$DIR/run/seeded"
                return
        fi
        mkdir -m 700 "$DIR/pg.new"
        if [[ $EUID -eq 0 ]]; then
                chown "$user_db:" "$DIR/pg.new"
        fi
        (
                cd /
                umask 077
                run_as "$user_db" "$PG_BIN/initdb" -D "$DIR/pg.new" --username=postgres --encoding=UTF8 \
                        --locale=C.UTF-8 --auth=reject --no-sync --no-instructions
        ) >"$DIR/log/initdb.log" 2>&1 || {
                tail -3 "$DIR/log/initdb.log" >&2
                return 1
        }
        mv "$DIR/pg.new" "$DIR/pg"
        rm -f "$DIR/demo"
}

# database_configure: on a socket only.  The superuser is for those who started the server
# (peer); the programs' roles may come in without a password, because the socket's folder is
# closed to others.  In production they use peer as well: see man/latchkey.conf.5.
# LATCHKEY_FSYNC=off is for data that may go with the machine's power, LATCHKEY_AUTOVACUUM=off for
# data that is gone before it grows: the tests'.
database_configure() {
        config_write pg/postgresql.conf "$user_db" "$(id -gn "$user_db")" 600 <<END
listen_addresses = ''
unix_socket_directories = '$SOCKETS/pg'
unix_socket_permissions = 0777
max_connections = 80
shared_buffers = 128MB
huge_pages = off
jit = off
fsync = ${LATCHKEY_FSYNC:-on}
full_page_writes = ${LATCHKEY_FSYNC:-on}
autovacuum = ${LATCHKEY_AUTOVACUUM:-on}
wal_level = replica
max_wal_size = 1GB
min_wal_size = 32MB
checkpoint_timeout = 15min
log_error_verbosity = terse
log_line_prefix = '%m [%p] %q%u@%d '
log_timezone = 'UTC'
timezone = 'UTC'
datestyle = 'iso, ymd'
shared_preload_libraries = ''
END
        config_write pg/pg_hba.conf "$user_db" "$(id -gn "$user_db")" 600 <<END
local  all          postgres                                      peer map=starter
local  sandbox      lk_sandbox                                    trust
local  replication  postgres                                      peer map=starter
local  sandbox      all                                           reject
local  all          lk_portal,lk_admin,lk_hooks,lk_worker,lk_ctl  trust
END
        config_write pg/pg_ident.conf "$user_db" "$(id -gn "$user_db")" 600 <<END
starter  $(id -un)  postgres
starter  $user_db  postgres
END
}

# database_left: fails when no process works on DIR/pg any more, else its pids are in LEFT.
database_left() {
        local proc
        LEFT=()
        for proc in /proc/[0-9]*; do
                [[ $proc/cwd -ef $DIR/pg && $(readlink "$proc/exe") == "$PG_BIN/postgres"* ]] 2>/dev/null || continue
                LEFT+=("${proc#/proc/}")
        done
        [[ ${#LEFT[@]} -gt 0 ]]
}

# database_clear: after a kill -9, what is left of the old server goes before a new one comes:
# its processes end by themselves (waited for, then killed), and a stale postmaster.pid, whose
# pid may belong to somebody else by now, is only removed when none of them is left.
database_clear() {
        local tries
        for ((tries = 0; tries < 60; tries++)); do
                database_left || break
                [[ $tries -lt 40 ]] || kill -KILL "${LEFT[@]}" 2>/dev/null || :
                pause 0.05
        done
        database_left || rm -f "$DIR/pg/postmaster.pid" ${SOCKETS:+"$SOCKETS"/pg/.s.PGSQL.5432*}
}

# database_sql DATABASE: the superuser's psql on standard input.
database_sql() {
        PGOPTIONS='' "$PG_BIN/psql" -h "$SOCKETS/pg" -U postgres -d "$1" -X -q -A -t -v ON_ERROR_STOP=1
}

database_ready() { "$PG_BIN/pg_isready" -q -h "$SOCKETS/pg" -U postgres -d postgres -t 1; }

# database_prepare: databases, roles, schema; whole or in part it may have been done before.
database_prepare() {
        local step
        for step in latchkey:postgres sandbox:lk_sandbox; do
                local name=${step%:*} owner=${step#*:}
                database_sql postgres <<END
SELECT 'CREATE ROLE $owner LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '$owner') \gexec
SELECT 'CREATE DATABASE $name OWNER $owner' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '$name') \gexec
REVOKE CONNECT ON DATABASE $name FROM PUBLIC;
END
        done
        database_sql postgres <<<"REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC;"
        "$DIR/latchkeyctl" migrate
        database_sql postgres <<<"GRANT CONNECT ON DATABASE latchkey TO lk_portal, lk_admin, lk_hooks, lk_worker, lk_ctl;"
        (run_as "$user_app" "$BIN/latchkey-sandbox" --prepare --config "$DIR/sandbox.conf")
}

# demo_load: products from files, then customers and their history; the gateway's side of
# that history goes to the sandbox.  DIR/demo says that it is done and holds the logins.
demo_load() {
        local ctl=$DIR/latchkeyctl
        # Also after an update: what is new or changed comes in, what staff edited stays.
        "$ctl" help load "$TOP/help"
        [[ ! -e $DIR/demo ]] || return 0
        if [[ $DEMO == yes ]]; then
                "$ctl" product load "$TOP/demo/northlight"
                "$ctl" demo load --customers 40 |
                        (run_as "$user_app" "$BIN/latchkey-sandbox" --import - --config "$DIR/sandbox.conf")
                "$ctl" demo staff | grep '^LATCHKEY_DEMO_' | config_write demo "$(id -un)" "$(id -gn)" 600
        else
                config_write demo "$(id -un)" "$(id -gn)" 600 </dev/null
        fi
}
