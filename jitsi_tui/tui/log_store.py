"""The log records that the app holds, whether or not a page shows them."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from datetime import UTC, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jitsi_tui.logs.buffer import SourceBuffer
    from jitsi_tui.logs.events import Event, State
    from jitsi_tui.logs.records import RecordParser

_RATE_SECONDS = 4.0


class LogSource:
    """One log: its records, how fast they come, and how the file stands."""

    def __init__(self, name: str, capacity: int, zone: tzinfo) -> None:
        from jitsi_tui.logs.buffer import SourceBuffer  # noqa: PLC0415 - loaded with the first log

        self.name = name
        self.buffer: SourceBuffer = SourceBuffer(name, capacity)
        self.state: State | None = None
        self.version = 0
        """Grows with everything that changes what is seen."""

        self.live = False
        """Whether what comes is new; until then it is what the files held before."""

        self.zone = zone
        """In which lines are written, for files that begin from now on."""

        self._parsers: dict[int, RecordParser] = {}
        self._newest: RecordParser | None = None
        self._came: deque[tuple[float, int]] = deque()

    def take(self, event: Event) -> None:
        """Keep what one event tells of this log."""
        from jitsi_tui.logs import events  # noqa: PLC0415

        if isinstance(event, events.Began) and not event.past:
            self._parser(event.file, journal=event.journal)
        elif isinstance(event, events.Lines):
            block = self._parser(event.file).feed(event.data, event.offset)
            self.buffer.append(block, event.file)
            if self.live:
                self._came.append((time.monotonic(), len(block)))
        elif isinstance(event, events.Gap):
            self.buffer.append_gap(event.why, event.file)
        elif isinstance(event, events.State):
            self.state = event
        elif isinstance(event, events.Ended):
            self._parsers.pop(event.file, None)
        self.version += 1

    def _parser(self, file: int, *, journal: bool = False) -> RecordParser:
        from jitsi_tui.logs.records import RecordParser  # noqa: PLC0415

        if file not in self._parsers:
            self._newest = RecordParser(self.zone, journal=journal, after=self._newest)
            self._parsers[file] = self._newest
        return self._parsers[file]

    def rate(self) -> float:
        """Records a second, over the last few."""
        now = time.monotonic()
        while self._came and now - self._came[0][0] > _RATE_SECONDS:
            self._came.popleft()
        return sum(count for _, count in self._came) / _RATE_SECONDS


class LogStore:
    """Keeps what the logs said, a bounded number of records a source."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._zone: tzinfo = UTC
        self._sources: dict[str, LogSource] = {}
        self.opening = 0
        """Counts the servers: records of another one have nothing to do with these."""

    def clear(self) -> None:
        """Forget everything: another server was opened."""
        self._sources = {}
        self.opening += 1

    def set_zone(self, utc_offset: int) -> None:
        """The server's time zone, for logs that begin from now on."""
        self._zone = timezone(timedelta(seconds=utc_offset))

    @property
    def zone(self) -> tzinfo:
        """In which its logs are written."""
        return self._zone

    def source(self, name: str) -> LogSource:
        """One log, empty at first."""
        if name not in self._sources:
            self._sources[name] = LogSource(name, self._capacity, self._zone)
        return self._sources[name]

    def take(self, events: Sequence[Event]) -> None:
        """Keep what these events tell."""
        from jitsi_tui.logs.events import CaughtUp, Server  # noqa: PLC0415

        for event in events:
            if isinstance(event, Server):
                self._zone = event.zone()
                for source in self._sources.values():
                    source.zone = self._zone
            elif isinstance(event, CaughtUp):
                for source in self._sources.values():
                    source.live = True
            else:
                self.source(event.source).take(event)
