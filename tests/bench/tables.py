#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Puts the figures of daxwin-bench --json into the places that a Markdown page keeps for them.

usage: tables.py REPORT.json [PAGE.md]

Such a place begins with a line <!-- @TABLE NAME...@ --> and ends with <!-- @END@ -->; NAME is that
of an entry of the report, or machine, or the beginning of several with a * behind it. Without a
page, the tables are printed.
"""
import fnmatch
import json
import pathlib
import re
import sys

PLACE = re.compile(r"(<!-- @TABLE ([^@]+)@ -->\n).*?(<!-- @END@ -->)", re.S)


def number(value):
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def ratio(value):
    return f"{value:.3f}"


def goal(figure):
    if "is_met" not in figure:
        return ""
    words = f"≤ {figure['at_most']:g}" if "at_most" in figure else f"≥ {figure['at_least']:g}"
    return words if figure["is_met"] else f"{words}, **not met**"


def figure_line(entry, figure):
    show, unit = (ratio, "") if figure["unit"] == "x" else (number, f" {figure['unit']}")
    return (f"| {entry['title']} | {figure['name']} | {show(figure['median'])}{unit} "
            f"| {show(figure['low'])} to {show(figure['high'])} | {goal(figure)} |")


def duration_lines(entries):
    for entry in entries:
        for duration in entry["durations"]:
            yield (f"| {entry['title']} | {duration['contender']} | {number(duration['median'])} ns "
                   f"| {number(duration['low'])} to {number(duration['high'])} |")


def figure_table(entries):
    return ["| workload | figure | median | quartiles | goal |", "|---|---|---|---|---|",
            *(figure_line(entry, figure) for entry in entries for figure in entry["figures"])]


def duration_table(entries):
    lines = list(duration_lines(entries))
    if not lines:
        return []
    return ["| workload | contender | median | quartiles |", "|---|---|---|---|", *lines]


def machine_table(report):
    machine, null = report["machine"], report["null"]
    rows = {"date": f"{machine['date']} UTC",
            "processor": f"{machine['processors']} × {machine['processor']}",
            "kernel": machine["kernel"], "page": f"{machine['page_size']} bytes",
            "files on": machine["filesystem"],
            "library": f"{machine['library']}, build type {machine['build']}",
            "bare against bare": f"{ratio(null['median'])} ({ratio(null['low'])} to "
                                 f"{ratio(null['high'])})"}
    return ["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows.items())]


def entries_named(report, patterns):
    return [entry for entry in report["workloads"]
            if any(fnmatch.fnmatch(entry["name"], pattern) for pattern in patterns)]


def table(report, words):
    if words == ["machine"]:
        return machine_table(report)
    is_duration = words[0] == "durations"
    entries = entries_named(report, words[1:] if is_duration else words)
    return duration_table(entries) if is_duration else figure_table(entries)


def fill(report, page):
    return PLACE.sub(lambda match: match[1] + "\n".join(table(report, match[2].split())) + "\n"
                     + match[3], page)


def print_all(report):
    entries = report["workloads"]
    for lines in machine_table(report), figure_table(entries), duration_table(entries):
        print("\n".join(lines), end="\n\n")


if len(sys.argv) not in (2, 3):
    sys.exit(__doc__)
measured = json.loads(pathlib.Path(sys.argv[1]).read_text())
if len(sys.argv) == 2:
    print_all(measured)
else:
    target = pathlib.Path(sys.argv[2])
    target.write_text(fill(measured, target.read_text()))
