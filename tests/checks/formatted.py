#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""All C code is as clang-format leaves it; skipped (77) without the version that decides."""
import re
import shutil
import subprocess
import sys

from tree import project_files

VERSION = 14
SKIPPED = 77


def is_right_version(program):
    if shutil.which(program) is None:
        return False
    text = subprocess.check_output([program, "--version"], text=True)
    return re.search(rf"version {VERSION}\.", text) is not None


program = next(filter(is_right_version, [f"clang-format-{VERSION}", "clang-format"]), None)
if program is None:
    print(f"not checked: there is no clang-format {VERSION} here")
    sys.exit(SKIPPED)
paths = [path for path in project_files(sys.argv[1]) if path.suffix in (".c", ".h")]
result = subprocess.run([program, "--dry-run", "-Werror", *paths], stderr=subprocess.PIPE,
                        text=True, check=False)
places = dict.fromkeys(re.findall(r"^(.*?:\d+):\d+: error: .*clang-format", result.stderr, re.M))
sys.exit("\n".join(f"{place} is not formatted" for place in places) or result.returncode)
