# testing: run, count, tell; servers for tests.  Used by script/test.
# shellcheck shell=bash disable=SC2030,SC2031,SC2034,SC2154

passed=0 failed=0
declare -A server_dir=()

# scratch: where the data of tests goes, hundreds of small databases: TMPDIR, if it is set, or else
# memory, where it is large enough and may hold programs.  A disk's file system spends a sixth of
# the whole time on making and forgetting their files.
scratch() {
        local free try
        if [[ -z ${TMPDIR:-} ]] && free=$(df --output=avail -k /dev/shm 2>/dev/null | tail -n 1) &&
                [[ $free -gt $((6 * 1024 * 1024)) ]] && try=$(mktemp /dev/shm/lk-try-XXXXXX 2>/dev/null); then
                printf '#!/bin/sh\n' >"$try"
                chmod 700 "$try"
                if "$try" 2>/dev/null; then
                        rm -f "$try"
                        echo /dev/shm
                        return
                fi
                rm -f "$try"
        fi
        echo "${TMPDIR:-/tmp}"
}

testing_begin() {
        exec </dev/null
        export LC_ALL=C.UTF-8
        unset LATCHKEY_SEED
        "$TOP/script/setup" --tests || { count 0 1 "script/setup --tests"; testing_end; }
        TMPDIR=$(scratch)
        work=$(mktemp -d "$TMPDIR/lk-test-XXXXXX")
        chmod 755 "$work"
        export top_srcdir=$TOP TMPDIR
        # Their data goes with the test: no time for the disk.
        export LATCHKEY_FSYNC=off
        # Few hands with much experience: what a worker has to learn costs more than what it does.
        export LATCHKEY_WORKERS=3
        # Nothing grows old in them, and each look at a table makes every worker plan anew.
        export LATCHKEY_AUTOVACUUM=off
        # PostgreSQL's own psql, not Debian's script that looks for it: that takes longer than most questions.
        PATH=$TOP/tests/node_modules/.bin:$PG_BIN:$PATH
        # A sanitizer's report ends the program, so that the test sees it, and stands in its log.
        export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0:exitcode=99
        # Read by programs that have given up their rights: the checkout may be closed to them.
        install -m 644 "$TOP/tests/lsan.supp" "$work/lsan.supp"
        export LSAN_OPTIONS=suppressions=$work/lsan.supp:print_suppressions=0
        export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
        trap testing_clean EXIT
        trap 'exit 130' INT TERM HUP
}

testing_clean() {
        trap '' INT TERM HUP
        local pid
        for pid in "${!work_busy[@]}"; do
                kill -TERM "$pid" 2>/dev/null || :
        done
        running_stop
        wait
        [[ -z $seed ]] || "$TOP/script/server" --stop --data "$work/seed-server" >/dev/null 2>&1
        servers_stop
        [[ -z ${work:-} ]] || rm -rf --one-file-system "$work"
}

testing_end() {
        testing_clean
        trap - EXIT
        say ""
        say "$passed passed, $failed failed"
        [[ $failed -eq 0 && $passed -gt 0 ]]
        exit
}

servers_stop() {
        local name
        for name in "${!server_dir[@]}"; do
                server_stop "$name"
        done
}

# work_add NAME COMMAND ...: something to do by itself, with servers of its own, beside others;
# NAME is said before and after it, '' where what it counts says enough.
declare -a work_names=() work_commands=()
declare -A work_busy=()
work_add() {
        work_names+=("$1")
        shift
        work_commands+=("${*@Q}")
}

# work_done MANY: all of it, in its order, so many at a time; what each says is told when it ends.
work_done() {
        local next=0 pid
        while [[ $next -lt ${#work_names[@]} || ${#work_busy[@]} -gt 0 ]]; do
                if [[ $next -lt ${#work_names[@]} && ${#work_busy[@]} -lt $1 ]]; then
                        work_begin "$next"
                        next=$((next + 1))
                else
                        wait -n -p pid "${!work_busy[@]}" || :
                        work_end "$pid"
                fi
        done
}

work_begin() {
        local name=${work_names[$1]} began=$EPOCHSECONDS
        mkdir -p "$work/$1"
        (
                trap 'running_stop; servers_stop' EXIT
                trap 'exit 130' INT TERM HUP
                work=$work/$1 passed=0 failed=0 work_busy=() server_dir=() running=
                chmod 755 "$work"
                [[ -z $name ]] || say "# $name"
                eval "${work_commands[$1]}"
                servers_stop
                [[ $((passed + failed)) -gt 0 ]] || count 0 1 "${name:-${work_commands[$1]}}: it has no tests"
                [[ -z $name ]] || say "# $name took $((EPOCHSECONDS - began)) s"
                echo "$passed $failed" >"$work/counts"
        ) >"$work/$1.log" 2>&1 &
        work_busy[$!]=$1
}

work_end() {
        local good bad at=$work/${work_busy[$1]}
        cat "$at.log"
        if read -r good bad 2>/dev/null <"$at/counts"; then
                passed=$((passed + good))
                failed=$((failed + bad))
        else
                count 0 1 "${work_commands[${work_busy[$1]}]}: it did not come to its end"
        fi
        unset "work_busy[$1]"
}

# count PASSED FAILED NAME [SECONDS]
count() {
        local took=
        passed=$((passed + $1))
        failed=$((failed + $2))
        [[ ${4:-0} -lt 3 ]] || took=", $4 s"
        if [[ $2 -eq 0 ]]; then
                say "ok      $3 ($1$took)"
        else
                say "not ok  $3 ($2 of $(($1 + $2))$took)"
        fi
}

# run NAME COMMAND ...: counts what the command says: a last line "N passed, N failed", node's
# totals, TAP lines, or else its exit status; 77 means skipped.
run() {
        local name=$1 log=$work/run.log rc=0 good bad began=$EPOCHSECONDS
        shift
        # A session of its own: what it leaves behind is ended with it.
        setsid --wait timeout --kill-after=10 900 "$@" >"$log" 2>&1 &
        running=$!
        wait "$running" || rc=$?
        running_stop
        if [[ $rc -eq 77 ]]; then
                say "skipped $name: $(tail -n 1 "$log")"
                return 0
        fi
        read -r good bad < <(tally "$log")
        if [[ $rc -ne 0 && $bad -eq 0 ]]; then
                bad=1
        elif [[ $rc -eq 0 && $good -eq 0 && $bad -eq 0 ]]; then
                good=1
        fi
        count "$good" "$bad" "$name" $((EPOCHSECONDS - began))
        [[ $bad -eq 0 ]] || tell_failure "$log" "$rc"
        [[ $bad -eq 0 ]]
}

running=
running_stop() {
        [[ -z $running ]] || kill -KILL -- "-$running" 2>/dev/null
        running=
}

tally() {
        awk '
        /^[0-9]+ passed, [0-9]+ failed$/ { own = 1; p = $1; f = $3 }
        /^# pass [0-9]+$/ { node = 1; np += $3 }
        /^# fail [0-9]+$/ { nf += $3 }
        /^# cancelled [0-9]+$/ { nf += $3 }
        /^# (PASS|FAIL|XPASS|ERROR): +[0-9]+$/ { make = 1; m[$2] = $3 }
        /^ok / { tp++ }
        /^not ok / { tf++ }
        END {
                if (make) print m["PASS:"] + 0, m["FAIL:"] + m["XPASS:"] + m["ERROR:"]
                else if (node) print np + 0, nf + 0
                else if (own) print p + 0, f + 0
                else print tp + 0, tf + 0
        }' "$1"
}

tell_failure() {
        [[ $2 -ne 124 ]] || say "        took too long"
        if grep -q '^ *not ok ' "$1"; then
                failures "$1" | head -n 80 | cut -c1-500 | sed 's/^/        /'
        else
                tail -n 25 "$1" | cut -c1-500 | sed 's/^/        /'
        fi
        tell_server
}

# Each failure with what it says, without those that only fell with another.
failures() {
        awk '
        function put() { if (left >= 0 && block !~ /cancelledByParent/) printf "%s", block; block = "" }
        /^ *not ok / { put(); left = 15 }
        left > 0 { block = block $0 "\n"; left-- }
        END { put() }' "$1"
}

# What the server of the tests has to say: trouble in its logs, work that waits.
tell_server() {
        [[ -n ${LATCHKEY_DATA:-} && -d $LATCHKEY_DATA/log ]] || return 0
        say "        its server: the last warnings and errors, and what waits"
        tail -qn 400 "$LATCHKEY_DATA"/log/latchkey-*.log 2>/dev/null | grep -E 'level=(warning|error)|Sanitizer' |
                sort | tail -n 12 | cut -c1-300 | sed 's/^/        /'
        timeout 20 "$LATCHKEY_CTL" jobs 2>&1 | tail -n 12 | cut -c1-200 | sed 's/^/        /'
}

# run_files FILE ...: each that is executable (or .mjs); the name is its path below tests/.
run_files() {
        local file
        for file; do
                [[ -f $file ]] || continue
                case $file in
                *.mjs) run "${file#"$TOP/tests/"}" node "$file" ;;
                *) [[ ! -x $file ]] || run "${file#"$TOP/tests/"}" "$file" ;;
                esac
        done
}

# run_node NAME FILE ...: one after the other, for they share a server and its clock.
run_node() {
        local name=$1 file
        shift
        for file; do
                [[ -f $file ]] || continue
                run "${file#"$TOP/tests/"}${name#"${name%% *}"}" node --test-reporter=tap "$file"
        done
}

# builds FOLDER ARGUMENT ...: configure it, once.
builds() {
        local name=$1 dir=$TOP/$1
        shift
        mkdir -p "$dir"
        [[ ! -e $dir/Makefile ]] || return 0
        (cd "$dir" && "$TOP/configure" --enable-werror --quiet "$@") >"$dir/configure.log" 2>&1 || {
                count 0 1 "$name: configure"
                tail -n 10 "$dir/configure.log"
                return 1
        }
}

# make_only FOLDER: the programs and what tests drive, without running a test.
make_only() {
        [[ -z ${made[$1]:-} ]] || return 0
        run "$1 builds" make -C "$TOP/$1" --silent -j"$(nproc)" check TESTS= || return 1
        made[$1]=yes
}
declare -A made=()

make_check() {
        make_only "$1" || return 1
        export top_builddir=$TOP/$1
        run "$1: make check" make -C "$TOP/$1" check -j"$(nproc)" VERBOSE=1
}

# seed_begin: what every server of the tests begins with is made once, a schema without data;
# seed_wait: it is there.
seed=
seed_begin() {
        unset LATCHKEY_SEED
        (
                trap - EXIT INT TERM HUP
                port=$(free_ports) || exit
                LATCHKEY_BUILD=$TOP/build "$TOP/script/server" --detach --empty --port "$port" --data "$work/seed-server" || exit
                "$TOP/script/server" --stop --data "$work/seed-server"
        ) >"$work/seed.log" 2>&1 &
        seed=$!
}

seed_wait() {
        [[ -n $seed ]] || return 0
        if wait "$seed"; then
                export LATCHKEY_SEED=$work/seed-server/pg
        else
                count 0 1 "a server to begin with"
                sed 's/^/        /' "$work/seed.log"
        fi
        seed=
        [[ -n ${LATCHKEY_SEED:-} ]]
}

# free_ports: the first of three in a row.
free_ports() {
        local port tries
        for ((tries = 0; tries < 100; tries++)); do
                port=$((20000 + RANDOM % 12000))
                if ! port_taken "$port" && ! port_taken $((port + 1)) && ! port_taken $((port + 2)); then
                        echo "$port"
                        return
                fi
        done
        return 1
}

# need_server FOLDER: a server with the programs of that build, started once; its
# settings are in the environment.
need_server() {
        local name=$1 dir=$work/$1 port tries
        export top_builddir=$TOP/$name
        if [[ -z ${server_dir[$name]:-} ]]; then
                for ((tries = 0; tries < 5; tries++)); do
                        port=$(free_ports) || break
                        server_dir[$name]=$dir
                        if LATCHKEY_BUILD=$TOP/$name "$TOP/script/server" --detach --port "$port" \
                                --data "$dir" >"$work/server.log" 2>&1; then
                                break
                        fi
                        unset "server_dir[$name]"
                        grep -q ' is taken' "$work/server.log" || break
                done
                if [[ -z ${server_dir[$name]:-} ]]; then
                        count 0 1 "script/server with $name"
                        sed 's/^/        /' "$work/server.log"
                        tail -n 20 "$dir"/log/*.log 2>/dev/null | sed 's/^/        /'
                        return 1
                fi
        fi
        set -a
        # shellcheck source=/dev/null
        source "$dir/server.env"
        LATCHKEY_DATA=$dir
        set +a
}

server_stop() {
        [[ -n ${server_dir[$1]:-} ]] || return 0
        "$TOP/script/server" --stop --data "${server_dir[$1]}" >/dev/null ||
                count 0 1 "script/server --stop"
        unset "server_dir[$1]"
}

# no_reports FOLDER: the logs of its server hold no sanitizer's report.
no_reports() {
        if grep -nE 'Sanitizer|runtime error:' "$work/$1"/log/*.log; then
                count 0 1 "no report of a sanitizer"
        else
                count 1 0 "no report of a sanitizer"
        fi
}
