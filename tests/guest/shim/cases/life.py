# SPDX-License-Identifier: BSD-3-Clause
"""Stop, reset, disconnect, unplug and end, all of them under load."""
import time

from machine import FIRST
from scene import PAGE, PIECE, SIZE, case, same, until


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
    until(scene.is_empty, "the window is empty")


@case
def is_empty_without_its_backend(scene):
    scene.plug()
    scene.machine.start_driver()
    scene.backend.map(scene.file, 0, PIECE)
    same(scene.page_at(PAGE), 1, "a page")
    scene.backend.hang_up()
    until(scene.is_empty, "the window is empty")
    same(scene.page_at(PAGE), 0, "the page")
    scene.machine.write(FIRST.window + PAGE, b"lost")
    same(scene.machine.usage()["mappings"], 0, "mappings where the guest has looked")
    for name in ("stop", "cont", "system_reset"):
        same(scene.machine.command(name), {}, name)
    same(scene.machine.usage()["mappings"], 0, "mappings")
    scene.unplug()
    scene.plug()
    same(scene.backend.map(scene.file, 0, PIECE), 0, "a map of its successor")
    same(scene.page_at(PAGE), 1, "a page")


@case
def leaves_nothing_behind_when_unplugged(scene):
    counts = set()
    for _ in range(12):
        scene.plug()
        scene.machine.start_driver()
        with scene.load():
            time.sleep(0.02)
            scene.unplug()
        counts.add(scene.machine.count_fds())
        until(lambda: not any(scene.file.name in area for area in scene.machine.memory_areas()),
              "the file is mapped nowhere")
    same(len(counts), 1, f"counts of file descriptors, {counts}")
    scene.plug()


@case
def takes_the_reservation_back_when_unplugged(scene):
    before = scene.machine.address_space()
    for _ in range(8):
        scene.plug(size=1 << 40)
        scene.unplug()
    until(lambda: scene.machine.address_space() < before + (1 << 40), "the windows are gone")
    scene.plug(size=SIZE)


@case
def ends_with_requests_under_way(scene):
    scene.plug()
    with scene.load():
        time.sleep(0.1)
        scene.machine.command("quit")
        same(scene.machine.process.wait(20), 0, "the exit status")
