"""Records fall out of memory and are fetched again, in any order: panes show what a look would."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jitsi_tui.logs import history
from jitsi_tui.logs.book import LogBook, SourceBook
from jitsi_tui.logs.clock import NO_TIME
from jitsi_tui.logs.events import Began, Event, Gap, History, Lines, Server
from jitsi_tui.logs.filters import EVERYTHING, Filter
from jitsi_tui.logs.marked import Held
from jitsi_tui.logs.rows import MergedRows, OneLog, Rows

START = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
WORDS = ("good", "noise", "ERROR", "x" * 40)


class Log:
    """One log as it lies on the server, with all files that rotation left."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.files = [bytearray()]
        self.records: list[str] = []
        self.gaps: list[int] = []
        """Records that lie before each."""

        self.answers: list[Event] = []
        self._numbers = {1: 0}
        self._requests = 0

    @property
    def number(self) -> int:
        """The file's that is written to."""
        return next(number for number, at in self._numbers.items() if at == len(self.files) - 1)

    def write(self, text: str, *, further: bool) -> Lines:
        data = f"{text}\n".encode()
        lines = Lines(self.source, data, len(self.files[-1]), self.number)
        self.files[-1] += data
        if further:
            self.records[-1] += f"\n{text}"
        else:
            self.records.append(text)
        return lines

    @property
    def grows(self) -> bool:
        """Whether a line may still come to the newest record."""
        return bool(self.files[-1]) and len(self.records) not in self.gaps

    def rotate(self) -> Began:
        self.files.append(bytearray())
        return Began(self.source, self._name(len(self.files) - 1), "/log", 0)

    def before(self, source: str, file: int, offset: int, size: int) -> int:
        self._requests += 1
        begin = max(0, offset - size)
        data = bytes(self.files[self._numbers[file]][begin:offset])
        self.answers.append(History(self._requests, source, file, begin, data, "done"))
        return self._requests

    def previous(self, source: str, file: int, size: int) -> int:
        self._requests += 1
        at = self._numbers.get(file, 0) - 1
        while at >= 0 and not self.files[at]:
            at -= 1
        if at < 0:
            self.answers.append(History(self._requests, source, file, 0, b"", "none"))
            return self._requests
        data, number = bytes(self.files[at]), self._name(at)
        begin = max(0, len(data) - size)
        self.answers += [
            Began(source, number, "/log.1", 2_000_000_000, past=True),
            History(self._requests, source, number, begin, data[begin:], "done"),
        ]
        return self._requests

    def _name(self, at: int) -> int:
        """A file that is found again is told by a new number."""
        number = len(self._numbers) + 1
        self._numbers[number] = at
        return number


class Pane(NamedTuple):
    rows: Rows
    wanted: Filter


class Panes:
    """Two logs of which little is held, alone and merged, filtered and not."""

    def __init__(self) -> None:
        self.logs = [Log("a"), Log("b")]
        self.book = LogBook([log.source for log in self.logs], 40)
        self.book.take([Server("UTC", 0, int(START.timestamp()), as_root=True)])
        self.book.take([Began(log.source, 1, "/log", 0) for log in self.logs])
        self.panes: list[Pane] = []
        for wanted in (EVERYTHING, Filter(include=("good",)), Filter(exclude=("noise",))):
            books = list(self.book.sources.values())
            self.panes += [Pane(OneLog(book, wanted), wanted) for book in books]
            self.panes.append(Pane(MergedRows(books, wanted), wanted))
        self.marked: list[tuple[Held, str]] = []
        self.count = 0

    def act(self, what: str, source: int, amount: int) -> None:
        log, book = self.logs[source], list(self.book.sources.values())[source]
        match what:
            case "write":
                self.book.take([self._line(log, step, amount) for step in range(amount)])
            case "gap":
                log.gaps.append(len(log.records))
                self.book.take([Gap(log.source, "emptied", amount % 2 * log.number)])
            case "rotate":
                self.book.take([log.rotate()])
            case "fetch":
                book.look_back(log)
            case "answer":
                self.book.take(log.answers)
                log.answers.clear()
            case "rest":
                book.history.rest()
            case "look":
                self.panes[amount % len(self.panes)].rows.update()
            case "mark" if len(book.buffer):
                held = Held.of(book, book.buffer.first + amount % len(book.buffer))
                if held.record is not None and not held.record.gap:
                    self.marked.append((held, held.record.text.partition("\n")[0]))
            case _:
                pass

    def _line(self, log: Log, step: int, amount: int) -> Lines:
        self.count += 1
        word = WORDS[(self.count + amount) % len(WORDS)]
        if step % 3 == 2 and log.grows:
            return log.write(f"\tat {word}", further=True)
        moment = START + timedelta(seconds=self.count)
        return log.write(f"{moment:%Y-%m-%dT%H:%M:%S}Z INFO: {self.count} {word}", further=False)

    def check(self) -> None:
        books = list(self.book.sources.values())
        for log, book in zip(self.logs, books, strict=True):
            self._check_held(log, book)
        for rows, wanted in self.panes:
            for _ in range(100):
                if rows.update():
                    break
            self._check_rows(rows, wanted)
        for held, text in self.marked:
            assert held.record is None or held.record.text.partition("\n")[0] == text

    @staticmethod
    def _check_held(log: Log, book: SourceBook) -> None:
        buffer = book.buffer
        held = [buffer.record(number) for number in range(buffer.first, buffer.end)]
        texts = [record.text for record in held if not record.gap]
        assert texts == log.records[len(log.records) - len(texts) :]
        oldest = before = len(log.records) - len(texts)
        gaps = []
        for record in held:
            gaps += [before] * bool(record.gap)
            before += not record.gap
        # One that stands before the oldest record may have fallen out without that.
        expected = [before for before in log.gaps if before > oldest]
        assert gaps[len(gaps) - len(expected) :] == expected
        assert all(before == oldest for before in gaps[: len(gaps) - len(expected)])

    @staticmethod
    def _check_rows(rows: Rows, wanted: Filter) -> None:
        found = list(rows.rows(0, len(rows)))
        for source, book in enumerate(rows.books):
            buffer = book.buffer
            passing = [
                number
                for number in range(buffer.first, buffer.end)
                for record in (buffer.record(number),)
                if wanted.passes_record(record.text, record.level, gap=bool(record.gap))
            ]
            assert [row.number for row in found if row.source == source] == passing
        times = [rows.books[row.source].buffer.time(row.number) for row in found]
        timed = [time for time in times if time != NO_TIME]
        assert timed == sorted(timed)
        assert [rows.index(row) for row in found] == list(range(len(found)))


LIVE = ("write",) * 8 + ("gap", "rotate", "look", "look", "mark", "answer")
BACK = ("fetch", "answer") * 5 + ("look", "look", "mark", "write")


@settings(max_examples=40, deadline=None)
@given(st.randoms(use_true_random=False))
def test_panes_show_what_is_held_whatever_fell_out_and_was_fetched_again(random: Random) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(history, "PIECE", 400)
        patch.setattr(history, "MAX_HISTORY", 1600)
        panes = Panes()
        for _ in range(random.randrange(1, 12)):
            for kinds in (LIVE, BACK):
                for _ in range(random.randrange(30)):
                    panes.act(random.choice(kinds), random.randrange(2), random.randrange(1, 12))
            if random.random() < 0.3:
                panes.check()
            for source in range(2):
                panes.act("rest", source, 1)
        panes.check()
