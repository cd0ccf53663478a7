# processes: start, watch and end what a server consists of.
# shellcheck shell=bash disable=SC2034,SC2154
#
# Each service leads a process group of its own, and DIR/run/NAME.pid holds "PID START"
# (START: field 22 of /proc/PID/stat), so that a pid which somebody else got later is never
# taken for ours.  A keeper that succeeds another finds the services by these files.

declare -A service_pid=() service_start=()

# process_begin NAME: start it in the background.
process_begin() {
        local name=$1
        service_log "$name"
        process_become "$name" </dev/null >>"$REPLY" 2>&1 &
        service_pid[$name]=$!
        process_start "$!" || REPLY=0
        service_start[$name]=$REPLY
        echo "$! $REPLY" >"$DIR/run/$name.pid"
}

process_become() {
        exec 9>&- {pause_fd}>&-
        trap - TERM INT HUP
        RUN_BEFORE=(setsid)
        cd "$DIR" && service_run "$1"
}

# process_adopt NAME: take over what DIR/run/NAME.pid names; fails when it does not live.
process_adopt() {
        local pid start
        { read -r pid start <"$DIR/run/$1.pid"; } 2>/dev/null || return 1
        service_pid[$1]=$pid
        service_start[$1]=$start
        process_lives "$1"
}

process_lives() {
        [[ -n ${service_pid[$1]:-} ]] && process_start "${service_pid[$1]}" &&
                [[ $REPLY == "${service_start[$1]}" ]]
}

# group_left GROUP: the pids of a process group in LEFT; fails when there is none.
group_left() {
        local proc
        LEFT=()
        # Mostly there is none, and /proc need not be read for it.
        kill -0 -- "-$1" 2>/dev/null || return 1
        for proc in /proc/[0-9]*; do
                proc=${proc#/proc/}
                process_group_of "$proc" && [[ $REPLY == "$1" ]] && process_start "$proc" && LEFT+=("$proc")
        done
        [[ ${#LEFT[@]} -gt 0 ]]
}

# process_clear NAME: a service has died; end what it left behind (nginx's workers hold its port).
process_clear() {
        local pid=${service_pid[$1]:-}
        [[ -n $pid ]] || return 0
        # A group never has the number of a living process outside it, unless that leads it anew.
        if process_start "$pid" && [[ $REPLY != "${service_start[$1]}" ]]; then
                return 0
        fi
        group_left "$pid" && kill -KILL "${LEFT[@]}" 2>/dev/null
        [[ $1 != postgresql ]] || database_clear
        rm -f "$DIR/run/$1.pid"
        unset "service_pid[$1]" "service_start[$1]"
}

# processes_end NAME ...: ask all of them, wait for each, kill what is left after 15 seconds.
processes_end() {
        local name tries
        for name; do
                process_lives "$name" || continue
                service_stop_signal "$name"
                kill "-$REPLY" "${service_pid[$name]}" 2>/dev/null
        done
        for name; do
                for ((tries = 0; tries < 300; tries++)); do
                        process_lives "$name" || break
                        pause 0.05
                done
                if process_lives "$name"; then
                        note "$name did not stop and is killed"
                        kill -KILL "${service_pid[$name]}" 2>/dev/null
                        pause 0.2
                fi
                process_clear "$name"
        done
}

# processes_sweep: without a keeper, end what one left behind: what the files name, and then
# whatever still has this server's mark in its environment (nginx overwrites its own: by its folder).
processes_sweep() {
        local name tries
        for name in guard "${services[@]}"; do
                process_adopt "$name" || :
        done
        processes_end_all
        for ((tries = 0; tries < 50; tries++)); do
                processes_marked || return 0
                kill -KILL "${LEFT[@]}" 2>/dev/null
                pause 0.1
        done
}

# processes_marked: pids in LEFT; fails when there is none.
processes_marked() {
        local file pid own groups=() found=()
        process_group_of "$$"
        own=$REPLY
        for file in $(grep -lszxF "LATCHKEY_SERVER_DIR=$DIR" /proc/[0-9]*/environ) /proc/[0-9]*/cwd; do
                if [[ $file == */cwd ]]; then
                        [[ $file -ef $DIR && $(readlink "${file%cwd}exe") == */nginx* ]] 2>/dev/null || continue
                fi
                pid=${file#/proc/}
                process_group_of "${pid%/*}" && [[ $REPLY -ne $own ]] && groups+=("$REPLY")
        done
        for pid in "${groups[@]}"; do
                group_left "$pid" && found+=("${LEFT[@]}")
        done
        LEFT=("${found[@]}")
        [[ ${#LEFT[@]} -gt 0 ]]
}

# processes_end_all: from the door inwards, the database last.
processes_end_all() {
        processes_end guard
        processes_end nginx
        processes_end worker deliver hooks portal gateway login admin
        processes_end sandbox mailsink
        processes_end postgresql
}

note() { printf '%(%Y-%m-%dT%H:%M:%SZ)T keeper[%s]: %s\n' -1 "$$" "$*" >>"$DIR/log/keeper.log"; }
