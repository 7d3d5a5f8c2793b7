# SPDX-License-Identifier: BSD-3-Clause
"""Cases that write, and compare with what the host finds."""
import stamped
from catalogue import case

PAGES = 3000  # six pieces of 2 MiB, the last of them not full


@case("write")
def write_anew(stage):
    """a new file, written: the host finds what was written"""
    stage.boot_and_mount()
    stage.guest.run(f"pages write /mnt/new 5 {PAGES}")
    stamped.check(stage.share / "new", 5, PAGES)
    stage.guest.run("pages map /mnt/new 5")


@case("append")
def append_to_a_file(stage):
    """a mapped file that grows in the guest, and then on the host"""
    stamped.write(stage.share / "log", 5, 100)
    stage.boot_and_mount()
    stage.guest.run("pages map /mnt/log 5")
    stage.guest.run(f"pages append /mnt/log 5 {PAGES - 100}")
    stamped.check(stage.share / "log", 5, PAGES)
    with open(stage.share / "log", "ab") as file:
        file.write(stamped.pages(5, PAGES, 50))
    stage.guest.run("sleep 2 && pages map /mnt/log 5")
    stage.guest.run(f"[ $(stat -c %s /mnt/log) = {(PAGES + 50) * stamped.PAGE} ]")


@case("map-write")
def write_in_place(stage):
    """every page of a file, written through a mapping"""
    stamped.write(stage.share / "file", 5, PAGES)
    stage.boot_and_mount()
    stage.guest.run("pages map /mnt/file 5 && pages map-write /mnt/file 6")
    stamped.check(stage.share / "file", 6, PAGES)
    stage.guest.run("pages read /mnt/file 6")


@case("truncate")
def truncate_in_the_guest(stage):
    """a mapped file that the guest makes shorter, and longer again"""
    stamped.write(stage.share / "file", 5, PAGES)
    stage.boot_and_mount()
    stage.guest.run("pages map /mnt/file 5")
    stage.guest.run(f"truncate -s {1000 * stamped.PAGE} /mnt/file")
    stamped.check(stage.share / "file", 5, 1000)
    stage.guest.run("pages map /mnt/file 5")
    stage.guest.run(f"pages append /mnt/file 5 {PAGES - 1000}")
    stamped.check(stage.share / "file", 5, PAGES)
    stage.guest.run("pages map /mnt/file 5")


@case("direct")
def write_and_read_directly(stage):
    """O_DIRECT, written and read"""
    stage.boot_and_mount()
    stage.guest.run("pages write-direct /mnt/file 5 500 && pages read-direct /mnt/file 5")
    stamped.check(stage.share / "file", 5, 500)
