# SPDX-License-Identifier: BSD-3-Clause
"""Cases of a machine's and a device's life: reboot, reset, unplug."""
import time

from catalogue import case
from holding import check_nothing_is_seen, hold
from stage import MIB


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
        stage.start_churning(4)
        time.sleep(1)
        stage.vm.reset()
        check_after_restart(stage)


@case("reset-paused")
def reset_while_paused(stage):
    """stop, system_reset and cont, under load"""
    stage.common_file()
    stage.boot_and_mount()
    stage.start_churning(4)
    time.sleep(1)
    stage.vm.qmp.command("stop")
    stage.vm.reset(lambda: stage.vm.qmp.command("cont"))
    check_after_restart(stage)


@case("replug", "1G")
def unplug_and_plug(stage):
    """the device is unplugged and plugged in again, four times: no window is left behind"""
    stage.common_file()
    stage.boot()
    before = stage.vm.child.address_space()
    for _ in range(4):
        stage.mount()
        stage.guest.run("pages map-random /mnt/common 1 200")
        stage.unmount()
        stage.vm.unplug("fs0")
        stage.daemons["fs0"].wait(10)
        stage.vm.plug("fs0", stage.cache, stage.start_daemon())
    grown = stage.vm.child.address_space() - before
    stage.facts.append(f"QEMU has grown by {grown // MIB} MiB")
    if grown > 1024 * MIB:
        raise AssertionError(f"QEMU has grown by {grown // MIB} MiB")
    check_after_restart(stage)


@case("unplug-mounted")
def unplug_in_use(stage):
    """the device is unplugged while a file is mapped, and one is plugged in again"""
    stage.common_file()
    stage.boot_and_mount()
    job = hold(stage)
    stage.vm.unplug("fs0")
    check_nothing_is_seen(stage, job)
    stage.daemons["fs0"].wait(10)
    stage.vm.plug("fs0", stage.cache, stage.start_daemon())
    stage.mount("fs0", "/again")
    stage.guest.run("pages map-random /again/common 1 500")
