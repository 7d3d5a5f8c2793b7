# SPDX-License-Identifier: BSD-3-Clause
"""A process of the guest that keeps a file open and mapped, and tells what it sees of it."""
import re

import stamped
import waiting

PAGES = 1000
LINE = re.compile(r"(mapped|read) sound (\d+) zero (\d+) other (\d+) lost (\d+)\n")


def hold(stage):
    """Has a process of the guest keep a file open and mapped; it has seen all of it."""
    stamped.write(stage.share / "held", 7, PAGES)
    job = stage.guest.start("pages hold /mnt/held 7")
    for seen in looks(job, 1)[0].values():
        if seen["sound"] != PAGES:
            raise AssertionError(f"of {PAGES} pages the guest sees {seen}")
    return job


def looks(job, count):
    """What the process saw each time: how many pages of which kind, mapped and read."""
    waiting.until(lambda: len(LINE.findall(job.output())) >= 2 * count, 60,
                  f"look {count} of '{job.command}'")
    seen = [(how, dict(zip(("sound", "zero", "other", "lost"), map(int, counts))))
            for how, *counts in LINE.findall(job.output())]
    return [dict(seen[i:i + 2]) for i in range(0, len(seen), 2)]


def look_again(stage, job):
    """What the process sees now."""
    n_before = len(looks(job, 1))
    job.signal("USR1")
    seen = looks(job, n_before + 1)[-1]
    stage.facts += [f"{how} {counts}" for how, counts in seen.items()]
    return seen


def check_nothing_is_seen(stage, job):
    """Whatever the process sees now, it is not what is in the file."""
    for how, seen in look_again(stage, job).items():
        if seen["sound"] != 0:
            raise AssertionError(f"{how}, the guest still sees {seen['sound']} pages")
