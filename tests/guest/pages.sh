#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# pages.sh: the unit tests and scenarios in a ppc64le guest, whose kernel has pages of 64 KiB. The
# last line counts the test cases.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
. "$root/tests/guest/common.sh"
. "$root/tests/guest/packages.sh"
. "$root/tests/guest/architectures.sh"
. "$root/tests/guest/static-build.sh"
. "$root/tests/guest/boot.sh"

arch=ppc64el
results=$cache/pages
# shellcheck disable=SC2046 # words to be split
install_missing $(compiler_packages $arch) meson ninja-build pkg-config python3 \
    debian-archive-keyring qemu-system-ppc cpio

build_static $arch late-failure guest-init || give_up 'the tests could not be built'
unpack_kernel bookworm $arch linux-image-powerpc64le || give_up 'there is no kernel'
rm -rf "$results"
mkdir -p "$results"
new_payload "$results/payload" "$static_build/tests/guest/guest-init"
add_command "$results/payload" late-failure "$static_build/tests/guest/late-failure" 0
add_tests "$results/payload" "$static_build"
pack_payload "$results/payload" "$results/payload.gz"

say 'booting a kernel with pages of 64 KiB'
boot 3000 "$results/console" qemu-system-ppc64 -accel tcg -machine pseries -cpu power9 -smp 1 \
    -m 2048 -nographic -no-reboot -kernel "$kernel" -initrd "$results/payload.gz" \
    -append 'console=hvc0 quiet panic=-1' || say 'the emulator failed'

grep -aE '^# Linux' "$results/console" || say 'the guest did not come up'
python3 "$guest/consoles.py" "$results/console" >"$results/testlog.json"
python3 "$guest/failures.py" "$results/testlog.json"
exec python3 "$root/tests/support/tally.py" "$results/testlog.json"
