#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Only lib/host.c calls the kernel: tests can make any system call fail by replacing it."""
import pathlib
import re
import sys

CALLS = re.compile(r"\b(mmap|munmap|mremap|mprotect|madvise|msync|fstat|fstatfs|fcntl|open|openat"
                   r"|fopen|read|pread|write|pwrite|close|ioctl|sysconf|syscall)(?:64)?\(")

wrong = []
for path in sorted(pathlib.Path(sys.argv[1]).glob("lib/*.[ch]")):
    if path.name == "host.c":
        continue
    code = re.sub(r"/\*.*?\*/|\"(?:[^\"\\]|\\.)*\"", "", path.read_text(), flags=re.S)
    wrong += [f"{path.name} calls {name}()" for name in CALLS.findall(code)]
sys.exit("\n".join(wrong) or 0)
