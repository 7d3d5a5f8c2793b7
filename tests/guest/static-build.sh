# SPDX-License-Identifier: BSD-3-Clause
# static-build.sh: the tests as programs of any architecture, static where possible. To be sourced after
# packages.sh and architectures.sh.
# shellcheck disable=SC2034,SC2154 # the scripts that source it share variables

# Debian has no static cmocka, and the tests need no more of it than this.
cmocka_macros='-DHAVE_SIGNAL_H -DHAVE_INTTYPES_H -DHAVE_STDINT_H -DHAVE_STRINGS_H -DHAVE_UNISTD_H
    -DHAVE_SNPRINTF -DHAVE_VSNPRINTF -DHAVE_STRUCT_TIMESPEC -DHAVE_CLOCK_GETTIME
    -DHAVE_CLOCK_REALTIME'

# c_flags SYSROOT, link_flags SYSROOT: have a cross compiler use this C library and no other
c_flags() {
    echo "--sysroot=$1 -isystem $1/usr/include/$triplet -isystem $1/usr/include"
}

link_flags() {
    echo "--sysroot=$1 -B$1/usr/lib/$triplet -L$1/usr/lib/$triplet"
    if $is_static; then
        echo -static
    fi
}

# as_list WORD...: the words as meson writes a list
as_list() {
    printf "'%s', " "$@"
}

# build_cmocka SYSROOT
build_cmocka() {
    [ -f "$1/usr/lib/libcmocka.a" ] && return 0
    unpack_source bookworm "$cache/cmocka" cmocka || return
    # Macros and flags are words to be split.
    # shellcheck disable=SC2046,SC2086
    "$triplet-gcc" -O2 -g -w $cmocka_macros $(c_flags "$1") -I"$cache/cmocka/include" \
        -c "$cache/cmocka/src/cmocka.c" -o "$1/cmocka.o" &&
        cp "$cache/cmocka/include/cmocka.h" "$1/usr/include/" &&
        mkdir -p "$1/usr/lib/pkgconfig" &&
        printf '%s\n' 'Name: cmocka' 'Description: unit tests' 'Version: 1.1.5' \
            'Libs: -L/usr/lib -lcmocka' 'Cflags: -I/usr/include' \
            >"$1/usr/lib/pkgconfig/cmocka.pc" &&
        "$triplet-ar" rcs "$1/usr/lib/libcmocka.a" "$1/cmocka.o"
}

# write_cross_file SYSROOT
write_cross_file() {
    # Flags are words to be split.
    # shellcheck disable=SC2046
    cat <<END
[binaries]
c = '$triplet-gcc'
ar = '$triplet-ar'
strip = '$triplet-strip'
pkgconfig = 'pkg-config'
exe_wrapper = ['$emulator', '-L', '$1']
[properties]
sys_root = '$1'
pkg_config_libdir = ['$1/usr/lib/$triplet/pkgconfig', '$1/usr/lib/pkgconfig']
[built-in options]
c_args = [$(as_list $(c_flags "$1"))]
c_link_args = [$(as_list $(link_flags "$1"))]
default_library = 'static'
prefer_static = $is_static
[host_machine]
system = 'linux'
cpu_family = '$family'
cpu = '$family'
endian = '$endian'
END
}

# build_static ARCH TARGET...: builds in $static_build, all tests and the targets named
build_static() {
    describe "$1"
    static_build=$cache/$1/build
    static_sysroot=$cache/$1/sysroot
    static_cross_file=$cache/$1/cross.ini
    static_log=$cache/$1/build.log
    # shellcheck disable=SC2086 # words to be split
    unpack_packages "$suite" "$1" "$static_sysroot" $libraries || return
    build_cmocka "$static_sysroot" || return
    write_cross_file "$static_sysroot" >"$static_cross_file"
    shift
    say "building for $triplet"
    if [ ! -f "$static_build/build.ninja" ]; then
        quietly "$static_log" meson setup -Dtests=enabled -Dexamples=disabled \
            --cross-file "$static_cross_file" "$static_build" "$root" || return
    fi
    quietly "$static_log" meson compile -C "$static_build" || return
    [ $# -eq 0 ] || quietly "$static_log" meson compile -C "$static_build" "$@"
}
