#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Every public function, type, member and field has a comment that says all it must."""
import pathlib
import re
import sys

COMMENT = re.compile(r"/\*\*\n \* (\w+):\n(.*?)\*/", re.S)
FUNCTION = re.compile(r"DAXWIN_AVAILABLE_IN_\d+_\d+\s+([^;(]*?)\b(daxwin_\w+)\(([^;]*)\);")
CALLBACK = re.compile(r"typedef ([^;{(]*)\(\*(\w+)\)\(([^;]*)\);")
ENUM = re.compile(r"typedef enum \{([^}]*)\} (\w+);")
STRUCT = re.compile(r"typedef struct \{([^}]*)\} (\w+);")
OPAQUE = re.compile(r"typedef struct \w+ (\w+);")


def last_words(declarators):
    """The names in "const char *name, uint64_t numbers[2]", one for each comma."""
    without_arrays = re.sub(r"\[[^]]*\]", "", declarators)
    return [re.findall(r"\w+", part)[-1] for part in without_arrays.split(",") if part.strip()]


def parameters(text):
    return [] if text.strip() == "void" else last_words(text)


def members(text):
    return re.findall(r"^\s*(\w+)\s*(?:=|,|$)", text.replace(",", ",\n"), re.M)


def fields(text):
    return [name for line in text.split(";") for name in last_words(line)]


def declarations(code):
    """Yields (name, the words after @ its comment must explain, whether it returns a value)."""
    for result, name, arguments in FUNCTION.findall(code) + CALLBACK.findall(code):
        yield name, parameters(arguments), result.strip() != "void"
    for body, name in ENUM.findall(code):
        yield name, members(body), False
    for body, name in STRUCT.findall(code):
        yield name, fields(body), False
    for name in OPAQUE.findall(code):
        yield name, [], False


def complaints(name, wanted, has_result, comment):
    if comment is None:
        return [f"{name} has no comment"]
    explained = re.findall(r"^ \* @(\w+):", comment, re.M)
    prose = re.findall(r"^ \* [^@ ].*", re.sub(r"^ \* (Returns|Since):.*", "", comment, flags=re.M),
                       re.M)
    wrong = [f"{name} does not explain @{word}" for word in wanted if word not in explained]
    wrong += [f"{name} explains @{word}, which it has not" for word in explained
              if word not in wanted]
    if has_result != bool(re.search(r"^ \* Returns: \S", comment, re.M)):
        wrong.append(f"{name}: a 'Returns:' line is {'missing' if has_result else 'too many'}")
    if not re.search(r"^ \* Since: \d+\.\d+$", comment, re.M):
        wrong.append(f"{name} has no 'Since:' line")
    if not prose:
        wrong.append(f"{name} does not say what it is")
    return wrong


wrong = []
count = 0
for path in sorted(pathlib.Path(sys.argv[1]).glob("include/daxwin/*.h*")):
    text = path.read_text()
    comments = dict(COMMENT.findall(text))
    code = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    for name, wanted, has_result in declarations(code):
        count += 1
        wrong += [f"{path.name}: {line}"
                  for line in complaints(name, wanted, has_result, comments.get(name))]
print(f"{count} declarations")
sys.exit("\n".join(wrong) or (0 if count > 0 else "no declaration was found"))
