#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Runs daxfsd as a user would, up to where a front end would connect: sh command-line.sh DAXFSD
set -eu

daxfsd=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
. "$(dirname -- "$0")/../support/tap.sh"

# prints WORDS COMMAND...: whether COMMAND succeeds and WORDS are in its output
prints() {
    words=$1
    shift
    "$@" >"$scratch/output" 2>&1 && grep -qF -- "$words" "$scratch/output" && return 0
    echo "'$words' is not printed by $*:"
    cat "$scratch/output"
    return 1
}

# refuses WORDS OPTION...: whether daxfsd ends with status 2 and one line that has WORDS in it
refuses() {
    words=$1
    shift
    exits_with 2 "$daxfsd" "$@" 2>"$scratch/errors" || return 1
    is_equal "$(wc -l <"$scratch/errors" | tr -d ' ')" 1 &&
        grep -qF -- "$words" "$scratch/errors" && return 0
    cat "$scratch/errors"
    return 1
}

# start: starts daxfsd, and waits for its socket, which is not the one that may be there already
start() {
    before=$(stat -c "%i %z" "$scratch/socket" 2>/dev/null || true)
    "$daxfsd" --socket-path="$scratch/socket" --shared-dir="$scratch" &
    daemon=$!
    while ! [ -S "$scratch/socket" ] || [ "$(stat -c "%i %z" "$scratch/socket")" = "$before" ]; do
        sleep 0.05
    done
}

# ends_with_status_0_after SIGNAL: whether daxfsd does, and takes its socket with it
ends_with_status_0_after() {
    start
    kill -s "$1" "$daemon"
    wait "$daemon" && ! [ -e "$scratch/socket" ]
}

replaces_the_socket_of_one_that_was_killed() {
    start
    kill -s KILL "$daemon"
    wait "$daemon" || true
    [ -S "$scratch/socket" ] && ends_with_status_0_after TERM
}

leaves_the_socket_of_another_alone() {
    start
    first=$daemon
    start
    kill -s TERM "$first"
    wait "$first"
    [ -S "$scratch/socket" ] && kill -s TERM "$daemon" && wait "$daemon"
}

: >"$scratch/file"
long=$(printf '%0150d' 0)

check 'daxfsd prints its version' prints 'libdaxwin' "$daxfsd" --version
check 'daxfsd explains itself' prints 'Exit status' "$daxfsd" --help
check 'daxfsd wants a socket' refuses '--socket-path=PATH is missing' --shared-dir="$scratch"
check 'daxfsd wants a directory' refuses '--shared-dir=DIR is missing' --socket-path="$scratch/s"
check 'daxfsd misses a directory' refuses "'$scratch/none': No such file" \
    --socket-path="$scratch/s" --shared-dir="$scratch/none"
check 'daxfsd shares no file' refuses "'$scratch/file': Not a directory" \
    --socket-path="$scratch/s" --shared-dir="$scratch/file"
check 'daxfsd does not replace a file' refuses "'$scratch/file': Address already in use" \
    --socket-path="$scratch/file" --shared-dir="$scratch"
check 'daxfsd needs a place for its socket' refuses "'$scratch/none/s': No such file" \
    --socket-path="$scratch/none/s" --shared-dir="$scratch"
check 'daxfsd refuses a long path' refuses 'has 150 characters, which is not between 1 and 107' \
    --socket-path="$long" --shared-dir="$scratch"
check 'daxfsd refuses no queues' refuses '0 request queues are not between 1 and 64' \
    --socket-path="$scratch/s" --shared-dir="$scratch" --queues=0
check 'daxfsd refuses too many queues' refuses '65 request queues are not between 1 and 64' \
    --socket-path="$scratch/s" --shared-dir="$scratch" --queues=65
check 'daxfsd refuses queues that are no number' refuses 'many' \
    --socket-path="$scratch/s" --shared-dir="$scratch" --queues=many
check 'daxfsd refuses a stray argument' refuses "stray argument 'fast'" \
    --socket-path="$scratch/s" --shared-dir="$scratch" fast
check 'daxfsd refuses an unknown option' refuses '--fast' \
    --socket-path="$scratch/s" --shared-dir="$scratch" --fast
check 'daxfsd ends when it is told to' ends_with_status_0_after TERM
check 'daxfsd ends when it is interrupted' ends_with_status_0_after INT
check 'daxfsd replaces an old socket' replaces_the_socket_of_one_that_was_killed
check 'daxfsd leaves the socket of another alone' leaves_the_socket_of_another_alone
finish
