#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The headers, the symbol map and the built library name the same functions."""
import pathlib
import re
import subprocess
import sys


def declared_in(header):
    code = re.sub(r"/\*.*?\*/", "", header.read_text(), flags=re.S)
    return set(re.findall(r"DAXWIN_AVAILABLE_IN_\d+_\d+[^;]*?\b(daxwin_\w+)\s*\(", code))


def exported_by(library):
    lines = subprocess.check_output(["nm", "-D", "--defined-only", library],
                                    text=True).splitlines()
    names = {line.split()[-1].split("@")[0] for line in lines if line.split()[-2] != "A"}
    return {name for name in names if name.startswith("daxwin")}


root, library = pathlib.Path(sys.argv[1]), sys.argv[2]
declared = set().union(*map(declared_in, root.glob("include/daxwin/*.h*")))
mapped = set(re.findall(r"^\s+(\w+);", (root / "lib/libdaxwin.map").read_text(), re.M))
exported = exported_by(library)
wrong = [f"{name}: {'' if name in declared else 'not '}declared, "
         f"{'' if name in mapped else 'not '}in the map, "
         f"{'' if name in exported else 'not '}exported"
         for name in sorted((declared | mapped | exported) - (declared & mapped & exported))]
sys.exit("\n".join(wrong) or (0 if declared else "no function is declared"))
