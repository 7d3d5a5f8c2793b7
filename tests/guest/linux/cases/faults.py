# SPDX-License-Identifier: BSD-3-Clause
"""Cases in which the daemon dies, or the host cuts files that are mapped."""
import os
import time

import holding
import stamped
from catalogue import case
from holding import check_nothing_is_seen, hold, look_again
from stage import MIB

VICTIM_PAGES = 2000


@case("daemon-killed", needs_window=True)
def kill_the_daemon(stage):
    """the daemon is killed: an empty window, a living QEMU, nothing of the old data"""
    stage.boot_and_mount()
    job = hold(stage)
    stage.daemons["fs0"].kill()
    stage.wait_until_empty()
    check_nothing_is_seen(stage, job)
    stage.wait_until_empty()


@case("truncated-by-host", needs_window=True)
def truncate_on_the_host(stage):
    """the host truncates a mapped file and the guest touches it: zeros, and it is counted"""
    stage.boot_and_mount()
    job = hold(stage)
    os.truncate(stage.share / "held", holding.PAGES // 2 * stamped.PAGE)
    for how, seen in look_again(stage, job).items():
        if seen["sound"] != holding.PAGES // 2 or seen["other"] != 0:
            raise AssertionError(f"of {holding.PAGES} pages, half of them cut, the guest sees "
                                 f"{seen}, {how}")
    if stage.usage()["containments"] == 0:
        raise AssertionError("nothing was contained")
    job.stop()


@case("daemon-killed-busy", needs_window=True)
def kill_the_daemon_under_load(stage):
    """the daemon is killed under load: an empty window, a living QEMU and guest"""
    stage.common_file()
    stage.boot_and_mount()
    stage.start_churning(4)
    time.sleep(2)
    stage.daemons["fs0"].kill()
    stage.wait_until_empty()
    stage.guest.run("echo still here")
    stage.vm.qmp.command("query-status")


@case("truncated-busy", needs_window=True)
def truncate_on_the_host_under_load(stage):
    """the host cuts and restores a file, 50 times, while the guest reads it; then all is sound"""
    victim = stage.share / "victim"
    stamped.write(victim, 7, VICTIM_PAGES)
    stage.boot_and_mount()
    reader = "while :; do pages map-random /mnt/victim 7 2000 >/dev/null 2>&1; done"
    jobs = [stage.guest.start(f"sh -c '{reader}'") for _ in range(3)]
    restored = stamped.pages(7, 0, VICTIM_PAGES)
    for _ in range(50):
        os.truncate(victim, 10 * stamped.PAGE)
        time.sleep(0.05)
        victim.write_bytes(restored)
        time.sleep(0.05)
    for job in jobs:
        job.signal("KILL")
    if stage.usage()["containments"] == 0:
        raise AssertionError("nothing was contained")
    stage.guest.run("sleep 1; echo 3 >/proc/sys/vm/drop_caches")
    stage.guest.run("pages map /mnt/victim 7")


@case("touch-idle", needs_window=True)
def touch_idle_memory(stage):
    """the guest reads and writes the window where nothing is mapped: QEMU lives on"""
    stage.common_file()
    stage.boot()
    start = int(stage.guest.run("dmesg | grep -o 'Cache len: .*'").split("@")[1], 16)
    for offset in 0, 4096, 5 * MIB, 64 * MIB - 4096:
        stage.guest.run(f"devmem {start + offset:#x} 32 && devmem {start + offset:#x} 32 0x1234567")
    stage.check_window()
    stage.mount()
    stage.guest.run("pages map-random /mnt/common 1 1000")
    stage.unmount()
    stage.wait_until_empty()
