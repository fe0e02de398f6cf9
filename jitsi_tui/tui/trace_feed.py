"""The records of the open server's logs, handed on to the tracer as they come."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from jitsi_tui.logs.view import View
from jitsi_tui.session.tracing import SOURCES, doubts, line_of
from jitsi_tui.trace.tracer import Tracer
from jitsi_tui.trace.values import Attempt, Line

from .log_store import LogStore

_BACK = timedelta(seconds=2)
"""The logs write whole seconds, and a person may have been quicker than the key."""

_SECOND = 1_000_000
_STEP = 1_000
"""Records that are read in one piece: some milliseconds."""


class TraceFeed:
    """Reads on from where the logs stood when it was made."""

    def __init__(
        self,
        logs: LogStore,
        domain: str,
        guest_domain: str,
        *,
        open_door: bool = False,
        since: datetime | None = None,
    ) -> None:
        """``since``: from when on; by default from now."""
        self._logs = logs
        self._tracer = Tracer(domain, guest_domain, open_door=open_door)
        self._read: dict[str, int] = {}
        self._waiting: deque[tuple[int, str, int]] = deque()
        """Records that came and were not read yet: their times, logs and numbers."""

        self.since = since or self.now() - _BACK

    def now(self) -> datetime:
        """The server's time."""
        return datetime.fromtimestamp(self._logs.book.server_time(), UTC)

    def look(self) -> tuple[Attempt, ...]:
        """Everybody who came since, as far as was read by now; the newest first."""
        self.read_on()
        blind = "nginx.access" in self._silent()
        return tuple(reversed(self._tracer.attempts(self.now(), blind=blind)))

    def read_on(self) -> None:
        """Take over some of the records that came since."""
        fresh = [place for name in SOURCES for place in self._came(name)]
        self._waiting.extend(sorted(fresh, key=lambda place: place[0] // _SECOND))
        some = [self._waiting.popleft() for _ in range(min(_STEP, len(self._waiting)))]
        self._tracer.feed(line for _, name, number in some if (line := self._line(name, number)))

    def _came(self, name: str) -> Iterator[tuple[int, str, int]]:
        """The places of one log's new records; to decode all that are held would take seconds."""
        buffer, since = self._logs.source(name).buffer, int(self.since.timestamp() * _SECOND)
        begin = self._read.get(name)
        if begin is None:
            begin = buffer.first + View(buffer).index_at(since)
        for number in range(max(begin, buffer.first), buffer.end):
            time = buffer.time(number)
            if time >= since:
                yield time, name, number
        self._read[name] = buffer.end

    def _line(self, name: str, number: int) -> Line | None:
        buffer = self._logs.source(name).buffer
        return line_of(buffer.record(number)) if number >= buffer.first else None

    def doubts(self) -> tuple[str, ...]:
        """What can't be known, since a log can't be read."""
        if failed := self._logs.failed:
            return (f"the logs can't be followed ({failed}), so nobody who comes is seen",)
        return doubts(self._silent())

    def _silent(self) -> dict[str, str]:
        books = [(name, self._logs.source(name)) for name in SOURCES]
        return {
            name: f"{book.state} {book.detail}".strip()
            for name, book in books
            if book.state in ("missing", "unreadable")
        }
