# SPDX-License-Identifier: BSD-3-Clause
"""Cases that run programs out of the window. The emulator translates their code, and must not run
what it has translated when another program takes its place."""
import struct

from catalogue import case

PROGRAMS = 100  # of 2 MiB of window each: more than there is room for
BASE = 0x400000


def tiny_program(status):
    """The bytes of a program that does nothing but exit with this status."""
    code = b"\xbf" + struct.pack("<I", status) + b"\xb8\x3c\0\0\0" + b"\x0f\x05"
    start = 64 + 56
    size = start + len(code)
    header = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\2\1\1", 2, 62, 1, BASE + start, 64, 0, 0,
                         64, 56, 1, 0, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, BASE, BASE, size, size, 4096)
    return header + segment + code


def plant_programs(folder):
    """program-1 and so on, each of which exits with its number."""
    for status in range(1, PROGRAMS + 1):
        path = folder / f"program-{status}"
        path.write_bytes(tiny_program(status))
        path.chmod(0o755)


def run_each(stage, command):
    """Runs a command for each number; its status has to be that number."""
    stage.guest.run(f"i=1; while [ $i -le {PROGRAMS} ]; do {command}; s=$?; "
                    "[ $s = $i ] || { echo number $i ended with $s; exit 1; }; i=$((i + 1)); done",
                    120)


@case("run-programs")
def run_programs(stage):
    """100 programs of which each takes the place of another in the window, each run twice"""
    plant_programs(stage.share)
    stage.boot_and_mount()
    for _ in range(2):
        run_each(stage, "/mnt/program-$i")


@case("run-replaced")
def run_what_was_replaced(stage):
    """a program that is replaced by another file, and one whose code is written over, 100 times"""
    plant_programs(stage.share)
    stage.boot_and_mount()
    run_each(stage, "cp /mnt/program-$i /mnt/new; mv /mnt/new /mnt/moved; /mnt/moved")
    # Not with cp: what the daemon writes into a mapped file is not seen by QEMU, whose emulated
    # processor goes on with the code that it has translated.
    run_each(stage, "dd if=/mnt/program-$i of=/mnt/moved conv=notrunc 2>/dev/null; /mnt/moved")
