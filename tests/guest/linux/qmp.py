# SPDX-License-Identifier: BSD-3-Clause
"""QEMU's monitor: commands, and the events that come between the answers."""
import json
import socket
import time

import waiting

ANSWER_SECONDS = 20


class QmpError(Exception):
    """QEMU refused a command."""


class Qmp:
    def __init__(self, path):
        self.socket = waiting.until(lambda: connect(path), ANSWER_SECONDS, f"a monitor at {path}")
        self.buffer = b""
        self.events = []
        self.receive(time.monotonic() + ANSWER_SECONDS)
        self.command("qmp_capabilities")

    def close(self):
        self.socket.close()

    def command(self, name, seconds=ANSWER_SECONDS, **arguments):
        """What QEMU returns. Events that come first are kept."""
        request = {"execute": name, "arguments": arguments}
        self.socket.sendall(json.dumps(request).encode() + b"\n")
        last = time.monotonic() + seconds
        while True:
            message = self.receive(last, f"an answer to {name}")
            if "error" in message:
                raise QmpError(f"{name}: {message['error']['desc']}")
            if "return" in message:
                return message["return"]
            self.events.append(message)

    def wait_for(self, event, seconds, **data):
        """The next event of that name whose data has these values; earlier ones are dropped."""
        last = time.monotonic() + seconds
        while True:
            if not self.events:
                self.events.append(self.receive(last, f"the event {event}"))
            message = self.events.pop(0)
            if message.get("event") == event and data.items() <= message.get("data", {}).items():
                return message

    def receive(self, last, what="a greeting"):
        while b"\n" not in self.buffer:
            self.socket.settimeout(max(last - time.monotonic(), 0.001))
            try:
                piece = self.socket.recv(65536)
            except TimeoutError:
                raise TimeoutError(f"QEMU's monitor did not bring {what} in time") from None
            if not piece:
                raise ConnectionError(f"QEMU closed its monitor instead of bringing {what}")
            self.buffer += piece
        line, self.buffer = self.buffer.split(b"\n", 1)
        return json.loads(line)


def connect(path):
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(str(path))
    except (FileNotFoundError, ConnectionRefusedError):
        connection.close()
        return None
    return connection
