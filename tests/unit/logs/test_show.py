"""What the command shows: the last records, since when, what follows; merged and filtered."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from jitsi_tui.logs import follow
from jitsi_tui.logs.clock import NO_TIME
from jitsi_tui.logs.events import State
from jitsi_tui.logs.filters import Filter
from jitsi_tui.logs.levels import Level
from jitsi_tui.logs.patterns import SlowPatternError
from jitsi_tui.logs.records import Record
from jitsi_tui.logs.show import Wanted, as_json, show
from jitsi_tui.logs.since import SinceError, parse_since
from jitsi_tui.logs.sources import Source
from jitsi_tui.ssh.command import Command
from jitsi_tui.ssh.host import ConnectionLostError

from .machine import Machine, ProcessStream

NOW = datetime.now(UTC).replace(microsecond=0)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def prosody(seconds: float, text: str, level: str = "info") -> bytes:
    return f"{ago(seconds):%Y-%m-%d %H:%M:%S}Z mod {level}: {text}\n".encode()


def jicofo(seconds: float, text: str) -> bytes:
    return f"{ago(seconds):%Y-%m-%dT%H:%M:%S}.500Z INFO: {text}\n\tat trace\n".encode()


@pytest.fixture
def logs(tmp_path: Path) -> list[Source]:
    first, second = tmp_path / "a.log", tmp_path / "b.log"
    Path(f"{first}.1").write_bytes(b"".join(prosody(5000 - at, f"old {at}") for at in range(1000)))
    first.write_bytes(
        b"".join(
            prosody(1000 - at, f"a {at}", "error" if at % 100 == 0 else "info") for at in range(900)
        )
    )
    second.write_bytes(b"".join(jicofo(500 - at, f"b {at}") for at in range(400)))
    return [Source("a", str(first)), Source("b", str(second))]


class Hearing(Machine):
    """What its program said is known; the connection breaks after a word."""

    def __init__(self, last_word: bytes) -> None:
        super().__init__()
        self.heard = b""
        self.last_word = last_word

    def stream(self, command: Command) -> ProcessStream:
        self.streams.append(HeardStream(command, self))
        return self.streams[-1]


class HeardStream(ProcessStream):
    def __init__(self, command: Command, machine: Hearing) -> None:
        super().__init__(command)
        self.machine = machine

    def read(self, size: int = 65536, timeout: float | None = None) -> bytes:
        data = super().read(size, timeout)
        self.machine.heard += data
        self.cut = self.machine.last_word in self.machine.heard
        return data


def texts(shown: Iterator[Record | State]) -> list[str]:
    return [
        record.text.split("\n")[0].split(": ", 1)[1]
        for record in shown
        if isinstance(record, Record)
    ]


def test_the_last_records_of_each_are_merged_by_time(machine: Machine, logs: list[Source]) -> None:
    shown = [record for record in show(machine, logs, Wanted(last=2)) if isinstance(record, Record)]
    assert len(shown) == 4
    assert [record.time for record in shown] == sorted(
        record.time for record in shown if record.time
    )


def test_records_are_counted_not_lines(machine: Machine, logs: list[Source]) -> None:
    shown = list(show(machine, logs[1:], Wanted(last=300)))
    assert len(shown) == 300
    assert all(isinstance(record, Record) and "\tat trace" in record.text for record in shown)


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What ``journalctl`` says; a file ``late`` beside it holds how many seconds it takes."""
    program = tmp_path / "bin" / "journalctl"
    program.parent.mkdir()
    said = tmp_path / "said"
    program.write_text(
        f"#!/bin/sh\nsleep $(cat {tmp_path}/late || echo 0)\ncat {said}\n"
        'case " $* " in *" -f "*) exec sleep 600 ;; esac\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return said


def entry(seconds: float, text: str) -> str:
    stamp = int(ago(seconds).timestamp() * 1_000_000)
    said = {"__CURSOR": text, "__REALTIME_TIMESTAMP": str(stamp), "PRIORITY": "5", "MESSAGE": text}
    return json.dumps(said) + "\n"


@pytest.mark.parametrize("at_once", [follow._BATCH, 1])
def test_where_a_file_is_missing_its_units_journal_is_shown(
    machine: Machine,
    logs: list[Source],
    journal: Path,
    monkeypatch: pytest.MonkeyPatch,
    at_once: int,
) -> None:
    monkeypatch.setattr(follow, "_BATCH", at_once)  # a slow server tells what it has bit by bit
    journal.write_text("".join(entry(100 - at, f"said {at}") for at in range(50)))
    sources = [Source("c", f"{logs[0].path}.none", "c.service"), logs[1]]
    shown = list(show(machine, sources, Wanted(last=2)))
    assert not [one for one in shown if isinstance(one, State)]
    said = [one for one in shown if isinstance(one, Record) and one.source == "c"]
    assert [one.text.split("] ")[1] for one in said] == ["said 48", "said 49"]
    assert [one.time for one in said] == [ago(52), ago(51)]


def test_a_journal_may_take_its_time(
    machine: Machine, logs: list[Source], journal: Path, tmp_path: Path
) -> None:
    """After some seconds its log was called missing, and nothing of it was shown."""
    journal.write_text(entry(100, "said"))
    (tmp_path / "late").write_text("8")
    (record,) = show(machine, [Source("c", f"{logs[0].path}.none", "c.service")], Wanted(last=2))
    assert isinstance(record, Record) and record.text.endswith("said")


def test_what_the_journal_has_beyond_what_is_read_is_said(
    machine: Machine, logs: list[Source], journal: Path
) -> None:
    journal.write_text("".join(entry(500 - at, f"said {at}") for at in range(210)))
    sources = [Source("c", f"{logs[0].path}.none", "c.service")]
    first, *others = show(machine, sources, Wanted(since="1h"))
    assert isinstance(first, Record) and first.gap == "too-many"
    assert len(others) == 210


class Growing(Machine):
    """A log grows there faster than anybody reads."""

    def __init__(self, log: Path) -> None:
        super().__init__()
        self.log = log

    def stream(self, command: Command) -> ProcessStream:
        self.streams.append(GrowingStream(command, self.log))
        return self.streams[-1]


class GrowingStream(ProcessStream):
    def __init__(self, command: Command, log: Path) -> None:
        super().__init__(command)
        self.log = log

    def read(self, size: int = 65536, timeout: float | None = None) -> bytes:
        with self.log.open("ab") as file:
            file.write(prosody(0, "x" * 1000) * 300)
        assert self.log.stat().st_size < 100_000_000, "it never ends"
        return super().read(size, timeout)


@pytest.mark.parametrize("follow", [True, False])
def test_a_log_that_grows_faster_than_it_is_read_is_shown(logs: list[Source], follow: bool) -> None:
    machine = Growing(Path(logs[0].path))
    shown = show(machine, logs[:1], Wanted(last=5, follow=follow), go_on=lambda: False)
    assert len([one for one in shown if isinstance(one, Record)]) == 5
    machine.close()


def test_a_missing_file_without_a_journal_is_missing(
    machine: Machine, logs: list[Source], journal: Path
) -> None:
    journal.write_text("")
    sources = [Source("c", f"{logs[0].path}.none", "c.service"), logs[1]]
    states = [one for one in show(machine, sources, Wanted(last=2)) if isinstance(one, State)]
    assert [(state.source, state.state) for state in states] == [("c", "missing")]


def test_more_is_fetched_from_files_put_aside(machine: Machine, logs: list[Source]) -> None:
    assert len(texts(show(machine, logs[:1], Wanted(last=1500)))) == 1500


def test_as_many_as_asked_for_pass_the_filter(machine: Machine, logs: list[Source]) -> None:
    wanted = Wanted(last=5, filter=Filter(Level.ERROR))
    assert texts(show(machine, logs[:1], wanted)) == [f"a {at}" for at in range(400, 900, 100)]
    wanted = Wanted(last=3, filter=Filter(include=("old .*7$",)))
    assert texts(show(machine, logs[:1], wanted)) == ["old 977", "old 987", "old 997"]


def test_what_was_looked_through_is_not_looked_through_again(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each piece that was fetched was, and all that came before it."""
    log = tmp_path / "c.log"
    log.write_bytes(b"".join(prosody(0, f"{at} {'x' * 90}") for at in range(20_000)))
    looked_at: list[str] = []
    passes = Filter.passes

    def counted(wanted: Filter, text: str, *span: int) -> bool:
        looked_at.append(text)
        return passes(wanted, text, *span)

    monkeypatch.setattr(Filter, "passes", counted)
    wanted = Wanted(last=3, filter=Filter(include=("^.* 77 x",)))
    assert len(list(show(machine, [Source("c", str(log))], wanted))) == 1
    assert len(looked_at) <= 20_010


def test_what_takes_too_long_is_an_error(machine: Machine, tmp_path: Path) -> None:
    log = tmp_path / "c.log"
    log.write_bytes(prosody(10, "a" * 60))
    wanted = Wanted(filter=Filter(include=("(a+)+#",)))
    with pytest.raises(SlowPatternError, match="takes too long"):
        list(show(machine, [Source("c", str(log))], wanted))


@pytest.mark.parametrize(("since", "count"), [("900s", 801), ("4500s", 500 + 900)])
def test_since_reaches_back_exactly(
    machine: Machine, logs: list[Source], since: str, count: int
) -> None:
    passed = (datetime.now(UTC) - NOW).total_seconds()
    shown = texts(show(machine, logs[:1], Wanted(since=since)))
    assert count - passed - 3 <= len(shown) <= count


def test_since_says_where_it_asks_for_more_than_is_looked_through(
    machine: Machine, logs: list[Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jitsi_tui.logs.show.LOOK_BACK", 500)
    shown = [one for one in show(machine, logs, Wanted(since="2h")) if isinstance(one, Record)]
    gaps = [(one.source, one.gap) for one in shown if one.gap]
    assert gaps == [("a", "too-many")]
    assert sum(one.source == "b" for one in shown) == 400


def test_since_shows_the_last_of_a_log_that_tells_no_times(machine: Machine, log: Path) -> None:
    Path(f"{log}.1").write_bytes(b"".join(b"old %d\n" % at for at in range(100)))
    log.write_bytes(b"".join(b"new %d\n" % at for at in range(3)))
    wanted = Wanted(last=5, since="10m")
    shown = list(show(machine, [Source("a", str(log))], wanted))
    told = [one for one in shown if isinstance(one, Record)]
    assert [one.gap for one in told] == ["no-times", *[""] * 5]
    assert [one.text for one in told[1:]] == ["old 98", "old 99", "new 0", "new 1", "new 2"]


def test_what_follows_is_told_with_its_continuation_lines(
    machine: Machine, logs: list[Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    window = "jitsi_tui.logs.show._WINDOW"
    monkeypatch.setattr(window, 60.0)
    begins = [jicofo(-at, f"live {at}").splitlines(keepends=True)[0] for at in range(3)]
    lines = iter([line for begin in begins for line in (begin, b"\tat later\n")])

    def go_on() -> bool:
        line = next(lines, b"")
        if not line:
            monkeypatch.setattr(window, 0.1)
        with Path(logs[1].path).open("ab") as file:
            file.write(line)
        return True

    shown = show(machine, logs, Wanted(last=0, follow=True), go_on=go_on)
    got = [next(shown) for _ in range(3)]
    assert [record.text.split("\n")[1] for record in got if isinstance(record, Record)] == [
        "\tat later"
    ] * 3


def test_further_lines_that_come_late_are_told_by_themselves(
    machine: Machine, logs: list[Source]
) -> None:
    """A slow network, or a slow writer, cost ``logs -f`` the end of a stack trace."""
    path = Path(logs[1].path)
    shown = show(machine, logs, Wanted(last=1, follow=True))
    told = [next(shown), next(shown)]
    for text in ("\tat the start\n", jicofo(0, "live").decode(), "\tat last\n\tat the end\n"):
        with path.open("a") as file:
            file.write(text)
        told.append(next(shown))
    first, begun, live, late = told[-4:]
    assert [one.text.split(": ")[-1] for one in told[-3:] if isinstance(one, Record)] == [
        "\tat the start",
        "live\n\tat trace",
        "\tat last\n\tat the end",
    ]
    assert isinstance(first, Record) and isinstance(begun, Record)
    assert isinstance(live, Record) and isinstance(late, Record)
    assert (begun.offset, begun.moment) == (first.offset, first.moment)
    assert (late.offset, late.moment) == (live.offset, live.moment)


def test_further_lines_that_come_late_count_for_the_filter(
    machine: Machine, logs: list[Source]
) -> None:
    path = Path(logs[1].path)
    asked = count()

    def go_on() -> bool:
        number = next(asked)
        if number in (0, 20):
            with path.open("ab") as file:
                file.write(jicofo(0, "live") if not number else b"\tat last\n")
        return True

    wanted = Wanted(last=0, follow=True, filter=Filter(include=("at last",)))
    told = next(show(machine, logs, wanted, go_on=go_on))
    assert isinstance(told, Record) and told.text.endswith("live\n\tat trace\n\tat last")


@pytest.mark.parametrize("breaks", [True, False])
def test_what_came_before_the_end_is_told(logs: list[Source], breaks: bool) -> None:
    """It waited for further lines, and for older records, which do not come any more."""
    machine = Hearing(b"torn" if breaks else b"never")
    path = Path(logs[1].path)

    def go_on() -> bool:
        if b"torn" in machine.heard:
            return breaks
        if b"last" not in path.read_bytes():
            with path.open("ab") as file:
                file.write(jicofo(0, "last") + b"torn")
        return True

    shown = show(machine, logs, Wanted(last=0, follow=True), go_on=go_on)
    told = next(shown)
    assert isinstance(told, Record) and told.text.endswith("last\n\tat trace" + "\ntorn" * breaks)
    with pytest.raises(ConnectionLostError if breaks else StopIteration):
        next(shown)
    machine.close()


def test_a_missing_log_is_told_and_the_others_are_shown(
    machine: Machine, logs: list[Source], tmp_path: Path
) -> None:
    shown = list(show(machine, [*logs, Source("c", str(tmp_path / "none"))], Wanted(last=1)))
    states = [state for state in shown if isinstance(state, State)]
    assert [(state.source, state.state) for state in states] == [("c", "missing")]
    assert len(shown) == 3


def test_what_names_no_time_is_said_before_anything_is_shown(
    machine: Machine, logs: list[Source]
) -> None:
    with pytest.raises(SinceError):
        next(show(machine, logs, Wanted(since="yesterday-ish")))
    assert machine.streams == []


def test_the_program_ends_when_showing_does(machine: Machine, logs: list[Source]) -> None:
    shown = show(machine, logs, Wanted(follow=True))
    next(shown)
    shown.close()  # type: ignore[attr-defined]
    assert machine.streams[0].process.wait(60) is not None


def test_json_is_as_the_contract_has_it() -> None:
    moment = int(datetime(2026, 11, 24, 4, 0, 1, tzinfo=UTC).timestamp()) * 1_000_000 + 123_000
    record = Record("jicofo", moment, Level.WARNING, "a\n\tb", 12, 1)
    assert json.loads(json.dumps(as_json(record))) == {
        "source": "jicofo",
        "time": "2026-11-24T04:00:01.123000Z",
        "level": "warning",
        "text": "a\n\tb",
        "offset": 12,
    }
    assert as_json(Record("x", NO_TIME, Level.NONE, "t", 0, 1, cut=9))["cut"] == 9
    bare = as_json(Record("x", NO_TIME, Level.NONE, "t", 0, 1))
    assert "cut" not in bare
    assert bare["time"] is None
    assert bare["level"] is None
    assert as_json(Record("x", NO_TIME, Level.NONE, "why", 0, 1, gap="copied")) == {
        "source": "x",
        "gap": "why",
    }


class TestSince:
    NOON = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
    BERLIN = ZoneInfo("Europe/Berlin")

    @pytest.mark.parametrize(
        ("text", "time"),
        [
            ("10m", datetime(2026, 11, 24, 10, 50, tzinfo=UTC)),
            ("-10m", datetime(2026, 11, 24, 10, 50, tzinfo=UTC)),
            ("2 H", datetime(2026, 11, 24, 9, 0, tzinfo=UTC)),
            ("3d", datetime(2026, 11, 21, 11, 0, tzinfo=UTC)),
            ("11:30", datetime(2026, 11, 24, 10, 30, tzinfo=UTC)),
            ("12:30", datetime(2026, 11, 23, 11, 30, tzinfo=UTC)),
            ("2026-11-24", datetime(2026, 11, 23, 23, 0, tzinfo=UTC)),
            ("2026-11-24T08:00:00Z", datetime(2026, 11, 24, 8, 0, tzinfo=UTC)),
            ("2026-11-24 08:00", datetime(2026, 11, 24, 7, 0, tzinfo=UTC)),
        ],
    )
    def test_moments(self, text: str, time: datetime) -> None:
        assert parse_since(text, self.NOON, self.BERLIN) == time

    @pytest.mark.parametrize(
        ("text", "minutes"),
        [
            ("10min", 10), ("90 seconds", 1.5), ("1h30m", 90), ("-1h 30 mins", 90), ("2Hrs", 120),
            ("5 minutes ago", 5), ("1d 1h", 1500), ("1 week", 10080), ("0s", 0),
        ],
    )  # fmt: skip
    def test_a_span_is_taken_as_people_write_it(self, text: str, minutes: float) -> None:
        assert parse_since(text, self.NOON, self.BERLIN) == self.NOON - timedelta(minutes=minutes)

    @pytest.mark.parametrize("text", ["1h30", "1mo", "5mm", "ago", "- ago", "999999w 999999w"])
    def test_what_only_looks_like_a_span_is_none(self, text: str) -> None:
        with pytest.raises(SinceError):
            parse_since(text, self.NOON, self.BERLIN)

    @pytest.mark.parametrize(
        "text", ["", "10", "m", "25:00", "10x", "999999w", "2026-13-01", "--5m"]
    )
    def test_what_is_none_is_said(self, text: str) -> None:
        with pytest.raises(SinceError):
            parse_since(text, self.NOON, self.BERLIN)
