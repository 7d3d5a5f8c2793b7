# SPDX-License-Identifier: BSD-3-Clause
"""What the device part in examples/qemu does for the guest and the back-end."""
import errno
import os
import struct
import subprocess

from backend import ALL, FS_IO, READ, WRITE, entries
from machine import FIRST, SECOND
from scene import PAGE, PIECE, RAM, SIZE, case, same, until


@case
def shows_capability_and_bar(scene):
    scene.plug()
    shared = scene.machine.shared_memory_capabilities()
    same(len(shared), 1, "shared memory capabilities")
    same(struct.unpack("<BxBBBBxxIIII", shared[0]), (9, 24, 8, 2, 0, 0, SIZE, 0, 0),
         "the capability")
    same(scene.machine.read_config(0x18) & 15, 12, "BAR 2 as 64-bit, prefetchable memory")
    scene.machine.write_config(0x18, 0xffffffff)
    same(scene.machine.read_config(0x18) & ~15, -SIZE & 0xffffffff, "the size of BAR 2")


@case
def has_no_window_without_a_cache_size(scene):
    scene.plug(size=0)
    same(scene.machine.shared_memory_capabilities(), [], "capabilities")
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
    scene.machine.write(FIRST.window + PIECE + 100, b"stored")
    same(os.pread(scene.file.fileno(), 6, PIECE + 100), b"stored", "the file")
    usage = scene.machine.usage()
    same((usage["mappings"], usage["bytes-mapped"]), (1, PIECE), "the usage")


@case
def keeps_areas_of_idle_memory_in_one(scene):
    """QEMU advises the kernel about all its memory, which would keep them apart."""
    scene.plug()
    same(scene.backend.map(scene.file, 3 * PIECE, PIECE), 0, "a map")
    same(scene.backend.unmap(3 * PIECE, PIECE), 0, "an unmap")
    window = [area for area in scene.machine.memory_areas() if area.split()[1] == "---p"
              and size_of(area) == SIZE]
    same(len(window), 1, f"areas of {SIZE} bytes that nobody may touch")


def size_of(area):
    start, end = area.split()[0].split("-")
    return int(end, 16) - int(start, 16)


@case
def moves_bytes_by_fs_io(scene):
    scene.plug()
    fd = scene.file.fileno()
    scene.backend.map(scene.file, 0, PIECE)
    scene.machine.write(RAM, b"from guest memory")
    out = entries((2 * PIECE + 5, RAM, 17, WRITE))
    same(scene.backend.ask(FS_IO, out, [fd]), 17, "guest memory to file")
    same(os.pread(fd, 17, 2 * PIECE + 5), b"from guest memory", "the file")
    into_window = entries((7 * PAGE, FIRST.window + PAGE, 8, READ))
    same(scene.backend.ask(FS_IO, into_window, [fd]), 8, "file to window")
    same(scene.page_in_file(PAGE), 7, "the file behind the window")
    for name, address in {"idle window": FIRST.window + SIZE - PAGE, "no memory": 1 << 40,
                          "registers": FIRST.registers, "firmware": 0xffff0000}.items():
        bad = entries((0, address, 8, READ))
        same(scene.backend.ask(FS_IO, bad, [fd]), -errno.EFAULT, f"FS_IO to {name}")


@case
def keeps_two_windows_apart(scene):
    other, path = scene.new_backend("other")
    scene.plug()
    scene.plug(slot=SECOND, path=path)
    same(scene.backend.map(scene.file, 0, PIECE), 0, "a map")
    same(other.map(scene.file, 0, PIECE, file_offset=PIECE), 0, "a map of the other")
    same((scene.page_at(PAGE), scene.page_at(PAGE, SECOND)), (1, PIECE // PAGE + 1), "pages")
    scene.file.truncate(PAGE)
    same((scene.page_at(PAGE), scene.page_at(PAGE, SECOND)), (0, 0), "pages that are gone")
    other.hang_up()
    until(lambda: scene.machine.usage(SECOND)["mappings"] == 0, "the other window is empty")
    scene.machine.unplug(SECOND)
    same(scene.page_at(2 * PAGE), 0, "one more without the other device")
    same(scene.machine.usage()["containments"], 2, "containments")


@case
def leaves_the_window_out_of_dumps(scene):
    """A dump reads all memory, and a window is neither."""
    scene.plug()
    scene.backend.map(scene.file, 0, PIECE, READ)
    same(scene.machine.command("dump-guest-memory", paging=False,
                               protocol=f"file:{scene.folder}/dump"), {}, "dump-guest-memory")
    same(scene.machine.usage()["mappings"], 1, "mappings")
    with open(f"{scene.folder}/dump", "rb") as dump:
        same(struct.pack("<Q", 1) + b"xxx" in dump.read(), False, "the file is in the dump")


REFUSED = {
    "a power of two": {"cache-size": "3M"},
    "at least": {"cache-size": "2K"},
    "modern-pio-notify": {"cache-size": "16M", "modern-pio-notify": "on"},
    "iommu_platform": {"cache-size": "16M", "iommu_platform": "on"},
}


@case
def refuses_what_cannot_be(scene):
    for words, more in REFUSED.items():
        options = FIRST.options(**more)
        device = ",".join([options.pop("driver"), *(f"{n}={v}" for n, v in options.items())])
        result = subprocess.run(
            [scene.qemu, "-nodefaults", "-display", "none", "-accel", "qtest", "-chardev",
             f"socket,id=fs0-socket,path={scene.path}", "-device", device],
            stderr=subprocess.PIPE, text=True, timeout=20, check=False)
        if result.returncode != 1 or words not in result.stderr:
            raise AssertionError(f"'{words}' is not in: {result.stderr}")
    scene.plug()
