# home: where a server lives and as whom its programs run.
# shellcheck shell=bash disable=SC2034,SC2154
#
#   DIR/pg          PostgreSQL's data             DIR/log      PROGRAM.log, access.log, keeper.log
#   DIR/files       downloads and media           DIR/mail     the Maildir of the mail sink
#   DIR/latchkey.conf  ctl.conf  sandbox.conf     DIR/secrets  made once, kept
#   DIR/run         pids, state, nginx.conf       DIR/app      copies, where the checkout is out of reach
#
# Started by root, nothing runs as root but the keeper: PostgreSQL runs as
# postgres, all else as www-data.  Started by anybody else, all runs as that user.

if [[ $EUID -eq 0 ]]; then
        user_app=www-data user_db=postgres
else
        user_app=$(id -un) user_db=$user_app
fi
group_app=$(id -gn "$user_app")

# run_as USER COMMAND ...: replaces the process, so use it in a subshell or after &.
# RUN_BEFORE holds words to put first (setsid).
RUN_BEFORE=()
run_as() {
        local user=$1
        shift
        if [[ $EUID -eq 0 && $user != root ]]; then
                exec "${RUN_BEFORE[@]}" setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups "$@"
        fi
        exec "${RUN_BEFORE[@]}" "$@"
}

# reached PATH: the programs' user, and PostgreSQL's, can go there.
reached() {
        [[ $EUID -ne 0 ]] || {
                (run_as "$user_app" test -x "$1") && (run_as "$user_db" test -x "$1")
        }
}

# home_find PATH: DIR, absolute and short of links.  Where PATH cannot be reached by the
# unprivileged users it becomes a link to a folder of /var/tmp that can.
home_find() {
        local path=$1 parent
        [[ $path == /* ]] || path=$PWD/$path
        [[ $path =~ ^[A-Za-z0-9_./+@~-]+$ ]] || fail "--data $path: use letters, digits and ._-+@~ alone"
        if [[ -L $path && ! -e $path ]]; then
                rm -f "$path"
        fi
        if [[ ! -e $path ]]; then
                mkdir -p "$path"
                chmod 755 "$path"
        fi
        [[ -d $path ]] || fail "$1 is not a folder"
        DIR=$(cd "$path" && pwd -P)
        reached "$DIR" && return 0
        parent=$(dirname "$DIR")
        if reached "$parent"; then
                chmod a+x "$DIR"
                return 0
        fi
        rmdir "$path" 2>/dev/null || fail "$1 cannot be reached by the user $user_app and is not empty: name another with --data"
        DIR=$(mktemp -d "/var/tmp/latchkey-$(basename "$path")-XXXXXX")
        chmod 755 "$DIR"
        ln -s "$DIR" "$path"
}

# home_make: the folders of DIR.
home_make() {
        mkdir -p "$DIR"/{run,run/nginx,log,files,mail}
        chmod 755 "$DIR"/{run,log}
        touch "$DIR/log/access.log"
        if [[ $EUID -eq 0 ]]; then
                chown "$user_app:" "$DIR"/{run/nginx,files,mail,log/access.log}
        fi
        chmod 750 "$DIR"/{run/nginx,files,mail}
}

# home_app: APP, the checkout or a copy of what runs, and BIN, where its programs are.
home_app() {
        local build=${LATCHKEY_BUILD:-$TOP/build} program
        build=$(cd "$build" && pwd -P) || fail "there is no folder ${LATCHKEY_BUILD:-}"
        for program in "${programs[@]}"; do
                [[ -x $build/$program ]] || fail "$build has no $program: script/setup builds it"
        done
        APP=$TOP BIN=$build
        if reached "$TOP/templates" && reached "$build"; then
                return 0
        fi
        APP=$DIR/app BIN=$DIR/app/bin
        mkdir -p "$BIN" "$APP"/tests/web/lib
        for program in "${programs[@]}"; do
                { install -m 755 "$build/$program" "$BIN/$program.new" &&
                        mv -f "$BIN/$program.new" "$BIN/$program"; } || fail "cannot copy $program to $BIN"
        done
        rm -rf "${APP:?}"/{templates,static,etc}
        { cp -r "$TOP"/{templates,static,etc} "$APP"/ &&
                cp "$TOP/tests/web/lib/mailsink.py" "$APP/tests/web/lib/" &&
                chmod -R a+rX "$APP"; } || fail "cannot copy the templates to $APP"
}

programs=(latchkey-portal latchkey-admin latchkey-hooks latchkey-worker latchkey-sandbox latchkeyctl)

# home_sockets: SOCKETS, a short path (a socket's may have 107 bytes).  The database's folder is
# closed to all but its own user and the programs': that is what guards its "trust" logins.
home_sockets() {
        home_sockets_remove
        SOCKETS=$(mktemp -d /tmp/lk-XXXXXX)
        mkdir "$SOCKETS"/{pg,portal,admin,hooks,sandbox}
        chmod 711 "$SOCKETS"
        if [[ $EUID -eq 0 ]]; then
                chown "$user_db:$group_app" "$SOCKETS/pg"
                chown "$user_app:$group_app" "$SOCKETS"/{portal,admin,hooks,sandbox}
        fi
        chmod 750 "$SOCKETS"/*
        echo "$SOCKETS" >"$DIR/run/sockets"
}

home_sockets_remove() {
        local old
        old=$(cat "$DIR/run/sockets" 2>/dev/null) || return 0
        [[ $old != /tmp/lk-?????? ]] || rm -rf --one-file-system "$old"
        rm -f "$DIR/run/sockets"
}
