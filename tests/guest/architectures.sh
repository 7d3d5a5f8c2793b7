# SPDX-License-Identifier: BSD-3-Clause
# architectures.sh: what differs between the architectures that are tested. To be sourced.
# shellcheck disable=SC2034,SC2154 # the scripts that source it share variables

# describe ARCH: sets triplet, family, endian, emulator, suite and libraries for Debian's name of one
describe() {
    endian=little
    suite=bookworm
    libraries='libc6-dev linux-libc-dev libglib2.0-dev libpcre2-dev'
    is_static=true
    case $1 in
    amd64) triplet=x86_64-linux-gnu family=x86_64 emulator=qemu-x86_64 ;;
    arm64) triplet=aarch64-linux-gnu family=aarch64 emulator=qemu-aarch64 ;;
    armhf) triplet=arm-linux-gnueabihf family=arm emulator=qemu-arm ;;
    ppc64el) triplet=powerpc64le-linux-gnu family=ppc64 emulator=qemu-ppc64le ;;
    riscv64)
        # Debian 12 has compilers for it, but no libraries; the linker of Debian 12 breaks down over
        # static ones from later.
        triplet=riscv64-linux-gnu family=riscv64 emulator=qemu-riscv64 suite=sid is_static=false
        libraries="$libraries libc6 libglib2.0-0t64 libpcre2-8-0 libatomic1
            libgio-2.0-dev libsysprof-capture-4-dev"
        ;;
    s390x) triplet=s390x-linux-gnu family=s390x emulator=qemu-s390x endian=big ;;
    *) give_up "no architecture is called '$1'" ;;
    esac
}

# compiler_packages ARCH: prints the packages that compile for it here, without a C library
compiler_packages() {
    describe "$1"
    if [ "$1" = "$(dpkg --print-architecture)" ]; then
        echo gcc binutils
    else
        echo "gcc-$(echo "$triplet" | tr _ -)"
    fi
}
