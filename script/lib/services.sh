# services: what a server consists of, in the order of starting.
# shellcheck shell=bash disable=SC2034,SC2154

services=(postgresql mailsink sandbox deliver portal gateway login admin hooks worker nginx)

# service_run NAME: become that program.  Called in a process of its own.  WORKERS: how many of the
# portal and of the hooks (LATCHKEY_WORKERS, 8); each has to learn every statement by itself.
service_run() {
        local program=("$user_app" "$BIN/latchkey-$1" --config "$DIR/latchkey.conf")
        case $1 in
        postgresql) run_as "$user_db" "$PG_BIN/postgres" -D "$DIR/pg" ;;
        mailsink)   run_as "$user_app" /usr/bin/python3 "$APP/tests/web/lib/mailsink.py" \
                            --port "$mail_port" --maildir "$DIR/mail" ;;
        sandbox)    run_as "$user_app" "$BIN/latchkey-sandbox" --config "$DIR/sandbox.conf" \
                            --socket "$SOCKETS/sandbox/api.sock" --workers "$((WORKERS < 6 ? WORKERS : 6))" --group "$group_app" ;;
        deliver)    run_as "$user_app" "$BIN/latchkey-sandbox" --deliver --config "$DIR/sandbox.conf" ;;
        portal)     run_as "${program[@]}" --socket "$SOCKETS/portal/pages.sock" --workers "$WORKERS" ;;
        gateway)    program[1]=$BIN/latchkey-portal
                    run_as "${program[@]}" --socket "$SOCKETS/portal/gateway.sock" --workers 2 ;;
        login)      program[1]=$BIN/latchkey-portal
                    run_as "${program[@]}" --socket "$SOCKETS/portal/login.sock" --workers 2 ;;
        admin)      run_as "${program[@]}" --socket "$SOCKETS/admin/pages.sock" --workers 2 ;;
        hooks)      run_as "${program[@]}" --socket "$SOCKETS/hooks/events.sock" --workers "$WORKERS" ;;
        worker)     run_as "${program[@]}" --workers 2 ;;
        nginx)      run_as "$user_app" /usr/sbin/nginx -p "$DIR/run/nginx/" -c "$DIR/run/nginx.conf" \
                            -e stderr ;;
        guard)      run_as "$(id -un)" "$TOP/script/lib/keeper" --guard "$DIR" ;;
        esac
}

# service_log NAME: its log file in REPLY.
service_log() {
        case $1 in
        gateway | login)   REPLY=latchkey-portal ;;
        sandbox | deliver) REPLY=latchkey-sandbox ;;
        portal | admin | hooks | worker) REPLY=latchkey-$1 ;;
        guard)             REPLY=keeper ;;
        *)                 REPLY=$1 ;;
        esac
        REPLY=$DIR/log/$REPLY.log
}

# service_stop_signal NAME: what asks it to end soon and in order, in REPLY.
service_stop_signal() {
        case $1 in
        postgresql) REPLY=INT ;;
        guard)      REPLY=KILL ;;
        *)          REPLY=TERM ;;
        esac
}

# service_up NAME: it can be used.
service_up() {
        case $1 in
        postgresql) database_ready ;;
        mailsink)   port_taken "$mail_port" ;;
        nginx)      port_taken "$PORT" && port_taken "$sandbox_port" ;;
        sandbox)    [[ -S $SOCKETS/sandbox/api.sock ]] ;;
        portal)     [[ -S $SOCKETS/portal/pages.sock ]] ;;
        gateway | login) [[ -S $SOCKETS/portal/$1.sock ]] ;;
        admin)      [[ -S $SOCKETS/admin/pages.sock ]] ;;
        hooks)      [[ -S $SOCKETS/hooks/events.sock ]] ;;
        esac
}

# healthz PORT: the status code of /healthz there in REPLY; fails when it is not 200.
healthz() {
        local fd code=
        REPLY=
        { exec {fd}<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null || return 1
        printf 'GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n' >&"$fd"
        read -r -t 5 _ code _ <&"$fd" || :
        exec {fd}>&-
        REPLY=$code
        [[ $code == 200 ]]
}
