# SPDX-License-Identifier: BSD-3-Clause
# prepare.sh: gets and builds what a Linux guest with a window needs. To be sourced, with $root set
# to the source tree.
# shellcheck disable=SC2034,SC2154 # the scripts that source it share variables

. "$root/tests/guest/common.sh"
. "$root/tests/guest/packages.sh"
. "$root/tests/guest/architectures.sh"
. "$root/tests/guest/boot.sh"

linux=$guest/linux
place=$cache/linux
build=$root/build-tests
qemu_build=$root/build-qemu

# In the order in which they need each other.
modules='drivers/virtio/virtio_ring drivers/virtio/virtio drivers/virtio/virtio_pci_legacy_dev
    drivers/virtio/virtio_pci_modern_dev drivers/virtio/virtio_pci fs/fuse/fuse fs/fuse/virtiofs'

# host_packages: prints what this machine needs beside what QEMU's build asks for itself
host_packages() {
    echo gcc libc6-dev binutils meson ninja-build pkg-config python3 libglib2.0-dev libfuse3-dev
    echo libcmocka-dev debian-archive-keyring cpio
    compiler_packages amd64
    [ "$(dpkg --print-architecture)" = amd64 ] || echo libc6-dev-amd64-cross
}

# build_daemon: builds daxfsd with the tests' build of the library
build_daemon() {
    daemon=$build/examples/daxfsd/daxfsd
    if [ ! -f "$build/build.ninja" ]; then
        meson setup -Dtests=enabled -Dexamples=enabled "$build" "$root" || return
    elif ! meson introspect --targets "$build" | grep -qF '"daxfsd"'; then
        meson setup --reconfigure "$build" || return # libfuse may have come since
    fi
    meson compile -C "$build" daxfsd
}

# build_qemu: QEMU linked with the library
build_qemu() {
    qemu=$qemu_build/prefix/bin/qemu-system-x86_64
    sh "$root/examples/qemu/build" "$qemu_build"
}

# build_program NAME SOURCE...: a static program for the guest
build_program() {
    program_name=$1
    shift
    (cd "$linux/program" &&
        "$triplet-gcc" -std=gnu11 -O2 -g -static -Wall -Wextra -Wshadow -Werror -D_GNU_SOURCE \
            -o "$place/payload/bin/$program_name" "$@")
}

copy_modules() {
    mkdir -p "$place/payload/modules"
    for module in $modules; do
        cp "$place"/kernel/lib/modules/*/kernel/"$module.ko" "$place/payload/modules/" || return
        basename "$module"
    done >"$place/payload/modules/order"
}

# build_payload: sets $initramfs
build_payload() {
    initramfs=$place/initramfs.gz
    rm -rf "$place/payload"
    mkdir -p "$place/payload/bin"
    cp "$linux/init" "$place/payload/init" &&
        chmod 755 "$place/payload/init" &&
        cp "$place/busybox/bin/busybox" "$place/payload/bin/" &&
        ln -s busybox "$place/payload/bin/sh" &&
        copy_modules &&
        build_program pages pages.c reading.c writing.c moving.c holding.c churning.c stamp.c &&
        build_program measure measure.c &&
        pack_payload "$place/payload" "$initramfs"
}

# prepare_guest: sets $kernel and $initramfs
prepare_guest() {
    describe amd64
    find_kernel_package bookworm amd64 linux-image-cloud-amd64 &&
        unpack_packages bookworm amd64 "$place/kernel" "$kernel_package" &&
        unpack_packages bookworm amd64 "$place/busybox" busybox-static || return
    kernel=$(echo "$place"/kernel/boot/vmlinuz-*)
    build_payload
}

# prepare_all: sets $kernel, $initramfs, $daemon and $qemu, or gives up
prepare_all() {
    # shellcheck disable=SC2046 # words to be split
    install_missing $(host_packages)
    prepare_guest || give_up 'the guest could not be made'
    say 'building the daemon'
    quietly "$place/daemon.log" build_daemon || give_up 'daxfsd could not be built'
    say 'building QEMU, which takes minutes the first time'
    build_qemu || give_up 'QEMU could not be built'
}

# run_driver SCRIPT ARGUMENT...: runs a script of this folder, with all prepared unless it is only
# asked what it can do
run_driver() {
    driver=$linux/$1
    shift
    case " $* " in
    *' --help '* | *' -h '* | *' --list '*) exec python3 "$driver" "$@" ;;
    esac
    prepare_all
    exec python3 "$driver" --qemu "$qemu" --daemon "$daemon" --kernel "$kernel" \
        --initramfs "$initramfs" --place "$place" "$@"
}
