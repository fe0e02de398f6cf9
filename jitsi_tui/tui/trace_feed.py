"""The records of the open server's logs, handed on to the tracer as they come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from jitsi_tui.session.tracing import SOURCES, doubts, line_of
from jitsi_tui.trace.tracer import Tracer
from jitsi_tui.trace.values import Attempt, Line

from .log_store import LogStore

_BACK = timedelta(seconds=2)
"""The logs write whole seconds, and a person may have been quicker than the key."""


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
        self.since = since or self.now() - _BACK

    def now(self) -> datetime:
        """The server's time."""
        return datetime.fromtimestamp(self._logs.book.server_time(), UTC)

    def look(self) -> tuple[Attempt, ...]:
        """Everybody who came since, as they stand now; the newest first."""
        fresh: list[Line] = []
        for name in SOURCES:
            buffer = self._logs.source(name).buffer
            begin = max(self._read.get(name, buffer.first), buffer.first)
            for number in range(begin, buffer.end):
                line = line_of(buffer.record(number))
                if line is not None and line.time >= self.since:
                    fresh.append(line)
            self._read[name] = buffer.end
        self._tracer.feed(sorted(fresh, key=lambda line: line.time.replace(microsecond=0)))
        blind = "nginx.access" in self._silent()
        return tuple(reversed(self._tracer.attempts(self.now(), blind=blind)))

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
