# SPDX-License-Identifier: BSD-3-Clause
# packages.sh: Debian packages of any suite and architecture, unpacked into folders. To be sourced
# after common.sh. Lists and downloads lie in $cache; the packages of this machine are not touched.
# shellcheck disable=SC2034,SC2154 # the scripts that source it share variables

mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# set_up_apt SUITE ARCH: sets $apt_state to a folder with an apt.conf for it; ARCH "source" stands
# for the sources
set_up_apt() {
    apt_state=$cache/apt/$1-$2
    [ -f "$apt_state/done" ] && return 0
    say "reading the list of packages: $1 for $2"
    mkdir -p "$apt_state/lists/partial" "$apt_state/cache/archives/partial"
    : >"$apt_state/status"
    apt_kind=deb apt_arch=$2
    if [ "$2" = source ]; then
        apt_kind=deb-src apt_arch=amd64
    fi
    echo "$apt_kind [signed-by=$keyring] $mirror $1 main" >"$apt_state/sources.list"
    cat >"$apt_state/apt.conf" <<END
Dir::Etc::sourcelist "$apt_state/sources.list";
Dir::Etc::sourceparts "-";
Dir::State::lists "$apt_state/lists";
Dir::State::status "$apt_state/status";
Dir::Cache "$apt_state/cache";
APT::Architecture "$apt_arch";
APT::Architectures { "$apt_arch"; };
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "3";
END
    # A mirror may be caught between two states.
    for pause in 5 20 60 0; do
        if quietly "$apt_state/update.log" apt_there apt-get -q update; then
            touch "$apt_state/done"
            return 0
        fi
        sleep "$pause"
    done
    return 1
}

# apt_there COMMAND...: an apt command with the state chosen last
apt_there() {
    APT_CONFIG=$apt_state/apt.conf "$@"
}

# unpack_packages SUITE ARCH FOLDER PACKAGE...: fills FOLDER with what is in the packages
unpack_packages() {
    unpack_wanted="$*"
    unpack_folder=$3
    if [ "$(cat "$unpack_folder/.packages" 2>/dev/null)" = "$unpack_wanted" ]; then
        return 0
    fi
    set_up_apt "$1" "$2" || return
    shift 3
    say "fetching $*"
    rm -rf "$unpack_folder"
    mkdir -p "$unpack_folder/debs"
    (cd "$unpack_folder/debs" &&
        quietly "$apt_state/download.log" apt_there apt-get -q download "$@") || return
    for deb in "$unpack_folder"/debs/*.deb; do
        dpkg-deb -x "$deb" "$unpack_folder" || return
    done
    [ -e "$unpack_folder/lib" ] || ln -s usr/lib "$unpack_folder/lib" # as base-files does
    rm -rf "$unpack_folder/debs"
    echo "$unpack_wanted" >"$unpack_folder/.packages"
}

# unpack_source SUITE FOLDER PACKAGE: fills FOLDER with the source of a package, unpatched
unpack_source() {
    [ -f "$2/.unpacked" ] && return 0
    set_up_apt "$1" source || return
    say "fetching the source of $3"
    rm -rf "$2"
    mkdir -p "$2"
    (cd "$2" &&
        quietly "$apt_state/source.log" apt_there apt-get -q source --download-only "$3" &&
        tar -xf "$3"_*.orig.tar.[gx]z --strip-components=1 &&
        touch .unpacked)
}
