# SPDX-License-Identifier: BSD-3-Clause
# progress.sh: to be sourced: shows that a long command is under way, and how far it is.

# how_far LOG: prints the last step count of ninja in LOG, as " 12/345", or nothing
how_far() {
    tail -c 4000 "$1" | tr '\r' '\n' | sed -n 's/^\[\([0-9]*\/[0-9]*\)\].*/ \1/p' | tail -n 1
}

# show_beside SHELL WHAT LOG: tells of what a shell does until it is gone: each second on a
# terminal, in one line, and else every half minute in a new line
show_beside() {
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
}

# with_progress WHAT LOG COMMAND...: runs COMMAND with its output in LOG; its status is COMMAND's.
# COMMAND is in the foreground, so that an interrupt from the keyboard ends it.
with_progress() {
    progress_what=$1
    progress_log=$2
    shift 2
    : >"$progress_log"
    show_beside $$ "$progress_what" "$progress_log" &
    progress_display=$!
    progress_status=0
    ("$@") >"$progress_log" 2>&1 </dev/null || progress_status=$?
    kill "$progress_display"
    wait "$progress_display" 2>/dev/null || true
    if [ -t 2 ]; then
        printf '\r\033[K' >&2
    fi
    return "$progress_status"
}
