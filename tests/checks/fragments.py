#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Each piece of C in the documentation compiles: what stands between ```c and ```.

A piece with an #include is a whole program. One in which a line is a mere "{" consists of whole
functions. Any other is the inside of one. The last two are compiled behind fragments.h. Pieces
that need the headers of another project are fenced with its name: ```c-qemu.
"""
import re
import sys

from compiling import compiler_output
from tree import project_files

PIECE = re.compile(r"^```c\n(.*?)^```$", re.M | re.S)


def whole(piece):
    if re.search(r"^#include", piece, re.M):
        return piece
    if re.search(r"^\{$", piece, re.M):
        return f'#include "fragments.h"\n{piece}'
    return f'#include "fragments.h"\nvoid fragment(void);\nvoid fragment(void)\n{{\n{piece}}}\n'


def pieces_of(page):
    text = page.read_text(encoding="utf-8")
    for found in PIECE.finditer(text):
        yield text.count("\n", 0, found.start()) + 2, found[1]


root, generated, *compiler = sys.argv[1:]
flags = ["-std=gnu11", "-D_GNU_SOURCE", "-Wall", "-Werror", "-Wno-unused", f"-I{root}/include",
         f"-I{generated}", f"-I{root}/tests/checks"]
count = 0
wrong = []
for page in (path for path in project_files(root) if path.suffix == ".md"):
    for line, piece in pieces_of(page):
        count += 1
        is_good, output = compiler_output(compiler, flags, whole(piece))
        if not is_good:
            wrong.append(f"{page}:{line}:\n{output}")
print(f"{count} pieces of C")
sys.exit("\n".join(wrong) or (0 if count > 0 else "there is none"))
