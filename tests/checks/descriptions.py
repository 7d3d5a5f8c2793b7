#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Descriptions of windows are JSON, have all they must, and agree with themselves."""
import json
import pathlib
import re
import subprocess
import sys


def fields_of_usage(header):
    """The names in DaxwinUsage, with dashes."""
    body = re.search(r"typedef struct \{([^}]*)\} DaxwinUsage;", header).group(1)
    return [name.replace("_", "-") for name in re.findall(r"(\w+);", body)]


def gaps_in(window):
    """The lengths of what lies between the pieces, all of which are listed."""
    starts = [piece["window-offset"] for piece in window["pieces"]] + [window["size"]]
    ends = [0] + [piece["window-offset"] + piece["length"] for piece in window["pieces"]]
    return [start - end for start, end in zip(starts, ends) if start != end]


def complaints(window, fields):
    yield from (f"{name} is missing" for name in ["size", *fields]
                if not isinstance(window.get(name), int))
    pieces = window["pieces"]
    if window["pieces-left-out"] > 0:
        if len(pieces) != 1024:
            yield f"{len(pieces)} pieces are listed, though others are left out"
        return
    gaps = gaps_in(window)
    for name, sum_of_parts in {
            "mappings": sum(piece["mappings"] for piece in pieces),
            "bytes-mapped": sum(piece["length"] for piece in pieces),
            "gaps": len(gaps),
            "largest-gap": max(gaps, default=0)}.items():
        if window[name] != sum_of_parts:
            yield f"{name} is {window[name]}, but the pieces say {sum_of_parts}"
    if any(gap < 0 for gap in gaps):
        yield "pieces overlap or are not in order"


root, program = pathlib.Path(sys.argv[1]), sys.argv[2]
usage = fields_of_usage((root / "include/daxwin/window.h").read_text())
lines = subprocess.check_output([program], text=True).splitlines()
windows = [json.loads(line) for line in lines]
wrong = [f"{text}: {line[:200]}" for line, window in zip(lines, windows)
         for text in complaints(window, usage)]
if [len(window["pieces"]) for window in windows] != [0, 1, 3, 1024]:
    wrong.append("other pieces than were mapped")
sys.exit("\n".join(wrong) or (0 if len(usage) > 10 else "DaxwinUsage was not found"))
