"""What stands over a pane: how its logs stand, and how it is read."""

from __future__ import annotations

import time
from collections.abc import Sequence

from jitsi_tui.logs.rows import Rows
from jitsi_tui.tui.lines import Line
from jitsi_tui.tui.present.logs import pane_title

_PULSE_SECONDS = 60
_STEADY_SECONDS = 0.2
_TROUBLE = {"missing": "there is no such file", "unreadable": "not readable for us"}


class Title:
    """The title of one pane. What counts on and on is put anew a few times a second."""

    def __init__(self, name: str, *, counts: bool) -> None:
        self._name, self._counts = name, counts
        self._key: tuple[object, ...] = ()
        self._until = 0.0
        self._line: Line = ()

    def line(
        self,
        rows: Rows,
        *,
        following: bool,
        behind: int,
        first: int | None,
        focused: bool,
        cells: int,
    ) -> Line:
        """``first``: the row at the top, where one looks at the oldest that are held."""
        now = time.monotonic()
        counted = rows.books if self._counts else ()
        errors = sum(book.buffer.errors for book in counted)
        warnings = sum(book.buffer.warnings for book in counted)
        words = trouble(rows) or _oldest(rows, first)
        key = (rows, following, behind, focused, cells, words, not errors, not warnings)
        if key == self._key and now < self._until:
            return self._line
        self._key, self._until = key, now + _STEADY_SECONDS
        self._line = pane_title(
            self._name,
            rate=sum(book.meter.rate(now) for book in rows.books),
            following=following,
            behind=behind,
            errors=errors,
            warnings=warnings,
            trouble=words,
            focused=focused,
            cells=cells,
            seconds=_pulse(rows, now),
        )
        return self._line


def trouble(rows: Rows) -> str:
    """Why none of the logs can be read; empty where one can."""
    states = {_TROUBLE.get(book.state, "") for book in rows.books}
    return states.pop() if len(states) == 1 else ""


def _oldest(rows: Rows, first: int | None) -> str:
    """What lies before the first row, where one looks at it."""
    if first is None:
        return ""
    books = [book for book in rows.books if len(book.buffer)]
    if any(book.history.waiting for book in books):
        return "fetching older lines"
    if any(book.history.unreadable for book in books):
        return "" if first else "older files can't be read"
    if all(book.history.at_start for book in books):
        return "" if first else "here the log begins"
    dropped = sum(book.buffer.dropped for book in books)
    return f"{dropped:,} older ones no longer held" if dropped and not first else ""


def _pulse(rows: Rows, now: float) -> Sequence[tuple[int, int]]:
    """Records and errors of each of the last seconds."""
    pulses = [book.meter.pulse(now, _PULSE_SECONDS) for book in rows.books]
    if len(pulses) == 1:
        return pulses[0]
    return [
        (sum(records for records, _ in second), sum(errors for _, errors in second))
        for second in zip(*pulses, strict=True)
    ]
