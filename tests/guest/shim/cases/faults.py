# SPDX-License-Identifier: BSD-3-Clause
"""Accesses to window memory that must not end the process."""
from backend import READ
from machine import FIRST
from scene import PAGE, PIECE, case, same


@case
def survives_touching_idle_memory(scene):
    scene.plug()
    same(scene.page_at(5 * PAGE), 0, "idle memory")
    scene.machine.write(FIRST.window + 6 * PAGE, b"lost")
    same(scene.backend.map(scene.file, 0, PIECE), 0, "a map over it")
    same(scene.page_at(5 * PAGE), 5, "the page that was idle")


@case
def survives_stores_to_read_only_memory(scene):
    scene.plug()
    scene.backend.map(scene.file, 0, PIECE, READ)
    scene.machine.write(FIRST.window + 9 * PAGE, b"lost")
    same(scene.page_in_file(9 * PAGE), 9, "the file")
    same(scene.page_at(10 * PAGE), 10, "its neighbour")


@case
def survives_truncation(scene):
    scene.plug()
    scene.backend.map(scene.file, 0, PIECE)
    same(scene.page_at(PAGE), 1, "a page")
    scene.file.truncate(PAGE)
    same(scene.page_at(PAGE), 0, "a page that is gone")
    scene.machine.write(FIRST.window + 2 * PAGE, b"lost")
    same(scene.machine.usage()["containments"], 2, "containments")
