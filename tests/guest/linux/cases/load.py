# SPDX-License-Identifier: BSD-3-Clause
"""Cases in which many things happen at once, or often."""
import contextlib
import time

from catalogue import case

PROCESSES = 24
REMOUNTS = 15
PAUSES = 60


@contextlib.contextmanager
def load(stage, n_processes):
    """Keeps the window busy meanwhile. What the processes saw is checked at the end."""
    jobs = stage.start_churning(n_processes)
    yield
    for job in jobs:
        stage.facts.append(job.stop(120).split(",")[0])


@case("parallel")
def run_many_processes(stage):
    """24 processes that map, write, cut and check"""
    stage.common_file()
    stage.boot_and_mount()
    jobs = stage.start_churning(PROCESSES, 20)
    rounds = sum(int(job.wait(180).split()[0]) for job in jobs)
    stage.facts.append(f"{rounds} rounds")


@case("remount")
def remount_often(stage):
    """15 times mount, read and unmount; each leaves an empty window"""
    stage.common_file()
    stage.boot()
    for _ in range(REMOUNTS):
        stage.mount()
        stage.guest.run("pages map-random /mnt/common 1 200")
        if stage.has_window and stage.usage()["mappings"] == 0:
            raise AssertionError("nothing is mapped although the file was read")
        stage.unmount()
        stage.wait_until_empty()


@case("drop-caches")
def drop_caches_under_load(stage):
    """the kernel drops its caches, 30 times, under load"""
    stage.common_file()
    stage.boot_and_mount()
    with load(stage, 4):
        for _ in range(30):
            stage.guest.run("echo 3 >/proc/sys/vm/drop_caches")
            time.sleep(0.1)
        stage.check_window()


@case("stop-cont")
def pause_under_load(stage):
    """60 times stop and cont, under load"""
    stage.common_file()
    stage.boot_and_mount()
    with load(stage, 4):
        for _ in range(PAUSES):
            stage.vm.qmp.command("stop")
            stage.vm.qmp.command("cont")
            time.sleep(0.05)
        stage.check_window()
