# SPDX-License-Identifier: BSD-3-Clause
# prefix.sh: libdaxwin in a prefix that no other package knows. To be sourced by scripts that have
# set $source_root and $scratch.

prefix=$scratch/prefix

# build_library [OPTION...]: a build of its own, with these options of meson, installed to $prefix
build_library() {
    meson setup "$scratch/build" "$source_root" --prefix="$prefix" --libdir=lib \
        -Ddefault_library=both -Dtests=disabled -Dexamples=disabled -Ddoc=disabled "$@" &&
        meson install -C "$scratch/build"
}

flags() {
    PKG_CONFIG_PATH=$prefix/lib/pkgconfig pkg-config "$@" daxwin
}
