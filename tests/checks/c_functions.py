# SPDX-License-Identifier: BSD-3-Clause
"""The function definitions of a C file in the house style: each brace alone in column 0."""
import dataclasses
import re


@dataclasses.dataclass
class Function:
    name: str
    result: str  # its type
    first_line: int  # the line of its name, from 1
    length: int  # lines from its name to its closing brace
    body: str


def name_line(lines, brace):
    """The line before the opening brace that starts in column 0 with the name."""
    start = brace - 1
    while start > 0 and not re.match(r"\w+\(", lines[start]):
        start -= 1
    return start


def functions_of(text):
    lines = text.split("\n")
    found = []
    for brace, line in enumerate(lines):
        if line != "{":
            continue
        start = name_line(lines, brace)
        end = lines.index("}", brace)
        found.append(Function(lines[start].split("(")[0], lines[start - 1].strip(), start + 1,
                              end - start + 1, "\n".join(lines[brace:end + 1])))
    return found
