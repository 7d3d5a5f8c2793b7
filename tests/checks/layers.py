#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A file includes only files of a lower floor, and its own header."""
import pathlib
import re
import sys

FLOORS = [
    ["macros"],
    ["error", "host", "checked", "version"],
    ["size", "protection", "range", "payload", "area", "file", "lock"],
    ["mapping", "parachute", "budget"],
    ["table-leaf", "probes"],
    ["reservation", "admission", "mapping-table", "overlay", "transfer", "fs-message",
     "shmem-message", "shm-capability"],
    ["space", "copy", "rules"],
    ["audit", "containment"],
    ["retreat", "mending"],
    ["saving"],
    ["laying"],
    ["window"],
    ["inventory"],
    ["picture", "json"],
    ["serve", "describe"],
]
PARTS = {"window-memory": "window", "window-view": "window"}
FLOOR_OF = {name: floor for floor, names in enumerate(FLOORS) for name in names}


def concept(file_name):
    name = file_name.split(".")[0].removesuffix("-private")
    return PARTS.get(name, name)


def complaints(path):
    me = concept(path.name)
    if me not in FLOOR_OF:
        return [f"{path.name} has no floor"]
    included = re.findall(r'#include [<"](?:daxwin/)?([\w-]+)\.h[>"]', path.read_text())
    return [f"{path.name} may not include {other}.h"
            for other in included
            if concept(other) in FLOOR_OF and concept(other) != me
            and FLOOR_OF[concept(other)] >= FLOOR_OF[me]]


root = pathlib.Path(sys.argv[1])
paths = sorted([*root.glob("lib/*.[ch]"), *root.glob("include/daxwin/*.h*")])
wrong = [text for path in paths if path.name != "daxwin.h" for text in complaints(path)]
sys.exit("\n".join(wrong) or 0)
