"""A long run of what logs go through: ``python -m tests.soak_logs --minutes N [--folder F]``.

Two logs, 2,000 numbered lines a second together, are followed through a real sshd. Each minute
one is renamed (with a writer that reopens 0.3 s late), the other copied and emptied, two old files
are kept of each, and inodes come back; every 90 s the connection is cut and taken up again. Every
number that any file still holds must have been told exactly once, or fetched as history if it was
written before the logs were opened; what is missing after that must lie where a gap is marked.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import sys
import tempfile
import threading
import time
from bisect import bisect
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path

from jitsi_tui.logs.events import Ended, Event, Gap, History, Lines, Position
from jitsi_tui.logs.follow import Follower
from jitsi_tui.logs.history import PIECE
from jitsi_tui.logs.sources import Source
from jitsi_tui.ssh.client import NoPrompts, connect
from jitsi_tui.ssh.host import HostError
from jitsi_tui.ssh.sshhost import SshHost
from tests.ssh.server import Server

RATE = 1_000
"""Lines a second of each log."""

LATE = 0.3
"""Seconds after which a writer opens its renamed log anew."""

LAST_SECONDS = 60.0
"""How long the last lines are waited for at the end."""

KEEP = 2
_NUMBER = re.compile(rb"number (\d+) end\n")


@dataclass(frozen=True)
class Pace:
    """Seconds between the things that happen."""

    rotate: float = 60.0
    cut: float = 90.0

    unseen: int = 0
    """Rotations before the logs are opened."""


class Writer(threading.Thread):
    """Writes numbered lines, and opens its log anew when told."""

    def __init__(self, path: Path) -> None:
        super().__init__(daemon=True)
        self.path = path
        self.number = 0
        self.stop = threading.Event()
        self.reopen = threading.Event()
        self._file = path.open("ab", buffering=0)

    def run(self) -> None:
        start = time.monotonic()
        while not self.stop.is_set():
            if self.reopen.is_set():
                self.reopen.clear()
                self._file.close()
                self._file = self.path.open("ab", buffering=0)
            due = int((time.monotonic() - start) * RATE)
            lines = b"".join(_line(number) for number in range(self.number, due))
            if lines:
                self._file.write(lines)
            self.number = max(self.number, due)
            time.sleep(0.002)
        self._file.close()


def _line(number: int) -> bytes:
    stamp = time.strftime("%Y-%m-%d %H:%M:%S").encode()
    return b"Jicofo %s.000 INFO: [1] Some.text#1: number %d end\n" % (stamp, number)


class Rotation(threading.Thread):
    """Rotates both logs, as logrotate does with ``rotate 2``."""

    def __init__(self, renamed: Writer, copied: Writer, pace: Pace) -> None:
        super().__init__(daemon=True)
        self.renamed, self.copied, self.pace = renamed, copied, pace
        self.stop = threading.Event()
        self.times = 0
        self.reused = 0

    def run(self) -> None:
        while not self.stop.wait(self.pace.rotate):
            self.times += 1
            self._rename(self.renamed)
            self._copy(self.copied.path)

    def _rename(self, writer: Writer) -> None:
        path = writer.path
        oldest = Path(f"{path}.{KEEP}")
        freed = oldest.stat().st_ino if oldest.exists() else 0
        _shift(path)
        path.rename(f"{path}.1")
        path.touch()
        self.reused += path.stat().st_ino == freed
        time.sleep(LATE)
        writer.reopen.set()

    def _copy(self, path: Path) -> None:
        _shift(path)
        Path(f"{path}.1").write_bytes(path.read_bytes())
        os.truncate(path, 0)


def _shift(path: Path) -> None:
    for number in range(KEEP, 0, -1):
        old = Path(f"{path}.{number}")
        if old.exists() and number == KEEP:
            old.unlink()
        elif old.exists():
            old.rename(f"{path}.{number + 1}")


@dataclass
class Told:
    """The numbers of one log, as they were told, and where gaps were marked."""

    older: list[int] = field(default_factory=list)
    """What was fetched as history."""

    unfetched: int = 0
    """How many of those that stood in a file by then were not."""

    numbers: list[int] = field(default_factory=list)
    gaps: list[int] = field(default_factory=list)
    """Before which place in ``numbers``."""

    reasons: Counter[str] = field(default_factory=Counter)

    newest: int = -1
    """The greatest number."""

    start: tuple[int, int] | None = None
    """The file and the offset at which the log was opened."""

    def take(self, event: Event) -> None:
        if isinstance(event, Lines):
            self.start = self.start or (event.file, event.offset)
            numbers = list(map(int, _NUMBER.findall(event.data)))
            self.newest = max(self.newest, *numbers, -1)
            self.numbers += numbers
        elif isinstance(event, Gap):
            self.gaps.append(len(self.numbers))
            self.reasons[event.why] += 1

    def faults(self, path: Path, written: int) -> list[str]:
        """What is wrong with it, in words; empty if nothing is."""
        told, held = self.older + self.numbers, numbers_in(path)
        seen = set(told)
        faults = []
        if len(seen) != len(told):
            faults.append(f"{len(told) - len(seen)} numbers were told twice")
        if self.unfetched:
            faults.append(f"{self.unfetched} numbers stood in a file and were no history")
        if held - seen:
            faults.append(f"{len(held - seen)} numbers stand in a file and were never told")
        unmarked = self._unmarked(self.missing(written))
        if unmarked:
            faults.append(f"{len(unmarked)} numbers are missing without a gap: {unmarked[:5]}")
        return faults

    def missing(self, written: int) -> list[int]:
        """Those never told, of what was written since the log was opened."""
        seen = set(self.numbers)
        return [number for number in range(min(seen, default=0), written) if number not in seen]

    def _unmarked(self, missing: list[int]) -> list[int]:
        """Those of the missing numbers between whose neighbours no gap is marked."""
        if not missing:
            return []
        told = sorted(zip(self.numbers, range(len(self.numbers)), strict=True))
        numbers = [number for number, _ in told]
        last = list(accumulate((at for _, at in told), max))
        first = list(accumulate((at for _, at in reversed(told)), min))[::-1]
        unmarked = []
        for number in missing:
            place = bisect(numbers, number)
            before = last[place - 1] if place else -1
            after = first[place] if place < len(first) else before + 1
            if not any(before < gap <= after for gap in self.gaps):
                unmarked.append(number)
        return unmarked


def numbers_in(path: Path) -> set[int]:
    """All that a log and what rotation left of it hold."""
    held = set[int]()
    for file in path.parent.glob(path.name + "*"):
        held |= set(map(int, _NUMBER.findall(file.read_bytes())))
    return held


def look_back(follower: Follower, source: str, start: tuple[int, int]) -> Iterator[bytes | Event]:
    """Fetch all that lies before a place, the newest first, and tell what happens meanwhile.

    Bytes are whole lines.
    """
    file, offset = start
    while True:
        if offset:
            request = follower.before(source, file, offset, PIECE)
        else:
            request = follower.previous(source, file, PIECE)
        answer: History | None = None
        while answer is None:
            for event in follower.read(LAST_SECONDS):
                if isinstance(event, History) and event.request == request:
                    answer = event
                else:
                    yield event
        if answer.status != "done":
            return
        file, offset = answer.file, answer.offset
        cut = answer.data.find(b"\n") + 1 if offset else 0
        offset += cut
        yield answer.data[cut:]


class Soak:
    """Follows two logs over connections that break."""

    def __init__(self, folder: Path, pace: Pace) -> None:
        self.pace = pace
        self.server = Server(folder / "sshd").start()
        logs = folder / "logs"
        logs.mkdir()
        self.writers = [Writer(logs / "renamed.log"), Writer(logs / "copied.log")]
        self.rotation = Rotation(self.writers[0], self.writers[1], pace)
        self.sources = [Source(one.path.name, str(one.path)) for one in self.writers]
        self.told = {source.name: Told() for source in self.sources}
        self.position: Position | None = None
        self.connections = 0

    def run(self, seconds: float) -> list[str]:
        """The whole; what is wrong with it, in words."""
        for thread in (*self.writers, self.rotation):
            thread.start()
        end = time.monotonic() + seconds
        while self.rotation.times < self.pace.unseen:
            time.sleep(0.01)
        while time.monotonic() < end:
            self._connection(min(end, time.monotonic() + self.pace.cut), cut=True)
        self.rotation.stop.set()
        self.rotation.join()
        for writer in self.writers:
            writer.stop.set()
            writer.join()
        end = time.monotonic() + LAST_SECONDS
        while time.monotonic() < end and not self._all_told():
            self._connection(end, cut=False)
        self.server.stop()
        faults = []
        for writer in self.writers:
            told = self.told[writer.path.name]
            faults += [
                f"{writer.path.name}: {fault}" for fault in told.faults(writer.path, writer.number)
            ]
        return faults

    def _connection(self, end: float, *, cut: bool) -> None:
        host: SshHost | None = None
        try:
            host = connect(self.server.destination(), prompts=NoPrompts())
            self.connections += 1
            follower = Follower(host, self.sources, tail=-1, resume=self.position)
            if self.position is None:
                self._open(follower)
            while time.monotonic() < end and (cut or not self._all_told()):
                self._take(follower.read(0.1))
                self.position = follower.position()
            if cut:
                self.server.cut_connections()
                while True:
                    self._take(follower.read(1))
                    self.position = follower.position()
        except HostError:
            time.sleep(0.5)
        finally:
            if host is not None:
                host.close()

    def _open(self, follower: Follower) -> None:
        """Read what is there, and then what was there before it."""
        for writer in self.writers:
            name = writer.path.name
            told = self.told[name]
            while told.start is None:
                self._take(follower.read(LAST_SECONDS))
            for piece in look_back(follower, name, told.start):
                if isinstance(piece, bytes):
                    told.older[:0] = map(int, _NUMBER.findall(piece))
                else:
                    self._take((piece,))
            first = min(told.numbers)
            # A file may have been renamed or removed since it was listed.
            with contextlib.suppress(FileNotFoundError):
                before = {one for one in numbers_in(writer.path) if one < first}
                told.unfetched = len(before.difference(told.older))
        self.position = follower.position()

    def _all_told(self) -> bool:
        """Whether the last line that was written has been told of each log."""
        return all(
            self.told[writer.path.name].newest == writer.number - 1 for writer in self.writers
        )

    def _take(self, events: tuple[Event, ...]) -> None:
        for event in events:
            if isinstance(event, Lines | Gap | Ended):
                self.told[event.source].take(event)


def soak(seconds: float, pace: Pace, folder: Path) -> list[str]:
    """Run it, say how it went, and return what is wrong."""
    run = Soak(folder, pace)
    faults = run.run(seconds)
    for writer in run.writers:
        told = run.told[writer.path.name]
        print(
            f"{writer.path.name}: {writer.number:,} written, {len(told.numbers):,} told,"
            f" {len(told.older):,} of before it was opened,"
            f" {len(told.missing(writer.number))} in no file, gaps marked: {dict(told.reasons)}"
        )
    print(
        f"{run.rotation.times} rotations of both kinds, {run.rotation.reused} inodes reused,"
        f" {run.connections} connections"
    )
    return faults


def main() -> int:
    """From the command line; exit 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--rotate", type=float, default=Pace.rotate, metavar="SECONDS")
    parser.add_argument("--cut", type=float, default=Pace.cut, metavar="SECONDS")
    parser.add_argument("--folder", type=Path, help="where the logs lie; a temporary folder")
    parser.add_argument("--unseen", type=int, default=Pace.unseen, metavar="ROTATIONS")
    arguments = parser.parse_args()
    pace = Pace(arguments.rotate, arguments.cut, arguments.unseen)
    with tempfile.TemporaryDirectory(prefix="jitsi-tui-soak-", dir=arguments.folder) as name:
        faults = soak(arguments.minutes * 60, pace, Path(name))
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
