# SPDX-License-Identifier: BSD-3-Clause
# boot.sh: Debian kernels in an emulator, with some static programs as the payload. To be sourced
# after packages.sh.
# shellcheck disable=SC2034,SC2154 # the scripts that source it share variables

# find_kernel_package SUITE ARCH METAPACKAGE: sets $kernel_package to what the metapackage depends on
find_kernel_package() {
    set_up_apt "$1" "$2" || return
    kernel_package=$(apt_there apt-cache depends "$3" |
        awk '/Depends: linux-image/ { print $2; exit }')
}

# unpack_kernel SUITE ARCH METAPACKAGE: sets $kernel to the image on which the metapackage depends
unpack_kernel() {
    kernel_folder=$cache/kernels/$1-$2
    if [ ! -f "$kernel_folder/image" ]; then
        find_kernel_package "$1" "$2" "$3" || return
        unpack_packages "$1" "$2" "$kernel_folder" "$kernel_package" || return
        mv "$kernel_folder"/boot/vmlinu* "$kernel_folder/image" || return
        rm -rf "${kernel_folder:?}/lib" "${kernel_folder:?}/usr"
    fi
    kernel=$kernel_folder/image
}

# new_payload FOLDER INIT: starts an initramfs
new_payload() {
    rm -rf "$1"
    mkdir -p "$1/dev" "$1/proc" "$1/sys" "$1/tmp"
    cp "$2" "$1/init"
    : >"$1/commands"
}

# add_command FOLDER NAME PROGRAM [ARGUMENT...]: has the guest run a copy of PROGRAM
add_command() {
    add_folder=$1 add_name=$2
    "$triplet-strip" -o "$add_folder/$add_name" "$3"
    shift 3
    echo "$add_name CMOCKA_MESSAGE_OUTPUT=tap G_DEBUG=fatal-warnings /$add_name $*" \
        >>"$add_folder/commands"
}

# add_tests FOLDER BUILD: has the guest run the unit tests and scenarios of a build folder, those of
# random requests with fewer of them: an emulator is slow
add_tests() {
    python3 "$guest/list-tests.py" "$2" | sed 's/--operations [0-9]*/--operations 50000/' \
        >"$1.tests"
    mkdir -p "$1$root/tests"
    cp -r "$root/tests/vectors" "$1$root/tests" # which a test is given by its path
    while read -r tests_name tests_command; do
        # The command is words to be split.
        # shellcheck disable=SC2086
        add_command "$1" "$tests_name" $tests_command
    done <"$1.tests"
}

# pack_payload FOLDER IMAGE
pack_payload() {
    (cd "$1" && find . | cpio --quiet -o -H newc | gzip -1) >"$2"
}

# boot SECONDS CONSOLE COMMAND...: runs an emulator and keeps what the guest prints in CONSOLE,
# saying every few seconds where it is
boot() {
    boot_limit=$1 boot_console=$2
    shift 2
    : >"$boot_console"
    timeout "$boot_limit" "$@" </dev/null >"$boot_console" 2>&1 &
    boot_process=$!
    while kill -0 "$boot_process" 2>/dev/null; do
        sleep 2
        boot_line=$(tr '\r' '\n' <"$boot_console" | grep -E '^(=== begin|(not )?ok |[0-9]+ of )' | tail -n 1)
        if [ "$boot_line" != "${boot_said:-}" ]; then
            boot_said=$boot_line
            say "  ${boot_line:-booting}"
        fi
    done
    wait "$boot_process"
}
