# SPDX-License-Identifier: BSD-3-Clause
"""QEMU without a guest: this program does what the processor would, by the qtest protocol."""
import contextlib
import json
import os
import pathlib
import socket
import struct
import subprocess
import time
import typing

SECONDS = 30
MEMORY = 64 << 20
CONFIG_ADDRESS, CONFIG_DATA = 0xcf8, 0xcfc
COMMAND, CAPABILITIES, BAR0 = 0x04, 0x34, 0x10
MEMORY_AND_MASTER = 6
VENDOR_SPECIFIC, SHARED_MEMORY = 9, 8
FEATURE_SELECT, FEATURES, STATUS = 0x08, 0x0c, 0x14
UNPLUG_BUS, UNPLUG_SLOTS = 0xae10, 0xae08  # ACPI's, of the machine "pc"


def connect(path):
    last = time.monotonic() + SECONDS
    while True:
        with contextlib.suppress(FileNotFoundError, ConnectionRefusedError):
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(SECONDS)
            connection.connect(str(path))
            return connection.makefile("rw")
        if time.monotonic() > last:
            raise TimeoutError(f"QEMU does not listen at {path}")
        time.sleep(0.02)


class Slot(typing.NamedTuple):
    """A device, and where its two BARs are put."""
    name: str
    number: int
    window: int
    registers: int

    def options(self, **more):
        return {"driver": "vhost-user-fs-pci", "id": self.name, "chardev": f"{self.name}-socket",
                "tag": self.name, "addr": hex(self.number), **more}


FIRST = Slot("fs0", 5, 1 << 36, 1 << 37)
SECOND = Slot("fs1", 6, 3 << 36, 3 << 37)


class Machine:
    def __init__(self, qemu, folder, *options):
        self.folder = pathlib.Path(folder)
        self.log = (self.folder / "qemu.log").open("w+")
        command = [qemu, "-nodefaults", "-no-user-config", "-display", "none", "-accel", "qtest",
                   "-m", str(MEMORY >> 20),
                   "-object", f"memory-backend-memfd,id=memory,size={MEMORY},share=on",
                   "-machine", "pc,memory-backend=memory",
                   "-qmp", f"unix:{self.folder / 'qmp'},server=on,wait=off",
                   "-qtest-log", "/dev/null", "-qtest", f"unix:{self.folder / 'qtest'},server=on,wait=off", *options]
        self.process = subprocess.Popen(command, stderr=self.log)
        self.monitor = connect(self.folder / "qmp")
        self.events = []
        self.monitor.readline()
        self.command("qmp_capabilities")
        self.test = connect(self.folder / "qtest")

    def close(self):
        self.process.kill()
        self.process.wait()

    def is_alive(self):
        return self.process.poll() is None

    def messages(self):
        self.log.flush()
        return pathlib.Path(self.log.name).read_text()

    def receive(self):
        line = self.monitor.readline()
        if not line:
            raise EOFError(f"QEMU has ended with status {self.process.wait()}: {self.messages()}")
        return json.loads(line)

    def command(self, name, **arguments):
        """What it returns, or the error's text."""
        self.monitor.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
        self.monitor.flush()
        while True:
            message = self.receive()
            if "return" in message:
                return message["return"]
            if "error" in message:
                return message["error"]["desc"]
            self.events.append(message)

    def wait_for(self, event, **data):
        """Waits for an event with these data; others are dropped."""
        while True:
            while self.events:
                message = self.events.pop(0)
                if message["event"] == event and data.items() <= message.get("data", {}).items():
                    return
            self.events.append(self.receive())

    def processor(self, *words):
        """Has the processor that is not there do something; gives what it reads."""
        line = " ".join(word if isinstance(word, str) else hex(word) for word in words)
        self.test.write(line + "\n")
        self.test.flush()
        answer = self.test.readline().split()
        if not answer or answer[0] != "OK":
            raise EOFError(f"QEMU answered {answer} to {line[:80]}: {self.messages()}")
        return answer[1] if len(answer) > 1 else None

    def read(self, address, length):
        return bytes.fromhex(self.processor("read", address, length)[2:])

    def write(self, address, data):
        self.processor("write", address, len(data), "0x" + data.hex())

    def read_config(self, offset, slot=FIRST):
        self.processor("outl", CONFIG_ADDRESS, 1 << 31 | slot.number << 11 | offset)
        return int(self.processor("inl", CONFIG_DATA), 16)

    def write_config(self, offset, value, slot=FIRST):
        self.processor("outl", CONFIG_ADDRESS, 1 << 31 | slot.number << 11 | offset)
        self.processor("outl", CONFIG_DATA, value)

    def shared_memory_capabilities(self, slot=FIRST):
        found = []
        offset = self.read_config(CAPABILITIES, slot) & 0xff
        while offset:
            data = struct.pack("<6I", *(self.read_config(offset + 4 * i, slot) for i in range(6)))
            if data[0] == VENDOR_SPECIFIC and data[3] == SHARED_MEMORY:
                found.append(data[:data[2]])
            offset = data[1]
        return found

    def place(self, bar, address, slot):
        self.write_config(BAR0 + 4 * bar, address & 0xffffffff, slot)
        self.write_config(BAR0 + 4 * bar + 4, address >> 32, slot)

    def place_bars(self, slot=FIRST):
        """What firmware does."""
        self.place(2, slot.window, slot)
        self.place(4, slot.registers, slot)
        self.write_config(COMMAND, MEMORY_AND_MASTER, slot)

    def start_driver(self, slot=FIRST):
        """What a driver does: from then on the back-end is told of memory and queues."""
        for status in (0, 1, 3):
            self.processor("writeb", slot.registers + STATUS, status)
        self.processor("writel", slot.registers + FEATURE_SELECT, 1)
        self.processor("writel", slot.registers + FEATURES, 1)  # VERSION_1
        for status in (0xb, 0xf):
            self.processor("writeb", slot.registers + STATUS, status)

    def add_socket(self, path, slot=FIRST):
        address = {"type": "unix", "data": {"path": str(path)}}
        return self.command("chardev-add", id=f"{slot.name}-socket",
                            backend={"type": "socket", "data": {"addr": address, "server": False}})

    def remove_socket(self, slot=FIRST):
        return self.command("chardev-remove", id=f"{slot.name}-socket")

    def plug(self, size, slot=FIRST):
        """{} or why not."""
        return self.command("device_add", **slot.options(**{"cache-size": size}))

    def unplug(self, slot=FIRST):
        """What a guest does when it is asked to let a device go."""
        self.command("device_del", id=slot.name)
        self.processor("outl", UNPLUG_BUS, 0)
        self.processor("outl", UNPLUG_SLOTS, 1 << slot.number)
        self.wait_for("DEVICE_DELETED", device=slot.name)

    def get(self, what, slot=FIRST):
        return self.command("qom-get", path=f"/machine/peripheral/{slot.name}", property=what)

    def usage(self, slot=FIRST):
        return json.loads(self.get("daxwin-usage", slot))

    def count_fds(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def memory_areas(self):
        return pathlib.Path(f"/proc/{self.process.pid}/maps").read_text().splitlines()

    def count_threads(self):
        return len(os.listdir(f"/proc/{self.process.pid}/task"))

    def address_space(self):
        """How many bytes of it are taken, reserved ones included."""
        pages = pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[0]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
