# SPDX-License-Identifier: BSD-3-Clause
"""What the scripts have prepared: the programs, and a place for big files."""
import argparse
import contextlib
import dataclasses
import pathlib
import tempfile


@dataclasses.dataclass
class Tools:
    qemu: str
    daemon: str
    kernel: str
    initramfs: str
    place: pathlib.Path  # for big files, on a disk


def add_options(parser):
    """Options that the scripts give, not users."""
    for name in "qemu", "daemon", "kernel", "initramfs", "place":
        parser.add_argument(f"--{name}", help=argparse.SUPPRESS)


@contextlib.contextmanager
def prepared(options):
    """The tools, with a folder for the big files that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="run-", dir=options.place) as place:
        yield Tools(options.qemu, options.daemon, options.kernel, options.initramfs,
                    pathlib.Path(place))
