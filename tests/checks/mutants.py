#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Breaks the library on purpose, one way after the other, and shows which test notices.

usage: mutants.py SOURCE-ROOT [NAME-PART...]

Each mutant is one edit at one place of a copy of the tree. Ends with 1 if one survives."""
import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SECONDS_PER_TEST = 120
ARGUMENTS = {"scenario-model": ["--operations", "20000"], "scenario-stress": ["--seconds", "3"]}
ENVIRONMENT = {**os.environ, "CMOCKA_MESSAGE_OUTPUT": "tap", "G_DEBUG": "fatal-warnings"}


@dataclasses.dataclass
class Mutant:
    name: str
    file: str  # in lib/
    old: str  # found there exactly once
    new: str
    tests: str  # which should notice, the likeliest first


MUTANTS = [
    Mutant("no staging", "admission.c",
           "admitted->is_staged = !fails_early(fd, filesystem);",
           "admitted->is_staged = false;",
           "scenario-late-refusals"),
    Mutant("no check of huge pages", "admission.c",
           "if ((bits & (page - 1)) != 0) {", "if (false) {",
           "test-admission test-window"),
    Mutant("seals are harmless", "admission.c",
           "return has_harmless_seals(fd);", "return true;",
           "test-admission scenario-late-refusals"),
    Mutant("no parachute", "retreat.c",
           "if (saved_errno == ENOMEM) {\n        daxwin_parachute_open(",
           "if (false) {\n        daxwin_parachute_open(",
           "test-retreat"),
    Mutant("no guard markers", "retreat.c",
           "if (daxwin_host_guard(address_of(space, piece), (size_t)piece.length) == 0) {",
           "if (false) {",
           "test-retreat test-window"),
    Mutant("nothing is ever caught up", "window.c",
           "if (window->space.retreating.count > 0 || !window->space.parachute.is_armed) {",
           "if (false) {",
           "test-window"),
    Mutant("neighbours that go are not counted", "retreat.c",
           "*lost += !daxwin_range_covers(range, daxwin_mapping_range(&entry->mapping));",
           "*lost += 0;",
           "test-retreat"),
    Mutant("budget without an end", "budget.c",
           "if (own + growth > daxwin_budget_get_share(budget)) {\n        budget->refusals++;",
           "if (false) {\n        budget->refusals++;",
           "test-budget scenario-limits"),
    Mutant("limit without an end", "rules.c",
           "if (!is_roomy &&", "if (false &&",
           "test-rules test-window"),
    Mutant("batch without roll-back", "laying.c",
           "undo(work, first, error);", ";",
           "test-laying"),
    Mutant("roll-back forgets wholes", "laying.c",
           "daxwin_saving_list_wholes(work->saving, work->space);", ";",
           "test-laying"),
    Mutant("roll-back leaves new pieces", "laying.c",
           "bool is_away = take_away(work, laid, is_back ? &failure : NULL);",
           "bool is_away = laid < SIZE_MAX || take_away(work, laid, &failure);",
           "test-laying"),
    Mutant("roll-back puts nothing back", "saving.c",
           "if (!is_untouched(space, saved) && !move_back(space, saved, error)) {",
           "if (false && !is_untouched(space, saved) && !move_back(space, saved, error)) {",
           "test-saving"),
    Mutant("roll-back copies contained pages", "saving.c",
           "if (!is_contained) {", "if (true) {",
           "test-saving test-laying"),
    Mutant("hole stays open", "laying.c",
           "return (!touched || daxwin_mending_close_hole(work->space, range, error)) &&",
           "return (!touched || range.length > 0) &&",
           "test-laying"),
    Mutant("foreign memory is not remembered", "mending.c",
           "space->has_foreign = true;", ";",
           "test-mending"),
    Mutant("foreign memory is overwritten", "mending.c",
           "return !space->has_foreign || check_own(space, range, error);",
           "return range.length > 0 || check_own(space, range, error);",
           "test-mending"),
    Mutant("foreign memory dies with the window", "space.c",
           "if (!space->has_foreign) {", "if (true) {",
           "test-space"),
    Mutant("contain that always covers", "containment.c",
           "if (is_sigbus(saved_errno)) {", "if (true) {",
           "test-containment"),
    Mutant("contain that tries no store", "containment.c",
           "if (saved_errno == 0 && (entry->mapping.access & DAXWIN_ACCESS_WRITE) != 0) {",
           "if (false) {",
           "test-containment scenario-truncation"),
    Mutant("contain that spoils errno", "containment.c",
           "errno = kept_errno;", "(void)kept_errno;",
           "test-containment"),
    Mutant("contain that marks nothing", "containment.c",
           "*pages += daxwin_overlay_mark(&space->contained, range);", "*pages += 1;",
           "test-containment"),
    Mutant("sweep beyond the end at once", "containment.c",
           "if (saved_errno == 0 && covered == 0) {", "if (saved_errno == 0) {",
           "test-containment scenario-truncation"),
    Mutant("sweep that forgets where files ended", "containment.c",
           "if (bytes >= mapping->length) {", "if (true) {",
           "test-containment scenario-truncation"),
    Mutant("containment outlives an unmap", "space.c",
           "daxwin_overlay_unmark(&space->contained, range);", ";",
           "test-space test-window-memory"),
    Mutant("audit that is always right", "audit.c",
           "if (difference != NULL) {", "if (false) {",
           "test-audit"),
    Mutant("audit that knows no holes", "audit.c",
           "if (audit.difference == NULL && audit.cursor < audit.end) {", "if (false) {",
           "test-audit"),
    Mutant("split that loses the file offset", "mapping-private.h",
           ".file_offset = mapping->file_offset + (part.offset - mapping->window_offset),",
           ".file_offset = mapping->file_offset,",
           "test-mapping-table test-window"),
    Mutant("joining whatever the access", "mapping-private.h",
           "mapping->access == next->access;", "mapping->access != 0;",
           "test-laying"),
    Mutant("writable mapping that is read-only", "mapping.c",
           "return (access & DAXWIN_ACCESS_WRITE) != 0 ? PROT_READ | PROT_WRITE : PROT_READ;",
           "return access != 0 ? PROT_READ : PROT_NONE;",
           "test-mapping test-window"),
    Mutant("no alignment check", "range.c",
           "return (number & (daxwin_host_get_page_size() - 1)) == 0;", "return number <= UINT64_MAX;",
           "test-range test-window"),
    Mutant("no overflow check", "range.c",
           "if (!daxwin_checked_add(range->offset, range->length, &end)) {",
           "end = range->offset + range->length;\n    if (false) {",
           "test-range test-window"),
    Mutant("leaf that loses a slot", "table-leaf.c",
           "leaf->slots[leaf->count] = slot;\n}", "}",
           "test-table-leaf test-mapping-table"),
    Mutant("search that stops short", "table-leaf.h",
           "return index + (leaf->ends[index] <= last);", "return index;",
           "test-table-leaf test-mapping-table"),
    Mutant("strict map that overlaps", "rules.c",
           "if (entry != NULL) {\n            set_overlap(",
           "if (false) {\n            set_overlap(",
           "test-rules test-window"),
    Mutant("strict unmap of a part", "window.c",
           "daxwin_rules_check_exact(&window->space.table, *range, error));", "true);",
           "test-window"),
    Mutant("unmap that leaves the list", "retreat.c",
           "(void)daxwin_space_unlist(space, range);\n        return true;", "return true;",
           "test-retreat test-window"),
    Mutant("clear that leaves the kernel", "window.c",
           "if (daxwin_retreat_run(&window->space, daxwin_window_range(window), "
           "&window->usage.lost,\n                           error)) {",
           "if (daxwin_space_unlist(&window->space, daxwin_window_range(window)) < SIZE_MAX) {",
           "test-window"),
    Mutant("restore with another protection", "retreat.c",
           "space->reservation.protection);", "PROT_READ);",
           "test-retreat test-window"),
    Mutant("lock that does not lock", "lock.h",
           "int expected = DAXWIN_LOCK_FREE;\n",
           "int expected = DAXWIN_LOCK_FREE;\n\n    return;\n",
           "test-lock scenario-stress"),
]


def failed_case(output):
    found = re.search(r"^not ok \d+ - (\S+)", output, re.M)
    return found.group(1) if found else "it ended early"


def complaint_of(build, test):
    """What @test has to say against the library, or None."""
    try:
        done = subprocess.run([build / "tests" / test, *ARGUMENTS.get(test, [])], env=ENVIRONMENT,
                              capture_output=True, timeout=SECONDS_PER_TEST, check=False)
    except subprocess.TimeoutExpired:
        return "it hung"
    return None if done.returncode == 0 else failed_case(done.stdout.decode(errors="replace"))


def build_tests(build, tests):
    done = subprocess.run(["ninja", "-C", build, *(f"tests/{test}" for test in tests)],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"cannot build {' '.join(tests)}:\n{done.stdout}")


def first_complaint(build, tests):
    """Which of @tests notices first, and what."""
    build_tests(build, tests)
    for test in tests:
        complaint = complaint_of(build, test)
        if complaint is not None:
            return f"{test}: {complaint}"
    return None


def try_mutant(tree, build, mutant):
    path = tree / "lib" / mutant.file
    original = path.read_text()
    if original.count(mutant.old) != 1:
        sys.exit(f"{mutant.name}: lib/{mutant.file} has {original.count(mutant.old)} places like\n"
                 f"{mutant.old}")
    path.write_text(original.replace(mutant.old, mutant.new))
    try:
        return first_complaint(build, mutant.tests.split())
    finally:
        path.write_text(original)


def prepare(root, scratch):
    """A copy of the tree and its build folder."""
    tree = scratch / "tree"
    shutil.copytree(root, tree, ignore=shutil.ignore_patterns("build*", ".git", "b"))
    build = scratch / "build"
    subprocess.run(["meson", "setup", "-Dtests=enabled", "-Dexamples=disabled", build, tree],
                   stdout=subprocess.DEVNULL, check=True)
    return tree, build


def main(root, parts):
    chosen = [mutant for mutant in MUTANTS
              if not parts or any(part in mutant.name for part in parts)]
    survivors = 0
    with tempfile.TemporaryDirectory(prefix="mutants-") as scratch:
        tree, build = prepare(root, pathlib.Path(scratch))
        complaint = first_complaint(build, sorted({test for mutant in chosen
                                                   for test in mutant.tests.split()}))
        if complaint is not None:
            sys.exit(f"the library as it is does not pass: {complaint}")
        for mutant in chosen:
            complaint = try_mutant(tree, build, mutant)
            survivors += complaint is None
            print(f"{mutant.name:40} {complaint or 'SURVIVED'}", flush=True)
    print(f"{len(chosen) - survivors} passed, {survivors} failed")
    return 1 if survivors > 0 else 0


sys.exit(main(pathlib.Path(sys.argv[1]), sys.argv[2:]))
