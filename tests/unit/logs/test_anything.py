"""Whatever happens to a log, in any order: each line is told once, in its order."""

from __future__ import annotations

import gzip
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from jitsi_tui.logs.events import CaughtUp

from .conftest import Open
from .following import BANNER, Following, add, copytruncate, numbered, rotate, shift


class Fate:
    """A log, a follower, and what may happen to them."""

    def __init__(self, seen: Following, log: Path, seed: int, *, banner: bytes = b"") -> None:
        """Each file of the log begins with ``banner``."""
        self.seen, self.log, self.banner = seen, log, banner
        self.random = random.Random(seed)
        self.number = 0
        self.connected, self.running = True, True
        self.happened: list[str] = []

    def write(self) -> None:
        count = self.random.choice([1, 3, 50, 3000])
        with self.log.open("ab", buffering=0) as file:
            begin = b"" if self.log.stat().st_size else self.banner
            file.write(begin + numbered(self.number, self.number + count))
        self.number += count

    def rename(self) -> None:
        rotate(self.log)

    def rename_late(self) -> None:
        """The writer goes on in the old file for a while."""
        with self.log.open("ab") as old:
            rotate(self.log)
            self.read()
            add(Path(f"/proc/self/fd/{old.fileno()}"), self.number, self.number + 5)
            self.number += 5
        self.read()

    def copy(self) -> None:
        shift(self.log)
        copytruncate(self.log)

    def pack(self) -> None:
        """As ``delaycompress`` does: what was put aside last stays as it is."""
        for number in range(2, 40):
            old = Path(f"{self.log}.{number}")
            if old.exists():
                packed = Path(f"{old}.gz")
                packed.write_bytes(gzip.compress(old.read_bytes()))
                stat = old.stat()
                os.utime(packed, ns=(stat.st_atime_ns, stat.st_mtime_ns))
                old.unlink()

    def read(self) -> None:
        if self.connected and self.running:
            self.seen.collect(self.random.choice([0.0, 0.02, 0.1]))

    def stall(self) -> None:
        if self.connected:
            self.seen.go_on() if not self.running else self.seen.pause()
            self.running = not self.running

    def cut(self) -> None:
        if self.connected:
            self.seen.go_on()
            self.running = True
            self.seen.cut()
        else:
            self.seen.reconnect()
            told = len(self.seen.events)
            self.seen.wait_for(
                lambda: any(isinstance(event, CaughtUp) for event in self.seen.events[told:])
            )
        self.connected = not self.connected

    def run(self, steps: int, *, hasty: bool = False) -> None:
        """``hasty``: rotations follow each other sooner than one looks."""
        often: list[Callable[[], None]] = [self.write, self.write, self.write, self.read, self.read]
        seldom = [self.rename, self.rename_late, self.copy, self.pack, self.stall, self.cut]
        for _ in range(steps):
            step = self.random.choice(often + seldom)
            self.happened.append(step.__name__)
            step()
            if self.connected and self.running and not hasty:
                # Between two rotations there is time for a look; in a stall or a cut there is none.
                self.seen.collect(0.04)
        if not self.running:
            self.stall()
        if not self.connected:
            self.cut()


_SLOW = (*range(8, 60), 2035, 2050, 2090, 2099, 2116)
"""The last ones met a rotation that was under way while the program looked."""


_HASTY = (*range(2, 12), 317, 333, 403, 414, 2063)
"""The last ones met logs that were emptied or packed in the instant in which they were opened."""


def told_once(fate: Fate) -> None:
    """Each number was told, and once; no gap is marked but where copies were made."""
    try:
        fate.seen.wait_numbers(fate.number)
    except AssertionError as error:
        missing = sorted(set(range(fate.number)) - set(fate.seen.numbers()))
        raise AssertionError(f"{fate.happened}: {missing[:10]}") from error
    told = fate.seen.numbers()
    assert len(told) == len(set(told)), fate.happened
    assert set(fate.seen.gaps()) <= {"copied"}, fate.happened


@pytest.mark.parametrize(
    "seed",
    [*range(8), *(pytest.param(seed, marks=pytest.mark.slow) for seed in _SLOW)],
)
def test_each_line_is_told_once(follow: Open, log: Path, seed: int) -> None:
    log.touch()
    fate = Fate(follow(log), log, seed)
    fate.run(40)
    told_once(fate)


@pytest.mark.parametrize(
    "seed",
    [*range(3), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(3, 40))],
)
def test_each_line_is_told_once_of_logs_that_begin_alike(
    follow: Open, log: Path, seed: int
) -> None:
    log.touch()
    fate = Fate(follow(log), log, seed, banner=BANNER)
    fate.run(40)
    told_once(fate)


@pytest.mark.parametrize(
    "seed",
    [*range(2), *(pytest.param(seed, marks=pytest.mark.slow) for seed in _HASTY)],
)
def test_each_line_is_told_once_however_fast_logs_rotate(
    follow: Open, log: Path, seed: int
) -> None:
    log.touch()
    fate = Fate(follow(log), log, seed)
    fate.run(40, hasty=True)
    told_once(fate)
