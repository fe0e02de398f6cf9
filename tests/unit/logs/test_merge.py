"""Several logs as one: by time, each log's own order kept, whenever records come."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jitsi_tui.logs.buffer import SourceBuffer
from jitsi_tui.logs.filters import Filter
from jitsi_tui.logs.merge import Entry, MergedView, Row, _Part
from jitsi_tui.logs.records import RecordParser
from jitsi_tui.logs.view import View

from .parsed import at
from .test_buffer import filled, lines

START = datetime(2026, 12, 31, 23, 59, 50, tzinfo=UTC)


def prosody(moment: datetime, text: str) -> bytes:
    return f"{moment:%b %d %H:%M:%S} mod_bosh\tinfo\t{text}\n".encode()


def jicofo(moment: datetime, text: str) -> bytes:
    stamp = f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03}"
    return f"Jicofo {stamp} INFO: [1] {text}\n\tat continued\n".encode()


def nginx(moment: datetime, text: str) -> bytes:
    return f"{moment:%Y/%m/%d %H:%M:%S} [error] 1#1: {text}\n".encode()


def access(moment: datetime, text: str) -> bytes:
    stamp = f"{moment + timedelta(hours=2):%d/%b/%Y:%H:%M:%S} +0200"
    return f'192.0.2.1 - - [{stamp}] "GET /{text} HTTP/1.1" 200 1\n'.encode()


FORMATS = (prosody, jicofo, nginx, access)


class Logs:
    """Four logs in four formats, and their merged view."""

    def __init__(
        self,
        zone: tzinfo = UTC,
        now: datetime | None = None,
        capacity: int = 1000,
        wall: Callable[[], float] | None = None,
    ) -> None:
        until = START + timedelta(days=2)
        self.buffers = [SourceBuffer(form.__name__, capacity) for form in FORMATS]
        self.parsers = [RecordParser(zone, at(until)) for _ in FORMATS]
        self.merged = MergedView(
            [View(buffer) for buffer in self.buffers], at(now) if now else wall
        )

    def add(self, source: int, moment: datetime, text: str) -> None:
        data = FORMATS[source](moment, text)
        self.buffers[source].append(self.parsers[source].feed(data, 0), 1)

    def texts(self) -> list[str]:
        self.merged.update()
        return [self.text(row) for row in self.merged.rows(0, len(self.merged))]

    def text(self, row: Row) -> str:
        text = self.buffers[row.source].record(row.number).text.split("\n")[0]
        return re.split(r"[\s/]", text.split(" HTTP")[0])[-1]


def test_four_formats_are_one_story_over_midnight_and_new_year() -> None:
    logs = Logs()
    for step in range(40):
        logs.add(step % 4, START + timedelta(seconds=step), f"n{step}")
    assert logs.texts() == [f"n{step}" for step in range(40)]


def test_clocks_two_seconds_apart_are_put_in_order_when_late_ones_come() -> None:
    logs = Logs()
    for step in range(20):
        logs.add(1, START + timedelta(seconds=step), f"a{step}")
        if step >= 2:
            logs.add(2, START + timedelta(seconds=step - 2), f"b{step - 2}")
        logs.texts()
    expected = [f"{name}{step}" for step in range(18) for name in "ab"] + ["a18", "a19"]
    assert logs.texts() == expected


def test_a_logs_own_order_is_kept_where_its_clock_went_back() -> None:
    logs = Logs()
    for step, seconds in enumerate([0, 1, 5, 2, 3, 6]):
        logs.add(1, START + timedelta(seconds=seconds), f"n{step}")
    logs.add(2, START + timedelta(seconds=4), "other")
    texts = logs.texts()
    assert [text for text in texts if text != "other"] == [f"n{step}" for step in range(6)]


class Wall:
    """The server's clock, which is set while logs are followed."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> float:
        return self.moment.timestamp()


@pytest.mark.parametrize("hours", [-1, 1])
def test_logs_go_on_at_the_end_when_the_servers_clock_is_set(hours: int) -> None:
    """And is set right again later: a log must not stand still until its clock is there again."""
    wall = Wall(START)
    logs = Logs(wall=wall)
    told = []
    for step in range(60):
        if step in (20, 40):
            wall.moment += timedelta(hours=hours if step == 20 else -hours)
        wall.moment += timedelta(milliseconds=700)
        # One of the logs says nothing while the clock is wrong.
        source = 1 + step % 3 if not 20 <= step < 40 else 1 + step % 2
        logs.add(source, wall.moment, f"n{step}")
        told.append(f"n{step}")
        assert logs.texts() == told


def out_of_place(texts: list[str]) -> int:
    """By how many places a line stands elsewhere than its number says, at most."""
    assert len(texts) == len(set(texts))
    return max(abs(place - int(text[1:])) for place, text in enumerate(texts))


def test_after_a_clock_was_set_back_the_logs_are_still_one_story() -> None:
    """What was there already has no order of arrival: when it was set, each log knows to a line."""
    logs = Logs()
    moment = START
    for step in range(200):
        moment += timedelta(seconds=1) if step != 100 else timedelta(hours=-1)
        logs.add(1 + step % 2, moment, f"n{step}")
    assert out_of_place(logs.texts()) <= 1


def test_older_lines_from_before_a_clock_was_set_back_are_one_story_too() -> None:
    logs = Logs(capacity=1000)
    until = at(START + timedelta(days=2))
    logs.add(1, START, "n200")
    logs.add(2, START + timedelta(seconds=1), "n201")
    logs.texts()
    old: dict[int, bytes] = {1: b"", 2: b""}
    for step in range(200):
        back = 200 - step if step >= 100 else 200 - step - 3600
        moment = START - timedelta(seconds=back)
        old[1 + step % 2] += FORMATS[1 + step % 2](moment, f"n{step}")
    for source, data in old.items():
        logs.buffers[source].prepend(RecordParser(UTC, until).feed(data, 0), 1)
    assert len(logs.texts()) == 202
    assert out_of_place(logs.texts()) <= 1


def test_a_line_that_claims_a_time_years_ahead_holds_nothing_back() -> None:
    logs = Logs(now=START + timedelta(seconds=10))
    logs.add(1, START, "n0")
    logs.add(1, START.replace(year=2099), "forged")
    logs.add(2, START + timedelta(seconds=1), "n1")
    logs.add(1, START + timedelta(seconds=2), "n2")
    logs.add(2, START + timedelta(seconds=3), "n3")
    assert logs.texts() == ["n0", "forged", "n1", "n2", "n3"]


def test_a_log_of_two_clocks_in_turn_runs_away_from_no_other() -> None:
    """Two programs that write one file, one of them by UTC."""
    logs = Logs(now=START + timedelta(seconds=100))
    for step in range(50):
        moment = START + timedelta(seconds=step)
        logs.add(1, moment - timedelta(hours=2 * (step % 2)), f"n{step}")
    logs.add(2, START + timedelta(seconds=60), "other")
    assert logs.texts()[-1] == "other"


def test_a_log_that_comes_late_as_a_whole_is_put_in_where_it_belongs() -> None:
    logs = Logs()
    for step in range(0, 100, 2):
        logs.add(1, START + timedelta(seconds=step), f"n{step}")
    logs.texts()
    for step in range(1, 100, 2):
        logs.add(2, START + timedelta(seconds=step), f"n{step}")
    assert logs.texts() == [f"n{step}" for step in range(100)]


def test_records_of_one_second_stand_in_the_order_they_came_in_while_live() -> None:
    """A stamp without fractions must not move a line up before what the reader has just seen."""
    logs = Logs(now=START + timedelta(seconds=1))
    logs.add(1, START + timedelta(milliseconds=300), "first")
    logs.texts()
    logs.add(0, START, "second")
    logs.texts()
    logs.add(1, START + timedelta(milliseconds=900), "third")
    assert logs.texts() == ["first", "second", "third"]


def test_gaps_stand_where_they_happened() -> None:
    logs = Logs()
    logs.add(1, START, "a0")
    logs.buffers[1].append_gap("copied", 1)
    logs.add(1, START + timedelta(seconds=9), "a1")
    logs.add(2, START + timedelta(seconds=5), "b")
    logs.merged.update()
    rows = logs.merged.rows(0, 4)
    assert logs.buffers[1].record(rows[1].number).gap == "copied"


def test_what_falls_out_of_a_buffer_leaves_the_merged_view() -> None:
    logs = Logs(capacity=50)
    for step in range(400):
        logs.add(1, START + timedelta(seconds=step), f"n{step}")
        if step % 40 == 0:
            logs.add(2, START + timedelta(seconds=step), f"m{step}")
        logs.merged.update()
    assert len(logs.merged) == len(logs.buffers[1]) + len(logs.buffers[2])
    for row in logs.merged.rows(0, len(logs.merged)):
        logs.buffers[row.source].record(row.number)


@pytest.mark.parametrize("wanted", [Filter(), Filter(include=("number",))])
def test_what_fell_out_of_a_buffer_since_the_last_look_is_in_no_row(wanted: Filter) -> None:
    buffers = [filled(0, 10, capacity=1000), filled(0, 10, capacity=1000)]
    views = [View(buffer, wanted) for buffer in buffers]
    merged = MergedView([View(buffer, wanted) for buffer in buffers])
    for view in views:
        view.update()
    merged.update()
    data, parser = lines(10, 3000), RecordParser(UTC, at(START))
    buffers[0].append(parser.feed(data, len(lines(0, 10))), 1)
    assert [row.source for row in merged.rows(0, len(merged))] == [1] * 10
    assert merged.index(Row(0, 0)) == len(merged)
    assert [len(view) for view in views] == [0, 10]
    assert not views[0][:]
    assert views[0].index(5) == 0


def test_history_comes_before_what_is_there() -> None:
    buffer = SourceBuffer("jicofo")
    parser = RecordParser(UTC, at(START))
    buffer.append(parser.feed(lines(5000, 5010), 0), 1)
    merged = MergedView([View(buffer)])
    merged.update()
    buffer.prepend(RecordParser(UTC, at(START)).feed(lines(0, 5000), 0), 1)
    while not merged.update(1000):
        pass
    assert [row.number for row in merged.rows(0, len(merged))] == list(range(-5000, 10))


def test_what_fell_out_stands_at_its_time_when_it_is_fetched_again() -> None:
    """It went to where the oldest record had stood that was ever seen."""
    logs = Logs(capacity=200)
    for step in range(1000):
        logs.add(1 + 2 * (step % 100 == 0), START + timedelta(seconds=step), f"n{step}")
        logs.merged.update()
    busy, first = logs.buffers[1], int(logs.texts()[10][1:])
    older = b"".join(
        jicofo(START + timedelta(seconds=step), f"n{step}")
        for step in range(first - 150, first)
        if step % 100
    )
    busy.reading = True
    assert busy.prepend(RecordParser(UTC, at(START + timedelta(days=2))).feed(older, 0), 1)
    texts = logs.texts()
    assert texts == sorted(texts, key=lambda text: int(text[1:]))
    moment = START + timedelta(seconds=first - 100)
    row = logs.merged.row(logs.merged.index_at(int(moment.timestamp() * 1e6)))
    assert logs.text(row) in (f"n{first - 100}", f"n{first - 99}")


def test_a_record_that_passes_no_longer_costs_its_own_part_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each later look went through all rows."""
    buffers = [filled(0, 20_000), filled(0, 20)]
    parser = RecordParser(UTC, at(START))
    noise = lines(19_000, 19_001)[:-1] + b" unwanted\n"
    buffers[1].append(parser.feed(noise + lines(20_000, 20_001), 0), 1)
    merged = MergedView([View(buffer, Filter(exclude=("unwanted",))) for buffer in buffers])
    while not merged.update():
        pass
    taken: list[int] = []
    entries = _Part.entries

    def counted(part: _Part) -> list[Entry]:
        taken.append(len(part))
        return entries(part)

    monkeypatch.setattr(_Part, "entries", counted)
    buffers[1].append(parser.feed(b"\tunwanted\n", 200), 1)
    for _ in range(3):
        merged.update()
        assert len(taken) == 1 and len(merged) == 20_020
    buffers[1].append(parser.feed(lines(20_002, 20_003), 300), 1)
    merged.update()
    assert len(merged) == 20_021 and merged.row(20_020) == Row(1, 22)


def test_rows_are_found_again_and_by_time() -> None:
    logs = Logs()
    for step in range(200):
        logs.add(step % 4, START + timedelta(seconds=step), f"n{step}")
    logs.merged.update()
    for index in (0, 1, 77, 199):
        assert logs.merged.index(logs.merged.row(index)) == index
    moment = int((START + timedelta(seconds=100)).timestamp() * 1e6)
    assert logs.merged.index_at(moment) == 100


def test_a_filtered_merged_view_is_right_from_its_end_backwards() -> None:
    buffers = [SourceBuffer(name) for name in "ab"]
    for buffer in buffers:
        buffer.append(RecordParser(UTC, at(START)).feed(lines(0, 30_000), 0), 1)
    merged = MergedView([View(buffer, Filter(include=("5$",))) for buffer in buffers])
    assert not merged.update(1000)
    assert merged.row(len(merged) - 1).number == 29_995
    while not merged.update(5000):
        pass
    assert len(merged) == 6000
    assert [row.number for row in merged.rows(0, 4)] == [5, 5, 15, 15]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 20), st.booleans()), min_size=1, max_size=60
    )
)
def test_the_order_is_by_time_and_keeps_each_log(entries: list[tuple[int, int, bool]]) -> None:
    logs = Logs(capacity=30)
    clocks = [0, 0, 0, 0]
    for step, (source, seconds, update) in enumerate(entries):
        clocks[source] += seconds
        logs.add(source, START + timedelta(seconds=clocks[source]), f"n{step}")
        if update:
            logs.merged.update()
    logs.merged.update()
    rows = logs.merged.rows(0, len(logs.merged))
    assert len(rows) == sum(len(buffer) for buffer in logs.buffers)
    times = [logs.buffers[row.source].time(row.number) for row in rows]
    assert times == sorted(times)
    for source in range(4):
        numbers = [row.number for row in rows if row.source == source]
        assert numbers == list(range(logs.buffers[source].first, logs.buffers[source].end))


def test_a_row_among_many_is_found_at_once_however_they_came_together() -> None:
    buffers = [SourceBuffer(name, 200_000) for name in ("a", "b")]
    for which, buffer in enumerate(buffers):
        moments = [START + timedelta(milliseconds=10 * n + 5 * which) for n in range(25_000)]
        data = b"".join(
            f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z INFO: x\n".encode()
            for moment in moments
        )
        buffer.append(RecordParser(UTC).feed(data, 0), which)
    merged = MergedView([View(buffer) for buffer in buffers])
    while not merged.update():
        pass
    assert len(merged) == 50_000
    assert max(len(part) for part in merged._parts) <= 8192
    for index in range(0, 50_000, 3919):
        assert merged.index(merged.row(index)) == index
