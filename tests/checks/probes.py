#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The built library has the probes of doc/tracing.md, each a nop; or none, where it is built so."""
import pathlib
import re
import subprocess
import sys

PROBE = re.compile(r"Provider: daxwin\s+Name: (\w+)\s+Location: (0x[0-9a-f]+),.*\s+Arguments: (.*)")
ROW = re.compile(r"^\| `(\w+)` \| ([^|]*) \|", re.M)


def documented_in(page):
    """How many numbers each probe has."""
    return {name: len(re.findall(r"`\w+`", numbers)) for name, numbers in ROW.findall(page)}


def output_of(*command):
    return subprocess.check_output(command, text=True)


def is_nop(library, location):
    end = hex(int(location, 16) + 1)
    listing = output_of("objdump", "-d", "--no-show-raw-insn", f"--start-address={location}",
                        f"--stop-address={end}", library)
    return re.search(rf"^\s*{int(location, 16):x}:\s+nop", listing, re.M) is not None


def complaints(library, wanted):
    found = PROBE.findall(output_of("readelf", "-n", library))
    for name in wanted.keys() ^ {name for name, _, _ in found}:
        yield f"{name} is {'not in the library' if name in wanted else 'not documented'}"
    for name, location, numbers in found:
        if len(numbers.split()) != wanted.get(name, 0):
            yield f"{name} has the numbers {numbers}, but {wanted.get(name, 0)} are documented"
        if not is_nop(library, location):
            yield f"{name} is no nop, at {location} of {library}"


root, library, is_with_usdt = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "1"
documented = documented_in((root / "doc/tracing.md").read_text())
if not documented:
    sys.exit("doc/tracing.md has no table of probes")
wrong = list(complaints(library, documented if is_with_usdt else {}))
sys.exit("\n".join(wrong) or 0)
