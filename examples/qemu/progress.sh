# SPDX-License-Identifier: BSD-3-Clause
# progress.sh: to be sourced: shows that a long command is under way, and how far it is.

# how_far LOG: prints the last step count of ninja in LOG, as "12/345", or nothing
how_far() {
    tail -c 4000 "$1" | tr '\r' '\n' | sed -n 's/^\[\([0-9]*\/[0-9]*\)\].*/ \1/p' | tail -n 1
}

# show_while PROCESS WHAT LOG: tells of PROCESS until it ends: each second on a terminal, in one
# line that is then wiped, and else every half minute in a new line
show_while() {
    seconds=0
    while kill -0 "$1" 2>/dev/null; do
        if [ -t 2 ]; then
            printf '\r%s%s, %d s \033[K' "$2" "$(how_far "$3")" "$seconds" >&2
        elif [ $((seconds % 30)) -eq 0 ]; then
            echo "$2$(how_far "$3"), $seconds s" >&2
        fi
        sleep 1
        seconds=$((seconds + 1))
    done
    if [ -t 2 ]; then
        printf '\r\033[K' >&2
    fi
}

# with_progress WHAT LOG COMMAND...: runs COMMAND with its output in LOG; its status is COMMAND's
with_progress() {
    progress_what=$1
    progress_log=$2
    shift 2
    "$@" >"$progress_log" 2>&1 </dev/null &
    progress_process=$!
    trap 'kill "$progress_process" 2>/dev/null' INT TERM
    show_while "$progress_process" "$progress_what" "$progress_log"
    trap - INT TERM
    wait "$progress_process"
}
