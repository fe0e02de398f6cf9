"""Rotation is many steps: whichever happens between whichever two looks, the same is told."""

from __future__ import annotations

import gzip
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from jitsi_tui.logs.events import Gap
from jitsi_tui.ssh.command import Command

from .following import Following, add
from .machine import Machine, ProcessStream

SHIM = Path(__file__).with_name("moments.pl").read_bytes()

LOOKS = (36, 50, 64)
"""How many the program takes for one rotation, and some more, by how many older files there are."""


class Moments(Machine):
    """Things happen to folders there just as the program looks (see ``moments.pl``)."""

    def stream(self, command: Command) -> ProcessStream:
        return super().stream(replace(command, stdin=SHIM + b"\n#line 1\n" + command.stdin))


@pytest.fixture
def moments() -> Iterator[Moments]:
    machine = Moments()
    yield machine
    machine.close()


def happen(log: Path, steps: Sequence[str]) -> None:
    """Steps that have happened by now."""
    subprocess.run(["sh", "-c", "; ".join(["set -e", *steps])], cwd=log.parent, check=True)


def plan(log: Path, looks: int, steps: Sequence[str]) -> None:
    """Steps that happen at once after so many looks."""
    waits = [looks, *[0] * (len(steps) - 1)]
    lines = [f"{wait} {step}\n" for wait, step in zip(waits, steps, strict=True)]
    fresh = log.with_name("planned")
    fresh.write_text("".join(lines))
    fresh.rename(log.with_name("moments"))


def rotation(name: str, older: int, *, copy: bool, packed: bool) -> list[str]:
    """What logrotate does, step by step, with ``copytruncate`` or ``create``."""
    end = ".gz" if packed else ""
    steps = [f"mv {name}.{n}{end} {name}.{n + 1}{end}" for n in range(older, 0, -1)]
    if copy:
        steps += [f": > {name}.1", f"head -c 500 {name} > {name}.1", f"cat {name} > {name}.1"]
    else:
        steps.append(f"mv {name} {name}.1")
    return [*steps, f": > {name}", *(packing(f"{name}.1") if packed else [])]


def packing(name: str) -> list[str]:
    """The packed file gets the times of the plain one, which is then removed."""
    return [
        f": > {name}.gz",
        f"gzip -c {name} | head -c 100 > {name}.gz",
        f"gzip -c {name} > {name}.gz && touch -r {name} {name}.gz",
        f"rm {name}",
    ]


def begin(folder: Path, look: int, older: int, lines: int, *, packed: bool) -> Path:
    """A log in a folder of its own, with numbers that go on from what was rotated away before."""
    log = folder / f"{look}" / f"{look}.log"
    log.parent.mkdir()
    for number in range(older, 0, -1):
        at = lines * (older - number)
        add(Path(f"{log}.{number}"), at, at + lines)
        if packed:
            plain = Path(f"{log}.{number}")
            Path(f"{plain}.gz").write_bytes(gzip.compress(plain.read_bytes()))
            plain.unlink()
    add(log, lines * older, lines * older + lines)
    return log


@dataclass(frozen=True)
class Case:
    """Logs that are rotated, and what is known of them."""

    older: int
    copy: bool
    packed: bool
    lines: int = 20
    """How many there are in each file."""

    late: int = 0
    """How many more are told of a log that is copied by then, and not emptied yet."""

    def steps(self, name: str = "") -> list[str]:
        return rotation(name, self.older, copy=self.copy, packed=self.packed)

    def whenever(self, moments: Moments, folder: Path, before: int, then: int) -> list[str]:
        """Rotate as many logs as there are looks: ``before`` steps first, to ``then`` at that look.

        Returns what was told that is not right.
        """
        numbers = range(LOOKS[self.older])
        logs = [begin(folder, at, self.older, self.lines, packed=self.packed) for at in numbers]
        seen = Following(moments, *logs)
        first = self.lines * self.older
        end = first + self.lines + self.late
        done = 0
        if self.late:
            done = self.steps().index(": > ")
            for log in logs:
                happen(log, self.steps(log.name)[:done])
                add(log, end - self.late, end)
            seen.wait_for(lambda: all(end - 1 in seen.numbers(log.name) for log in logs))
        seen.pause()
        for look, log in enumerate(logs):
            happen(log, self.steps(log.name)[done:before])
            plan(log, look, self.steps(log.name)[before:then])
        seen.go_on()
        seen.wait_for(lambda: not any(log.with_name("moments").exists() for log in logs))
        seen.collect(0.2)
        for log in logs:
            happen(log, self.steps(log.name)[then:])
            add(log, end, end + 10)
        seen.wait_for(lambda: all(end + 9 in seen.numbers(log.name) for log in logs))
        gaps = [(event.source, event.why) for event in seen.events if isinstance(event, Gap)]
        faults = []
        for look, log in enumerate(logs):
            told, said = seen.numbers(log.name), [why for name, why in gaps if name == log.name]
            if told != list(range(first, end + 10)) or said != ["copied"] * self.copy:
                faults.append(f"at look {look}: {said}, {len(told)} of {end + 10 - first}")
        return faults


@pytest.mark.parametrize(
    "case",
    [
        Case(0, copy=True, packed=True),
        Case(2, copy=True, packed=True),
        Case(2, copy=False, packed=True),
        # Shorter than what a file is known by.
        Case(0, copy=True, packed=True, lines=3, late=3),
        Case(2, copy=True, packed=True, late=3),
    ],
)
def test_a_log_that_is_packed_just_then_loses_and_repeats_nothing(
    moments: Moments, tmp_path: Path, case: Case
) -> None:
    """It was called gone: its plain copy was found, and packed before one looked what came next."""
    steps = len(case.steps())
    assert case.whenever(moments, tmp_path, steps - 4, steps) == []


@pytest.mark.slow
@pytest.mark.parametrize("older", [0, 2])
@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("copy", [True, False])
def test_no_step_of_a_rotation_loses_or_repeats_anything(
    moments: Moments, tmp_path: Path, copy: bool, packed: bool, older: int
) -> None:
    case = Case(older, copy, packed)
    steps = len(case.steps())
    for before in range(1, steps):
        for then in {before + 1, steps}:
            folder = tmp_path / f"{before}-{then}"
            folder.mkdir()
            assert case.whenever(moments, folder, before, then) == [], (before, then)
