#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Each public header compiles alone, as strict C11 and as C++17."""
import os
import pathlib
import shutil
import sys

from compiling import compiler_output

WARNINGS = ["-Wall", "-Wextra", "-Werror", "-pedantic"]


def cxx_compiler():
    candidates = [os.environ.get("CXX", ""), "g++", "clang++"]
    return next((name.split() for name in candidates if name and shutil.which(name.split()[0])),
                None)


def complaint(compiler, language, standard, header, flags):
    is_good, output = compiler_output(compiler, [f"-std={standard}", *WARNINGS, *flags],
                                      f"#include <daxwin/{header}>\n", language)
    return "" if is_good else f"{header} as {standard}:\n{output}"


root, generated, *c_compiler = sys.argv[1:]
include = pathlib.Path(root, "include")
headers = sorted({path.name.removesuffix(".in")
                  for path in include.glob("daxwin/*.h*")})
include_flags = [f"-I{include}", f"-I{generated}"]
wrong = [complaint(c_compiler, "c", "c11", header, include_flags) for header in headers]
if cxx_compiler() is not None:
    wrong += [complaint(cxx_compiler(), "c++", "c++17", header, include_flags)
              for header in headers]
else:
    print("not tried as C++: there is no g++ and no clang++ here")
sys.exit("\n".join(filter(None, wrong)) or 0)
