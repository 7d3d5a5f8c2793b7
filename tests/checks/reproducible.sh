#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Two builds of one tree, each in a place of its own, are the same byte for byte.
# Called as: sh reproducible.sh SOURCE_ROOT
set -eu

here=$(dirname -- "$0")
source_root=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
. "$here/../support/tap.sh"

# build_in PLACE: a copy of the tree, built there as a packager would and installed to PLACE-root
build_in() {
    mkdir -p "$scratch/$1" &&
        tar -C "$source_root" --anchored --exclude='./build*' --exclude=./.git -cf - . |
        tar -C "$scratch/$1" -xf - &&
        meson setup "$scratch/$1/build" "$scratch/$1" --prefix=/usr -Ddefault_library=both \
            -Dtests=disabled -Dexamples=disabled -Ddoc=disabled \
            -Dc_args="-ffile-prefix-map=$scratch/$1=." \
            -Dc_link_args="-ffile-prefix-map=$scratch/$1=." &&
        DESTDIR="$scratch/$1-root" meson install -C "$scratch/$1/build"
}

has_debug_information() {
    readelf -S "$(find "$scratch/here-root" -name 'libdaxwin.so.*.*')" | grep -F .debug_info
}

names_no_place() {
    ! grep -rlF "$scratch" "$scratch/here-root"
}

check 'the tree builds and installs' build_in here
check 'it builds and installs at another place' build_in some/other/place
check 'there is debug information, which could tell the places apart' has_debug_information
check 'no installed file names its place' names_no_place
check 'both are the same' diff -r "$scratch/here-root" "$scratch/some/other/place-root"
finish
