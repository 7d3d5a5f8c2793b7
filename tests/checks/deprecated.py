#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Calling a deprecated function is a warning that names the successor, unless that is disabled."""
import sys

from compiling import compiler_output

PROGRAM = """
#include <daxwin/daxwin.h>
DAXWIN_DEPRECATED_IN_0_1_FOR(daxwin_new_way)
DAXWIN_AVAILABLE_IN_0_1
int daxwin_old_way(void);
int call_it(void);
int call_it(void) { return daxwin_old_way(); }
"""
DISABLE = "-DDAXWIN_DISABLE_DEPRECATION_WARNINGS"

root, generated, *compiler = sys.argv[1:]
flags = ["-std=c11", "-Wall", "-Werror", f"-I{root}/include", f"-I{generated}"]
is_silent, output = compiler_output(compiler, flags, PROGRAM)
wrong = []
if is_silent:
    wrong.append("calling a deprecated function is no warning")
if "-Wdeprecated-declarations" not in output.replace("-Werror=", "-W").replace("-Werror,", ""):
    wrong.append(f"the warning is not one about a deprecated declaration:\n{output}")
if "daxwin_new_way" not in output:
    wrong.append(f"the warning does not name the successor:\n{output}")
is_silent, output = compiler_output(compiler, [*flags, DISABLE], PROGRAM)
if not is_silent:
    wrong.append(f"{DISABLE} does not silence it:\n{output}")
sys.exit("\n".join(wrong) or 0)
