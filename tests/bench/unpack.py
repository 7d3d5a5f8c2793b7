#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Prints what is in a file of gzip, which not every system has a program for."""
import gzip
import shutil
import sys

with gzip.open(sys.argv[1]) as packed:
    shutil.copyfileobj(packed, sys.stdout.buffer)
