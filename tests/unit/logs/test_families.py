"""Which files belong to a log: links, dates of all kinds, other logs beside it, copies of it."""

from __future__ import annotations

import gzip
import os
import re
import shutil
from pathlib import Path

import pytest

from jitsi_tui.logs.records import Record
from jitsi_tui.logs.show import Wanted, show
from jitsi_tui.logs.sources import Source

from .conftest import Open
from .following import BANNER, add, rotate
from .machine import Machine


def told(machine: Machine, log: Path) -> list[int]:
    """The numbers of all records that can be had of a log."""
    shown = show(machine, [Source("a", str(log))], Wanted(last=1000))
    texts = [one.text for one in shown if isinstance(one, Record)]
    return [int(found[1]) for text in texts if (found := re.search(r"number (\d+)", text))]


@pytest.fixture
def linked(log: Path) -> Path:
    """The file that a log's name leads to, in a folder of its own."""
    target = log.with_name("data") / "real.log"
    target.parent.mkdir()
    log.symlink_to("data/real.log")
    return target


class TestLink:
    def test_what_was_put_aside_beside_the_file_it_leads_to_is_found(
        self, machine: Machine, log: Path, linked: Path
    ) -> None:
        add(linked, 0, 10)
        rotate(linked)
        add(linked, 10, 20)
        assert told(machine, log) == list(range(20))

    def test_while_cut_off_nothing_is_lost(self, follow: Open, log: Path, linked: Path) -> None:
        add(linked, 0, 10)
        seen = follow(log)
        seen.cut()
        add(linked, 10, 20)
        rotate(linked)
        add(linked, 20, 30)
        seen.reconnect()
        seen.wait_numbers(30)
        seen.holds_each_once(30)
        assert seen.gaps() == []

    @pytest.mark.parametrize("way", ["days", "days/../days", "."])
    def test_days_that_it_led_to_before_are_found(
        self, machine: Machine, log: Path, way: str
    ) -> None:
        """As cronolog and rotatelogs do it."""
        log.with_name("days").mkdir()
        folder = log.parent / way
        for number, day in enumerate((28, 29, 30)):
            add(folder / f"a.2026-11-{day}.log", number * 10, number * 10 + 10)
        log.symlink_to(f"{way}/a.2026-11-30.log")
        assert told(machine, log) == list(range(30))


@pytest.mark.parametrize(
    "marks",
    [
        ("29112026", "30112026", "01122026"),
        ("29-11-2026", "30-11-2026", "01-12-2026"),
        ("2026.11.29", "2026.11.30", "2026.12.01"),
        ("2026-11-29_23:00:00", "2026-11-30_09:00:00", "2026-12-01_00:00:00"),
        ("20261129-1600", "20261129-1700", "20261130-0900"),
        ("1795900000", "1795990000", "1796000000"),
    ],
)
def test_dates_are_taken_as_logrotate_may_write_them(
    machine: Machine, log: Path, marks: tuple[str, ...]
) -> None:
    for number, mark in enumerate(marks):
        old = Path(f"{log}-{mark}")
        add(old, number * 10, number * 10 + 10)
        os.utime(old, (1_795_900_000 + number, 1_795_900_000 + number))
    add(log, 30, 40)
    assert told(machine, log) == list(range(40))


@pytest.mark.parametrize("other", ["a-8443.log", "a_2.log", "a.443.log"])
def test_a_log_of_another_port_or_instance_is_not_of_the_family(
    machine: Machine, log: Path, other: str
) -> None:
    add(log.with_name(other), 100, 110)
    rotate(log.with_name(other))
    add(log.with_name(other), 110, 120)
    add(log, 0, 10)
    assert told(machine, log) == list(range(10))


@pytest.mark.parametrize("packed", [False, True])
def test_copies_of_a_log_that_is_not_emptied_are_told_once(
    machine: Machine, log: Path, packed: bool
) -> None:
    """logrotate's ``copy``; with ``copytruncate`` as long as it copies."""
    add(Path(f"{log}.3"), 0, 10)
    add(log, 10, 20)
    if packed:
        Path(f"{log}.2.gz").write_bytes(gzip.compress(log.read_bytes()))
    else:
        shutil.copy2(log, f"{log}.2")
    add(log, 20, 30)
    shutil.copy2(log, f"{log}.1")
    add(log, 30, 40)
    assert told(machine, log) == list(range(40))


def test_what_only_begins_like_a_log_that_is_still_read_is_told(follow: Open, log: Path) -> None:
    log.write_bytes(BANNER)
    add(log, 0, 20)
    seen = follow(log)
    log.unlink()
    log.touch()
    seen.wait_for(lambda: "rotated" in seen.states())
    seen.pause()
    add(log, 20, 22)
    rotate(log)
    log.write_bytes(BANNER)
    add(log, 22, 25)
    rotate(log)
    seen.go_on()
    add(log, 25, 30)
    seen.wait_for(lambda: 29 in seen.numbers())
    seen.collect(0.2)
    seen.holds_each_once(30)


def test_what_was_copied_while_the_new_log_was_empty_is_told_once(follow: Open, log: Path) -> None:
    """logrotate's ``renamecopy``, and many a script that packs what it renamed."""
    add(log, 0, 10)
    seen = follow(log)
    renamed = log.rename(f"{log}.tmp")
    log.touch()
    add(renamed, 10, 20)
    seen.wait_numbers(20)
    shutil.copy2(renamed, f"{log}.1")
    renamed.unlink()
    seen.collect(1.2)
    add(log, 20, 30)
    seen.wait_numbers(30)
    seen.holds_each_once(30)
    assert seen.gaps() == []
