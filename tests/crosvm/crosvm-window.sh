#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Builds examples/crosvm as its users do, with pkg-config and rustc alone, and runs what comes of it.
# Called as: sh crosvm-window.sh SOURCE_ROOT
set -eu

here=$(dirname -- "$0")
source_root=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
. "$here/../support/tap.sh"
. "$here/../support/prefix.sh"

crosvm=$source_root/examples/crosvm
rustc=${RUSTC:-rustc}
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
export LD_LIBRARY_PATH="$prefix/lib"

mkdir "$scratch/files"

build() {
    sh "$crosvm/build" "$scratch/$1"
}

run() {
    "$scratch/$1/crosvm-window" --directory "$scratch/files"
}

run_one() {
    "$scratch/plain/crosvm-window" --directory "$scratch/files" "$1"
}

# says STATUS WORDS COMMAND...: whether COMMAND ends so and prints one line that has WORDS
says() {
    wanted_status=$1
    wanted_words=$2
    shift 2
    exits_with "$wanted_status" "$@" >"$scratch/output" 2>&1 &&
        is_equal "$(grep -cF -- "$wanted_words" "$scratch/output")" 1 && return
    cat "$scratch/output"
    return 1
}

leaves_no_files() {
    is_equal "$(ls -A "$scratch/files")" ''
}

header_stands_alone() {
    echo '#include <shim.h>' |
        "${CC:-cc}" -std=c11 -Wall -Wextra -Wpedantic -Werror -I"$crosvm" -fsyntax-only -x c -
}

# The bindings are written by hand.
bindings_are_complete() {
    is_equal "$(sed -n 's/.*pub fn \(\w*\).*/\1/p' "$crosvm/ffi.rs" | sort)" \
        "$(nm "$scratch/plain/libdax-shim.a" | sed -n 's/.* T //p' | sort)"
}

has_sanitizer() {
    echo 'int main(void) { return 0; }' >"$scratch/empty.c"
    "${CC:-cc}" -fsanitize=address,undefined -o "$scratch/empty" "$scratch/empty.c" 2>/dev/null &&
        "$scratch/empty"
}

# Only the C part is instrumented, but the heap is watched for all.
build_sanitized() {
    CFLAGS='-fsanitize=address,undefined -fno-sanitize-recover=all' \
        LDFLAGS=-fsanitize=address,undefined RUSTFLAGS='-C default-linker-libraries=yes' \
        build sanitized
}

# SIGBUS is left to the program, which one test wants to end by it.
run_sanitized() {
    ASAN_OPTIONS=handle_sigbus=0:detect_stack_use_after_return=1 run sanitized
}

# valgrind must have all registers right when a handler has the access made again. What Rust counts
# references to it points at from within, which looks possibly lost.
run_in_valgrind() {
    valgrind --quiet --error-exitcode=1 --leak-check=full \
        --vex-guest-chase=no --vex-iropt-register-updates=allregs-at-mem-access \
        --show-leak-kinds=definite --errors-for-leak-kinds=definite \
        --suppressions="$here/../support/valgrind.supp" \
        "$scratch/plain/crosvm-window" --directory "$scratch/files"
}

check_rustfmt() {
    if command -v rustfmt >/dev/null; then
        check 'the Rust part is as rustfmt leaves it' \
            rustfmt --edition 2021 --check "$crosvm/main.rs"
    else
        skip_check 'the Rust part is as rustfmt leaves it' 'there is no rustfmt here'
    fi
}

check_program() {
    check 'the shim and the Rust program are built' build plain
    check 'Rust declares all functions of the shim' bindings_are_complete
    for name in $("$scratch/plain/crosvm-window" --list); do
        check "crosvm-window: $name" run_one "$name"
    done
    check 'crosvm-window leaves no files behind' leaves_no_files
    check 'crosvm-window explains itself' says 0 'Usage: ' "$scratch/plain/crosvm-window" --help
    check 'crosvm-window refuses an unknown option' \
        says 2 "unknown option '--fast'" "$scratch/plain/crosvm-window" --fast
    check 'crosvm-window refuses an unknown test' \
        says 2 "no test is called 'none'" "$scratch/plain/crosvm-window" none
    check 'crosvm-window misses a directory' says 2 "'$scratch/none' is no directory" \
        "$scratch/plain/crosvm-window" --directory "$scratch/none"
    check 'crosvm-window wants the name of a directory' \
        says 2 '--directory needs a name' "$scratch/plain/crosvm-window" --directory
}

check_with_sanitizers() {
    if has_sanitizer; then
        check 'they are built with sanitizers in the C part' build_sanitized
        check 'crosvm-window passes with sanitizers' run_sanitized
    else
        skip_check 'crosvm-window passes with sanitizers' 'the C compiler has none here'
    fi
}

# Old ones cannot read what newer compilers say for debuggers.
has_valgrind() {
    valgrind --quiet "$scratch/plain/crosvm-window" --help >/dev/null 2>&1
}

check_in_valgrind() {
    if has_valgrind; then
        check 'crosvm-window passes in valgrind' run_in_valgrind
    else
        skip_check 'crosvm-window passes in valgrind' 'there is no valgrind here that can run it'
    fi
}

check 'the library installs to a prefix' build_library
check 'shim.h needs no other header' header_stands_alone
check 'build explains itself' says 0 'usage: ' sh "$crosvm/build" --help
check 'build refuses an unknown option' says 2 "unknown option '--fast'" sh "$crosvm/build" --fast
check 'build refuses two folders' says 2 "more than one folder: 'b'" sh "$crosvm/build" a b
if command -v "$rustc" >/dev/null; then
    check 'build misses the library' says 1 'pkg-config does not know daxwin' \
        env PKG_CONFIG_PATH="$scratch/none" sh "$crosvm/build" "$scratch/none"
    check_rustfmt
    check_program
    check_with_sanitizers
    check_in_valgrind
else
    skip_check 'crosvm-window' "there is no $rustc here; Debian has it as the package rustc"
fi
finish
