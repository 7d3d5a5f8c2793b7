#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# An installation consists of headers, library, pc file and documentation, and of nothing else,
# however much is built. Called as: sh installed.sh SOURCE_ROOT BUILD_ROOT
set -eu

here=$(dirname -- "$0")
source_root=$1
build_root=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
. "$here/../support/tap.sh"
. "$here/../support/prefix.sh"

version=$(sed -n "s/^  version: '\(.*\)',$/\1/p" "$source_root/meson.build")

list_always() {
    for header in "$source_root"/include/daxwin/*.h version.h; do
        echo "include/daxwin/$(basename "$header")"
    done
    echo lib/pkgconfig/daxwin.pc
}

list_shared() {
    echo lib/libdaxwin.so
    echo lib/libdaxwin.so.0
    echo "lib/libdaxwin.so.$version"
}

list_static() {
    echo lib/libdaxwin.a
}

# has_installed LIST...: whether the files in the prefix are just those that the lists print
has_installed() {
    for list in list_always "$@"; do
        "$list"
    done | LC_ALL=C sort >"$scratch/expected"
    (cd "$prefix" && find . ! -type d | sed 's|^\./||') | LC_ALL=C sort >"$scratch/installed"
    diff -u "$scratch/expected" "$scratch/installed"
}

has_all_pages() {
    for page in "$source_root"/doc/*.md; do
        ls "$prefix/share/doc/libdaxwin/reference/$(basename "$page" .md).html" || return
    done
}

# Its files are made by another program, which decides how many there are.
has_nothing_but_reference() {
    rm -rf "$prefix/share/doc/libdaxwin/reference" &&
        find "$prefix/share" -type d -empty -delete &&
        has_installed list_shared
}

can_make_reference() {
    command -v g-ir-scanner >/dev/null && command -v gi-docgen >/dev/null &&
        [ -e /usr/share/gir-1.0/GLib-2.0.gir ]
}

# again OPTION...: another build, in the place of the last one
again() {
    rm -rf "$prefix" "$scratch/build"
    build_library --buildtype=debug "$@"
}

# would_install: whether the build with all tests and examples would install nothing besides
would_install() {
    meson introspect --installed "$build_root" | tr ',' '\n' | sed 's/.*: *"\(.*\)".*/\1/' |
        grep -vE '/include/daxwin/[^/]*\.h$|/libdaxwin\.(so[.0-9]*|a)$|/pkgconfig/daxwin\.pc$' |
        grep -v '/doc/libdaxwin/' >"$scratch/besides" || return 0
    cat "$scratch/besides"
    return 1
}

check 'both libraries install' again -Ddefault_library=both
check 'with headers and pc file, and no more' has_installed list_shared list_static
check 'the static library installs' again -Ddefault_library=static
check 'with headers and pc file, and no more' has_installed list_static
if can_make_reference; then
    check 'shared library and reference install' again -Ddefault_library=shared -Ddoc=enabled
    check 'with all pages' has_all_pages
    check 'and no more' has_nothing_but_reference
else
    skip_check 'the reference installs' 'there is no g-ir-scanner or no gi-docgen here'
fi
check 'neither tests nor examples would install anything' would_install
finish
