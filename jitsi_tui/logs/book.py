"""All logs of one server as they are shown: takes the follower's events, holds the records."""

from __future__ import annotations

import time as clock
from collections.abc import Callable, Sequence
from datetime import UTC, tzinfo

from .buffer import CAPACITY, SourceBuffer
from .events import (
    Began,
    CaughtUp,
    ClockSet,
    Elsewhere,
    Ended,
    Event,
    Gap,
    History,
    Lines,
    Server,
    State,
    ZoneSet,
)
from .history import Asks, HistoryCursor
from .meter import Meter
from .records import RecordParser


class SourceBook:
    """One log: its records, and how it stands."""

    def __init__(
        self, source: str, capacity: int = CAPACITY, now: Callable[[], float] = clock.time
    ) -> None:
        """``now`` is the server's clock, in seconds since 1970."""
        self.source = source
        self.buffer = SourceBuffer(source, capacity)
        self.meter = Meter()
        self.history = HistoryCursor(self.buffer, now)
        self.state = "waiting"
        self.detail = ""
        self.version = 0
        """Grows with everything that changes what is seen."""

        self._now = now
        self._parsers: dict[int, RecordParser] = {}
        self._began: dict[int, Began] = {}
        self._newest: RecordParser | None = None

    def take(self, event: Event, zone: tzinfo, now: float, *, live: bool = True) -> None:
        """Take over one event of this source; what is not ``live`` was there before."""
        self.version += 1
        match event:
            case Lines():
                self._lines(event, zone, now if live else None)
            case Began(past=False):
                self._began[event.file] = event
                self.history.begin(event)
            case Ended():
                self._newest = self._parsers.pop(event.file, self._newest)
                self._began.pop(event.file, None)
            case Gap():
                self.buffer.append_gap(event.why, event.file, event.detail)
            case State() if event.state not in ("rotated", "emptied"):
                self.state, self.detail = event.state, event.detail
            case History() | Began():
                self.history.take(event, zone)
            case Elsewhere():
                self._forget()
            case _:
                pass

    def look_back(self, asks: Asks) -> bool:
        """See ``HistoryCursor.ask``."""
        asked = self.history.ask(asks)
        self.version += asked
        return asked

    def _forget(self) -> None:
        self.buffer.clear()
        self.history.lost()
        self.state, self.detail = "waiting", ""
        self._parsers.clear()
        self._began.clear()
        self._newest = None

    def _lines(self, event: Lines, zone: tzinfo, now: float | None) -> None:
        parser = self._parsers.get(event.file)
        if parser is None:
            parser = self._parser(event, zone)
        errors = self.buffer.errors
        parser.clock.hear(zone, live=now is not None)
        block = parser.feed(event.data, event.offset)
        if now is None and event.file in self._began:
            parser.clock.settle(block.times, self._began[event.file].mtime)
        if not len(self.buffer):
            # The rest of a record whose start lies further back than we looked.
            block.head, block.head_cut, block.head_level = b"", 0, 0
        self.buffer.append(block, event.file)
        if now is not None:
            self.meter.add(len(block), self.buffer.errors - errors, now)

    def _parser(self, event: Lines, zone: tzinfo) -> RecordParser:
        began = self._began.get(event.file)
        after = self._newest or next(reversed(self._parsers.values()), None)
        journal = bool(began and began.journal)
        parser = RecordParser(
            zone,
            self._now,
            journal=journal,
            after=after if len(self.buffer) else None,
            midway=not len(self.buffer) and event.offset > 0,
        )
        self._parsers[event.file] = parser
        self._newest = None
        return parser


class LogBook:
    """The logs that are followed, by name. Belongs to one thread."""

    def __init__(self, sources: Sequence[str], capacity: int = CAPACITY) -> None:
        self.capacity = capacity
        self.zone: tzinfo = UTC
        self._skew = 0.0
        self.sources: dict[str, SourceBook] = {}
        for source in sources:
            self.source(source)
        self._live: set[str] = set()
        self._begun: set[str] = set()

    def source(self, name: str) -> SourceBook:
        """One log, empty at first; from then on what is told of it is kept."""
        if name not in self.sources:
            self.sources[name] = SourceBook(name, self.capacity, self.server_time)
        return self.sources[name]

    def take(self, events: Sequence[Event], now: float | None = None) -> None:
        """Take over a batch, in order. ``now``: seconds of a clock that never goes back."""
        moment = clock.monotonic() if now is None else now
        for event in events:
            if isinstance(event, Server):
                self._begin(event)
            elif isinstance(event, ZoneSet):
                self.zone = event.zone()
                for one in self.sources.values():
                    one.version += 1
            elif isinstance(event, ClockSet):
                self._skew = event.time - clock.time()
            elif isinstance(event, CaughtUp):
                self._live |= self._begun
            elif (book := self.sources.get(event.source)) is not None:
                if isinstance(event, Elsewhere):
                    self._live.discard(event.source)
                self._begun.add(event.source)
                book.take(event, self.zone, moment, live=event.source in self._live)

    def _begin(self, server: Server) -> None:
        """Another follower speaks: what was asked of the one before is answered no more.

        What it tells of a log that was followed before is new, of others it was there.
        """
        self._begun.clear()
        self.zone = server.zone()
        self._skew = server.time - clock.time()
        for book in self.sources.values():
            book.history.lost()

    def server_time(self) -> float:
        """The server's clock, in seconds since 1970, to about a second."""
        return clock.time() + self._skew
