#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The library's binary interface is that of libdaxwin.abi; with --renew it is written down anew.

The library is built here once more, without optimization and with debug information, so that it
does not matter how the rest is built. Private structures are left out, and the architecture is
not looked at: whatever the public ones hold has the same size on all 64-bit hosts. 32-bit hosts
would need a baseline of their own; there the check is skipped (77), as without abigail-tools.
The baseline itself always comes from gcc, so that renewing it shows nothing but real changes.

usage: abi.py ROOT COMPILER... | abi.py ROOT --renew
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
BASELINE = pathlib.Path(__file__).parent / "libdaxwin.abi"
DUMP = ["abidw", "--drop-private-types", "--exported-interfaces-only", "--type-id-style", "hash",
        "--no-architecture", "--no-corpus-path", "--no-comp-dir-path", "--no-elf-needed",
        "--no-parameter-names", "--no-show-locs"]
COMPARE = ["abidiff", "--no-architecture", "--fail-no-debug-info"]
ERRORS = 1 | 2    # bits of abidiff's exit status
CHANGED = 4
INCOMPATIBLE = 8
RENEW = "renew the baseline with: sh tests/run renew-abi"


def quietly(command, **options):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            check=False, **options)
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{result.stdout}")


def build(root, folder, compiler):
    environment = {**os.environ, "CC": " ".join(compiler)}
    for flags in ("CFLAGS", "CPPFLAGS", "LDFLAGS"):
        environment.pop(flags, None)
    quietly(["meson", "setup", "--buildtype=debug", "-Ddefault_library=shared", "-Dtests=disabled",
             "-Dexamples=disabled", "-Ddoc=disabled", folder, root], env=environment)
    quietly(["ninja", "-C", folder])
    return next(pathlib.Path(folder, "lib").glob("libdaxwin.so.*.*"))


def dump(root, folder, library):
    """The interface as XML, in which source files are named as from the root."""
    headers = ["--headers-dir", root / "include/daxwin",
               "--header-file", pathlib.Path(folder, "include/daxwin/version.h")]
    text = subprocess.check_output([*DUMP, *headers, library], text=True)
    return re.sub(r" path='[^']*?/(lib/[^'/]*)'", r" path='\1'", text)


def compare(dumped):
    result = subprocess.run([*COMPARE, BASELINE, dumped], stdout=subprocess.PIPE, text=True,
                            check=False)
    if result.returncode & ERRORS:
        sys.exit(f"abidiff failed:\n{result.stdout}")
    if result.returncode & INCOMPATIBLE:
        sys.exit(f"{result.stdout}programs that use the library would break, see "
                 f"doc/contributing.md; if that is meant, {RENEW}")
    if result.returncode & CHANGED:
        sys.exit(f"{result.stdout}if that is meant, {RENEW}")


def renew(dumped):
    if BASELINE.exists() and BASELINE.read_text() == dumped.read_text():
        print(f"{BASELINE.name} is up to date")
        return
    shutil.copyfile(dumped, BASELINE)
    print(f"{BASELINE.name} is renewed: look at its changes, and commit them")


def reason_to_skip():
    if shutil.which("abidw") is None or shutil.which("abidiff") is None:
        return "there is no abidw or no abidiff here; Debian has both in abigail-tools"
    return "" if sys.maxsize > 2**32 else "the baseline is that of 64-bit hosts"


root = pathlib.Path(sys.argv[1]).resolve()
is_renewal = sys.argv[2:] == ["--renew"]
compiler = ["gcc"] if is_renewal else sys.argv[2:]
reason = reason_to_skip()
if reason:
    print(f"not checked: {reason}")
    sys.exit(SKIPPED)
with tempfile.TemporaryDirectory() as scratch:
    dumped = pathlib.Path(scratch, "libdaxwin.abi")
    dumped.write_text(dump(root, scratch, build(root, scratch, compiler)))
    if is_renewal:
        renew(dumped)
    else:
        compare(dumped)
