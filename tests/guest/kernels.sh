#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# kernels.sh: late failures on this kernel and on Debian's 6.1 and 6.12, in an emulator; a table
# shows the bare system call beside ours. The last line counts the rows.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
. "$root/tests/guest/common.sh"
. "$root/tests/guest/packages.sh"
. "$root/tests/guest/architectures.sh"
. "$root/tests/guest/static-build.sh"
. "$root/tests/guest/boot.sh"

arch=amd64
seconds=${RACE_SECONDS:-2}
results=$cache/kernels/results
# shellcheck disable=SC2046 # words to be split
install_missing $(compiler_packages $arch) meson ninja-build pkg-config python3 \
    debian-archive-keyring qemu-system-x86 cpio

# boot_kernel SUITE: late-failure on the kernel of a Debian suite
boot_kernel() {
    unpack_kernel "$1" $arch linux-image-cloud-amd64 || return
    say "booting the kernel of $1"
    boot 900 "$results/$1" qemu-system-x86_64 -accel tcg -cpu max -smp 2 -m 512 -nographic \
        -no-reboot -kernel "$kernel" -initrd "$results/payload.gz" \
        -append 'console=ttyS0 quiet panic=-1'
}

build_static $arch late-failure guest-init || give_up 'the tests could not be built'
rm -rf "$results"
mkdir -p "$results"
new_payload "$results/payload" "$static_build/tests/guest/guest-init"
add_command "$results/payload" late-failure "$static_build/tests/guest/late-failure" "$seconds"
pack_payload "$results/payload" "$results/payload.gz"

say 'running on this kernel'
{
    echo '=== begin late-failure'
    status=0
    "$static_build/tests/guest/late-failure" "$seconds" || status=$?
    echo "=== end late-failure $status"
    echo '=== all done'
} >"$results/host"
boot_kernel bookworm || say 'the emulator failed'
boot_kernel trixie || say 'the emulator failed'

python3 "$guest/table.py" "$results/host" "$results/bookworm" "$results/trixie"
python3 "$guest/consoles.py" "$results/host" "$results/bookworm" "$results/trixie" \
    >"$results/testlog.json"
exec python3 "$root/tests/support/tally.py" "$results/testlog.json"
