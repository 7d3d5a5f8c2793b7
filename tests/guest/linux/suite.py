#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs the cases on a Linux guest. The last line counts them."""
import argparse
import fnmatch
import signal
import sys
import time

import catalogue
import stage
import tools
from cases import reading, running, writing, moving, load, life, faults  # noqa: F401, fill it


def parse(words):
    parser = argparse.ArgumentParser(
        prog="sh tests/run guest", description="Boots a Linux guest for each case and uses "
        "a virtio-fs device with a DAX window in it.")
    parser.add_argument("pattern", nargs="*", default=["*"],
                        help="which cases, as the shell matches names; all without it")
    parser.add_argument("--list", action="store_true", help="name the cases and what they are for")
    parser.add_argument("--no-window", action="store_true",
                        help="leave the window out, to see whether a failure is its fault")
    tools.add_options(parser)
    return parser.parse_intermixed_args(words)


def chosen(patterns):
    cases = [case for case in catalogue.CASES
             if any(fnmatch.fnmatch(case.name, pattern) for pattern in patterns)]
    if not cases:
        sys.exit(f"no case is called {' or '.join(patterns)}; --list names them")
    return cases


def show_failure(error, logs):
    print(f"  {type(error).__name__}: {error}")
    for name, lines in logs.items():
        print(f"  --- {name}")
        for line in lines:
            print(f"  | {line}")


def perform(case, tools, cache):
    """Whether the case passes; what it found out is said here."""
    start = time.monotonic()
    with stage.Stage(tools, cache) as scene:
        try:
            case.run(scene)
            scene.check_window()
        except (Exception, KeyboardInterrupt) as error:
            show_failure(error, scene.logs())
            print(f"FAIL {case.name}", flush=True)
            if isinstance(error, KeyboardInterrupt):
                raise
            return False
        facts = ", ".join(scene.all_facts())
    print(f"PASS {case.name} ({time.monotonic() - start:.1f} s{'; ' if facts else ''}{facts})",
          flush=True)
    return True


def run_all(cases, tools, has_no_window):
    count = {"passed": 0, "failed": 0, "skipped": 0}
    for case in cases:
        if has_no_window and case.needs_window:
            print(f"SKIP {case.name}: needs a window")
            count["skipped"] += 1
            continue
        print(f"---- {case.name}: {case.purpose}", flush=True)
        good = perform(case, tools, None if has_no_window else case.cache)
        count["passed" if good else "failed"] += 1
    skipped = f", {count['skipped']} skipped" if count["skipped"] else ""
    print(f"{count['passed']} passed, {count['failed']} failed{skipped}")
    return 0 if count["failed"] == 0 and count["passed"] > 0 else 1


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that all is cleaned up
    options = parse(sys.argv[1:])
    cases = chosen(options.pattern)
    if options.list:
        for case in cases:
            print(f"{case.name:18} {case.purpose}")
        return 0
    with tools.prepared(options) as prepared:
        return run_all(cases, prepared, options.no_window)


if __name__ == "__main__":
    sys.exit(main())
