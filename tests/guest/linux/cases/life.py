# SPDX-License-Identifier: BSD-3-Clause
"""Cases of a machine's and a device's life: reboot, reset, unplug, the end of the daemon."""
import os
import time

import stamped
from catalogue import case

HELD_PAGES = 1000


def hold(stage):
    """Has a process of the guest keep a file mapped; it has seen all of it."""
    stamped.write(stage.share / "held", 7, HELD_PAGES)
    job = stage.guest.start("pages hold /mnt/held 7")
    job.wait_for_output(f"^sound {HELD_PAGES} ")
    return job


def look_again(job, n_before):
    """What the process sees now, as it says in its next line: four counts of pages."""
    job.signal("USR1")
    line = job.wait_for_output(rf"(?:sound.*\n){{{n_before}}}(sound.*)\n")[1].split()
    return dict(zip(line[::2], map(int, line[1::2])))


def check_after_restart(stage):
    """Nothing is left of the window's contents, and it can be used again."""
    stage.wait_until_empty()
    stage.mount()
    stage.guest.run("pages map-random /mnt/common 1 500")


@case("reboot")
def reboot_with_mappings(stage):
    """the guest reboots while a file is mapped: the window is empty"""
    stage.common_file()
    stage.boot_and_mount()
    hold(stage)
    if stage.has_window and stage.usage()["mappings"] == 0:
        raise AssertionError("nothing is mapped before the reboot")
    stage.vm.reboot()
    check_after_restart(stage)


@case("reset")
def reset_under_load(stage):
    """system_reset three times, under load: the window is empty each time"""
    stage.common_file()
    stage.boot_and_mount()
    for _ in range(3):
        for i in range(4):
            stage.guest.start(f"pages churn /mnt {2 + i} 600")
        time.sleep(1)
        stage.vm.reset()
        check_after_restart(stage)


@case("reset-paused")
def reset_while_paused(stage):
    """stop, system_reset and cont, under load"""
    stage.common_file()
    stage.boot_and_mount()
    for i in range(4):
        stage.guest.start(f"pages churn /mnt {2 + i} 600")
    time.sleep(1)
    stage.vm.qmp.command("stop")
    stage.vm.reset(lambda: stage.vm.qmp.command("cont"))
    check_after_restart(stage)


@case("daemon-killed", needs_window=True)
def kill_the_daemon(stage):
    """the daemon is killed: an empty window, a living QEMU, errors instead of old data"""
    stage.boot_and_mount()
    job = hold(stage)
    stage.daemons["fs0"].kill()
    stage.wait_until_empty()
    seen = look_again(job, 1)
    stage.facts.append(f"the guest sees {seen}")
    if seen["sound"] != 0:
        raise AssertionError(f"the guest still sees {seen['sound']} pages of the file")
    stage.guest.run("timeout -s KILL 10 cat /mnt/held >/dev/null; [ $? -ne 0 ]")


@case("truncated-by-host", needs_window=True)
def truncate_on_the_host(stage):
    """the host truncates a mapped file and the guest touches it: zeros, and it is counted"""
    stage.boot_and_mount()
    job = hold(stage)
    os.truncate(stage.share / "held", HELD_PAGES // 2 * stamped.PAGE)
    seen = look_again(job, 1)
    stage.facts.append(f"the guest sees {seen}")
    if seen["sound"] != HELD_PAGES // 2 or seen["other"] != 0:
        raise AssertionError(f"of {HELD_PAGES} pages, half of them cut, the guest sees {seen}")
    if stage.usage()["containments"] == 0:
        raise AssertionError("nothing was contained")
    job.stop()


@case("replug")
def unplug_and_plug(stage):
    """the device is unplugged and plugged in again, three times"""
    stage.common_file()
    stage.boot()
    for _ in range(3):
        stage.mount()
        stage.guest.run("pages map-random /mnt/common 1 200")
        stage.unmount()
        stage.vm.unplug("fs0")
        stage.daemons["fs0"].wait(10)
        stage.vm.plug("fs0", stage.cache, stage.start_daemon())
        stage.guest.run("until ls /sys/bus/virtio/drivers/virtiofs | grep -q ^virtio; do "
                        "usleep 100000; done", 20)
    check_after_restart(stage)
