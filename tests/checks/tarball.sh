#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The tarball of `meson dist` has all that git knows, and builds. With --whole all of its tests are
# run too, as somebody would who has nothing but the tarball; the last line counts them then.
# Called as: sh tarball.sh SOURCE_ROOT [--whole]
set -eu

here=$(dirname -- "$0")
source_root=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
. "$here/../support/tap.sh"

git_here() {
    git -C "$source_root" -c safe.directory="$source_root" "$@"
}

# What has not been committed is not in it.
make_tarball() {
    HOME=$scratch git config --global safe.directory '*' &&
        meson setup "$scratch/dist" "$source_root" -Dtests=disabled -Dexamples=disabled &&
        HOME=$scratch meson dist -C "$scratch/dist" --no-tests --allow-dirty
}

unpack_tarball() {
    mkdir "$scratch/unpacked" &&
        tar -C "$scratch/unpacked" --strip-components=1 -xf "$scratch"/dist/meson-dist/*.tar.xz
}

has_all_files() {
    git_here ls-tree -r --name-only HEAD | LC_ALL=C sort >"$scratch/known"
    (cd "$scratch/unpacked" && find . -type f | sed 's|^\./||') | LC_ALL=C sort >"$scratch/packed"
    diff -u "$scratch/known" "$scratch/packed"
}

has_checksum() {
    (cd "$scratch/dist/meson-dist" && sha256sum -c ./*.sha256sum)
}

builds() {
    meson setup "$scratch/build" "$scratch/unpacked" --buildtype=debug \
        -Dtests=disabled -Dexamples=disabled &&
        meson compile -C "$scratch/build"
}

if ! git_here rev-parse HEAD >/dev/null 2>&1; then
    skip_check 'the tarball' 'there is no git repository here to make it from'
    finish
fi
check 'meson dist makes a tarball' make_tarball
check 'the tarball unpacks' unpack_tarball
check 'it has all files that git knows, and no more' has_all_files
check 'its checksum is right' has_checksum
check 'it builds' builds
if [ "${2:-}" = --whole ] && [ "$tap_failures" -eq 0 ]; then
    sh "$scratch/unpacked/tests/run"
    exit
fi
finish
