"""The log records that the app holds, whether or not a page shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jitsi_tui.logs.book import LogBook, SourceBook
    from jitsi_tui.logs.events import Event
    from jitsi_tui.logs.filters import Filter
    from jitsi_tui.logs.marked import Marked
    from jitsi_tui.logs.rows import Rows


class LogStore:
    """The book of one server's logs at a time, made when the first log is asked for."""

    def __init__(self, capacity: int) -> None:
        """``capacity``: records of one log that are held."""
        self._capacity = capacity
        self._book: LogBook | None = None
        self._marked: Marked | None = None
        self.opening = 0
        """Counts the servers: records of another one have nothing to do with these."""

        self.cut = ""
        """Why nothing comes while the connection is broken, and since when."""

        self.failed = ""
        """Why no log can be followed for now, by the server's words; empty where they can."""

    @property
    def book(self) -> LogBook:
        """All logs of the open server."""
        if self._book is None:
            from jitsi_tui.logs.book import LogBook  # noqa: PLC0415 - loaded with the first log

            self._book = LogBook((), self._capacity)
        return self._book

    @property
    def marked(self) -> Marked:
        """The records of the open server that somebody marked."""
        if self._marked is None:
            from jitsi_tui.logs.marked import Marked  # noqa: PLC0415

            self._marked = Marked()
        return self._marked

    @property
    def zone(self) -> tzinfo:
        """In which its logs are written."""
        return self._book.zone if self._book is not None else UTC

    def clear(self) -> None:
        """Forget everything: another server was opened."""
        self._book = self._marked = None
        self.failed = ""
        self.opening += 1

    def source(self, name: str) -> SourceBook:
        """One log, empty at first; from then on what is told of it is kept."""
        return self.book.source(name)

    def rows(self, names: Sequence[str], wanted: Filter) -> Rows:
        """What a pane shows: one log, or several merged by time."""
        from jitsi_tui.logs.rows import MergedRows, OneLog  # noqa: PLC0415

        books = [self.source(name) for name in names]
        if len(books) == 1:
            return OneLog(books[0], wanted)
        return MergedRows(books, wanted, self.book.server_time)

    def take(self, events: Sequence[Event]) -> None:
        """Keep what these events tell."""
        self.book.take(events)
        if self.failed:
            from jitsi_tui.logs.events import CaughtUp  # noqa: PLC0415 - loaded with the first log

            if any(isinstance(event, CaughtUp) for event in events):
                self.failed = ""
