# SPDX-License-Identifier: BSD-3-Clause
"""Processes of this machine that a case starts, each with a log, and ends by its number."""
import pathlib
import re
import signal
import subprocess

import waiting


class Child:
    """A running program. Leaving its context kills it."""

    def __init__(self, name, command, log):
        self.name = name
        self.log = pathlib.Path(log)
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output,
                                            stderr=subprocess.STDOUT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def is_alive(self):
        return self.process.poll() is None

    def how_it_ended(self):
        status = self.process.poll()
        if status is None:
            return "is alive"
        if status < 0:
            return f"died of {signal.Signals(-status).name}"
        return f"exited with status {status}"

    def wait_for_socket(self, path, seconds=20):
        """Waits until it listens at a path; if it ends instead, that is an error."""
        waiting.until(lambda: path.exists() or not self.is_alive(), seconds, f"a socket {path}")
        if not self.is_alive():
            raise ChildProcessError(f"{self.name} {self.how_it_ended()} instead of listening")

    def wait(self, seconds):
        """Its exit status; one that does not end in time is an error."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"{self.name} did not end within {seconds} seconds") from None

    def kill(self):
        if self.is_alive():
            self.process.kill()
        self.process.wait()

    def address_space(self):
        """How many bytes of addresses it has taken."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"^VmSize:\s+(\d+) kB", status, re.M)[1]) * 1024

    def last_lines(self, count=30):
        lines = self.log.read_text(errors="replace").replace("\r", "").splitlines()
        return lines[-count:]
