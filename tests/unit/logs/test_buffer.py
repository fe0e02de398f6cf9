"""The buffer: bounded, small, and every record where its number says."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

import pytest

from jitsi_tui.logs.book import SourceBook
from jitsi_tui.logs.buffer import SourceBuffer
from jitsi_tui.logs.filters import Filter
from jitsi_tui.logs.marked import Held
from jitsi_tui.logs.records import RecordParser
from jitsi_tui.logs.view import View

from .parsed import NOW, at


def lines(first: int, end: int, level: bytes = b"INFO") -> bytes:
    return b"".join(
        b"Jicofo 2026-11-24 04:%02d:%02d.%03d %s: [1] Some.text#1: number %d\n"
        % (n // 60_000 % 60, n // 1000 % 60, n % 1000, level, n)
        for n in range(first, end)
    )


def filled(first: int, end: int, capacity: int = 100_000, step: int = 50) -> SourceBuffer:
    buffer = SourceBuffer("jicofo", capacity)
    parser = RecordParser(UTC, at(NOW))
    offset = 0
    for start in range(first, end, step):
        data = lines(start, min(end, start + step))
        buffer.append(parser.feed(data, offset), 1)
        offset += len(data)
    return buffer


def number_of(text: str) -> int:
    return int(text.rsplit(" ", 1)[1])


def test_every_record_is_found_by_its_number() -> None:
    buffer = filled(0, 5000, step=37)
    assert [number_of(buffer.record(at).text) for at in range(5000)] == list(range(5000))
    assert buffer.record(4321).time == datetime(2026, 11, 24, 4, 0, 4, 321_000, tzinfo=UTC)
    with pytest.raises(IndexError):
        buffer.record(5000)
    with pytest.raises(IndexError):
        buffer.record(-1)


@pytest.mark.parametrize("capacity", [1, 7, 100, 5000])
def test_it_is_bounded_and_counts_what_fell_out(capacity: int) -> None:
    buffer = filled(0, 20_000, capacity)
    assert len(buffer) <= max(capacity, 2)
    assert buffer.dropped + len(buffer) == 20_000
    assert number_of(buffer.record(buffer.first).text) == buffer.first
    assert number_of(buffer.record(buffer.end - 1).text) == 19_999
    with pytest.raises(IndexError):
        buffer.record(buffer.first - 1)


def test_offsets_are_those_in_the_file() -> None:
    buffer = filled(0, 3000, step=11)
    data = lines(0, 3000)
    for number in (0, 1, 1023, 1024, 1025, 2999):
        record = buffer.record(number)
        assert data[record.offset :].startswith(record.text.encode())


def test_a_hundred_thousand_records_take_little_memory() -> None:
    buffer = filled(0, 100_000, step=500)
    size = len(lines(0, 100_000))
    assert len(buffer) > 98_000
    # 17 bytes of numbers for each record; of its own ones little more than what differs.
    assert buffer.memory() < size // 3 + 100_000 * 20


def test_records_far_back_are_what_they_were() -> None:
    buffer = filled(0, 20_000, step=100)
    buffer.append_gap("copied", 1)
    more = RecordParser(UTC, at(NOW)).feed(lines(20_000, 30_000), 0)
    buffer.append(more, 2)
    assert [number_of(buffer.record(at).text) for at in range(20_000)] == list(range(20_000))
    assert buffer.record(20_000).gap == "copied"
    assert number_of(buffer.record(buffer.end - 1).text) == 29_999
    # Somebody reads far back while more comes.
    assert number_of(buffer.record(3).text) == 3
    older = RecordParser(UTC, at(NOW)).feed(lines(50_000, 55_000), 0)
    assert buffer.prepend(older, 0) == 5000
    assert [number_of(buffer.record(at).text) for at in range(-5000, 0)] == [*range(50_000, 55_000)]
    view = View(buffer, Filter(include=("number 519..$",)))
    while not view.update():
        pass
    assert list(view[0:200]) == [*range(-3100, -3000), 20_000]


def test_errors_and_warnings_are_counted() -> None:
    buffer = SourceBuffer("jicofo")
    parser = RecordParser(UTC, at(NOW))
    buffer.append(parser.feed(lines(0, 3, b"SEVERE") + lines(3, 5, b"WARNING") + lines(5, 9), 0), 1)
    assert (buffer.errors, buffer.warnings) == (3, 2)


def test_a_gap_stands_between_its_neighbours_and_takes_no_lines() -> None:
    buffer = filled(0, 3)
    buffer.append_gap("copied", 1)
    parser = RecordParser(UTC, at(NOW))
    buffer.append(parser.feed(b"\tat orphan\n" + lines(3, 5), 0), 2)
    gap = buffer.record(3)
    assert gap.gap == "copied"
    assert "no file" in gap.text
    assert [number_of(buffer.record(at).text) for at in (2, 5, 6)] == [2, 3, 4]
    assert buffer.record(4).text == "\tat orphan"


def test_a_record_that_grows_is_shown_grown() -> None:
    buffer = SourceBuffer("jicofo")
    parser = RecordParser(UTC, at(NOW))
    buffer.append(parser.feed(lines(0, 1), 0), 1)
    assert "\n" not in buffer.record(0).text
    buffer.append(parser.feed(b"\tat later\n", 100), 1)
    assert buffer.record(0).text.endswith("\n\tat later")


def test_a_mark_stays_on_its_record_when_that_is_fetched_again() -> None:
    """A line behind a gap was a record, and then belongs to one: all before it count one on."""
    one = SourceBook("a", 80)
    data = [lines(0, 5), b"\tat orphan\n" + lines(5, 10), lines(10, 90)]
    one.buffer.append(RecordParser(UTC, at(NOW)).feed(data[0], 0), 1)
    one.buffer.append_gap("gone", 1)
    one.buffer.append(RecordParser(UTC, at(NOW)).feed(data[1], len(data[0])), 1)
    held = Held.of(one, 3)
    shown = held.record
    one.buffer.append(RecordParser(UTC, at(NOW)).feed(data[2], len(data[0] + data[1])), 1)
    assert held.record is None
    oldest = one.buffer.record(one.buffer.first).offset
    one.buffer.reading = True
    one.buffer.prepend(
        RecordParser(UTC, at(NOW)).feed((data[0] + data[1] + data[2])[:oldest], 0), 1
    )
    assert held.record == shown
    assert Held.of(one, 3).key != held.key
    assert Held.of(one, 4) == held._replace(number=4)


def long_ones(count: int) -> bytes:
    """Records that can't be packed well, as whoever likes can have nginx write them."""
    return b"".join(
        b"2026-11-24T04:00:00Z GET /%s\n" % secrets.token_hex(4000).encode() for _ in range(count)
    )


class TestLongRecords:
    def test_they_take_no_more_memory_than_they_may(self) -> None:
        buffer = SourceBuffer("nginx", 10_000, memory=4 << 20)
        parser = RecordParser(UTC, at(NOW))
        for _ in range(100):
            buffer.append(parser.feed(long_ones(20), 0), 1)
            assert buffer.memory() < 5 << 20
        assert buffer.dropped + len(buffer) == 2000
        assert len(buffer) > 900
        buffer.clear()
        buffer.append(parser.feed(lines(0, 5000), 0), 1)
        assert len(buffer) == 5000

    def test_as_many_again_are_held_while_one_reads_and_none_is_fetched_over_and_over(self) -> None:
        buffer = SourceBuffer("nginx", 10_000, memory=4 << 20)
        parser = RecordParser(UTC, at(NOW))
        for _ in range(100):
            buffer.append(parser.feed(long_ones(20), 0), 1)
        before = len(buffer)
        assert buffer.heavy and not buffer.room
        buffer.reading = True
        while buffer.room:
            assert buffer.prepend(RecordParser(UTC, at(NOW)).feed(long_ones(10), 0), 1) == 10
        assert before * 3 // 2 < len(buffer) < before * 5 // 2
        for _ in range(100):
            buffer.append(parser.feed(long_ones(3), 0), 1)
            assert buffer.heavy and not buffer.room
        buffer.reading = False
        buffer.append(parser.feed(long_ones(1), 0), 1)
        assert buffer.memory() < 5 << 20


class TestPrepend:
    def test_older_records_count_down(self) -> None:
        buffer = filled(2000, 2010)
        block = RecordParser(UTC, at(NOW)).feed(lines(0, 2000), 0)
        assert buffer.prepend(block, 1)
        assert buffer.first == -2000
        assert [number_of(buffer.record(at).text) for at in (-2000, -1, 0, 9)] == [
            0,
            1999,
            2000,
            2009,
        ]
        parser = RecordParser(UTC, at(NOW))
        buffer.append(parser.feed(lines(2010, 2020), 0), 1)
        assert [number_of(buffer.record(at).text) for at in range(-2000, 20)] == list(range(2020))

    def test_there_must_be_room(self) -> None:
        buffer = filled(100, 200, capacity=150)
        block = RecordParser(UTC, at(NOW)).feed(lines(0, 100), 0)
        assert buffer.prepend(block, 1) == 50
        assert number_of(buffer.record(buffer.first).text) == 50
        assert buffer.prepend(block, 1) == 0
        buffer.reading = True
        assert buffer.room == 150

    def test_what_falls_out_for_new_records_is_not_fetched_again(self) -> None:
        buffer = filled(3000, 4000, capacity=1000)
        buffer.reading = True
        buffer.prepend(RecordParser(UTC, at(NOW)).feed(lines(0, 3000), 0), 1)
        parser = RecordParser(UTC, at(NOW))
        for number in range(4000, 4500):
            buffer.append(parser.feed(lines(number, number + 1), number), 1)
            assert not buffer.room
        buffer.reading = False
        buffer.append(parser.feed(lines(4500, 4501), 4500), 1)
        assert len(buffer) <= 1000

    def test_what_is_fetched_again_is_what_it_is_now(self) -> None:
        """Its numbers may have been those of other records: a line behind a gap was one."""
        buffer = filled(0, 100, capacity=800)
        buffer.append_gap("gone", 1, "two")
        buffer.append_gap("copied", 1)
        parser = RecordParser(UTC, at(NOW))
        orphan = b"\tat orphan\n"
        buffer.append(parser.feed(orphan + lines(100, 200), 0), 1)
        for number in range(buffer.first, buffer.end):
            buffer.record(number)
        buffer.append(parser.feed(lines(200, 950), 0), 1)
        oldest = number_of(buffer.record(buffer.first).text)
        buffer.reading = True
        again = lines(0, 100) + orphan + lines(100, oldest)
        buffer.prepend(RecordParser(UTC, at(NOW)).feed(again, 0), 1)
        held = [buffer.record(number) for number in range(buffer.first, buffer.end)]
        assert [(gap.gap, gap.text.partition("(")[2]) for gap in held[100:102]] == [
            ("gone", "two)"),
            ("copied", ""),
        ]
        del held[100:102]
        assert [number_of(one.text.partition("\n")[0]) for one in held] == list(range(950))

    def test_into_an_empty_buffer(self) -> None:
        buffer = SourceBuffer("jicofo")
        assert buffer.prepend(RecordParser(UTC, at(NOW)).feed(lines(0, 5), 0), 1) == 5
        buffer.append(RecordParser(UTC, at(NOW)).feed(lines(5, 8), 0), 2)
        assert [
            number_of(buffer.record(at).text) for at in range(buffer.first, buffer.end)
        ] == list(range(8))

    def test_into_an_empty_buffer_then_a_gap(self) -> None:
        buffer = SourceBuffer("jicofo")
        buffer.prepend(RecordParser(UTC, at(NOW)).feed(lines(0, 5), 0), 1)
        buffer.append_gap("emptied", 2)
        buffer.append(RecordParser(UTC, at(NOW)).feed(lines(5, 8), 0), 2)
        held = [buffer.record(number) for number in range(buffer.first, buffer.end)]
        assert [one.gap for one in held].index("emptied") == 5
        assert [number_of(one.text) for one in held if not one.gap] == list(range(8))
