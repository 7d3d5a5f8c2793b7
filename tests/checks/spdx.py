#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Every file names its licence in its first lines; the licence itself and plain data need not."""
import sys

from tree import project_files

LINE = "SPDX-License-Identifier: BSD-3-Clause"
DATA_ENDINGS = {".abi", ".bin", ".gz", ".hex", ".json", ".png", ".svg"}


def names_licence(path):
    with path.open(encoding="utf-8", errors="replace") as file:
        return any(LINE in line for line, _ in zip(file, range(3)))


root = sys.argv[1]
wrong = [f"{path}: no line '{LINE}'" for path in project_files(root)
         if path.name != "COPYING" and path.suffix not in DATA_ENDINGS
         and not names_licence(path)]
sys.exit("\n".join(wrong) or 0)
