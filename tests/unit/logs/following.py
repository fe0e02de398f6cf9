"""Drives a follower over real files, and keeps what it told."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path

from jitsi_tui.logs.events import CaughtUp, Event, Gap, History, Lines, State
from jitsi_tui.logs.follow import Follower
from jitsi_tui.logs.sources import Source

from .machine import Machine, ProcessStream

NUMBER = re.compile(rb"number (\d+)\b")

BANNER = b"# the same first words, whenever this program opens its log anew\n" * 20
"""More bytes than a file is known by."""


def numbered(first: int, end: int) -> bytes:
    """Lines that carry their numbers, in the shape of Jicofo's."""
    return b"".join(
        b"Jicofo 2026-11-24 04:00:01.%03d INFO: [1] Some.text#1: number %d\n" % (at % 1000, at)
        for at in range(first, end)
    )


def add(path: Path, first: int, end: int) -> None:
    """Append numbered lines, as a writer does that opens for appending."""
    with path.open("ab") as file:
        file.write(numbered(first, end))


def shift(path: Path, keep: int = 40) -> None:
    """Move what earlier rotations left one number on, packed or not."""
    for number in range(keep, 0, -1):
        for end in ("", ".gz"):
            old = Path(f"{path}.{number}{end}")
            if old.exists():
                old.rename(f"{path}.{number + 1}{end}")


def rotate(path: Path) -> None:
    """What logrotate does: rename, and create anew."""
    shift(path)
    path.rename(f"{path}.1")
    path.touch()


def copytruncate(path: Path, to: str = "") -> None:
    """What logrotate does for a program that can't be told to reopen its log."""
    copy = Path(to or f"{path}.1")
    copy.write_bytes(path.read_bytes())
    os.truncate(path, 0)


class Following:
    """One follower after another over the same sources, and all that they told."""

    def __init__(self, machine: Machine, *paths: Path, tail: int = -1) -> None:
        self.machine = machine
        self.sources = [Source(path.name, str(path)) for path in paths]
        self.events: list[Event] = []
        self.follower = Follower(machine, self.sources, tail=tail)
        self.wait_for(lambda: any(isinstance(event, CaughtUp) for event in self.events))

    @property
    def stream(self) -> ProcessStream:
        return self.machine.streams[-1]

    def pause(self) -> None:
        """The program on the server stands still."""
        self.stream.process.send_signal(signal.SIGSTOP)
        stat = Path(f"/proc/{self.stream.process.pid}/stat")
        while stat.read_text().rpartition(")")[2].split()[0] != "T":
            time.sleep(0.001)

    def go_on(self) -> None:
        self.stream.process.send_signal(signal.SIGCONT)

    def cut(self) -> None:
        """The connection dies."""
        self.position = self.follower.position()
        self.stream.break_off()

    def reconnect(self) -> None:
        self.follower = Follower(self.machine, self.sources, resume=self.position)

    def collect(self, seconds: float) -> None:
        """Read for a while."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.events += self.follower.read(max(0.0, end - time.monotonic()))

    def wait_for(self, reached: Callable[[], bool], seconds: float = 60.0) -> None:
        """Read until something is true."""
        end = time.monotonic() + seconds
        while not reached():
            left = end - time.monotonic()
            assert left > 0, f"not told in {seconds} s: {self.events[-5:]}"
            self.events += self.follower.read(min(left, 0.2))

    def wait_numbers(self, end: int, source: str = "") -> None:
        """Read until that many different numbers have been seen, and a little longer."""
        self.wait_for(lambda: len(set(self.numbers(source))) >= end)
        self.collect(0.1)

    def data(self, source: str = "") -> bytes:
        return b"".join(
            event.data
            for event in self.events
            if isinstance(event, Lines) and source in ("", event.source)
        )

    def numbers(self, source: str = "") -> list[int]:
        return [int(number) for number in NUMBER.findall(self.data(source))]

    def gaps(self) -> list[str]:
        return [event.why for event in self.events if isinstance(event, Gap)]

    def states(self) -> list[str]:
        return [event.state for event in self.events if isinstance(event, State)]

    def answer(self, request: int) -> History:
        found: list[History] = []

        def answered() -> bool:
            found.extend(
                event
                for event in self.events
                if isinstance(event, History) and event.request == request
            )
            return bool(found)

        self.wait_for(answered)
        return found[0]

    def holds_each_once(self, end: int, source: str = "") -> None:
        """Each number was told exactly once, in order."""
        assert self.numbers(source) == list(range(end))
