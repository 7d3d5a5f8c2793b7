# SPDX-License-Identifier: BSD-3-Clause
# install-missing.sh: to be sourced: gets the Debian packages that a script needs.
#
# install_missing PACKAGE... installs those of them that are missing, which takes root, and says
# nothing if there are none. If it cannot, it says what to do and ends the script with status 1.

# Prints those of the given packages that dpkg does not have installed.
list_missing() {
    for package in "$@"; do
        # shellcheck disable=SC2016 # dpkg-query expands this, not the shell
        if ! dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null |
            grep -qx installed; then
            printf '%s ' "$package"
        fi
    done
}

# Elsewhere packages have other names, so all that can be asked is whether the basic tools are here.
check_tools() {
    for tool in meson ninja pkg-config cc; do
        if ! command -v "$tool" >/dev/null 2>&1; then
            echo "$0: $tool is missing, and this system has no apt-get to install it;" \
                "the Debian packages would be: $*" >&2
            exit 1
        fi
    done
}

apt_install() {
    apt-get -q update &&
        DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "$@"
}

install_missing() {
    if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg-query >/dev/null 2>&1; then
        check_tools "$@"
        return 0
    fi
    missing=$(list_missing "$@")
    missing=${missing% }
    if [ -z "$missing" ]; then
        return 0
    fi
    if [ "$(id -u)" -ne 0 ]; then
        echo "$0: packages are missing; as root, run: apt-get install $missing" >&2
        exit 1
    fi
    echo "$0: installing $missing" >&2
    # Word splitting is wanted: a package name has no spaces. A mirror may fail once.
    # shellcheck disable=SC2086
    if ! apt_install $missing >&2 && ! apt_install $missing >&2; then
        echo "$0: apt-get could not install $missing" >&2
        exit 1
    fi
}
