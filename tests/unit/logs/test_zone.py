"""The server's time zone: set while logs are followed, its clocks put forward and back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from jitsi_tui.logs.book import LogBook
from jitsi_tui.logs.events import Began, CaughtUp, ClockSet, Event, History, Lines, Server, ZoneSet
from jitsi_tui.logs.rows import MergedRows
from jitsi_tui.logs.since import parse_since
from jitsi_tui.ssh.command import Command

from .following import Following, add
from .machine import Machine, ProcessStream

BERLIN, NEW_YORK, KOLKATA = "Europe/Berlin", "America/New_York", "Asia/Kolkata"
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
BACK = datetime(2026, 10, 25, 1, tzinfo=UTC)
"""When the clocks of Berlin are put back to 02:00."""

SPRING = datetime(2026, 3, 29, 1, tzinfo=UTC)
"""When they are put forward to 03:00."""


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


class Shown:
    """A server whose clock shows a moment, and the book of its logs."""

    def __init__(self, now: datetime, zone: str = BERLIN) -> None:
        self.now = now
        self.book = LogBook(["jicofo", "web"])
        self.ends = {"jicofo": 0, "web": 0}
        self.take(Server(zone, 0, int(now.timestamp()), as_root=True))

    def take(self, *events: Event) -> None:
        self.book.take(events)

    def begin(self, *written: datetime, zone: str = BERLIN) -> None:
        """What the log held at the start."""
        mtime = int(max((*written, datetime.fromtimestamp(0, UTC))).timestamp())
        self.take(Began("jicofo", 1, "jicofo.log", mtime), Began("web", 2, "web.log", 0))
        self.say(*written, zone=zone)
        self.take(CaughtUp())

    def say(self, *written: datetime, zone: str = BERLIN, log: str = "jicofo") -> None:
        """Lines of a log with their times as a clock in that zone showed them."""
        data = b"".join(line(one, zone) for one in written)
        self.take(Lines(log, data, self.ends[log], 1 + (log == "web")))
        self.ends[log] += len(data)

    def times(self, log: str = "jicofo") -> list[datetime | None]:
        buffer = self.book.sources[log].buffer
        return [buffer.record(number).time for number in range(buffer.first, buffer.end)]


def line(written: datetime, zone: str) -> bytes:
    here = written.astimezone(ZoneInfo(zone))
    return f"Jicofo {here:%Y-%m-%d %H:%M:%S}.000 INFO: [1] A.b#1: said\n".encode()


@pytest.mark.parametrize(
    ("zone", "new"), [(BERLIN, NEW_YORK), (NEW_YORK, BERLIN), (BERLIN, "UTC"), ("UTC", KOLKATA)]
)
def test_programs_take_over_a_zone_when_they_start_anew(zone: str, new: str) -> None:
    server = Shown(NOON, zone)
    written = [NOON - minutes(600), NOON - minutes(2), NOON - minutes(1), NOON]
    server.begin(written[0], zone=zone)
    server.take(ZoneSet(new, 0))
    assert str(server.book.zone) == new
    server.say(written[1], zone=zone)
    server.say(*written[2:], zone=new)
    assert server.times() == written


@pytest.mark.parametrize("new", [NEW_YORK, KOLKATA])
def test_logs_stay_merged_in_the_order_of_what_happened_when_the_zone_is_set(new: str) -> None:
    server = Shown(NOON)
    server.begin(NOON - minutes(700))
    rows = MergedRows(list(server.book.sources.values()), now=server.book.server_time)
    server.take(ZoneSet(new, 0))
    for log, zone in (("web", new), ("jicofo", BERLIN), ("web", new), ("jicofo", new)):
        server.say(server.now, zone=zone, log=log)
        rows.update()
    assert [row.source for row in rows.rows(0, 9)] == [0, 1, 0, 1, 0]
    assert server.times("web") == [NOON, NOON]


def test_the_same_digits_mean_another_time_once_the_zone_is_taken_over() -> None:
    server = Shown(NOON)
    server.begin()
    server.take(ZoneSet(NEW_YORK, 0))
    written = [NOON - minutes(1), NOON, NOON + minutes(359)]
    server.say(*written[:2])
    server.take(ClockSet(int(written[2].timestamp())))
    server.say(written[2], zone=NEW_YORK)
    assert server.times() == written


def test_what_rotation_starts_is_of_the_zone_in_which_the_program_runs() -> None:
    server = Shown(NOON)
    server.begin(NOON - minutes(3))
    server.take(ZoneSet(NEW_YORK, 0))
    server.take(Began("jicofo", 3, "jicofo.log", int(NOON.timestamp())))
    server.take(Lines("jicofo", line(NOON, BERLIN), 0, 3))
    assert server.times()[-1] == NOON


def test_a_quiet_log_goes_on_after_its_clocks_were_put_back() -> None:
    now = BACK + minutes(10)
    server = Shown(now)
    server.begin(BACK - minutes(65))
    server.say(now - minutes(1), now)
    assert server.times() == [BACK - minutes(65), now - minutes(1), now]


def test_no_line_is_taken_for_one_that_is_yet_to_come() -> None:
    """In an hour that will have a second pass, lines may be late all the same."""
    now = BACK - minutes(20)
    server = Shown(now)
    server.begin(BACK - minutes(70))
    written = [now, now - minutes(5), now]
    server.say(*written)
    assert server.times() == [BACK - minutes(70), *written]


def test_clocks_that_are_put_forward_move_no_line() -> None:
    server = Shown(SPRING + minutes(1))
    written = [SPRING - minutes(1), SPRING, SPRING + minutes(1)]
    server.begin(written[0])
    server.say(*written[1:])
    assert server.times() == written


def test_what_a_log_held_after_the_clocks_were_put_back_ends_when_it_was_written_last() -> None:
    written = [BACK + minutes(5), BACK + minutes(7)]
    server = Shown(BACK + minutes(300))
    server.begin(*written)
    assert server.times() == written


@pytest.mark.parametrize("since", [-50, 5])
def test_older_pieces_end_where_newer_ones_begin(since: int) -> None:
    """In the one pass, and in the other."""
    newest = BACK + minutes(since + 4)
    server = Shown(BACK + minutes(300))
    server.begin(newest)
    history = server.book.sources["jicofo"].history
    older = [BACK + minutes(since), BACK + minutes(since + 2)]
    data = b"half a line\n" + b"".join(line(one, BERLIN) for one in older)
    history._at = (0, 1, 5000)
    assert history.ask(Asked())
    server.take(History(7, "jicofo", 1, 5000 - len(data), data, "done"))
    assert server.times() == [*older, newest]


class Asked:
    def before(self, source: str, file: int, offset: int, size: int) -> int:
        return 7

    def previous(self, source: str, file: int, size: int) -> int:
        return 7


@pytest.mark.parametrize(
    ("text", "now", "meant"),
    [
        ("02:40", BACK + minutes(30), BACK - minutes(20)),
        ("02:10", BACK + minutes(30), BACK - minutes(50)),
        ("02:10", BACK + minutes(600), BACK - minutes(50)),
        ("2026-10-25T02:10", BACK + minutes(600), BACK - minutes(50)),
        ("30m", BACK + minutes(10), BACK - minutes(20)),
        ("01:30", BACK + minutes(30), BACK - minutes(90)),
        # There was no 02:30 that day.
        (
            "02:30",
            datetime(2026, 3, 29, 1, 10, tzinfo=UTC),
            datetime(2026, 3, 29, 0, 30, tzinfo=UTC),
        ),
        ("2026-03-29 02:30", NOON, SPRING - minutes(30)),
    ],
)
def test_a_time_that_is_typed_misses_nothing_where_clocks_are_changed(
    text: str, now: datetime, meant: datetime
) -> None:
    assert parse_since(text, now, ZoneInfo(BERLIN)) == meant


class Movable(Machine):
    """A machine whose zone stands in a file."""

    def __init__(self, zone: Path) -> None:
        super().__init__()
        self._zone = zone
        self.set("Europe/Berlin")

    def set(self, name: str) -> None:
        new = self._zone.with_suffix(".new")
        new.symlink_to(f"/usr/share/zoneinfo/{name}")
        new.rename(self._zone)

    def stream(self, command: Command) -> ProcessStream:
        shim = f"BEGIN {{ *CORE::GLOBAL::readlink = sub {{ CORE::readlink '{self._zone}' }} }}\n"
        return super().stream(replace(command, stdin=shim.encode() + command.stdin))


def test_a_zone_that_is_set_is_told(log: Path, tmp_path: Path) -> None:
    machine = Movable(tmp_path / "localtime")
    add(log, 0, 10)
    seen = Following(machine, log)
    machine.set("Asia/Kolkata")
    seen.wait_for(lambda: any(isinstance(event, ZoneSet) for event in seen.events))
    told = [event for event in seen.events if isinstance(event, Server | ZoneSet)]
    assert [one.zone_name for one in told] == ["Europe/Berlin", "Asia/Kolkata"]
    machine.close()
