#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Builds for s390x, which is big-endian, and runs there what reads messages, in an emulator:
# big-endian.sh SOURCE_ROOT BUILD_FOLDER. Packages of s390x are unpacked below BUILD_FOLDER and
# kept there; nothing is installed. Exits with 77 where it cannot be done.
set -eu

root=$1
folder=$2/s390x
triplet=s390x-linux-gnu
sysroot=$folder/sysroot
packages='libc6 libc6-dev libcrypt-dev libcrypt1 linux-libc-dev libgcc-s1 libglib2.0-0
    libglib2.0-dev libpcre2-8-0 libpcre2-dev libcmocka0 libcmocka-dev'

for program in $triplet-gcc qemu-s390x-static apt-get dpkg-deb meson; do
    if ! command -v "$program" >/dev/null; then
        echo "not tried: there is no $program here (gcc-$triplet, qemu-user-static)"
        exit 77
    fi
done

# foreign_apt COMMAND...: apt-get that knows of s390x only, with lists and a cache of its own
foreign_apt() {
    apt-get -o APT::Architecture=s390x -o APT::Architectures=s390x \
        -o Dir::State="$folder/apt" -o Dir::State::status="$folder/apt/status" \
        -o Dir::State::lists="$folder/apt/lists" -o Dir::Cache="$folder/apt/cache" "$@"
}

download() {
    mkdir -p "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial" "$folder/packages"
    : >"$folder/apt/status"
    # The packages are words to be split.
    # shellcheck disable=SC2086
    foreign_apt update && cd "$folder/packages" && foreign_apt download $packages
}

mkdir -p "$folder"
if [ ! -d "$sysroot" ]; then
    if ! (download) >"$folder/download.log" 2>&1; then
        tail -n 3 "$folder/download.log"
        echo 'not tried: the packages of s390x cannot be downloaded'
        exit 77
    fi
    for package in "$folder"/packages/*.deb; do
        dpkg-deb -x "$package" "$sysroot.part"
    done
    mv "$sysroot.part" "$sysroot"
fi

cat >"$folder/cross.ini" <<EOF
[binaries]
c = ['$triplet-gcc', '--sysroot=$sysroot']
ar = '$triplet-ar'
pkgconfig = 'pkg-config'
exe_wrapper = ['qemu-s390x-static', '-L', '$sysroot']
[properties]
sys_root = '$sysroot'
pkg_config_libdir = '$sysroot/usr/lib/$triplet/pkgconfig:$sysroot/usr/share/pkgconfig'
[host_machine]
system = 'linux'
cpu_family = 's390x'
cpu = 's390x'
endian = 'big'
EOF

if [ ! -f "$folder/build/build.ninja" ]; then
    meson setup -Dtests=enabled -Dexamples=disabled --cross-file "$folder/cross.ini" \
        "$folder/build" "$root"
fi
meson compile -C "$folder/build"
exec meson test -C "$folder/build" --no-rebuild --print-errorlogs \
    checked payload fs-message shmem-message shm-capability golden \
    replay-fs-message replay-shmem-message replay-shmem-config replay-shm-capability
