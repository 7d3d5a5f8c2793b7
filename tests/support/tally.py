#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Counts the test cases in a log of meson test: tally.py testlog.json"""
import collections
import json
import re
import sys

GOOD = {"OK", "EXPECTEDFAIL"}
RESULT_LINE = re.compile(r"^(not )?ok\b.*?(# SKIP\b.*)?$", re.M | re.I)
SKIPPED_CASE = re.compile(r"^# skipped: ", re.M)  # see tests/support/testing.h


def count_cases(output):
    """Passed, failed and skipped cases of a TAP stream, or None if it is none."""
    if not re.search(r"^1\.\.\d+", output, re.M):
        return None
    count = collections.Counter()
    for is_bad, is_skipped in RESULT_LINE.findall(output):
        count["skipped" if is_skipped else "failed" if is_bad else "passed"] += 1
    silent_skips = len(SKIPPED_CASE.findall(output))
    count["skipped"] += silent_skips
    count["passed"] -= silent_skips
    return count


def count_test(entry):
    result = entry["result"]
    count = count_cases(entry.get("stdout", ""))
    if count is None:
        verdict = "passed" if result in GOOD else "skipped" if result == "SKIP" else "failed"
        return collections.Counter({verdict: 1})
    if result not in GOOD | {"SKIP"} and count["failed"] == 0:
        count["failed"] += 1  # it crashed, hung or broke its own plan
    return count


total = collections.Counter()
with open(sys.argv[1], encoding="utf-8") as log:
    for line in log:
        total += count_test(json.loads(line))
skipped = f", {total['skipped']} skipped" if total["skipped"] > 0 else ""
print(f"{total['passed']} passed, {total['failed']} failed{skipped}")
sys.exit(0 if total["failed"] == 0 and total["passed"] > 0 else 1)
