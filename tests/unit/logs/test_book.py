"""The book of all logs: from the follower's events to records, history and standing."""

from __future__ import annotations

import gzip
from datetime import UTC
from pathlib import Path

import pytest

from jitsi_tui.logs.book import LogBook
from jitsi_tui.logs.events import (
    Began,
    CaughtUp,
    Elsewhere,
    Ended,
    Gap,
    History,
    Lines,
    Server,
    State,
)
from jitsi_tui.logs.follow import Follower
from jitsi_tui.logs.history import PIECE
from jitsi_tui.logs.sources import Source

from .following import add, numbered, rotate
from .machine import Machine
from .test_buffer import lines, number_of


def numbers(book: LogBook, source: str) -> list[int]:
    buffer = book.sources[source].buffer
    return [number_of(buffer.record(at).text) for at in range(buffer.first, buffer.end)]


def test_a_book_knows_what_a_title_shows() -> None:
    book = LogBook(["jicofo", "jvb"])
    assert book.sources["jvb"].state == "waiting"
    book.take(
        (
            Server("Europe/Berlin", 3600, 1_800_000_000, as_root=True),
            Began("jicofo", 1, "/x", 0),
            State("jicofo", "open", ""),
            State("jvb", "missing", "No such file or directory"),
            CaughtUp(),
            Lines("jicofo", lines(0, 300) + lines(300, 310, b"SEVERE"), 0, 1),
            State("jicofo", "rotated", ""),
        ),
        now=100.5,
    )
    jicofo = book.sources["jicofo"]
    assert (jicofo.state, jicofo.buffer.errors, len(jicofo.buffer)) == ("open", 10, 310)
    assert jicofo.meter.rate(101.2) > 100
    assert book.sources["jvb"].state == "missing"
    assert str(book.zone) == "Europe/Berlin"
    assert list(jicofo.meter.errors(101.2, 2)) == [0, 10]


def test_what_stood_in_a_file_before_says_nothing_of_how_fast_it_grows() -> None:
    book = LogBook(["jicofo"])
    book.take((Lines("jicofo", lines(0, 500), 0, 1), CaughtUp()), now=100.5)
    assert book.sources["jicofo"].meter.rate(101.2) == 0


def test_what_stood_in_an_added_log_before_is_not_new_but_what_the_others_missed_is() -> None:
    book = LogBook(["jicofo"])
    server = Server("UTC", 0, 1_800_000_000, as_root=True)
    began = Began("jicofo", 1, "/x", 0)
    book.take((server, began, Lines("jicofo", lines(0, 9), 0, 1), CaughtUp()), now=100.5)
    added = book.source("jvb")
    book.take((CaughtUp(),), now=100.5)
    old, missed = lines(0, 500, b"SEVERE"), lines(9, 12, b"SEVERE")
    told = (Began("jvb", 2, "/y", 0), Lines("jvb", old, 0, 2), Lines("jicofo", missed, 900, 1))
    book.take((server, began, *told, CaughtUp()), now=100.5)
    assert (added.meter.rate(101.2), list(added.meter.errors(101.2, 1))) == (0, [0])
    assert list(book.sources["jicofo"].meter.errors(101.2, 1)) == [3]
    book.take((Lines("jvb", lines(500, 503, b"SEVERE"), 99, 2),), now=101.5)
    assert list(added.meter.errors(102.2, 1)) == [3]
    book.take((Elsewhere("jvb"), server, Lines("jvb", lines(0, 9), 0, 3)), now=102.5)
    assert list(added.meter.records(103.2, 1)) == [0]


def test_the_rest_of_a_record_before_the_tail_is_no_record() -> None:
    book = LogBook(["jicofo"])
    book.take((Lines("jicofo", b"Caused by: x\n\tat y\n" + lines(0, 3), 5000, 1),))
    assert numbers(book, "jicofo") == [0, 1, 2]


def test_a_record_that_rotation_cut_in_two_is_one() -> None:
    book = LogBook(["jicofo"])
    book.take(
        (
            Lines("jicofo", lines(0, 1) + b"Caused by: x\n", 0, 1),
            Ended("jicofo", 1),
            Lines("jicofo", b"\tat y\n" + lines(1, 2), 0, 2),
        )
    )
    buffer = book.sources["jicofo"].buffer
    assert len(buffer) == 2
    assert buffer.record(0).text.endswith("Caused by: x\n\tat y")


def test_gaps_are_rows() -> None:
    book = LogBook(["jicofo"])
    book.take((Lines("jicofo", lines(0, 1), 0, 1), Gap("jicofo", "emptied", 1)))
    assert book.sources["jicofo"].buffer.record(1).gap == "emptied"


class Scrolling:
    """A book over real files, and scrolling up in it."""

    def __init__(self, machine: Machine, log: Path, tail: int, capacity: int = 100_000) -> None:
        self.follower = Follower(machine, [Source("a", str(log))], tail=tail)
        self.book = LogBook(["a"], capacity)
        events = self.follower.read(60)
        self.book.take(events)
        while not any(isinstance(event, CaughtUp) for event in events):
            events = self.follower.read(60)
            self.book.take(events)
        self.log = self.book.sources["a"]

    def up(self) -> bool:
        before = self.log.buffer.first
        if not self.log.history.ask(self.follower):
            return False
        while self.log.history.waiting:
            self.book.take(self.follower.read(60))
        return self.log.buffer.first < before or (bool(self.log.buffer.room) and self.up())


class Asked:
    """Counts what is asked of a follower."""

    def __init__(self, follower: Follower) -> None:
        self.follower = follower
        self.sizes: list[int] = []

    def before(self, source: str, file: int, offset: int, size: int) -> int:
        self.sizes.append(size)
        return self.follower.before(source, file, offset, size)

    def previous(self, source: str, file: int, size: int) -> int:
        self.sizes.append(size)
        return self.follower.previous(source, file, size)


class TestHistory:
    def test_scrolling_up_reaches_the_oldest_line_of_the_oldest_file(
        self, machine: Machine, log: Path
    ) -> None:
        Path(f"{log}.2.gz").write_bytes(gzip.compress(numbered(0, 10_000)))
        Path(f"{log}.1").write_bytes(numbered(10_000, 20_000))
        log.write_bytes(numbered(20_000, 25_000))
        scrolling = Scrolling(machine, log, tail=10)
        assert numbers(scrolling.book, "a") == list(range(24_990, 25_000))
        while scrolling.up():
            pass
        assert scrolling.log.history.at_start
        assert numbers(scrolling.book, "a") == list(range(25_000))

    def test_records_of_several_lines_stay_whole_at_the_borders(
        self, machine: Machine, log: Path
    ) -> None:
        trace = b"".join(b"\tat org.jitsi.Some(Some.java:%d)\n" % line for line in range(20))
        log.write_bytes(b"".join(lines(n, n + 1) + trace for n in range(500)))
        scrolling = Scrolling(machine, log, tail=30)
        while scrolling.up():
            pass
        buffer = scrolling.log.buffer
        assert len(buffer) == 500
        assert {buffer.record(at).text.count("\n") for at in range(buffer.first, buffer.end)} == {
            20
        }

    def test_a_line_longer_than_a_piece_is_passed(self, machine: Machine, log: Path) -> None:
        log.write_bytes(lines(0, 5) + b"x" * (3 << 20) + b"\n" + lines(5, 10))
        scrolling = Scrolling(machine, log, tail=2)
        while scrolling.up():
            pass
        buffer = scrolling.log.buffer
        texts = [buffer.record(at).text for at in range(buffer.first, buffer.end)]
        assert [number_of(text.split("\n")[0]) for text in texts] == list(range(10))
        longest = buffer.record(buffer.first + 4)
        assert len(longest.text) + longest.cut == len(lines(4, 5)) + (3 << 20) + 1

    def test_a_packed_log_is_unpacked_a_few_times_and_taken_over_bit_by_bit(
        self, machine: Machine, log: Path
    ) -> None:
        """It was unpacked anew for each piece; to take over all at once would hold up keys."""
        Path(f"{log}.1.gz").write_bytes(gzip.compress(numbered(0, 100_000), 1))
        log.write_bytes(numbered(100_000, 100_010))
        scrolling = Scrolling(machine, log, tail=-1, capacity=200_000)
        asked = Asked(scrolling.follower)
        buffer, history = scrolling.log.buffer, scrolling.log.history
        most, held = 0, len(buffer)
        while history.ask(asked):
            while history.waiting:
                scrolling.book.take(scrolling.follower.read(60))
            most, held = max(most, len(buffer) - held), len(buffer)
        assert numbers(scrolling.book, "a") == list(range(100_010))
        assert asked.sizes == [PIECE << step for step in range(6)]
        assert most <= PIECE // len(numbered(100, 101)) + 1
        history.rest()
        assert not buffer.reading
        scrolling.book.take((Gap("a", "emptied", 1),))
        history.at_start = False
        assert history.ask(asked) and asked.sizes[-1] == PIECE

    def test_history_ends_where_memory_does(self, machine: Machine, log: Path) -> None:
        log.write_bytes(numbered(0, 20_000))
        scrolling = Scrolling(machine, log, tail=10, capacity=5000)
        while scrolling.up():
            pass
        buffer = scrolling.log.buffer
        assert len(buffer) == 2 * 5000
        buffer.reading = False
        scrolling.book.take((Lines("a", numbered(20_000, 20_001), log.stat().st_size, 1),))
        assert len(buffer) <= 5000

    def test_what_fell_out_of_memory_can_be_fetched_again(
        self, machine: Machine, log: Path
    ) -> None:
        log.write_bytes(numbered(0, 5000))
        scrolling = Scrolling(machine, log, tail=-1, capacity=1000)
        first = scrolling.log.buffer.first
        assert scrolling.log.buffer.dropped > 0
        assert scrolling.up()
        assert numbers(scrolling.book, "a")[0] < first

    @pytest.mark.parametrize("file", [0, 1])
    def test_a_gap_falls_out_and_stands_again_with_what_lies_above_it(
        self, machine: Machine, log: Path, file: int
    ) -> None:
        """It is never the oldest of what is held: it would hide that there is more."""
        Path(f"{log}.1").write_bytes(numbered(0, 50))
        log.write_bytes(numbered(50, 100))
        scrolling = Scrolling(machine, log, tail=-1, capacity=400)
        buffer = scrolling.log.buffer
        scrolling.book.take((Gap("a", "unreadable", file),))
        end = 100
        while buffer.first < 50:
            add(log, end, end + 10)
            end += 10
            while buffer.end < 1 + end - 50:
                scrolling.book.take(scrolling.follower.read(60))
        assert not any(buffer.record(at).gap for at in range(buffer.first, buffer.end))
        while scrolling.up():
            pass
        held = [buffer.record(at) for at in range(buffer.first, buffer.end)]
        assert [number_of(one.text) for one in held if not one.gap] == list(range(end))
        assert held[100].gap

    @pytest.mark.parametrize("written", [0, 10])
    def test_what_was_before_a_gap_in_no_file_can_be_fetched(
        self, machine: Machine, log: Path, written: int
    ) -> None:
        Path(f"{log}.1").write_bytes(numbered(0, 50))
        log.touch()
        scrolling = Scrolling(machine, log, tail=-1)
        scrolling.book.take((Gap("a", "unreadable", 0),))
        add(log, 50, 50 + written)
        buffer = scrolling.log.buffer
        while len(buffer) < 1 + written:
            scrolling.book.take(scrolling.follower.read(60))
        assert scrolling.up()
        held = [buffer.record(at) for at in range(buffer.first, buffer.end)]
        assert [number_of(one.text) for one in held if not one.gap] == list(range(50 + written))
        assert held[50].gap

    def test_the_log_may_be_put_aside_meanwhile(self, machine: Machine, log: Path) -> None:
        log.write_bytes(numbered(0, 3000))
        scrolling = Scrolling(machine, log, tail=10)
        rotate(log)
        while scrolling.up():
            pass
        assert numbers(scrolling.book, "a") == list(range(3000))

    def test_a_lost_answer_can_be_asked_for_again(self, machine: Machine, log: Path) -> None:
        log.write_bytes(numbered(0, 3000))
        scrolling = Scrolling(machine, log, tail=10)
        assert scrolling.log.history.ask(scrolling.follower)
        assert not scrolling.log.history.ask(scrolling.follower)
        scrolling.log.history.lost()
        assert scrolling.up()


class Asking:
    """Remembers what was asked of it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int, int]] = []

    def before(self, source: str, file: int, offset: int, _size: int) -> int:
        self.asked.append((source, file, offset))
        return len(self.asked)

    def previous(self, source: str, file: int, size: int) -> int:
        return self.before(source, file, -1, size)


def test_what_was_asked_of_an_empty_log_is_not_put_before_what_came_meanwhile() -> None:
    """A slow line after a rotation: what was still to come was told twice."""
    book, asking = LogBook(["a"]), Asking()
    history = book.sources["a"].history
    begun = len(numbered(0, 20))
    book.take((Began("a", 2, "/a.1.gz", 0, offset=begun), Began("a", 3, "/a", 0)))
    assert history.ask(asking)
    book.take((Lines("a", numbered(20, 30), begun, 2), Ended("a", 2)))
    book.take((Lines("a", numbered(30, 40), 0, 3),))
    book.take((History(1, "a", 5, 0, numbered(0, 30), "done"),))
    assert numbers(book, "a") == list(range(20, 40))
    assert history.ask(asking)
    book.take((History(2, "a", 2, 0, numbered(0, 20), "done"),))
    assert numbers(book, "a") == list(range(40))
    assert asking.asked == [("a", 3, -1), ("a", 2, begun)]


def test_the_zone_is_utc_until_the_server_says_its_own() -> None:
    assert LogBook(["a"]).zone is UTC
