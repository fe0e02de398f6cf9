"""Names and addresses that no two hosts share, in whichever process they are made.

A slot is a locked file: the kernel frees it when its owner dies, however that happens, and whoever
takes it next ends what the dead owner left behind.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from .cache import cache_folder
from .errors import LabError

RUN = Path("/run/jitsi-tui-lab")
SLOTS = 256
_INOTIFY = Path("/proc/sys/fs/inotify/max_user_instances")


@dataclass
class Slot:
    """One host's place: its number decides its name and its network of four addresses."""

    number: int
    lock: int = field(repr=False)

    @property
    def name(self) -> str:
        return f"jitsilab{self.number}"

    @property
    def link(self) -> str:
        """The near end of the host's cable."""
        return f"jtl{self.number}"

    @property
    def near(self) -> str:
        """The address on our end; 198.18.0.0/15 is kept for tests by RFC 2544."""
        return _address(self.number, 1)

    @property
    def address(self) -> str:
        """The address of the host."""
        return _address(self.number, 2)

    @property
    def folder(self) -> Path:
        """Where the host's layers are mounted, in its own mount namespace."""
        return RUN / self.name

    @property
    def notes(self) -> Path:
        """Our own files about the host: known_hosts, what its console said."""
        return RUN / f"{self.name}.d"

    @property
    def image(self) -> Path:
        """The disk of a host whose changes outlive a boot."""
        return cache_folder() / "images" / f"{self.name}.ext4"

    @property
    def cgroups(self) -> list[Path]:
        """The groups that hold every process of the host."""
        return [mount / self.name for mount in _cgroup_mounts()]

    def release(self) -> None:
        """End every process of the host, remove what it had, and give the slot back."""
        self.clear()
        subprocess.run(["ip", "route", "del", *self._dead_end], capture_output=True, check=False)
        shutil.rmtree(self.notes, ignore_errors=True)
        self.image.unlink(missing_ok=True)
        os.close(self.lock)

    @property
    def _dead_end(self) -> tuple[str, ...]:
        return ("unreachable", f"{_address(self.number, 0)}/30", "metric", "4096")

    def prepare(self) -> None:
        """Make the groups and the folder in which the host will live."""
        for group in self.cgroups:
            group.mkdir(exist_ok=True)
        self.folder.mkdir(exist_ok=True)
        # packets for a host that is down must never leave this machine by its default route
        subprocess.run(["ip", "route", "replace", *self._dead_end], check=True)

    def clear(self) -> None:
        """End every process in the slot and remove its cable and folder; its disk stays."""
        for group in self.cgroups:
            _empty(group)
        subprocess.run(["ip", "link", "del", self.link], capture_output=True, check=False)
        with suppress(FileNotFoundError, OSError):
            self.folder.rmdir()


def claim(numbers: Iterable[int] = range(SLOTS)) -> Slot:
    """A slot of our own, cleared of what a dead owner left in it."""
    if os.geteuid() != 0:
        raise LabError("the lab needs root: it makes namespaces and mounts")
    RUN.mkdir(mode=0o755, exist_ok=True)
    _allow_many_hosts()
    for number in numbers:
        lock = os.open(RUN / f"{number}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        slot = Slot(number, lock)
        slot.clear()
        slot.prepare()
        return slot
    raise LabError("all places for hosts are taken")


def sweep() -> None:
    """End the hosts whose owner is dead."""
    for path in RUN.glob("*.lock"):
        lock = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        Slot(int(path.stem), lock).release()


def _allow_many_hosts() -> None:
    """Each systemd takes a dozen inotify instances, and all hosts share root's 128 of them.

    A host that gets none boots without sshd and says nothing. Holds until this machine reboots.
    """
    if int(_INOTIFY.read_text()) < 12 * SLOTS:
        _INOTIFY.write_text(f"{12 * SLOTS}\n")


def _address(number: int, last: int) -> str:
    return f"198.18.{number // 64}.{number % 64 * 4 + last}"


def _cgroup_mounts() -> list[Path]:
    """The cgroup2 hierarchy, and systemd's own named one where the machine still has version 1."""
    mounts = []
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, where, kind, options = line.split()[:4]
        if kind == "cgroup2" or (kind == "cgroup" and "name=systemd" in options.split(",")):
            mounts.append(Path(where))
    return mounts


def pids_in(group: Path) -> list[int]:
    """Every process of a group and the groups below it."""
    pids: list[int] = []
    for folder, _, _ in os.walk(group):  # groups vanish while we look: os.walk doesn't mind
        with suppress(OSError, ValueError):
            pids += [int(word) for word in Path(folder, "cgroup.procs").read_text().split()]
    return [pid for pid in pids if pid]


def _empty(group: Path) -> None:
    """Kill what is in a group and remove it."""
    deadline = time.monotonic() + 60
    while group.is_dir() and time.monotonic() < deadline:
        for pid in pids_in(group):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for folder, _, _ in os.walk(group, topdown=False):
            with suppress(OSError):
                Path(folder).rmdir()
        if group.is_dir():
            time.sleep(0.02)
