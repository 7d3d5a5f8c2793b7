#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Runs every example as a user would: sh examples.sh FOLDER_OF_BUILT_EXAMPLES
set -eu

here=$(dirname -- "$0")
answer_a_backend=$1/answer-a-backend
check_a_size=$1/check-a-size
reserve_and_map=$1/reserve-and-map
survive_truncation=$1/survive-truncation
replay=$1/replay/replay
mini_vmm=$1/mini-vmm/mini-vmm
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
. "$here/../support/tap.sh"

# make_file NAME SIZE: a file of bytes that no other has
make_file() {
    head -c "$2" /dev/urandom >"$scratch/$1"
}

cksum_of() {
    cksum <"$1" | cut -d ' ' -f 1
}

# prints WORDS COMMAND...: whether COMMAND succeeds and WORDS are in its output
prints() {
    wanted_words=$1
    shift
    "$@" >"$scratch/output" 2>&1 || { cat "$scratch/output"; return 1; }
    grep -qF -- "$wanted_words" "$scratch/output" && return 0
    echo "'$wanted_words' is not printed by $*:"
    cat "$scratch/output"
    return 1
}

# fails_with STATUS COMMAND...: whether COMMAND ends so, and says why in one line that names it
fails_with() {
    wanted=$1
    shift
    exits_with "$wanted" "$@" 2>"$scratch/errors" >"$scratch/output" || {
        cat "$scratch/output" "$scratch/errors"
        return 1
    }
    is_equal "$(wc -l <"$scratch/errors" | tr -d ' ')" 1 &&
        grep -q "^$(basename "$1"): " "$scratch/errors"
}

# reads_like_cksum ACCEL NAME [OPTION...]: whether the guest finds in the file what cksum finds
reads_like_cksum() {
    accel=$1
    file=$scratch/$2
    shift 2
    prints "$(cksum_of "$file")" "$mini_vmm" --accel="$accel" "$@" "$file"
}

# reads_zeros_for N ACCEL NAME [OPTION...]: whether the guest goes on when its file is cut under it,
# with N pages covered
reads_zeros_for() {
    wanted_pages=$1
    accel=$2
    file=$scratch/$3
    shift 3
    prints "contained    $wanted_pages pages" "$mini_vmm" --accel="$accel" --truncate-under-guest \
        "$@" "$file" && is_equal "$(grep -c '^checksums    equal' "$scratch/output")" 2
}

leaves_file_alone() {
    before=$(cksum_of "$scratch/pieces")
    "$mini_vmm" --accel=soft --truncate-under-guest "$scratch/pieces" &&
        is_equal "$(cksum_of "$scratch/pieces")" "$before"
}
# record NAME WINDOW: a recording of a window of so many (hexadecimal) bytes. The guest reads a file
# of three pieces through two slots, writes to the last piece, and drops everything.
record() {
    cat >"$scratch/$1" <<EOF
# window $2
# microseconds op entry/of file file_size file_offset window_offset length access result
0 map 0/1 f0 6291456 0 0 200000 r 0
100 map 0/1 f0 6291456 200000 200000 200000 r 0
200 unmap 0/1 - - 0 0 200000 - 0
201 map 0/1 f0 6291456 400000 0 200000 r 0
300 unmap 0/1 - - 0 200000 200000 - 0
301 map 0/1 f0 6291456 0 200000 200000 r 0
400 map 0/1 f0 6291456 400000 0 200000 rw 0
500 io 0/1 f1 4096 0 83000000 1000 w 4096
600 unmap 0/2 - - 0 0 200000 - 0
600 unmap 1/2 - - 0 200000 200000 - 0
700 map 0/1 f0 6291456 1000 0 1000 rw -13
EOF
}

# refuses_line LINE: whether replay names the line that is added to a good recording
refuses_line() {
    record broken 400000
    echo "$1" >>"$scratch/broken"
    fails_with 2 "$replay" "$scratch/broken" && grep -q 'broken:14: ' "$scratch/errors"
}

draws_svg() {
    "$replay" --svg "$scratch/picture.svg" "$scratch/recording" >/dev/null &&
        grep -q '^</svg>$' "$scratch/picture.svg"
}


has_kvm() {
    [ -r /dev/kvm ] && [ -w /dev/kvm ] && "$mini_vmm" --accel=kvm "$scratch/byte" >/dev/null 2>&1
}

has_soft() {
    "$mini_vmm" --accel=soft "$scratch/byte" 2>&1 | grep -q 'not built in' && return 1
    return 0
}

make_file byte 1
make_file page 4096
make_file pages 8193
make_file halves $(($(getconf PAGESIZE) * 4))
make_file pieces 3145851
: >"$scratch/empty"
mkfifo "$scratch/fifo"

check 'check-a-size accepts 16G' prints '17179869184 bytes, good' "$check_a_size" 16G
check 'check-a-size cautions about 1M' prints 'below 2 MiB' "$check_a_size" 1M
check 'check-a-size takes 0 for no window' prints 'no window' "$check_a_size" 0
check 'check-a-size judges several sizes' exits_with 1 "$check_a_size" 2M 3M 4M
check 'check-a-size refuses what is no power of two' fails_with 1 "$check_a_size" 12288
check 'check-a-size refuses what is no number' fails_with 1 "$check_a_size" big
check 'check-a-size wants a size' fails_with 2 "$check_a_size"

check 'answer-a-backend answers' prints 'reply 19' "$answer_a_backend"
check 'answer-a-backend refuses a bad request' prints 'reply -22, length' "$answer_a_backend"
check 'answer-a-backend takes leave' prints 'left 1 mappings' "$answer_a_backend"

check 'reserve-and-map maps itself' prints '7f 45 4c 46' "$reserve_and_map"
check 'reserve-and-map maps a file' prints 'unmapped   0 mappings' "$reserve_and_map" "$scratch/pieces"
check 'reserve-and-map refuses an empty file' fails_with 1 "$reserve_and_map" "$scratch/empty"
check 'reserve-and-map refuses a directory' fails_with 1 "$reserve_and_map" "$scratch"
check 'reserve-and-map refuses a pipe' fails_with 1 "$reserve_and_map" "$scratch/fifo"
check 'reserve-and-map misses a file' fails_with 1 "$reserve_and_map" "$scratch/none"

check 'survive-truncation goes on' prints 'truncated   6 pages show the file, 10 pages are contained' \
    "$survive_truncation"
check 'survive-truncation reads only what is right' prints ' 0 wrong bytes' "$survive_truncation"
check 'survive-truncation has the file back' prints 'remapped   16 pages show the file' "$survive_truncation"
check 'survive-truncation explains itself' prints 'Usage' "$survive_truncation" --help
check 'survive-truncation refuses an argument' exits_with 2 "$survive_truncation" --fast

record recording 400000
record odd 300000
record narrow 200000
check 'replay prints its version' prints 'libdaxwin' "$replay" --version
check 'replay explains the format' prints 'microseconds' "$replay" --help
check 'replay counts maps' prints 'maps         5 (' "$replay" "$scratch/recording"
check 'replay counts replaced mappings' prints ' 1 replaced' "$replay" "$scratch/recording"
check 'replay counts unmaps' prints 'unmaps       4' "$replay" "$scratch/recording"
check 'replay counts transfers' prints 'transfers    1,' "$replay" "$scratch/recording"
check 'replay finds the peak' prints 'peak         100.0 %' "$replay" "$scratch/recording"
check 'replay tells what the guest pays' prints 'guest     0.062 MiB' "$replay" "$scratch/recording"
check 'replay draws in text' prints '100 %     |' "$replay" "$scratch/recording"
check 'replay shows the window at its fullest' \
    prints '0x000000 a      4 MiB r- from 0x0' "$replay" "$scratch/recording"
check 'replay draws an SVG' draws_svg
check 'a bigger window saves maps' prints 'saved        1 ' "$replay" --cache-size=8M "$scratch/recording"
check 'a bigger window gives nothing up' prints 'given up     0 ' "$replay" --cache-size=8M "$scratch/recording"
check 'a smaller window gives more up' prints 'given up     4 ' "$replay" --cache-size=2M "$scratch/recording"
check 'replay refuses a window without room' fails_with 2 "$replay" --cache-size=1M "$scratch/recording"
check 'replay refuses a bad size' fails_with 2 "$replay" --cache-size=3M "$scratch/recording"
check 'replay refuses a size of 0' fails_with 2 "$replay" --cache-size=0 "$scratch/recording"
check 'replay refuses a recording of a bad size' fails_with 2 "$replay" "$scratch/odd"
check 'replay refuses what leaves the window' fails_with 2 "$replay" "$scratch/narrow"
check 'replay refuses a missing column' refuses_line '800 map 0/1 f0 6291456 0 0 200000 r'
check 'replay refuses an unknown operation' refuses_line '800 grow 0/1 f0 6291456 0 0 200000 r 0'
check 'replay refuses what is no number' refuses_line '800 map 0/1 f0 6291456 zero 0 200000 r 0'
check 'replay refuses an unknown access' refuses_line '800 map 0/1 f0 6291456 0 0 200000 x 0'
check 'replay refuses an empty file' fails_with 2 "$replay" "$scratch/empty"
check 'replay refuses a directory' fails_with 2 "$replay" "$scratch"
check 'replay misses a recording' fails_with 2 "$replay" "$scratch/none"
check 'replay wants a recording' fails_with 2 "$replay"
check 'replay refuses two recordings' fails_with 2 "$replay" "$scratch/recording" "$scratch/narrow"
check 'replay refuses an unknown option' fails_with 2 "$replay" --fast "$scratch/recording"
check 'replay cannot draw in no directory' \
    fails_with 2 "$replay" --svg "$scratch/none/picture.svg" "$scratch/recording"
check 'replay needs a place for files' \
    fails_with 2 "$replay" --directory "$scratch/none" "$scratch/recording"

if [ ! -x "$mini_vmm" ]; then
    skip_check 'mini-vmm' 'it is not built: there is no assembler and linker for x86 here'
    finish
fi

check 'mini-vmm prints its version' prints 'libdaxwin' "$mini_vmm" --version
check 'mini-vmm explains itself' prints 'Exit status' "$mini_vmm" --help
check 'mini-vmm refuses a bad size' fails_with 2 "$mini_vmm" --cache-size=3M "$scratch/page"
check 'mini-vmm refuses a size of 0' fails_with 2 "$mini_vmm" --cache-size=0 "$scratch/page"
check 'mini-vmm refuses a size beyond it' fails_with 2 "$mini_vmm" --cache-size=2G "$scratch/page"
check 'mini-vmm refuses an empty file' fails_with 2 "$mini_vmm" "$scratch/empty"
check 'mini-vmm refuses a directory' fails_with 2 "$mini_vmm" "$scratch"
check 'mini-vmm refuses a pipe' fails_with 2 "$mini_vmm" "$scratch/fifo"
check 'mini-vmm misses a file' fails_with 2 "$mini_vmm" "$scratch/none"
check 'mini-vmm refuses two files' fails_with 2 "$mini_vmm" "$scratch/byte" "$scratch/page"
check 'mini-vmm refuses an unknown engine' fails_with 2 "$mini_vmm" --accel=none "$scratch/page"
check 'mini-vmm refuses an unknown guest' fails_with 2 "$mini_vmm" --guest-arch=vax "$scratch/page"
check 'mini-vmm refuses an unknown option' fails_with 2 "$mini_vmm" --fast "$scratch/page"

if has_soft; then
    check 'mini-vmm shows the window' prints '0x000000 |aaaa' "$mini_vmm" --accel=soft "$scratch/pieces"
    check 'a reset clears the window' prints 'reset        window cleared' "$mini_vmm" --accel=soft "$scratch/page"
    check 'a disconnect clears the window' prints 'disconnect   window cleared' "$mini_vmm" --accel=soft "$scratch/page"
    check 'the emulated guest outlives the loss of a file' reads_zeros_for 1 soft byte
    check 'the emulated guest outlives the loss of half a file' reads_zeros_for 2 soft halves
    check 'the emulated guest outlives the loss of a piece' reads_zeros_for 1 soft pieces --cache-size=1M
    check 'the emulated guest reads a byte' reads_like_cksum soft byte
    check 'the emulated guest reads a page' reads_like_cksum soft page
    check 'the emulated guest reads pages' reads_like_cksum soft pages
    check 'the emulated guest reads pieces' reads_like_cksum soft pieces
    check 'the emulated guest replaces mappings' reads_like_cksum soft pieces --cache-size=1M
    check 'the emulated guest gets by with one page' reads_like_cksum soft pages --cache-size="$(getconf PAGESIZE)"
    check 'the file is left alone' leaves_file_alone
    check 'an emulated x86 guest cannot touch idle memory' \
        fails_with 1 "$mini_vmm" --accel=soft --guest-arch=x86_64 --touch-idle "$scratch/page"
    check 'an emulated ppc64 guest reads idle memory' \
        exits_with 0 "$mini_vmm" --accel=soft --guest-arch=ppc64 --touch-idle "$scratch/page"
else
    skip_check 'the emulated guest' 'mini-vmm is built without Unicorn'
fi

# Small files: where KVM itself runs under another hypervisor, a guest may be slow.
if has_kvm; then
    check 'the guest on KVM outlives the loss of a file' reads_zeros_for 1 kvm byte
    check 'the guest on KVM outlives the loss of half a file' reads_zeros_for 2 kvm halves
    check 'the guest on KVM reads a byte' reads_like_cksum kvm byte
    check 'the guest on KVM reads pages' reads_like_cksum kvm pages
    check 'an x86 guest on KVM cannot touch idle memory' \
        fails_with 1 "$mini_vmm" --accel=kvm --guest-arch=x86_64 --touch-idle "$scratch/page"
else
    skip_check 'the guest on KVM' '/dev/kvm cannot be used here'
fi
finish
