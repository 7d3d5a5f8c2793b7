#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The reference is made without a warning, has a page for all there is, and no dead link.

Skipped (77) where the programs that make it are missing.
"""
import html.parser
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.parse

SKIPPED = 77
GIR = "gir-1.0/GLib-2.0.gir"


class Page(html.parser.HTMLParser):
    """What a page links to, and where in it others may."""

    def __init__(self, path):
        super().__init__()
        self.targets, self.anchors = set(), set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name == "id" or (tag == "a" and name == "name"):
                self.anchors.add(value)
            elif name in ("href", "src") and value is not None:
                self.targets.add(value)


def is_near(target):
    return target != "" and not urllib.parse.urlsplit(target).scheme


def dead_links(folder):
    pages = {path.name: Page(path) for path in folder.glob("*.html")}
    for name, page in sorted(pages.items()):
        for target in filter(is_near, page.targets):
            file, _, anchor = urllib.parse.unquote(target).partition("#")
            if not (folder / (file or name)).exists():
                yield f"{name}: {target} leads nowhere"
            elif anchor and anchor not in pages[file or name].anchors:
                yield f"{name}: {target}: there is no such place"


def left_out(root, folder):
    """Functions of the library that no page declares."""
    text = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.html")
                   if re.match(r"(func|method|type_func)\.", path.name))
    declared = set(re.findall(r"(daxwin_\w+) \(\n", re.sub(r"<[^>]*>", "", text)))
    exported = re.findall(r"^\s+(daxwin_\w+);", (root / "lib/libdaxwin.map").read_text(), re.M)
    return [f"{name} has no page" for name in exported if name not in declared]


def unlisted_pages(root):
    listed = (root / "doc/meson.build").read_text()
    return [f"doc/meson.build does not list {path.name}" for path in root.glob("doc/*.md")
            if f"'{path.name}'" not in listed]


def reason_to_skip():
    for tool in ("g-ir-scanner", "gi-docgen"):
        if shutil.which(tool) is None:
            return f"there is no {tool} here"
    return "" if pathlib.Path("/usr/share", GIR).exists() else f"there is no {GIR} here"


root, generated = map(pathlib.Path, sys.argv[1:3])
wrong = unlisted_pages(root)
reason = reason_to_skip()
if reason and not wrong:
    print(f"not checked: {reason}")
    sys.exit(SKIPPED)
pages = re.findall(r"^  '([\w-]+\.md)',$", (root / "doc/meson.build").read_text(), re.M)
with tempfile.TemporaryDirectory() as scratch:
    output = pathlib.Path(scratch, "reference")
    made = subprocess.run([sys.executable, root / "doc/reference/make.py", root, generated, output,
                           *pages], stderr=subprocess.PIPE, text=True, check=False)
    if made.returncode != 0:
        sys.exit(made.stderr)
    wrong += [*dead_links(output), *left_out(root, output)]
    print(f"{len(list(output.glob('*.html')))} pages")
sys.exit("\n".join(wrong) or 0)
