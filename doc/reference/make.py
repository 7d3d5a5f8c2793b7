#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Makes the reference: the interface as the headers explain it, and the pages of doc/.

usage: make.py SOURCE_ROOT GENERATED_HEADERS OUTPUT PAGE...

Needs g-ir-scanner, gi-docgen and GLib-2.0.gir. Warnings of either program are errors.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from mentions import link_gir
from pages import title_of, to_reference

SCAN = ["g-ir-scanner", "--header-only", "--warn-all", "--namespace=Daxwin", "--nsversion=0",
        "--identifier-prefix=Daxwin", "--symbol-prefix=daxwin", "--include=GLib-2.0",
        "--pkg=glib-2.0", "--pkg-export=daxwin", "--c-include=daxwin/daxwin.h"]
# Of a type without a GType, which no language binding could use. We have none.
HARMLESS = re.compile(r".*Invalid non-constant return of bare structure or union.*\n")


def run(command):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            check=False)
    complaints = HARMLESS.sub("", result.stderr)
    if result.returncode != 0 or complaints:
        sys.exit(f"{command[0]} failed:\n{result.stdout}{complaints}")


def scan(root, generated, gir):
    headers = [*sorted(root.glob("include/daxwin/*.h")), generated / "daxwin/version.h"]
    run([*SCAN, f"-I{root}/include", f"-I{generated}", f"--output={gir}", *headers])


def write_pages(root, scratch, names, links):
    texts = {name: (root / "doc" / name).read_text(encoding="utf-8") for name in names}
    titles = {name: title_of(text) for name, text in texts.items()}
    for name, text in texts.items():
        (scratch / name).write_text(to_reference(text, links, titles), encoding="utf-8")
    pictures = sorted(root.glob("doc/pictures/*.svg"))
    for picture in pictures:
        shutil.copy(picture, scratch)
    return [picture.name for picture in pictures]


def write_configuration(root, scratch, names, pictures):
    version = re.search(r"version: '(.*)'", (root / "meson.build").read_text())[1]
    fixed = pathlib.Path(__file__).with_name("daxwin.toml").read_text(encoding="utf-8")
    path = scratch / "daxwin.toml"
    path.write_text(f"{fixed}\n[extra]\ncontent_files = {json.dumps(names)}\n"
                    f"content_images = {json.dumps(pictures)}\n".replace("@version@", version))
    return path


def tidy(output):
    """Takes out what the theme shows of things we have not, and adds our own style."""
    index = output / "index.html"
    text = re.sub(r"\s*<tr><td><em>\w+</em></td><td><a href=\"\"[^\n]*", "", index.read_text())
    index.write_text(re.sub(r"\s*<li><a href=\"classes_hierarchy[^\n]*", "", text))
    (output / "classes_hierarchy.html").unlink()
    with (output / "style.css").open("a") as style:
        style.write(pathlib.Path(__file__).with_name("more.css").read_text())


def make(root, generated, output, names, scratch):
    gir = scratch / "Daxwin-0.gir"
    scan(root, generated, gir)
    links = link_gir(gir)
    pictures = write_pages(root, scratch, names, links)
    options = ["--quiet", "--fatal-warnings", "-C",
               write_configuration(root, scratch, names, pictures)]
    run(["gi-docgen", "check", *options, gir])
    shutil.rmtree(output, ignore_errors=True)
    run(["gi-docgen", "generate", *options, "--no-namespace-dir", "--content-dir", scratch,
         "--output-dir", output, gir])
    tidy(output)


with tempfile.TemporaryDirectory() as folder:
    make(*map(pathlib.Path, sys.argv[1:4]), sys.argv[4:], pathlib.Path(folder))
