# SPDX-License-Identifier: BSD-3-Clause
"""Commands for the guest, sent over a serial port to the loop in init."""
import re
import shlex
import time

import qmp
import waiting

BOOT_SECONDS = 120
COMMAND_SECONDS = 60


class GuestError(Exception):
    """A command of the guest failed."""


class Guest:
    def __init__(self, path):
        self.path = path
        self.connection = waiting.until(lambda: qmp.connect(path), 20, f"a serial port at {path}")
        self.text = ""
        self.number = 0
        self.transcript = []

    def close(self):
        self.connection.close()

    def wait_until_ready(self):
        self.expect(r"^=== ready\n", BOOT_SECONDS, "the guest is ready")

    def run(self, command, seconds=COMMAND_SECONDS):
        """What the command prints; a status other than 0 is an error."""
        status, output = self.attempt(command, seconds)
        if status != 0:
            raise GuestError(f"'{command}' failed in the guest, status {status}: {output.strip()}")
        return output

    def attempt(self, command, seconds=COMMAND_SECONDS, is_noted=True):
        """The status of a command and what it prints."""
        self.send(command, is_noted)
        match = self.expect(rf"\n=== {self.number} (\d+)\n", seconds, f"the end of '{command}'")
        output = match.string[:match.start()]
        if is_noted:
            self.transcript += output.splitlines()
        return int(match[1]), output

    def send(self, command, is_noted=True):
        """Has a command run, and waits for nothing."""
        self.number += 1
        if is_noted:
            self.transcript.append(f"> {command}")
        self.connection.settimeout(COMMAND_SECONDS)
        self.connection.sendall(f"{self.number} {command}\n".encode())

    def start(self, command):
        """A command that runs beside others."""
        return Job(self, command)

    def forget(self):
        """Drops what has come."""
        self.connection.setblocking(False)
        try:
            while self.connection.recv(65536):
                pass
        except BlockingIOError:
            pass
        self.text = ""

    def expect(self, pattern, seconds, what):
        """The match of a pattern in what has come. It and all before are then forgotten."""
        last = time.monotonic() + seconds
        while (match := re.search(pattern, self.text, re.M)) is None:
            self.text += self.receive(last, what)
        self.text = self.text[match.end():]
        return match

    def receive(self, last, what):
        self.connection.settimeout(max(last - time.monotonic(), 0.001))
        try:
            piece = self.connection.recv(65536)
        except TimeoutError:
            raise TimeoutError(f"the guest did not answer in time with {what}; so far it printed "
                               f"'{self.text[-500:]}'") from None
        if not piece:
            raise ConnectionError(f"QEMU closed the serial port instead of bringing {what}")
        return piece.decode(errors="replace").replace("\r", "")


class Job:
    """A command in the background, which may be sent signals."""

    def __init__(self, guest, command):
        self.guest = guest
        self.command = command
        self.place = f"/tmp/job-{guest.number}"
        script = (f"(exec {command}) >{self.place}.output 2>&1 & echo $! >{self.place}.pid; "
                  f"wait $!; echo $? >{self.place}.status")
        guest.run(f"sh -c {shlex.quote(script)} >/dev/null 2>&1 & "
                  f"while ! [ -s {self.place}.pid ]; do usleep 10000; done")

    def output(self):
        return self.guest.attempt(f"cat {self.place}.output", is_noted=False)[1]

    def wait_for_output(self, pattern, seconds=COMMAND_SECONDS):
        waiting.until(lambda: re.search(pattern, self.output()), seconds,
                      f"'{pattern}' in the output of '{self.command}'")
        return re.search(pattern, self.output())

    def signal(self, name):
        self.guest.run(f"kill -{name} $(cat {self.place}.pid)")

    def is_running(self):
        return self.guest.attempt(f"[ -s {self.place}.status ]", is_noted=False)[0] != 0

    def wait(self, seconds=COMMAND_SECONDS):
        """What it printed; a status other than 0 is an error."""
        waiting.until(lambda: not self.is_running(), seconds, f"the end of '{self.command}'")
        status = int(self.guest.run(f"cat {self.place}.status"))
        if status != 0:
            raise GuestError(f"'{self.command}' failed in the guest, status {status}: "
                             f"{self.output().strip()}")
        return self.output()

    def stop(self, seconds=COMMAND_SECONDS):
        self.signal("TERM")
        return self.wait(seconds)
