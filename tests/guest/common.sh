# SPDX-License-Identifier: BSD-3-Clause
# common.sh: places and messages of the tests on other kernels and architectures. To be sourced
# first, with $root set to the source tree.
# shellcheck disable=SC2034,SC2154 # the scripts that source it share variables

cache=$root/build-tests/guest
guest=$root/tests/guest

. "$root/examples/install-missing.sh"

# say TEXT...: a line of progress, with the time
say() {
    echo "$(date +%H:%M:%S) $*" >&2
}

# give_up TEXT...: ends the run as one failure
give_up() {
    echo "$0: $*"
    echo '0 passed, 1 failed'
    exit 1
}

# quietly LOG COMMAND...: shows what COMMAND printed only if it fails
quietly() {
    quiet_log=$1
    shift
    mkdir -p "$(dirname "$quiet_log")"
    "$@" >"$quiet_log" 2>&1 && return 0
    tail -n 40 "$quiet_log" >&2
    return 1
}
