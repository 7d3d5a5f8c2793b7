#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Prints the name and command of each unit test and scenario: list-tests.py BUILD-FOLDER"""
import json
import subprocess
import sys

SUITES = {"libdaxwin:unit", "libdaxwin:scenario"}

build = sys.argv[1]
for test in json.loads(subprocess.check_output(["meson", "introspect", "--tests", build])):
    if SUITES & set(test["suite"]):
        program = next(i for i, word in enumerate(test["cmd"]) if word.startswith(build))
        print(test["name"], *test["cmd"][program:])
