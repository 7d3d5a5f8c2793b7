#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# instructions.sh: user-space instructions of one map and one unmap, and the memory of a mapping.
#
# usage: sh tests/bench/instructions.sh BUILD_FOLDER [--by-function]
#
# Pieces are of 64 KiB, for valgrind cannot reserve the 64 GiB that 2 MiB ones would want; the
# number of instructions does not depend on the length.
set -eu

live=8000
pairs=2000
most_instructions=1200
most_bytes=96

complain() {
    echo "$0: $1" >&2
    exit 2
}

case ${1:-} in
'' | -h | --help)
    sed -n '3,8s/^#\( \|$\)//p' "$0"
    exit 0
    ;;
esac
steady=$1/tests/bench/daxwin-steady
[ -x "$steady" ] || complain "$steady is not built"
command -v valgrind >/dev/null || complain 'valgrind is not installed'
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# per_pair NAME [OPTION...]: instructions of the loop alone, each time round
per_pair() {
    name=$1
    shift
    valgrind --tool=callgrind --callgrind-out-file="$scratch/$name" --toggle-collect=run_pairs \
        "$steady" --live="$live" --count="$pairs" "$@" 2>"$scratch/errors" ||
        { cat "$scratch/errors" >&2; exit 2; }
    total=$(sed -n 's/^\(totals\|summary\): //p' "$scratch/$name" | head -n 1)
    echo $((total / pairs))
}

# verdict FIGURE LIMIT
verdict() {
    if [ "$1" -le "$2" ]; then echo met; else echo 'NOT MET'; fi
}

bare=$(per_pair bare --bare)
ours=$(per_pair ours)
memory=$("$steady" --live="$live" --memory)
bytes=$(echo "$memory" | sed 's/\..*//')

own=$((ours - bare))
echo "$ours instructions for one map and one unmap at $live live, allocations included; the bare" \
    "calls in the same loop take $bare, so the library adds $own: at most $most_instructions," \
    "$(verdict "$own" "$most_instructions")"
echo "$memory live: at most $most_bytes, $(verdict "$bytes" "$most_bytes")"
if [ "${2:-}" = --by-function ]; then
    callgrind_annotate "$scratch/ours" | sed -n '/Ir/,$p' | head -n 40
fi
