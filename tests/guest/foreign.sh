#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# foreign.sh: the unit tests and scenarios as programs of other architectures, each of which an
# emulator runs on this kernel: foreign.sh [ARCH...]. The last line counts the test cases.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
. "$root/tests/guest/common.sh"
. "$root/tests/guest/packages.sh"
. "$root/tests/guest/architectures.sh"
. "$root/tests/guest/static-build.sh"

[ $# -gt 0 ] || set -- arm64 armhf ppc64el riscv64 s390x
results=$cache/foreign
compilers=$(for arch in "$@"; do compiler_packages "$arch"; done)
# shellcheck disable=SC2086 # words to be split
install_missing $compilers meson ninja-build pkg-config python3 debian-archive-keyring qemu-user

# test_foreign ARCH: its tests, and their log among the results
test_foreign() {
    rm -f "$results/$1.json"
    if ! build_static "$1"; then
        echo "{\"name\": \"build for $1\", \"result\": \"FAIL\"}" >"$results/$1.json"
        return
    fi
    say "testing on $1"
    rm -f "$static_build"/meson-logs/testlog.json
    # The emulator keeps a table of all memory that its program reserves. dash and bash know -v.
    # shellcheck disable=SC3045
    (ulimit -v 67108864 && meson test -C "$static_build" --no-rebuild --timeout-multiplier 4 \
        --suite libdaxwin:unit --suite libdaxwin:scenario) >"$results/$1.log" 2>&1 || true
    cp "$static_build/meson-logs/testlog.json" "$results/$1.json" ||
        give_up "no test ran, see $results/$1.log"
    python3 "$guest/failures.py" "$results/$1.json"
    echo "$1: $(python3 "$root/tests/support/tally.py" "$results/$1.json")"
}

mkdir -p "$results"
for arch in "$@"; do
    test_foreign "$arch"
done
for arch in "$@"; do
    cat "$results/$arch.json"
done >"$results/testlog.json"
exec python3 "$root/tests/support/tally.py" "$results/testlog.json"
