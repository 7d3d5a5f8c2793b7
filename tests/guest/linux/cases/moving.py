# SPDX-License-Identifier: BSD-3-Clause
"""Cases in which the guest has a device move bytes to or from memory that lies in a window. The
daemon does not see such memory, and has to ask QEMU for the transfer (FS_IO)."""
import os

import stamped
from catalogue import case

PAGES = 3000
TRANSFER = "back-end request 8 "  # FS_IO, in what the daemon tells


def check_transfers(stage, name):
    """The daemon of that device has asked for transfers since the last time."""
    if not stage.has_window:
        return
    count = stage.daemons[name].log.read_text().count(TRANSFER)
    if count <= stage.transfers.get(name, 0):
        raise AssertionError(f"the daemon of {name} has not asked for a transfer")
    stage.transfers[name] = count


def boot_to_move(stage, others=()):
    stage.is_verbose, stage.transfers = True, {}
    stage.boot(others)
    stage.mount("fs0", "/mnt")


@case("write-from-map")
def write_out_of_a_mapping(stage):
    """write() from a buffer in the window"""
    stamped.write(stage.share / "from", 5, PAGES)
    boot_to_move(stage)
    stage.guest.run("pages write-from-map /mnt/from /mnt/to", 120)
    stamped.check(stage.share / "to", 5, PAGES)
    check_transfers(stage, "fs0")


@case("between-devices")
def move_between_devices(stage):
    """O_DIRECT of a device without a window into and out of the window of another"""
    stamped.write(stage.share / "from", 5, PAGES)
    boot_to_move(stage, others=["fs1"])
    stage.mount("fs1", "/plain")
    stage.guest.run("pages read-into-map /plain/from /mnt/to", 120)
    stamped.check(stage.share / "to", 5, PAGES)
    check_transfers(stage, "fs1")
    stage.guest.run("pages write-from-map /mnt/from /plain/back", 120)
    stamped.check(stage.share / "back", 5, PAGES)
    check_transfers(stage, "fs1")


@case("set-user-id")
def drop_the_set_user_id_bit(stage):
    """a user's write from a buffer in the window takes the set-user-id bit away"""
    stamped.write(stage.share / "from", 5, 10)
    target = stage.share / "program"
    stamped.write(target, 5, 10)
    os.chmod(target, 0o4777)
    boot_to_move(stage)
    stage.guest.run("pages --user 1000 write-from-map /mnt/from /mnt/program")
    check_transfers(stage, "fs0")
    if target.stat().st_mode & 0o7777 != 0o777:
        raise AssertionError(f"the mode is {target.stat().st_mode & 0o7777:o} now, not 777")
