#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""tests/test-NAME.c tests lib/NAME.c, for every NAME, and is built with the stand-ins it has."""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
tests = {path.stem.removeprefix("test-"): path for path in root.glob("tests/test-*.c")}
sources = {path.stem for path in root.glob("lib/*.c")}
testable = sources | {path.stem for path in root.glob("lib/*.h")}
build_file = (root / "tests/meson.build").read_text()
built = {name: set(re.findall(r"\w+", replaced))
         for name, replaced in re.findall(r"^  '([\w-]+)': \[([^]]*)\],$", build_file, re.M)}


def stand_ins(path):
    return set(re.findall(r"\b__wrap_(\w+)\(", path.read_text()))


wrong = [f"lib/{name}.c has no tests/test-{name}.c" for name in sorted(sources - tests.keys())]
wrong += [f"tests/test-{name}.c tests no file of lib" for name in sorted(tests.keys() - testable)]
wrong += [f"tests/test-{name}.c is not in tests/meson.build"
          for name in sorted(tests.keys() - built.keys())]
wrong += [f"tests/meson.build and tests/test-{name}.c differ in the stand-in for {function}"
          for name in sorted(tests.keys() & built.keys())
          for function in sorted(stand_ins(tests[name]) ^ built[name])]
sys.exit("\n".join(wrong) or 0)
