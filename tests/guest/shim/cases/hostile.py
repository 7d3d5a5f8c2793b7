# SPDX-License-Identifier: BSD-3-Clause
"""What a back-end may send, none of which harms QEMU."""
import os

from backend import ALL, FS_IO, FS_MAP, FS_UNMAP, READ, entries
from scene import PAGE, PIECE, RAM, SIZE, case, same, until

GOOD = entries((0, 0, PIECE, READ))
BAD = {
    "no file": (FS_MAP, GOOD, 0),
    "a short payload": (FS_MAP, GOOD[:-1], 1),
    "no payload": (FS_MAP, b"", 1),
    "a wrong count": (FS_MAP, entries((0, 0, PIECE, READ), count=2), 1),
    "the end outside": (FS_MAP, entries((0, SIZE - PAGE, PIECE, READ)), 1),
    "a sum that wraps": (FS_MAP, entries((0, PAGE, 2**64 - PAGE, READ)), 1),
    "all of it": (FS_MAP, entries((0, 0, ALL, READ)), 1),
    "an odd offset": (FS_MAP, entries((0, 1, PIECE, READ)), 1),
    "an odd length": (FS_MAP, entries((0, 0, 100, READ)), 1),
    "no access": (FS_MAP, entries((0, 0, PIECE, 0)), 1),
    "unknown access": (FS_MAP, entries((0, 0, PIECE, 255)), 1),
    "to unmap outside": (FS_UNMAP, entries((0, SIZE, PAGE, 0)), 0),
    "no direction": (FS_IO, entries((0, RAM, 8, 0)), 1),
    "both directions": (FS_IO, entries((0, RAM, 8, 3)), 1),
    "io without a file": (FS_IO, entries((0, RAM, 8, READ)), 0),
    "an unknown request": (77, b"", 0),
    "one of another device": (3, bytes(24), 1),
}
SENSELESS = (
    {"size": 1033},  # longer than any payload
    {"size": 2**32 - 1},
    {"flags": 2},  # another version
    {"flags": 5},  # a reply
    {"size": len(GOOD)},  # a payload that does not come, for the connection ends
)


@case
def closes_what_it_is_sent(scene):
    scene.plug()
    before = scene.machine.count_fds()
    for n in range(6):
        for request in (FS_MAP, FS_UNMAP, FS_IO, 1, 99):
            for payload in (GOOD, GOOD[:-1], b"", entries((1, 2, 3, 4))):
                scene.backend.ask(request, payload, [scene.file.fileno()] * n)
    same(scene.machine.count_fds(), before, "file descriptors")


@case
def answers_bad_requests(scene):
    scene.plug()
    for name, (request, payload, n) in BAD.items():
        answer = scene.backend.ask(request, payload, [scene.file.fileno()] * n)
        if answer >= 0:
            raise AssertionError(f"{name}: the answer is {answer}")
    same(scene.machine.usage()["mappings"], 0, "mappings")
    same(scene.backend.map(scene.file, 0, PIECE), 0, "a good one")


@case
def refuses_files_that_are_none(scene):
    scene.plug()
    reading, writing = os.pipe()
    for name, fd in {"a pipe": reading, "a folder": os.open(scene.folder, os.O_RDONLY),
                     "a device": os.open("/dev/zero", os.O_RDWR),
                     "a path": os.open(scene.folder, os.O_PATH),
                     "the channel": scene.backend.channel.fileno()}.items():
        answer = scene.backend.ask(FS_MAP, GOOD, [fd])
        if answer >= 0:
            raise AssertionError(f"{name}: the answer is {answer}")
    os.close(writing)


@case
def drops_a_channel_that_makes_no_sense(scene):
    counts = set()
    for options in SENSELESS:
        scene.plug()
        same(scene.backend.map(scene.file, 0, PIECE), 0, "a map")
        scene.backend.send(FS_MAP, b"", [scene.file.fileno()], **options)
        if options == SENSELESS[-1]:
            scene.backend.hang_up()
        until(scene.is_empty, f"QEMU gives up at {options}")
        scene.check()
        scene.unplug()
        counts.add(scene.machine.count_fds())
    same(len(counts), 1, f"counts of file descriptors, {counts}")
    scene.plug()
