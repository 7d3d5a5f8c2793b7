# SPDX-License-Identifier: BSD-3-Clause
# tap.sh: one TAP result for each thing a shell test checks. To be sourced.

tap_count=0
tap_failures=0

# check NAME COMMAND...: passes if COMMAND succeeds; its output is shown only if it does not
check() {
    tap_count=$((tap_count + 1))
    tap_name=$1
    shift
    if tap_output=$("$@" 2>&1); then
        echo "ok $tap_count - $tap_name"
    else
        tap_failures=$((tap_failures + 1))
        printf '%s\n' "$tap_output" | sed 's/^/# /'
        echo "not ok $tap_count - $tap_name"
    fi
}

# skip_check NAME REASON: says that a check cannot be made here
skip_check() {
    tap_count=$((tap_count + 1))
    echo "ok $tap_count - $1 # SKIP $2"
}

# exits_with STATUS COMMAND...: whether COMMAND ends with just that exit status
exits_with() {
    wanted_status=$1
    shift
    actual_status=0
    "$@" || actual_status=$?
    [ "$actual_status" -eq "$wanted_status" ] && return 0
    echo "exit status $actual_status instead of $wanted_status: $*"
    return 1
}

# is_equal ACTUAL EXPECTED
is_equal() {
    [ "$1" = "$2" ] && return 0
    echo "'$1' instead of '$2'"
    return 1
}

# finish: ends the list, and the script with status 1 if anything failed
finish() {
    echo "1..$tap_count"
    [ "$tap_failures" -eq 0 ] || exit 1
    exit 0
}
