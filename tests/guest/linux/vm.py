# SPDX-License-Identifier: BSD-3-Clause
"""A virtual machine: QEMU with the guest of this folder, and its virtio-fs devices."""
import json

import child
import guest
import qmp

MEMORY = "1G"
# It prints warnings, too; the last option lets root touch the memory of a device.
KERNEL_OPTIONS = "console=ttyS0 loglevel=5 oops=panic panic=-1 iomem=relaxed"
# Emulated, an instruction that copies bytes as fast as a processor can copies them one by one.
PROCESSOR = "max,erms=off,fsrm=off"


def device_options(name, cache):
    options = {"driver": "vhost-user-fs-pci", "id": name, "chardev": f"{name}-socket",
               "tag": name, "queue-size": 1024}
    if cache is not None:
        options["cache-size"] = cache
    return options


def in_bytes(size):
    """The monitor takes no units, unlike the command line."""
    units = {"M": 1 << 20, "G": 1 << 30}
    return int(size[:-1]) * units[size[-1]]


class VirtualMachine:
    """Devices is a list of (name, cache size or None, socket of the backend)."""

    def __init__(self, tools, folder, devices):
        self.folder = folder
        self.console = folder / "console"
        self.child = child.Child("QEMU", self.command_line(tools, devices), folder / "qemu.log")
        self.qmp = self.guest = None

    def wait_until_ready(self):
        self.child.wait_for_socket(self.folder / "qmp")
        self.qmp = qmp.Qmp(self.folder / "qmp")
        self.guest = guest.Guest(self.folder / "agent")
        self.guest.wait_until_ready()

    def command_line(self, tools, devices):
        words = [tools.qemu, "-nodefaults", "-no-user-config",
                 "-display", "none",
                 "-accel", "tcg", "-cpu", PROCESSOR, "-smp", "2", "-m", MEMORY,
                 "-object", f"memory-backend-memfd,id=memory,size={MEMORY},share=on",
                 "-machine", "pc,memory-backend=memory",
                 "-qmp", f"unix:{self.folder / 'qmp'},server=on,wait=off",
                 "-serial", f"file:{self.console}",
                 "-serial", f"unix:{self.folder / 'agent'},server=on,wait=off",
                 "-kernel", tools.kernel, "-initrd", tools.initramfs,
                 "-append", KERNEL_OPTIONS]
        for name, cache, socket in devices:
            words += ["-chardev", f"socket,id={name}-socket,path={socket}",
                      "-device", ",".join(f"{key}={value}" for key, value
                                          in device_options(name, cache).items())]
        return words

    def close(self):
        self.child.kill()
        for connection in (self.qmp, self.guest):
            if connection is not None:
                connection.close()

    def reset(self, then=lambda: None):
        """Resets the machine and waits for the guest to come up again."""
        self.guest.forget()
        self.qmp.command("system_reset")
        then()
        self.guest.wait_until_ready()

    def reboot(self):
        """Has the guest reboot and waits for it to come up again."""
        self.guest.send("reboot -f")
        self.guest.wait_until_ready()

    def property_of(self, name, property_name):
        """A property of the vhost-user-fs device inside a PCI device."""
        return self.qmp.command("qom-get", path=f"/machine/peripheral/{name}/virtio-backend",
                                property=property_name)

    def usage(self, name="fs0"):
        return json.loads(self.property_of(name, "daxwin-usage"))

    def audit(self, name="fs0"):
        """Empty if the window is what its list says."""
        return self.property_of(name, "daxwin-audit")

    def unplug(self, name, seconds=30):
        self.qmp.command("device_del", id=name)
        self.qmp.wait_for("DEVICE_DELETED", seconds, device=name)
        self.qmp.command("chardev-remove", id=f"{name}-socket")

    def plug(self, name, cache, socket):
        address = {"type": "unix", "data": {"path": str(socket)}}
        self.qmp.command("chardev-add", id=f"{name}-socket",
                         backend={"type": "socket", "data": {"addr": address, "server": False}})
        self.qmp.command("device_add",
                         **device_options(name, None if cache is None else in_bytes(cache)))
