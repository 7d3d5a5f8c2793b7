# SPDX-License-Identifier: BSD-3-Clause
"""What a case works on: QEMU without a guest, back-ends, and a file."""
import contextlib
import os
import struct
import tempfile
import threading
import time

import backend
import machine

PAGE = os.sysconf("SC_PAGE_SIZE")
SIZE = 16 << 20
PIECE = 2 << 20
RAM = 1 << 20  # some guest memory
THREADS_AT_REST = 4
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
    """The file has three pieces, and each of its pages begins with its number."""

    def __init__(self, qemu, stack):
        self.qemu = qemu
        self.folder = stack.enter_context(tempfile.TemporaryDirectory())
        self.backend, self.path = self.new_backend("backend")
        self.file = stack.enter_context(open(f"{self.folder}/file", "w+b"))
        self.file.write(b"".join(struct.pack("<Q", i).ljust(PAGE, b"x")
                                 for i in range(3 * PIECE // PAGE)))
        self.file.flush()
        self.machine = machine.Machine(qemu, self.folder)
        stack.callback(self.machine.close)

    def new_backend(self, name):
        path = f"{self.folder}/{name}"
        return backend.Backend(path), path

    def plug(self, size=SIZE, slot=machine.FIRST, path=None):
        same(self.machine.add_socket(path or self.path, slot), {}, "chardev-add")
        same(self.machine.plug(size, slot), {}, "device_add")
        self.machine.place_bars(slot)

    def unplug(self):
        """Returns when all of the device is gone."""
        self.machine.unplug()
        self.backend.hang_up()
        same(self.machine.remove_socket(), {}, "chardev-remove")
        until(lambda: self.machine.count_threads() <= THREADS_AT_REST, "the channel's thread ends")

    def page_at(self, window_offset, slot=machine.FIRST):
        return struct.unpack("<Q", self.machine.read(slot.window + window_offset, 8))[0]

    def page_in_file(self, file_offset):
        return struct.unpack("<Q", os.pread(self.file.fileno(), 8, file_offset))[0]

    def is_empty(self):
        return self.machine.usage()["mappings"] == 0

    def check(self):
        """What must be true whatever has happened."""
        if self.machine.is_alive():
            same(self.machine.get("daxwin-audit"), "", "the audit")
            same(self.machine.command("query-status")["running"], True, "QEMU running")

    @contextlib.contextmanager
    def load(self):
        """A back-end that maps and unmaps meanwhile, as fast as it can."""
        is_over = threading.Event()
        failures = []
        worker = threading.Thread(target=self.map_until, args=(is_over, failures))
        worker.start()
        try:
            yield
        finally:
            is_over.set()
            worker.join(20)
        same((worker.is_alive(), failures), (False, []), "the load")

    def map_until(self, is_over, failures):
        number = 0
        with contextlib.suppress(EOFError, OSError):
            while not is_over.is_set():
                place = number % 8 * PIECE
                answers = {self.backend.map(self.file, place, PIECE, backend.READ,
                                            number % 3 * PIECE)}
                if number % 3 == 0:
                    answers.add(self.backend.unmap(place, PIECE))
                failures += answers - {0}
                number += 1
