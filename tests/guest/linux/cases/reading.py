# SPDX-License-Identifier: BSD-3-Clause
"""Cases that mount and read."""
import hashlib
import os
import random

import stamped
from catalogue import case
from stage import MIB

TREE_FILES = 2000
BIG_PAGES = 1024 * MIB // stamped.PAGE


def mount_and_look(stage, size):
    (stage.share / "hello").write_text("good morning\n")
    stage.boot_and_mount()
    line = stage.guest.run("grep ' /mnt ' /proc/mounts")
    if stage.guest.run("cat /mnt/hello") != "good morning\n":
        raise AssertionError("the guest does not read what the host wrote")
    if not stage.has_window:
        return
    if "dax=always" not in line:
        raise AssertionError(f"this is mounted without dax=always: {line.strip()}")
    usage = stage.usage()
    if usage["size"] != size:
        raise AssertionError(f"the window has {usage['size']} bytes, not {size}")
    if usage["mappings"] == 0:
        raise AssertionError("the file was read, but nothing is mapped")


@case("mount-64m", "64M")
def mount_with_small_window(stage):
    """mount with dax=always and a window of 64 MiB"""
    mount_and_look(stage, 64 * MIB)


@case("mount-1g", "1G")
def mount_with_big_window(stage):
    """mount with dax=always and a window of 1 GiB"""
    mount_and_look(stage, 1024 * MIB)


@case("refused")
def refuse_dax_without_a_window(stage):
    """dax=always on a device without a window is refused, and a mount without it is not"""
    (stage.share / "hello").write_text("good morning\n")
    stage.boot(others=["fs1"])
    status, output = stage.guest.attempt("mount -t virtiofs -o dax=always fs1 /mnt")
    if status == 0:
        raise AssertionError("there is no window, and dax=always succeeds")
    stage.facts.append(output.strip())
    stage.mount("fs1")
    stage.guest.run("cat /mnt/hello")


def plant_tree(folder, n_files):
    """Makes files of up to 32 KiB in 40 folders; the sum of sums, as the guest should find it."""
    draw = random.Random(6)
    sums = []
    for i in range(n_files):
        path = folder / f"folder-{i % 40}" / f"file-{i:04}"
        path.parent.mkdir(exist_ok=True)
        content = draw.randbytes(draw.randrange(32 * 1024))
        path.write_bytes(content)
        sums.append(f"{hashlib.md5(content).hexdigest()}  {path.relative_to(folder)}\n")
    return hashlib.md5("".join(sorted(sums)).encode()).hexdigest()


@case("tree")
def read_a_tree_twice(stage):
    """2,000 small files, read twice: the checksums are the host's"""
    (stage.share / "tree").mkdir()
    expected = plant_tree(stage.share / "tree", TREE_FILES)
    stage.boot_and_mount()
    for attempt in "first", "second":
        found = stage.guest.run("cd /mnt/tree && find . -type f | cut -c 3- | xargs md5sum | "
                                "LC_ALL=C sort | md5sum", 180).split()[0]
        if found != expected:
            raise AssertionError(f"the {attempt} time the guest finds {found}, not {expected}")


@case("map-in-order")
def map_a_big_file_in_order(stage):
    """a file of 1 GiB, mapped and read in order through 64 MiB"""
    stage.common_file(BIG_PAGES)
    stage.boot_and_mount()
    stage.guest.run("pages map /mnt/common 1", 180)


@case("map-at-random")
def map_a_big_file_at_random(stage):
    """5,000 random pages of a mapped file of 1 GiB, through 64 MiB"""
    stage.common_file(BIG_PAGES)
    stage.boot_and_mount()
    stage.guest.run("pages map-random /mnt/common 1 5000", 180)


@case("read-in-order")
def read_a_big_file(stage):
    """a file of 1 GiB, read(2) in order through 64 MiB"""
    stage.common_file(BIG_PAGES)
    stage.boot_and_mount()
    stage.guest.run("pages read /mnt/common 1", 180)
    if os.stat(stage.share / "common").st_size != BIG_PAGES * stamped.PAGE:
        raise AssertionError("reading has changed the size of the file")
