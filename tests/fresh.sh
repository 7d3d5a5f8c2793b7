#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Tries the README on a machine that has nothing: makes a minimal Debian 12 in a folder, clones the
# last commit into it, runs both commands of the README there, and throws all of it away.
#
# All that is mounted is mounted in a namespace of its own, and all that runs there has one too, so
# that the kernel undoes both when this script ends, however it ends.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
child=

. "$root/examples/install-missing.sh"

say() {
    echo "=== $(date +%H:%M:%S) $*"
}

# mount_in FOLDER: what a machine has, as far as programs can see; to be run in the namespaces
mount_in() {
    mount -t proc proc "$1/proc" &&
        mount -t sysfs -o ro sysfs "$1/sys" &&
        mkdir -p "$1/dev/shm" &&
        mount -t tmpfs tmpfs "$1/dev/shm"
}

make_machine() {
    say 'making a minimal Debian 12'
    debootstrap --variant=minbase --include=ca-certificates,git bookworm "$1" "$mirror" \
        >"$1.log" 2>&1 && return
    tail -n 20 "$1.log"
    return 1
}

clone_project() {
    git -c safe.directory="$root/.git" -c safe.directory="$root" \
        clone -q --no-local "$root" "$1/root/libdaxwin"
}

# run_there FOLDER COMMAND: a line for the shell, as somebody would type it who has just cloned
run_there() {
    say "$2"
    chroot "$1" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        sh -c "cd /root/libdaxwin && $2" </dev/null
}

# try_readme FOLDER: all of it, in the namespaces; fails if anything does
try_readme() {
    make_machine "$1" && mount_in "$1" && clone_project "$1" &&
        run_there "$1" 'sh examples/run' && run_there "$1" 'sh tests/run'
}

end_child() {
    [ -n "$child" ] || return 0
    kill -KILL "$child" 2>/dev/null || true
    wait "$child" 2>/dev/null || true
    child=
}

# What ran there may need a moment to be gone.
throw_away() {
    trap '' INT TERM HUP
    end_child
    for pause in 1 2 5; do
        rm -rf --one-file-system "$scratch" 2>/dev/null && return
        sleep "$pause"
    done
    rm -rf --one-file-system "$scratch"
}

if [ "${1:-}" = --inside ]; then
    try_readme "$2"
    exit
fi
if [ "$(id -u)" -ne 0 ]; then
    echo 'tests/run fresh: only root may make a machine in a folder' >&2
    exit 1
fi
install_missing debootstrap git mount util-linux
scratch=$(mktemp -d "${TMPDIR:-/var/tmp}/libdaxwin-fresh.XXXXXX")
trap throw_away EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
status=0
unshare --mount --pid --fork --kill-child --propagation private --mount-proc \
    sh "$0" --inside "$scratch/machine" &
child=$!
wait "$child" || status=$?
child=
if [ "$status" -eq 0 ]; then
    say 'both commands of the README work on a new machine'
    echo '2 passed, 0 failed'
else
    say "a new machine cannot do it, exit status $status"
    echo '0 passed, 1 failed'
fi
exit "$status"
