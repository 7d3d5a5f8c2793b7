#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Turns what guests printed into a log as meson test writes it: consoles.py CONSOLE..."""
import json
import pathlib
import re
import sys

COMMAND = re.compile(r"^=== begin (\S+)\n(.*?)(?:^=== end \1 (\d+)$|(?=^=== begin )|\Z)",
                     re.M | re.S)


def entries_of(path):
    text = pathlib.Path(path).read_text(errors="replace").replace("\r", "\n")
    found = COMMAND.findall(text)
    if not re.search(r"^=== all done$", text, re.M):
        yield {"name": f"{path}: the guest did not come to the end", "result": "FAIL"}
    for name, output, status in found:
        yield {"name": name, "result": "OK" if status == "0" else "FAIL", "stdout": output}


for console in sys.argv[1:]:
    for entry in entries_of(console):
        print(json.dumps(entry))
