#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Measures reads of one guest from a device with a window and from one without, in turns."""
import argparse
import dataclasses
import pathlib
import re
import signal
import statistics
import sys

import stage
import stamped
import tools
from stage import MIB

PLACES = {"dax": "/dax", "plain": "/plain"}
PLACE_IN_PAGE = re.compile(r"(<!-- @GUEST@ -->\n).*?(<!-- @END@ -->)", re.S)


@dataclasses.dataclass
class Workload:
    title: str
    words: str  # what measure is given before and after the file
    block: int
    count: int


@dataclasses.dataclass
class Setting:
    title: str
    cache: str
    file_pages: int
    is_warm_too: bool


SETTINGS = [
    Setting("256 MiB through 1 GiB", "1G", 256 * MIB // stamped.PAGE, True),
    Setting("1 GiB through 64 MiB", "64M", 1024 * MIB // stamped.PAGE, False),
]


def workloads_of(setting):
    whole = setting.file_pages * stamped.PAGE // MIB
    return [Workload("read(2), 1 MiB in order", "read in-order", MIB, whole),
            Workload("mmap, 1 MiB in order", "map in-order", MIB, whole),
            Workload("read(2), 4 KiB at random", "read at-random", stamped.PAGE, 8000),
            Workload("mmap, 4 KiB at random", "map at-random", stamped.PAGE, 8000)]


@dataclasses.dataclass
class Turn:
    """One measurement: MB/s, and by how much the guest's page cache grew, in MiB."""
    speed: float
    cached: float


def cached_mib(guest):
    return int(re.search(r"^Cached: +(\d+)", guest.run("cat /proc/meminfo"), re.M)[1]) / 1024


def take_turn(guest, workload, where, before=None):
    words = f"measure {workload.words} {PLACES[where]}/common {workload.block} {workload.count}"
    size, nanoseconds = re.match(r"(\d+) bytes (\d+) ns", guest.run(words, 300)).groups()
    return Turn(int(size) / int(nanoseconds) * 1000, cached_mib(guest) - before)


def cold_and_warm(guest, workload, where, is_warm_too):
    guest.run("sync; echo 3 >/proc/sys/vm/drop_caches")
    before = cached_mib(guest)
    turns = {"cold": take_turn(guest, workload, where, before)}
    if is_warm_too:
        turns["warm"] = take_turn(guest, workload, where, before)
    return turns


def measure(guest, setting, n_rounds):
    """(workload, cold or warm) -> where -> turns. Who goes first changes each round."""
    results = {}
    for number in range(n_rounds):
        for workload in workloads_of(setting):
            for where in sorted(PLACES, reverse=number % 2 == 1):
                turns = cold_and_warm(guest, workload, where, setting.is_warm_too)
                for state, turn in turns.items():
                    places = results.setdefault((workload.title, state), {})
                    places.setdefault(where, []).append(turn)
        print(f"  round {number + 1} of {n_rounds}", file=sys.stderr, flush=True)
    return results


def median_speed(turns):
    return f"{statistics.median(turn.speed for turn in turns):,.0f}"


def median_cached(turns):
    return f"{max(statistics.median(turn.cached for turn in turns), 0):.0f}"


def ratio(turns):
    ratios = sorted(dax.speed / plain.speed
                    for dax, plain in zip(turns["dax"], turns["plain"]))
    low, _, high = statistics.quantiles(ratios, n=4, method="inclusive")
    return f"{statistics.median(ratios):.2f} | {low:.2f} to {high:.2f}"


def table_lines(setting, results):
    for (title, state), turns in results.items():
        yield (f"| {setting.title} | {title}, {state} | {median_speed(turns['dax'])} "
               f"| {median_speed(turns['plain'])} | {ratio(turns)} "
               f"| {median_cached(turns['dax'])} | {median_cached(turns['plain'])} |")


def run_setting(tools, setting, n_rounds):
    print(f"{setting.title}: {n_rounds} rounds", file=sys.stderr, flush=True)
    with stage.Stage(tools, setting.cache) as scene:
        scene.common_file(setting.file_pages)
        scene.boot(others=["fs1"])
        scene.mount("fs0", PLACES["dax"])
        scene.mount("fs1", PLACES["plain"])
        lines = list(table_lines(setting, measure(scene.guest, setting, n_rounds)))
        scene.check_window()
        return lines


def make_table(tools, n_rounds):
    heads = ["file, window", "workload", "DAX, MB/s", "no DAX, MB/s", "DAX / no DAX",
             "quartiles", "page cache with DAX, MiB", "without, MiB"]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for setting in SETTINGS:
        lines += run_setting(tools, setting, n_rounds)
    return "\n".join(lines) + "\n"


def put_into(page, table):
    text = page.read_text()
    if PLACE_IN_PAGE.search(text) is None:
        sys.exit(f"{page} has no place for the table: <!-- @GUEST@ --> and <!-- @END@ -->")
    page.write_text(PLACE_IN_PAGE.sub(lambda match: match[1] + table + match[2], text))


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that all is cleaned up
    parser = argparse.ArgumentParser(prog="sh tests/run compare", description=__doc__)
    parser.add_argument("page", nargs="?", type=pathlib.Path,
                        help="a Markdown page that has a place for the table")
    parser.add_argument("--rounds", type=int, default=7, help="7 without it; at least 2")
    tools.add_options(parser)
    options = parser.parse_intermixed_args()
    if options.rounds < 2:
        parser.error(f"--rounds {options.rounds} is less than 2")
    with tools.prepared(options) as prepared:
        table = make_table(prepared, options.rounds)
    print(table, end="")
    if options.page is not None:
        put_into(options.page, table)


if __name__ == "__main__":
    main()
