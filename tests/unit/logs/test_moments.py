"""Rotation is many steps: whichever happens between whichever two looks, the same is told."""

from __future__ import annotations

import gzip
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import replace
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


def begin(folder: Path, look: int, older: int, *, packed: bool) -> Path:
    """A log in a folder of its own, with numbers that go on from what was rotated away before."""
    log = folder / f"{look}" / f"{look}.log"
    log.parent.mkdir()
    for number in range(older, 0, -1):
        at = 20 * (older - number)
        add(Path(f"{log}.{number}"), at, at + 20)
        if packed:
            plain = Path(f"{log}.{number}")
            Path(f"{plain}.gz").write_bytes(gzip.compress(plain.read_bytes()))
            plain.unlink()
    add(log, 20 * older, 20 * older + 20)
    return log


def whenever(
    moments: Moments, folder: Path, older: int, before: int, then: int, *, copy: bool, packed: bool
) -> list[str]:
    """Rotate as many logs as there are looks: ``before`` steps first, up to ``then`` at that look.

    Returns what was told that is not right.
    """
    logs = [begin(folder, look, older, packed=packed) for look in range(LOOKS[older])]
    seen = Following(moments, *logs)
    first = 20 * older
    steps = [rotation(log.name, older, copy=copy, packed=packed) for log in logs]
    seen.pause()
    for look, log in enumerate(logs):
        happen(log, steps[look][:before])
        plan(log, look, steps[look][before:then])
    seen.go_on()
    seen.wait_for(lambda: not any(log.with_name("moments").exists() for log in logs))
    seen.collect(0.2)
    for look, log in enumerate(logs):
        happen(log, steps[look][then:])
        add(log, first + 20, first + 30)
    seen.wait_for(lambda: all(first + 29 in seen.numbers(log.name) for log in logs))
    gaps = [(event.source, event.why) for event in seen.events if isinstance(event, Gap)]
    faults = []
    for look, log in enumerate(logs):
        numbers, said = seen.numbers(log.name), [why for name, why in gaps if name == log.name]
        if numbers != list(range(first, first + 30)) or said != ["copied"] * copy:
            faults.append(f"at look {look}: {said}, {len(numbers)} of 30")
    return faults


@pytest.mark.parametrize("older", [0, 2])
@pytest.mark.parametrize("copy", [True, False])
def test_a_log_that_is_packed_just_then_loses_and_repeats_nothing(
    moments: Moments, tmp_path: Path, copy: bool, older: int
) -> None:
    """It was called gone: its plain copy was found, and packed before one looked what came next."""
    steps = len(rotation("", older, copy=copy, packed=True))
    assert whenever(moments, tmp_path, older, steps - 4, steps, copy=copy, packed=True) == []


@pytest.mark.slow
@pytest.mark.parametrize("older", [0, 2])
@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("copy", [True, False])
def test_no_step_of_a_rotation_loses_or_repeats_anything(
    moments: Moments, tmp_path: Path, copy: bool, packed: bool, older: int
) -> None:
    steps = len(rotation("", older, copy=copy, packed=packed))
    for before in range(1, steps):
        for then in {before + 1, steps}:
            folder = tmp_path / f"{before}-{then}"
            folder.mkdir()
            faults = whenever(moments, folder, older, before, then, copy=copy, packed=packed)
            assert faults == [], (before, then)
