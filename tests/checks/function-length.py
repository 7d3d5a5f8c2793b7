#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Functions, files and lines of the library stay short, and nothing jumps."""
import pathlib
import re
import sys

from c_functions import functions_of

FUNCTION_LINES = 50
FILE_LINES = 400
COLUMNS = 100


def complaints(path):
    text = path.read_text()
    lines = text.splitlines()
    if len(lines) > FILE_LINES:
        yield f"{path.name} has {len(lines)} lines, {FILE_LINES} at most"
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS:
            yield f"{path.name}:{number} has {len(line)} columns, {COLUMNS} at most"
        if re.search(r"\bgoto\b", line):
            yield f"{path.name}:{number} has a goto"
    for function in functions_of(text):
        if function.length > FUNCTION_LINES:
            yield (f"{path.name}:{function.first_line} {function.name}() has {function.length} "
                   f"lines, {FUNCTION_LINES} at most")


paths = sorted(pathlib.Path(sys.argv[1]).glob("lib/*.[ch]"))
sys.exit("\n".join(text for path in paths for text in complaints(path)) or 0)
