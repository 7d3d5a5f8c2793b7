#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A function that fails returns the failure of its own type: compilers accept NULL for false."""
import pathlib
import re
import sys

from c_functions import functions_of

CONFUSED_RETURN = re.compile(r"return (NULL|false|true);"
                             r"|g_return_val_if\w+\(.*(NULL|false|true)\);")


def confused(function):
    values = {value for pair in CONFUSED_RETURN.findall(function.body) for value in pair if value}
    if function.result.endswith("*"):
        return values & {"false", "true"}
    return values & {"NULL"}


root = pathlib.Path(sys.argv[1])
paths = sorted([*root.glob("lib/*.[ch]"), *root.glob("examples/**/*.c")])
paths = [path for path in paths if "qemu" not in path.parts]  # written as QEMU is
wrong = [f"{path.name}:{function.first_line} {function.name}() is {function.result} and returns "
         f"{' and '.join(sorted(confused(function)))}"
         for path in paths for function in functions_of(path.read_text()) if confused(function)]
sys.exit("\n".join(wrong) or 0)
