# SPDX-License-Identifier: BSD-3-Clause
"""What a case works on: a shared folder, a daemon for each device, and a virtual machine."""
import os
import pathlib
import re
import shutil
import tempfile

import child
import stamped
import vm
import waiting

MIB = 1 << 20
COMMON_PAGES = 256 * MIB // stamped.PAGE
# What a kernel prints when it has found a fault in itself.
COMPLAINT = re.compile(r".*(?:BUG:|WARNING:|Oops|Kernel panic|general protection|blocked for more|"
                       r"rcu_.*stall).*")


class Stage:
    """Leaving its context ends all its processes and removes its files."""

    def __init__(self, tools, cache):
        self.tools = tools
        self.cache = cache
        self.daemons = {}
        self.vm = None
        self.is_verbose = False  # do the daemons tell each request?
        self.facts = []  # words for the line of the result

    def __enter__(self):
        # Names of sockets may have a hundred characters only.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="daxwin-"))
        self.share = pathlib.Path(tempfile.mkdtemp(prefix="share-", dir=self.tools.place))
        os.chmod(self.share, 0o755)
        return self

    def __exit__(self, *_):
        if self.vm is not None:
            self.vm.close()
        for daemon in self.daemons.values():
            daemon.kill()
        shutil.rmtree(self.folder)
        shutil.rmtree(self.share)

    @property
    def guest(self):
        return self.vm.guest

    @property
    def has_window(self):
        return self.cache is not None

    def start_daemon(self, name="fs0"):
        """The path of its socket."""
        socket = self.folder / f"{name}.socket"
        socket.unlink(missing_ok=True)
        command = [self.tools.daemon, f"--socket-path={socket}", f"--shared-dir={self.share}"]
        command += ["--verbose"] if self.is_verbose else []
        daemon = child.Child(f"the daemon of {name}", command, self.folder / f"{name}.log")
        self.daemons[name] = daemon
        daemon.wait_for_socket(socket)
        return socket

    def boot(self, others=()):
        """Boots with fs0, which has the window, and others, which have none."""
        devices = [("fs0", self.cache, self.start_daemon("fs0"))]
        devices += [(name, None, self.start_daemon(name)) for name in others]
        self.vm = vm.VirtualMachine(self.tools, self.folder, devices)
        self.vm.wait_until_ready()

    def mount(self, name="fs0", place="/mnt"):
        option = "-o dax=always" if self.has_window and name == "fs0" else ""
        # The driver may not have come to the end of a device that was just plugged in.
        self.guest.run(f"mkdir -p {place}; n=0; until mount -t virtiofs {option} {name} {place}; "
                       "do n=$((n + 1)); [ $n -lt 5 ] || exit 1; sleep 1; done")

    def boot_and_mount(self, others=()):
        self.boot(others)
        self.mount()

    def start_churning(self, n_processes, seconds=600):
        """Processes that keep the window busy, and check what they see."""
        return [self.guest.start(f"pages churn /mnt {2 + i} {seconds}")
                for i in range(n_processes)]

    def unmount(self, place="/mnt"):
        self.guest.run(f"umount {place}")

    def common_file(self, n_pages=COMMON_PAGES, name="common"):
        """A file of seed 1 in the shared folder; it is made once for all cases and linked."""
        model = self.tools.place / f"common-{n_pages}"
        if not model.exists():
            stamped.write(model, 1, n_pages)
        os.link(model, self.share / name)

    def check_window(self):
        """What must hold at the end of each case, and at any other time."""
        if not self.vm.child.is_alive():
            raise AssertionError(f"QEMU {self.vm.child.how_it_ended()}")
        complaint = COMPLAINT.search(self.vm.console.read_text(errors="replace"))
        if complaint is not None:
            raise AssertionError(f"the guest's kernel complains: {complaint[0].strip()}")
        if self.has_window:
            difference = self.vm.audit()
            if difference != "":
                raise AssertionError(f"the audit finds: {difference}")

    def usage(self):
        return self.vm.usage()

    def wait_until_empty(self, seconds=20):
        """Waits until nothing is mapped in the window, if there is one."""
        if self.has_window:
            waiting.until(lambda: self.usage()["bytes-mapped"] == 0, seconds, "an empty window")
            self.check_window()

    def all_facts(self):
        """What the result of the case should tell."""
        if not self.has_window:
            return self.facts
        usage = self.usage()
        counts = [f"{usage[name]} {name}" for name in ("maps", "unmaps", "replaced", "refused",
                                                       "containments") if usage[name] > 0]
        return self.facts + counts

    def logs(self):
        """The last lines of everything, to be shown after a failure."""
        children = list(self.daemons.values()) + ([self.vm.child] if self.vm else [])
        texts = {running.name: [*running.last_lines(), running.how_it_ended()]
                 for running in children}
        console = self.folder / "console"
        if console.exists():
            texts["the guest's console"] = console.read_text(errors="replace").splitlines()[-40:]
        if self.vm is not None and self.vm.guest is not None:
            texts["the guest's commands"] = self.vm.guest.transcript[-40:]
        return texts
