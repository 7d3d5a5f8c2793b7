#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# shim.sh: builds QEMU with examples/qemu, and has a back-end do all it can to it. No guest is run.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
qemu_build=$root/build-qemu

. "$root/tests/guest/common.sh"

say 'building QEMU, which takes minutes the first time'
sh "$root/examples/qemu/build" "$qemu_build" || give_up 'QEMU could not be built'
exec python3 "$root/tests/guest/shim/check.py" "$qemu_build/prefix/bin/qemu-system-x86_64"
