"""A network and file systems of chaos's own: names that lie, packets that vanish, a full disk and a mount that hangs."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import cells  # noqa: F401 finds Tests/Faults
import namespaces

SOAK = Path(__file__).resolve().parent.parent / "Soak"
INSIDE = "CHAOS_INSIDE"


def enter() -> None:
    """Starts this program again in namespaces of its own, unless it is there already."""
    if os.environ.get(INSIDE):
        return
    own = [] if os.getuid() == 0 else ["--user", "--map-root-user"]
    command = ["unshare", *own, "--net", "--mount", "--", sys.executable, *sys.argv]
    os.execvpe("unshare", command, {**os.environ, INSIDE: "1", "PYTHONDONTWRITEBYTECODE": "1"})


def set_up() -> None:
    """Loopback, a name server, an address that swallows packets, and routes that lead nowhere."""
    namespaces.set_up()
    # A lookup that nobody answers lasts longer than a run, and not as long as many runs.
    with open(namespaces.FOLDER / "resolv.conf", "a") as file:
        file.write("options timeout:3 attempts:1\n")
    namespaces.add_hole()
    namespaces.allow_pings()
    namespaces.run("ip", "route", "add", "prohibit", "10.8.1.0/24")
    namespaces.run("ip", "route", "add", "unreachable", "10.8.2.0/24")


def set_up_addresses() -> None:
    """Loopback, and some addresses that are not loopback's and yet lead here."""
    namespaces.run("ip", "link", "set", "lo", "up")
    namespaces.run("ip", "address", "add", "10.99.0.0/16", "dev", "lo")


def full_disk(folder: Path, size: str = "64k") -> Path:
    """A file system of so many bytes without a free one."""
    folder.mkdir()
    namespaces.run("mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder))
    fill(folder)
    return folder


def fill(folder: Path) -> None:
    """Takes every byte of a file system."""
    with open(folder / "filler", "ab", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1024))
        except OSError:
            return


def make_room(folder: Path) -> None:
    """Frees what was taken of a file system."""
    (folder / "filler").unlink()


def release(folder: Path) -> None:
    """Lets go of a file system that was mounted here."""
    namespaces.run("umount", str(folder))


class HungMount:
    """A file system that never answers; `path` is None where it can't be had."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        program = str(SOAK / "hung_mount.py")
        self.process = subprocess.Popen(["/usr/bin/python3", program, folder], stderr=subprocess.DEVNULL)
        self.path: Path | None = None
        for _ in range(50):
            if self.process.poll() is not None:
                return
            if any(line.split()[1] == str(folder) for line in open("/proc/mounts")):
                self.path = folder
                return
            time.sleep(0.1)

    def end(self) -> None:
        """Ends it; those who wait for it get an error."""
        self.process.kill()
        self.process.wait()
        subprocess.run(["umount", "-l", self.folder], check=False, stderr=subprocess.DEVNULL)


class FaultServer:
    """The server of `Tests/Faults`, also the system's name server."""

    def __init__(self) -> None:
        program = str(cells.FAULTS / "fault_server.py")
        self.process = subprocess.Popen(
            [sys.executable, program, "--dns-port", "53"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self.process.stdout
        known = json.loads(self.process.stdout.readline())
        self.ports, self.control = known["ports"], known["control"]

    def log(self) -> list[dict[str, object]]:
        """What it did and saw since the last reset."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.control}/log", timeout=60) as answer:
            return json.load(answer)

    def reset(self) -> None:
        """Forgets what it did and saw."""
        urllib.request.urlopen(f"http://127.0.0.1:{self.control}/reset", timeout=60).read()

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
