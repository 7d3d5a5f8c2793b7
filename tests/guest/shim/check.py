#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Has a back-end do all it can to a QEMU without a guest: check.py QEMU [CASE...]"""
import contextlib
import sys
import time
import traceback

import scene
from cases import faults, hostile, life, serving  # noqa: F401, they fill the list


def passes(qemu, case):
    start = time.monotonic()
    with contextlib.ExitStack() as stack:
        stage = scene.Scene(qemu, stack)
        try:
            case(stage)
            stage.check()
        except Exception:  # whatever it is, the case has failed
            traceback.print_exc(file=sys.stdout)
            print(stage.machine.messages())
            print(f"FAIL {case.__name__}", flush=True)
            return False
    print(f"PASS {case.__name__} ({time.monotonic() - start:.1f} s)", flush=True)
    return True


def main():
    qemu, *names = sys.argv[1:]
    chosen = [case for case in scene.CASES if not names or case.__name__ in names]
    results = [passes(qemu, case) for case in chosen]
    print(f"{results.count(True)} passed, {results.count(False)} failed")
    return 0 if results and all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
