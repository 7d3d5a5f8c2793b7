# SPDX-License-Identifier: BSD-3-Clause
# source.sh: to be sourced: gets the source of Debian's QEMU and puts the window into it.
# shellcheck disable=SC2154 # $here and $build are set by the script that sources it

wanted_version=7.2

# with_sources COMMAND...: apt-get or apt-cache with package lists of our own in $build/apt, those
# of the system being left alone
with_sources() {
    command=$1
    shift
    "$command" -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$build/apt/sources" \
        -o Dir::State::lists="$build/apt/lists" -o Dir::Cache="$build/apt/cache" \
        -o APT::Sandbox::User="$(id -un)" "$@"
}

# add_deb_src: writes a deb-src entry for each deb entry of the system
add_deb_src() {
    mkdir -p "$build/apt/sources" "$build/apt/lists/partial" "$build/apt/cache/archives/partial"
    for file in /etc/apt/sources.list.d/*.sources; do
        if [ -f "$file" ]; then
            sed 's/^Types:.*/Types: deb-src/' "$file" >"$build/apt/sources/${file##*/}"
        fi
    done
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        if [ -f "$file" ]; then
            sed -n 's/^deb[[:space:]]/deb-src /p' "$file" >"$build/apt/sources/${file##*/}"
        fi
    done
}

update_lists() {
    add_deb_src && { with_sources apt-get -q update || with_sources apt-get -q update; }
}

# newest_version: prints the newest version of QEMU that can be had
newest_version() {
    with_sources apt-cache showsrc qemu 2>/dev/null | sed -n 's/^Version: //p' | sort -V |
        tail -n 1
}

fetch() {
    rm -rf "$build/source" "$build/apt/package"
    mkdir -p "$build/apt/package"
    cd "$build/apt/package" &&
        { with_sources apt-get -q source --download-only "qemu=$1" ||
            with_sources apt-get -q source --download-only "qemu=$1"; } &&
        dpkg-source --extract --no-copy ./*.dsc "$build/source"
}

# get_source: gets the source into $build/source, unless it is there
get_source() {
    if [ -f "$build/apt/version" ]; then
        return
    fi
    quietly lists 'getting the list of source packages' update_lists
    version=$(newest_version)
    case $version in
    "1:$wanted_version"*) ;;
    '') fail 'no source package is called qemu; is there a Debian archive in /etc/apt?' ;;
    *) fail "the hooks fit QEMU $wanted_version of Debian 12, and apt-get offers $version" ;;
    esac
    quietly fetch "getting QEMU $version" fetch "$version"
    rm -f "$build/applied.patch"
    echo "$version" >"$build/apt/version"
}

# replace_patch: takes back the hooks that are in the source, if any, and puts in those of today
replace_patch() {
    if [ -f "$build/applied.patch" ]; then
        patch --batch --reverse --strip=1 --directory="$build/source" --input="$build/applied.patch" ||
            return
        rm "$build/applied.patch"
    fi
    patch --batch --forward --strip=1 --directory="$build/source" --input="$here/hooks.patch" &&
        cp "$here/hooks.patch" "$build/applied.patch"
}

# put_in_files: puts the hooks and our own files into the source, as far as they are not there
put_in_files() {
    if ! cmp -s "$here/hooks.patch" "$build/applied.patch"; then
        quietly patch 'putting in the hooks' replace_patch
    fi
    for file in hw/virtio/vhost-user-fs-dax*.[ch] include/hw/virtio/vhost-user-fs-dax*.h; do
        for path in "$here"/$file; do
            place=$build/source/${path#"$here/"}
            cmp -s "$path" "$place" || cp "$path" "$place"
        done
    done
}
