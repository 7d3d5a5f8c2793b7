#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Uses libdaxwin as other people do: installed, by pkg-config and nothing else, and as a meson
# subproject. Called as: sh consumer.sh SOURCE_ROOT
set -eu

here=$(dirname -- "$0")
source_root=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
. "$here/../support/tap.sh"
. "$here/../support/prefix.sh"

cp "$source_root/examples/subproject/consumer.c" "$scratch/"

# The program of the README, so that what people copy first is known to work.
awk '/^```c$/ { on = 1; next } /^```/ { on = 0 } on' "$source_root/README.md" >"$scratch/readme.c"

# compile OUTPUT COMPILER...: one command line, as a reader of the README would write it
compile() {
    output=$scratch/$1
    shift
    # The flags are words to be split.
    # shellcheck disable=SC2046
    "$@" -Wall -Wextra -Werror -o "$output"
}

compile_shared() {
    compile shared "${CC:-cc}" "$scratch/consumer.c" $(flags --cflags --libs)
}

compile_readme() {
    compile readme "${CC:-cc}" "$scratch/readme.c" $(flags --cflags --libs)
}

compile_static() {
    compile static "${CC:-cc}" "$scratch/consumer.c" $(flags --static --cflags --libs)
}

cxx_compiler() {
    for candidate in "${CXX:-}" g++ clang++; do
        command -v "$candidate" && return
    done
}

compile_cxx() {
    compile cxx "$cxx" -std=c++17 -x c++ "$scratch/consumer.c" -x none $(flags --cflags --libs)
}

run_installed() {
    LD_LIBRARY_PATH=$prefix/lib "$scratch/$1" "$scratch/consumer.c"
}

has_soname() {
    readelf -d "$prefix/lib/libdaxwin.so" | grep -F 'soname: [libdaxwin.so.0]'
}

needs_soname() {
    readelf -d "$scratch/shared" | grep -F 'Shared library: [libdaxwin.so.0]'
}

needs_no_library_of_ours() {
    ! readelf -d "$scratch/static" | grep -F 'libdaxwin'
}

exports_nothing_else() {
    is_equal "$(nm -D --defined-only "$prefix/lib/libdaxwin.so" | grep ' T ' | grep -cv daxwin_)" 0
}

has_version_of_project() {
    is_equal "$(flags --modversion)" "$(meson introspect "$source_root/meson.build" --projectinfo |
        sed 's/.*"version": "\([^"]*\)".*/\1/')"
}

remove_shared_library() {
    rm "$prefix"/lib/libdaxwin.so*
}

# has_static_glib: whether a program can do without any shared library
has_static_glib() {
    echo 'int main(void) { return 0; }' >"$scratch/empty.c"
    # shellcheck disable=SC2046
    "${CC:-cc}" -static -o "$scratch/empty" "$scratch/empty.c" \
        $(pkg-config --static --libs glib-2.0)
}

compile_wholly_static() {
    compile wholly-static "${CC:-cc}" -static "$scratch/consumer.c" \
        $(flags --static --cflags --libs)
}

needs_no_library() {
    ! readelf -d "$scratch/wholly-static" | grep -F NEEDED
}

# What is in this tree is taken, because it lies where the wrap would put it.
build_project() {
    cp -r "$source_root/examples/subproject" "$scratch/project" &&
        ln -s "$source_root" "$scratch/project/subprojects/libdaxwin" &&
        meson setup --wrap-mode=forcefallback "$scratch/project-build" "$scratch/project" &&
        meson compile -C "$scratch/project-build"
}

# What was committed last is taken, as from a server.
build_wrapped_project() {
    cp -r "$source_root/examples/subproject" "$scratch/wrapped" &&
        sed -i "s|^url = .*|url = file://$source_root|" \
            "$scratch/wrapped/subprojects/daxwin.wrap" &&
        HOME=$scratch git config --global safe.directory '*' &&
        HOME=$scratch meson setup --wrap-mode=forcefallback "$scratch/wrapped-build" \
            "$scratch/wrapped" &&
        meson compile -C "$scratch/wrapped-build"
}

has_git() {
    command -v git >/dev/null && [ -e "$source_root/.git" ]
}

project_builds_no_tests() {
    ! find "$scratch/project-build" -name 'test-*' | grep .
}

check 'the library installs to a prefix' build_library
check 'pkg-config knows the version' has_version_of_project
check 'the installed library has its soname' has_soname
check 'the installed library exports only its own names' exports_nothing_else
check 'a program compiles against the shared library' compile_shared
check 'that program asks for the soname' needs_soname
check 'that program runs' run_installed shared
check 'the program of the README compiles' compile_readme
check 'the program of the README runs' run_installed readme
cxx=$(cxx_compiler || true)
if [ -n "$cxx" ]; then
    check 'a C++17 program compiles' compile_cxx
    check 'the C++17 program runs' run_installed cxx
else
    skip_check 'a C++17 program compiles' 'there is no C++ compiler here'
fi
check 'the shared library can be taken away' remove_shared_library
check 'a program compiles against the static library' compile_static
check 'that program needs no libdaxwin.so' needs_no_library_of_ours
check 'that program runs' "$scratch/static" "$scratch/consumer.c"
if has_static_glib >/dev/null 2>&1; then
    check 'a program without any shared library compiles' compile_wholly_static
    check 'that program needs no other' needs_no_library
    check 'that program runs' "$scratch/wholly-static" "$scratch/consumer.c"
else
    skip_check 'a program without any shared library compiles' 'there is no static GLib here'
fi
check 'a meson project builds with libdaxwin as its subproject' build_project
check 'a subproject builds no tests' project_builds_no_tests
check 'the program of that project runs' "$scratch/project-build/consumer" "$scratch/consumer.c"
if has_git; then
    check 'a meson project gets libdaxwin by its wrap' build_wrapped_project
    check 'the program of that project runs' "$scratch/wrapped-build/consumer" \
        "$scratch/consumer.c"
else
    skip_check 'a meson project gets libdaxwin by its wrap' 'there is no git repository here'
fi
finish
