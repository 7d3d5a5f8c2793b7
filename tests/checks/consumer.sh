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

cat >"$scratch/consumer.c" <<'EOF'
#include <daxwin/daxwin.h>
#include <stdio.h>
#include <stdlib.h>

int
main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(DaxwinWindow) window = NULL;
    DaxwinMapping mapping = { 0, 0, daxwin_host_page_size(), DAXWIN_ACCESS_READ };
    FILE *file = fopen(argv[argc - 1], "rb");

    window = daxwin_window_new(UINT64_C(2) << 20, daxwin_arch_native(), DAXWIN_WINDOW_DEFAULT,
                               &error);
    if (file == NULL || window == NULL ||
        !daxwin_window_map(window, fileno(file), &mapping, &error) ||
        !daxwin_window_audit(window, &error) || !daxwin_window_clear(window, &error)) {
        fprintf(stderr, "%s\n", error != NULL ? error->message : "no file");
        return EXIT_FAILURE;
    }
    (void)fclose(file);
    printf("libdaxwin %s\n", daxwin_version_string());
    return EXIT_SUCCESS;
}
EOF

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

write_project() {
    mkdir -p "$scratch/project/subprojects"
    ln -s "$source_root" "$scratch/project/subprojects/libdaxwin"
    cp "$scratch/consumer.c" "$scratch/project/"
    cat >"$scratch/project/meson.build" <<'EOF'
project('consumer', 'c')
executable('consumer', 'consumer.c', dependencies: dependency('daxwin', fallback: 'libdaxwin'))
EOF
}

build_project() {
    write_project &&
        meson setup --wrap-mode=forcefallback "$scratch/project-build" "$scratch/project" &&
        meson compile -C "$scratch/project-build"
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
check 'a meson project builds with libdaxwin as its subproject' build_project
check 'a subproject builds no tests' project_builds_no_tests
check 'the program of that project runs' "$scratch/project-build/consumer" "$scratch/consumer.c"
finish
