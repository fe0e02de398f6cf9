"""Logs as a command shows them: the last records of each, merged by time, then what follows."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ..ssh.host import Host, HostError
from .book import LogBook, SourceBook
from .buffer import SourceBuffer
from .clock import NO_TIME, as_datetime
from .events import CaughtUp, Event, State
from .filters import EVERYTHING, Filter
from .follow import Follower
from .levels import Level
from .order import AHEAD, Order
from .records import Record
from .since import parse_since
from .sources import Source
from .view import View

LOOK_BACK = 500_000
"""Records of one source that are looked through for those that are asked for."""

_MORE_LINES = 200
"""Lines beyond the records asked for, since records may have several."""

_WINDOW = 0.25
"""Seconds that a new record waits for its continuation lines, and for older ones of other logs."""


@dataclass(frozen=True)
class Wanted:
    """What a command asks for."""

    last: int = 10
    """Records a source to begin with; ignored with ``since``."""

    since: str = ""
    """From when on, see ``parse_since``, as seen when it was asked; empty: by number."""

    follow: bool = False
    filter: Filter = EVERYTHING


def show(
    host: Host,
    sources: Sequence[Source],
    wanted: Wanted,
    *,
    follow: Callable[..., Follower] = Follower,
    go_on: Callable[[], bool] = lambda: True,
) -> Iterator[Record | State]:
    """The records that are wanted, as they are known; gaps are records with ``gap`` set.

    A ``State`` tells of a source that is missing or can't be read. Ends once all is told, unless
    ``follow`` is wanted; then once ``go_on``, asked several times a second, says no.
    Raises ``HostError``; ``SinceError`` before anything is told; ``SlowPatternError``.
    """
    if wanted.since:
        parse_since(wanted.since, datetime.now(UTC), UTC)
    asked = time.monotonic()
    follower = follow(host, sources, tail=wanted.last + _MORE_LINES, once=not wanted.follow)
    try:
        yield from _Showing(follower, sources, wanted, asked).run(go_on)
    finally:
        follower.close()


def as_json(record: Record) -> dict[str, Any]:
    """A record as the contract has it; a gap has only ``source`` and ``gap``.

    ``cut``: bytes at its end that were too many to keep; only where there are some.
    """
    if record.gap:
        return {"source": record.source, "gap": record.text}
    moment = record.time.isoformat().replace("+00:00", "Z") if record.time else None
    return {
        "source": record.source,
        "time": moment,
        "level": record.level.word,
        "text": record.text,
        "offset": record.offset,
        **({"cut": record.cut} if record.cut else {}),
    }


class _Showing:
    """One run of ``show``."""

    def __init__(
        self, follower: Follower, sources: Sequence[Source], wanted: Wanted, asked: float
    ) -> None:
        self._follower = follower
        self._wanted = wanted
        self._asked = asked
        self._book = LogBook([source.name for source in sources], LOOK_BACK)
        self._views = {
            name: View(book.buffer, wanted.filter) for name, book in self._book.sources.items()
        }
        self._states: list[State] = []
        self._told: dict[str, int] = {}
        self._waiting: list[tuple[float, int, int, int, Record]] = []
        self._known: dict[str, tuple[int, float]] = {}
        self._newest: dict[str, tuple[int, str | None]] = {}
        """Of each log the record told last, and its text so far; ``None`` if that did not pass."""

    def run(self, go_on: Callable[[], bool]) -> Iterator[Record | State]:
        self._catch_up()
        if not self._wanted.follow:
            self._book.take(self._follower.unended())
        since = self._since()
        for book in self._book.sources.values():
            self._look_back(book, since)
        yield from self._states
        self._states.clear()
        yield from self._first(since)
        while self._wanted.follow and go_on():
            try:
                self._take(self._follower.read(_WINDOW / 2))
            except HostError:
                # What came before it broke is all that there will be.
                self._book.take(self._follower.unended())
                yield from self._next(math.inf)
                raise
            yield from self._states
            self._states.clear()
            yield from self._next(time.monotonic())
        yield from self._next(math.inf)

    # --- what was there ---------------------------------------------------------------------

    def _catch_up(self) -> None:
        while not self._take(self._follower.read()):
            pass
        # What was missing at first may be there by now, or its journal in its place.
        books = [book for book in self._book.sources.values() if len(book.buffer)]
        found = {book.source for book in books if book.state in ("open", "journal")}
        self._states = [state for state in self._states if state.source not in found]

    def _take(self, events: Sequence[Event]) -> bool:
        self._book.take(events)
        self._states += [
            event
            for event in events
            if isinstance(event, State) and event.state in ("missing", "unreadable")
        ]
        return any(isinstance(event, CaughtUp) for event in events)

    def _since(self) -> int | None:
        if not self._wanted.since:
            return None
        passed = time.monotonic() - self._asked  # a slow network must cost no record
        now = datetime.fromtimestamp(self._book.server_time() - passed, UTC)
        moment = parse_since(self._wanted.since, now, self._book.zone)
        return int(moment.timestamp() * 1_000_000)

    def _look_back(self, book: SourceBook, since: int | None) -> None:
        """Fetch older records until what is asked for is there."""
        while not self._enough(book, since) and book.history.ask(self._follower):
            while book.history.waiting:
                self._take(self._follower.read())

    def _enough(self, book: SourceBook, since: int | None) -> bool:
        buffer = book.buffer
        if since is None or _timeless(buffer):
            return len(self._last(book)) >= self._wanted.last
        numbers = range(buffer.first, min(buffer.end, buffer.first + 100))
        times = [record.time for record in map(buffer.record, numbers) if record.time]
        start = as_datetime(since)
        return bool(times) and start is not None and times[0] < start

    def _falls_short(self, book: SourceBook, since: int) -> bool:
        """Whether more was asked for than is looked through."""
        full = not book.buffer.room and not book.history.at_start
        if book.state == "journal":
            full = len(book.buffer) >= self._wanted.last + _MORE_LINES
        return full and not self._enough(book, since)

    def _last(self, book: SourceBook) -> Sequence[int]:
        """The numbers of the last records that pass, at most as many as are asked for."""
        view = self._views[book.source]
        while not view.update():
            self._wanted.filter.check_speed()
        self._wanted.filter.check_speed()
        return view[max(0, len(view) - self._wanted.last) :]

    def _passes(self, record: Record) -> bool:
        wanted = self._wanted.filter
        passes = wanted.passes_record(record.text, record.level, gap=bool(record.gap))
        wanted.check_speed()
        return passes

    def _first(self, since: int | None) -> Iterator[Record]:
        entries: list[tuple[int, int, int]] = []
        for index, book in enumerate(self._book.sources.values()):
            buffer = book.buffer
            self._told[book.source] = buffer.end
            held = range(buffer.first, buffer.end)
            by_number = since is None or _timeless(buffer)
            numbers = self._last(book) if by_number else held
            for number, key in zip(numbers, self._keys(buffer, numbers), strict=True):
                if by_number or since is None or key >= since:
                    entries.append((key, index, number))
        books = list(self._book.sources.values())
        if since is not None:
            yield from (_too_many(book) for book in books if self._falls_short(book, since))
            yield from (_no_times(book) for book in books if _timeless(book.buffer))
        yield from (
            _unreadable(book)
            for book in books
            if book.history.unreadable and not self._enough(book, since)
        )
        for _, index, number in sorted(entries):
            book = books[index]
            record = book.buffer.record(number)
            if since is None or self._passes(record):
                if number == book.buffer.end - 1:
                    self._newest[book.source] = (number, record.text)
                yield record

    def _keys(self, buffer: SourceBuffer, numbers: Iterable[int]) -> Iterator[int]:
        latest = int(self._book.server_time() * 1_000_000) + AHEAD
        order = Order()
        for moment in map(buffer.time, numbers):
            yield order.up(NO_TIME if moment > latest else moment)

    # --- what follows -----------------------------------------------------------------------

    def _next(self, now: float) -> Iterator[Record]:
        for index, book in enumerate(self._book.sources.values()):
            self._ripe(index, book, now)
        due = [entry for entry in self._waiting if entry[0] <= now - _WINDOW]
        if not due:
            return
        limit = max(entry[1] for entry in due)
        out = sorted(entry for entry in self._waiting if entry[1] <= limit)
        self._waiting = [entry for entry in self._waiting if entry[1] > limit]
        for entry in sorted(out, key=lambda entry: entry[1:4]):
            yield entry[4]

    def _ripe(self, index: int, book: SourceBook, now: float) -> None:
        """Take over the records of a source that will hardly grow any more."""
        buffer, told = book.buffer, max(self._told[book.source], book.buffer.first)
        end = buffer.end - self._grows(book, now)
        numbers = range(told, end)
        records = [buffer.record(number) for number in numbers]
        ripe = [one if self._passes(one) else None for one in records]
        if (late := self._late(book, end)) is not None:
            numbers, ripe = range(told - 1, end), [late, *ripe]
        for number, key, record in zip(numbers, self._keys(buffer, numbers), ripe, strict=True):
            if record is not None:
                self._waiting.append((now, key, index, number, record))
        if records:
            self._newest[book.source] = (end - 1, ripe[-1] and ripe[-1].text)
        self._told[book.source] = max(told, end)

    def _grows(self, book: SourceBook, now: float) -> bool:
        """Whether the newest record may still get continuation lines."""
        buffer = book.buffer
        if not len(buffer):
            return False
        mark = (buffer.end << 32) + buffer.size(buffer.end - 1)
        known, since = self._known.get(book.source, (-1, now))
        if known != mark:
            self._known[book.source] = (mark, now)
        return now < math.inf and (known != mark or now - since < _WINDOW)

    def _late(self, book: SourceBook, end: int) -> Record | None:
        """What has come of the record told last since then: a slow writer, or a slow network."""
        number, told = self._newest.get(book.source, (-1, None))
        if not book.buffer.first <= number < end:
            return None
        record = book.buffer.record(number)
        if record.text == told or (told is None and not self._passes(record)):
            return None
        self._newest[book.source] = (number, record.text)
        return (
            record if told is None else record._replace(text=record.text.removeprefix(f"{told}\n"))
        )


def _timeless(buffer: SourceBuffer) -> bool:
    """Whether there are records, and none tells a time that can be read."""
    times = map(buffer.time, range(buffer.first, buffer.end))
    return len(buffer) > 0 and all(time == NO_TIME for time in times)


def _no_times(book: SourceBook) -> Record:
    text = "its records tell no time that can be read; the last ones are shown, however old"
    return _short_of(book, text, "no-times")


def _too_many(book: SourceBook) -> Record:
    text = f"only the last {len(book.buffer):,} records are looked through; there are older ones"
    return _short_of(book, text, "too-many")


def _unreadable(book: SourceBook) -> Record:
    text = f"older records can't be read ({book.history.unreadable})"
    return _short_of(book, text, "unreadable")


def _short_of(book: SourceBook, text: str, why: str) -> Record:
    return Record(book.source, NO_TIME, Level.NONE, text, 0, 0, gap=why)
