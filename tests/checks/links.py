#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Every link of the documentation leads somewhere: to a file of the tree, and a heading in it."""
import pathlib
import re
import sys

from tree import project_files

LINK = re.compile(r"\[[^]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"^```.*?^```$|^    .*?$|`[^`\n]*`", re.M | re.S)
FAR = ("https://", "mailto:")


def slug(heading):
    """The anchor that is made of a heading by those who show these pages."""
    words = re.sub(r"[^\w\- ]", "", re.sub(r"[`*]", "", heading).strip().lower())
    return words.replace(" ", "-")


def anchors_of(page):
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    return {slug(heading) for heading in re.findall(r"^#+ (.*)$", text, re.M)}


def complaint(root, page, link):
    target, _, anchor = link.partition("#")
    path = (page.parent / target).resolve() if target else page
    if not path.is_relative_to(root) or not path.exists():
        return f"{page.relative_to(root)}: {link} leads nowhere"
    if anchor and path.suffix == ".md" and anchor not in anchors_of(path):
        return f"{page.relative_to(root)}: {link}: there is no such heading"
    return ""


root = pathlib.Path(sys.argv[1]).resolve()
links = [(page, link) for page in project_files(root) if page.suffix == ".md"
         for link in LINK.findall(CODE.sub("", page.read_text(encoding="utf-8")))
         if not link.startswith(FAR)]
wrong = [complaint(root, page, link) for page, link in links]
print(f"{len(links)} links")
sys.exit("\n".join(filter(None, wrong)) or (0 if links else "there is none"))
