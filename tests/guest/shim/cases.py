# SPDX-License-Identifier: BSD-3-Clause
"""What the device part in examples/qemu must do, and survive."""
import contextlib
import errno
import os
import struct
import subprocess
import tempfile
import threading
import time

import backend
from backend import ALL, FS_IO, FS_MAP, FS_UNMAP, READ, WRITE, entries
import machine
from machine import WINDOW

PAGE = os.sysconf("SC_PAGE_SIZE")
SIZE = 16 << 20
PIECE = 2 << 20
RAM = 1 << 20  # some guest memory
CASES = []


def case(function):
    CASES.append(function)
    return function


def same(found, wanted, what):
    if found != wanted:
        raise AssertionError(f"{what}: {found!r}, not {wanted!r}")


def until(is_done, what):
    last = time.monotonic() + 20
    while not is_done():
        if time.monotonic() > last:
            raise TimeoutError(f"it did not happen within 20 s that {what}")
        time.sleep(0.01)


class Scene:
    """QEMU, a back-end, and a file of 3 pieces, of which each page begins with its number."""

    def __init__(self, qemu, stack):
        self.qemu = qemu
        self.folder = stack.enter_context(tempfile.TemporaryDirectory())
        self.path = f"{self.folder}/backend"
        self.backend = backend.Backend(self.path)
        self.machine = stack.enter_context(contextlib.closing(
            machine.Machine(qemu, self.folder)))
        self.file = stack.enter_context(open(f"{self.folder}/file", "w+b"))
        self.file.write(b"".join(struct.pack("<Q", i).ljust(PAGE, b"x")
                                 for i in range(3 * PIECE // PAGE)))
        self.file.flush()

    def plug(self, **more):
        same(self.machine.add_socket(self.path), {}, "chardev-add")
        same(self.machine.plug(**{"cache-size": SIZE, **more}), {}, "device_add")
        self.machine.place_bars()

    def page_at(self, window_offset):
        return struct.unpack("<Q", self.machine.read(WINDOW + window_offset, 8))[0]

    def check(self):
        """What must be true whatever has happened."""
        same(self.machine.get("daxwin-audit"), "", "the audit")
        same(self.machine.command("query-status")["running"], True, "QEMU running")

    @contextlib.contextmanager
    def load(self):
        """A back-end that maps and unmaps meanwhile, as fast as it can."""
        is_over = threading.Event()
        failures = []

        def work():
            with contextlib.suppress(EOFError, OSError):
                for i in range(10**9):
                    if is_over.is_set():
                        return
                    answer = self.backend.map(self.file, i % 8 * PIECE, PIECE, READ,
                                              i % 3 * PIECE)
                    if i % 3 == 0:
                        answer = self.backend.unmap(i % 8 * PIECE, PIECE) or answer
                    if answer:
                        failures.append(answer)
        worker = threading.Thread(target=work)
        worker.start()
        try:
            yield
        finally:
            is_over.set()
            worker.join(20)
        same((worker.is_alive(), failures), (False, []), "the load")


@case
def shows_capability_and_bar(scene):
    scene.plug()
    shared = [c for c in scene.machine.capabilities() if c[3] == 8]
    same(len(shared), 1, "shared memory capabilities")
    same(struct.unpack("<BxBBBBxxIIII", shared[0]), (9, 24, 8, 2, 0, 0, SIZE, 0, 0),
         "the capability")
    same(scene.machine.read_config(0x18) & 15, 12, "BAR 2 as 64-bit, prefetchable memory")
    scene.machine.write_config(0x18, 0xffffffff)
    same(scene.machine.read_config(0x18) & ~15, -SIZE & 0xffffffff, "the size of BAR 2")


@case
def has_no_window_without_a_cache_size(scene):
    scene.plug(**{"cache-size": 0})
    same([c for c in scene.machine.capabilities() if c[3] == 8], [], "capabilities")
    same(scene.machine.usage()["size"], 0, "the size")
    same(scene.backend.map(scene.file, 0, PIECE), -errno.ENODEV, "a map")
    same(scene.backend.unmap(0, ALL), 0, "to unmap all")
    answer = scene.backend.ask(FS_IO, entries((PAGE, RAM, 8, READ)), [scene.file.fileno()])
    same((answer, scene.machine.read(RAM, 8)), (8, struct.pack("<Q", 1)), "FS_IO")


@case
def shows_the_file_and_takes_stores(scene):
    scene.plug()
    same(scene.backend.map(scene.file, PIECE, PIECE, file_offset=PIECE), 0, "a map")
    same(scene.page_at(PIECE + 3 * PAGE), PIECE // PAGE + 3, "a page of the window")
    scene.machine.write(WINDOW + PIECE + 100, b"stored")
    same(os.pread(scene.file.fileno(), 6, PIECE + 100), b"stored", "the file")
    usage = scene.machine.usage()
    same((usage["mappings"], usage["bytes-mapped"]), (1, PIECE), "the usage")


@case
def moves_bytes_by_fs_io(scene):
    scene.plug()
    fd = scene.file.fileno()
    scene.backend.map(scene.file, 0, PIECE)
    scene.machine.write(RAM, b"from guest memory")
    out = entries((2 * PIECE + 5, RAM, 17, WRITE))
    same(scene.backend.ask(FS_IO, out, [fd]), 17, "guest memory to file")
    same(os.pread(fd, 17, 2 * PIECE + 5), b"from guest memory", "the file")
    into_window = entries((7 * PAGE, WINDOW + PAGE, 8, READ))
    same(scene.backend.ask(FS_IO, into_window, [fd]), 8, "file to window")
    same(struct.unpack("<Q", os.pread(fd, 8, PAGE))[0], 7, "the file behind the window")
    for name, address in {"idle window": WINDOW + SIZE - PAGE, "no memory": 1 << 40,
                          "registers": machine.REGISTERS, "firmware": 0xffff0000}.items():
        bad = entries((0, address, 8, READ))
        same(scene.backend.ask(FS_IO, bad, [fd]), -errno.EFAULT, f"FS_IO to {name}")


@case
def survives_touching_idle_memory(scene):
    scene.plug()
    same(scene.page_at(5 * PAGE), 0, "idle memory")
    scene.machine.write(WINDOW + 6 * PAGE, b"lost")
    same(scene.backend.map(scene.file, 0, PIECE), 0, "a map over it")
    same(scene.page_at(5 * PAGE), 5, "the page that was idle")


@case
def survives_stores_to_read_only_memory(scene):
    scene.plug()
    scene.backend.map(scene.file, 0, PIECE, READ)
    scene.machine.write(WINDOW + 9 * PAGE, b"lost")
    same(struct.unpack("<Q", os.pread(scene.file.fileno(), 8, 9 * PAGE))[0], 9, "the file")
    same(scene.page_at(10 * PAGE), 10, "its neighbour")


@case
def survives_truncation(scene):
    scene.plug()
    scene.backend.map(scene.file, 0, PIECE)
    same(scene.page_at(PAGE), 1, "a page")
    scene.file.truncate(PAGE)
    same(scene.page_at(PAGE), 0, "a page that is gone")
    same(scene.machine.usage()["containments"], 1, "containments")


@case
def serves_while_the_main_loop_waits(scene):
    """With the main loop serving it, this would be a deadlock."""
    answers = []

    def ask_first(_):
        if scene.backend.has_channel.is_set():
            answers.append(scene.backend.map(scene.file, 0, PIECE))
    scene.backend.before_answer = ask_first
    scene.plug()
    scene.machine.start_driver()
    with scene.load():
        for _ in range(60):
            same(scene.machine.command("stop"), {}, "stop")
            same(scene.machine.command("cont"), {}, "cont")
    if len(answers) < 240 or any(answers):
        raise AssertionError(f"{len(answers)} maps were made meanwhile: {set(answers)}")


@case
def is_empty_after_reset(scene):
    scene.plug()
    scene.machine.start_driver()
    for _ in range(20):
        with scene.load():
            time.sleep(0.02)
            same(scene.machine.command("system_reset"), {}, "system_reset")
    same(scene.machine.command("system_reset"), {}, "system_reset")
    scene.machine.wait_for("RESET")
    until(lambda: scene.machine.usage()["mappings"] == 0, "the window is empty")


@case
def is_empty_without_its_backend(scene):
    scene.plug()
    scene.machine.start_driver()
    scene.backend.map(scene.file, 0, PIECE)
    same(scene.page_at(PAGE), 1, "a page")
    scene.backend.hang_up()
    until(lambda: scene.machine.usage()["mappings"] == 0, "the window is empty")
    if scene.page_at(PAGE) == 1:
        raise AssertionError("the guest still reads the file")
    scene.machine.write(WINDOW + PAGE, b"lost")
    for name in ("stop", "cont", "system_reset"):
        same(scene.machine.command(name), {}, name)
    same(scene.machine.usage()["mappings"], 0, "mappings")
    scene.machine.unplug()
    same(scene.machine.command("chardev-remove", id="fs0-socket"), {}, "chardev-remove")
    scene.plug()
    same(scene.backend.map(scene.file, 0, PIECE), 0, "a map of its successor")
    same(scene.page_at(PAGE), 1, "a page")


@case
def leaves_nothing_behind_when_unplugged(scene):
    same(scene.machine.add_socket(scene.path), {}, "chardev-add")
    before = None
    for _ in range(12):
        same(scene.machine.plug(**{"cache-size": SIZE}), {}, "device_add")
        scene.machine.place_bars()
        scene.machine.start_driver()
        with scene.load():
            time.sleep(0.02)
            scene.machine.unplug()
            scene.backend.hang_up()
        same(scene.machine.command("chardev-remove", id="fs0-socket"), {}, "chardev-remove")
        same(scene.machine.add_socket(scene.path), {}, "chardev-add")
        until(lambda: scene.machine.count_threads() <= 4, "the thread of the channel ends")
        before = before or scene.machine.count_fds()
        same(scene.machine.count_fds(), before, "file descriptors")
        until(lambda: not any(scene.file.name in area for area in scene.machine.memory_areas()),
              "the file is mapped nowhere")
    scene.machine.plug(**{"cache-size": SIZE})


@case
def closes_what_it_is_sent(scene):
    scene.plug()
    fd = scene.file.fileno()
    before = scene.machine.count_fds()
    good = entries((0, 0, PIECE, READ))
    for n in range(6):
        for request in (FS_MAP, FS_UNMAP, FS_IO, 1, 99):
            for payload in (good, good[:-1], b"", entries((1, 2, 3, 4))):
                scene.backend.ask(request, payload, [fd] * n)
    same(scene.machine.count_fds(), before, "file descriptors")


BAD = {
    "no file": (FS_MAP, entries((0, 0, PIECE, READ)), 0),
    "a short payload": (FS_MAP, entries((0, 0, PIECE, READ))[:-1], 1),
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
        answer = scene.backend.ask(FS_MAP, entries((0, 0, PIECE, READ)), [fd])
        if answer >= 0:
            raise AssertionError(f"{name}: the answer is {answer}")
    os.close(writing)


@case
def drops_a_channel_that_makes_no_sense(scene):
    scene.plug()
    fds = []
    for options in ({"size": 1033}, {"size": 2**32 - 1}, {"flags": 2}, {"flags": 5},
                    {"size": 40}):
        same(scene.backend.map(scene.file, 0, PIECE), 0, "a map")
        scene.backend.send(FS_MAP, b"", [scene.file.fileno()], **options)
        if options == {"size": 40}:
            scene.backend.hang_up()  # in the middle of a request
        until(lambda: scene.machine.usage()["mappings"] == 0, f"QEMU gives up at {options}")
        scene.check()
        scene.machine.unplug()
        scene.backend.hang_up()
        scene.machine.command("chardev-remove", id="fs0-socket")
        until(lambda: scene.machine.count_threads() <= 4, "the thread of the channel ends")
        fds.append(scene.machine.count_fds())
        scene.plug()
    same(len(set(fds)), 1, f"counts of file descriptors, {fds}")


@case
def ends_with_requests_under_way(scene):
    scene.plug()
    with scene.load():
        time.sleep(0.1)
        scene.machine.command("quit")
        same(scene.machine.process.wait(20), 0, "the exit status")


REFUSED = {
    "a power of two": {"cache-size": "3M"},
    "at least": {"cache-size": "2K"},
    "modern-pio-notify": {"cache-size": "16M", "modern-pio-notify": "on"},
    "iommu_platform": {"cache-size": "16M", "iommu_platform": "on"},
}


@case
def refuses_what_cannot_be(scene):
    for words, options in REFUSED.items():
        option = ",".join(f"{name}={value}" for name, value in {**machine.device(),
                                                                **options}.items())
        result = subprocess.run(
            [scene.qemu, "-nodefaults", "-display", "none", "-accel", "qtest", "-chardev",
             f"socket,id=fs0-socket,path={scene.path}", "-device",
             option.replace("driver=", "")], stderr=subprocess.PIPE, text=True, timeout=20,
            check=False)
        if result.returncode != 1 or words not in result.stderr:
            raise AssertionError(f"'{words}' is not in: {result.stderr}")
    scene.plug()
