"""The server's clock: another than ours, or set while logs are followed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jitsi_tui.logs.book import LogBook
from jitsi_tui.logs.events import ClockSet, Lines, Server
from jitsi_tui.ssh.command import Command

from .following import Following, add, rotate
from .machine import Machine, ProcessStream

HOUR = 3600


class Elsewhen(Machine):
    """A machine whose clock shows so many seconds more as stand in a file."""

    def __init__(self, ahead: Path) -> None:
        super().__init__()
        self._ahead = ahead
        self.set(0)

    def set(self, seconds: int) -> None:
        new = self._ahead.with_suffix(".new")
        new.write_text(str(seconds))
        new.rename(self._ahead)

    def stream(self, command: Command) -> ProcessStream:
        shim = (
            "BEGIN { *CORE::GLOBAL::time = sub () {"
            f" open my $ahead, '<', '{self._ahead}' or die; CORE::time() + <$ahead> }} }}\n"
        )
        return super().stream(replace(command, stdin=shim.encode() + command.stdin))


@pytest.fixture
def elsewhen(tmp_path: Path) -> Iterator[Elsewhen]:
    machine = Elsewhen(tmp_path / "ahead")
    yield machine
    machine.close()


@pytest.mark.parametrize("seconds", [HOUR, -HOUR])
def test_a_clock_that_is_set_ends_no_file_that_is_still_written_to(
    elsewhen: Elsewhen, log: Path, seconds: int
) -> None:
    add(log, 0, 10)
    seen = Following(elsewhen, log)
    rotate(log)
    add(log, 10, 20)
    seen.wait_numbers(20)
    elsewhen.set(seconds)
    seen.wait_for(lambda: any(isinstance(event, ClockSet) for event in seen.events))
    seen.collect(0.3)
    add(Path(f"{log}.1"), 20, 30)
    seen.wait_numbers(30)
    seen.holds_each_once(30)


def test_a_log_that_is_gone_is_said_also_after_the_clock_was_set_back(
    elsewhen: Elsewhen, log: Path
) -> None:
    add(log, 0, 10)
    seen = Following(elsewhen, log)
    elsewhen.set(-HOUR)
    seen.wait_for(lambda: any(isinstance(event, ClockSet) for event in seen.events))
    log.rename(log.with_name("elsewhere"))
    seen.wait_for(lambda: seen.states()[-1] == "missing")


def test_what_the_servers_clock_shows_is_known_after_it_was_set(
    elsewhen: Elsewhen, log: Path
) -> None:
    add(log, 0, 10)
    seen = Following(elsewhen, log)
    book = LogBook([log.name])
    book.take(seen.events)
    told = len(seen.events)
    elsewhen.set(-HOUR)
    seen.wait_for(lambda: any(isinstance(event, ClockSet) for event in seen.events))
    book.take(seen.events[told:])
    assert abs(book.server_time() - (time.time() - HOUR)) < 60


@pytest.mark.parametrize("days", [-800, 0, 800])
def test_years_are_those_of_the_servers_clock(days: int) -> None:
    """Ours may show anything."""
    moment = datetime.now(UTC).replace(microsecond=0) + timedelta(days=days)
    book = LogBook(["prosody"])
    line = f"{moment:%b %d %H:%M:%S} x\tinfo\ttext\n".encode()
    book.take((Server("", 0, int(moment.timestamp()), as_root=True), Lines("prosody", line, 0, 1)))
    assert book.sources["prosody"].buffer.record(0).time == moment
