#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Prints the rows of late-failure from several kernels side by side: table.py CONSOLE..."""
import pathlib
import re
import sys

KERNEL = re.compile(r"^# Linux (\S+) (\S+)", re.M)
ROW = re.compile(r"^(not )?ok \d+ - (.*)$", re.M)


def read_rows(path):
    """The kernel, and what happened by file and old content."""
    text = pathlib.Path(path).read_text(errors="replace").replace("\r", "\n")
    kernel = KERNEL.search(text)
    rows = {}
    for is_bad, row in ROW.findall(text):
        file, over, *outcomes = row.split(" # SKIP ")[0].split(" | ")
        if outcomes:
            bare, ours = outcomes
            rows[file, over] = (bare, ours + (" (WRONG)" if is_bad else ""))
    return kernel.group(1) if kernel else path, rows


def print_line(cells):
    print("| " + " | ".join(cells) + " |")


kernels = [read_rows(path) for path in sys.argv[1:]]
keys = list(dict.fromkeys(key for _, rows in kernels for key in rows))
heads = [f"{name}, {side}" for name, _ in kernels for side in ("bare", "ours")]
print_line(["file", "over", *heads])
print_line(["---"] * (2 + len(heads)))
for key in keys:
    cells = [cell for _, rows in kernels for cell in rows.get(key, ("", ""))]
    print_line([*key, *cells])
