#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Prints what failed or was skipped, with what was said about it: failures.py testlog.json"""
import json
import re
import sys

with open(sys.argv[1], encoding="utf-8") as log:
    entries = [json.loads(line) for line in log]
for entry in entries:
    output = entry.get("stdout", "")
    wrong = re.findall(r"^not ok.*(?:\n#.*)*|^# skipped.*\n.*|^ok.*# SKIP.*", output, re.M)
    if entry["result"] == "FAIL" and not wrong:
        wrong = output.splitlines()[-5:]
    for text in wrong:
        print(f"{entry['name']}: {text}")
