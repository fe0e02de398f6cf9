"""What stands over a pane: how its logs stand, and how it is read."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, tzinfo

from jitsi_tui.logs.book import SourceBook
from jitsi_tui.logs.clock import as_datetime
from jitsi_tui.logs.finding import time_near
from jitsi_tui.logs.rows import Rows
from jitsi_tui.text import visible
from jitsi_tui.tui.lines import Line
from jitsi_tui.tui.present.pane_title import pane_title

_PULSE_SECONDS = 60
_STEADY_SECONDS = 0.2
UNREADABLE = "not readable for us"
_DENIED = "Permission denied"


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
        day: str = "",
        cut: str = "",
    ) -> Line:
        """``first``: the row at the top, where one looks at the oldest that are held.

        ``day``: of the record under the cursor, where it is not today. ``cut``: why nothing comes,
        whatever the logs were when it last did.
        """
        now = time.monotonic()
        counted = rows.books if self._counts else ()
        errors = sum(book.buffer.errors for book in counted)
        warnings = sum(book.buffer.warnings for book in counted)
        words = cut or trouble(rows) or _oldest(rows, first)
        without = tuple(_without(rows))
        counts = not errors, not warnings
        key = (rows, following, behind, focused, cells, words, day, without, counts)
        if key == self._key and now < self._until:
            return self._line
        self._key, self._until = key, now + _STEADY_SECONDS
        self._line = pane_title(
            self._name,
            rate=sum(book.meter.rate(now) for book in rows.books) if self._counts else None,
            following=following,
            behind=behind,
            errors=errors,
            warnings=warnings,
            trouble=words,
            focused=focused,
            cells=cells,
            seconds=_pulse(rows, now) if self._counts else (),
            count=len(rows),
            day=day,
            without=without,
        )
        return self._line


def trouble(rows: Rows) -> str:
    """Why none of the logs can be read; empty where one can."""
    states = {_trouble(book) for book in rows.books}
    return states.pop() if len(states) == 1 else ""


def _without(rows: Rows) -> list[str]:
    """The logs that can't be read, where others can."""
    names = [book.source for book in rows.books if _trouble(book)]
    return names if len(names) < len(rows.books) else []


def _trouble(book: SourceBook) -> str:
    if book.state == "missing":
        return "there is no such file"
    if book.state != "unreadable":
        return ""
    return UNREADABLE if book.detail in ("", _DENIED) else book.detail


def silence(rows: Rows, *, digs: bool, failed: str) -> str:
    """Why there is no row. ``digs``: older ones are being looked for. ``failed``: why no log can
    be followed."""
    reaches = any(book.history.reaches for book in rows.books)
    if digs and reaches:
        return "looking for older lines …"
    if any(len(book.buffer) for book in rows.books):
        return "nothing passes the filter" + ("   ↑ looks further back" if reaches else "")
    if failed:
        return visible(failed)
    if why := trouble(rows):
        return "the Overview says what it takes" if why == UNREADABLE else "nothing to show"
    return "waiting for its first line …" + ("   ↑ looks in older files" if reaches else "")


def day_of(rows: Rows, index: int, zone: tzinfo, now: float) -> str:
    """The date of a row's record by the server's calendar; empty for today."""
    moment = as_datetime(time_near(rows, index))
    if moment is None:
        return ""
    then, today = moment.astimezone(zone).date(), datetime.fromtimestamp(now, zone).date()
    if then == today:
        return ""
    return f"{then:%b %d}" if then.year == today.year else f"{then:%Y-%m-%d}"


def _oldest(rows: Rows, first: int | None) -> str:
    """What lies before the first row, where one looks at it."""
    if first is None:
        return ""
    books = [book for book in rows.books if len(book.buffer)]
    if any(book.history.waiting for book in books):
        return "fetching older lines"
    if why := next((book.history.unreadable for book in books if book.history.unreadable), ""):
        return "" if first else f"can't read {why}"
    if all(book.history.at_start for book in books):
        journal = any(book.state == "journal" for book in books)
        gone = any(book.history.gone for book in books)
        begins = "older lines are gone" if gone else "here the log begins"
        begins = "older: see journalctl" if journal else begins
        return "" if first else begins
    if not first and not any(book.buffer.room for book in books):
        why = "they are long" if any(book.buffer.heavy for book in books) else "log_records"
        return f"no room for older ({why})"
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
