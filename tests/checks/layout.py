#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""All that layout.c says about sizes, places and numbers is true."""
import pathlib
import sys

from compiling import compiler_output

root, generated, *compiler = sys.argv[1:]
flags = ["-std=gnu11", "-D_GNU_SOURCE", "-Wall", "-Werror", f"-I{root}/include", f"-I{root}/lib",
         f"-I{generated}"]
statements = pathlib.Path(__file__).with_suffix(".c").read_text(encoding="utf-8")
is_true, output = compiler_output(compiler, flags, statements)
sys.exit(0 if is_true else output)
