#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What bpftrace sees of a program that uses the library: sh tracing.sh LIBRARY FOLDER_OF_EXAMPLES
set -eu

library=$(readlink -f -- "$1")
examples=$2
scratch=$(mktemp -d)
tracer=
trap '[ -z "$tracer" ] || kill "$tracer" 2>/dev/null; rm -rf "$scratch"' EXIT
. "$(dirname -- "$0")/../support/tap.sh"

# One line for each probe that is passed; its numbers as doc/tracing.md lists them.
write_script() {
    cat <<EOF
usdt:$library:daxwin:map {
    printf("map %lx %lx %lx %d %d\n", arg1, arg2, arg3, arg4, arg5);
}
usdt:$library:daxwin:clear { printf("clear %d %d\n", arg1, arg2); }
usdt:$library:daxwin:refuse { printf("refuse %d %d %s\n", arg1, arg2, str(arg3)); }
usdt:$library:daxwin:contain { printf("contain %lx %lx\n", arg1, arg2); }
interval:ms:100 { printf("looking\n"); }
EOF
}

# wait_for WORDS: until they are in the output of bpftrace, 30 s at most
wait_for() {
    tries=300
    while [ "$tries" -gt 0 ] && kill -0 "$tracer" 2>/dev/null; do
        grep -qF -- "$1" "$scratch/seen" && return 0
        sleep 0.1
        tries=$((tries - 1))
    done
    grep -qF -- "$1" "$scratch/seen"
}

start_tracer() {
    write_script >"$scratch/script.bt"
    : >"$scratch/seen"
    bpftrace -B line "$scratch/script.bt" >"$scratch/seen" 2>&1 &
    tracer=$!
    wait_for looking
}

sees() {
    wait_for "$1" && return 0
    echo "'$1' was not seen, but:"
    cat "$scratch/seen"
    return 1
}

page=$(getconf PAGESIZE)
page_hex=$(printf '%x' "$page")

if ! command -v bpftrace >/dev/null; then
    skip_check 'bpftrace sees the probes' 'bpftrace is not installed'
    finish
elif [ "$(id -u)" -ne 0 ]; then
    skip_check 'bpftrace sees the probes' 'only root may trace'
    finish
elif ! start_tracer; then
    # The check probes has found them in the library; so it is the kernel that is not for it.
    skip_check 'bpftrace sees the probes' \
        "bpftrace cannot look on: $(grep ERROR "$scratch/seen" | tail -n 1)"
    finish
fi
"$examples/answer-a-backend" >/dev/null
"$examples/survive-truncation" >/dev/null
check 'bpftrace sees a map' sees "map 0 $page_hex 0 1 "
check 'bpftrace sees a clear' sees "clear 1 $page"
check 'bpftrace sees why a map was refused' sees 'refuse 2 22 length 0x'
check 'bpftrace sees a page contained, in a signal handler' sees "contain $(printf '%x' $((6 * page))) $page_hex"
finish
