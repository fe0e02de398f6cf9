"""What is looked for in panes: the next match of one, the next error of all."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from .clock import NO_TIME
from .rows import Row, Rows

_LOOKED_BACK = 200
"""Rows above one without a time that are asked for theirs."""


class Matches:
    """Rows of a pane that match, found newest first, a bounded piece at a time."""

    def __init__(self, rows: Rows, found: Rows) -> None:
        """``rows`` are those of the pane, ``found`` the ones of them that match."""
        self.rows = rows
        self._found = found

    def update(self) -> bool:
        """Look on; whether everything that is held has been looked at."""
        return self._found.update()

    def __len__(self) -> int:
        return len(self._found)

    def next(self, index: int, step: int) -> int | None:
        """The nearest match above (-1) or below (1) a row of the pane, as a row of the pane."""
        return self._walk(self._place(index if step < 0 else index + 1), step)

    def rank(self, index: int) -> int:
        """How many matches there are down to a row, itself included."""
        return self._place(index + 1)

    def _place(self, index: int) -> int:
        """How many matches stand above a row."""
        return bisect_left(range(len(self._found)), index, key=self._index)

    def _index(self, place: int) -> int:
        return self.rows.index(self._found.row(place))

    def _walk(self, place: int, step: int) -> int | None:
        at = place - 1 if step < 0 else place
        while 0 <= at < len(self._found):
            row = self._found.row(at)
            # Marks of missing lines pass every filter.
            if not self._found.record(row).gap:
                return self.rows.index(row)
            at += step
        return None


class Hit(NamedTuple):
    """The row of one of several panes."""

    pane: int
    row: int


def next_of_all(
    panes: Sequence[Matches], here: int, index: int | None, step: int
) -> tuple[Hit | None, bool]:
    """The next match in time above (-1) or below (1) a row, whichever pane it is in.

    ``here`` is the pane that has the row; without a row it starts at the end of all of them. Also
    says whether everything was looked at: otherwise ask again after ``update``.
    """
    complete = not [pane for pane in panes if not pane.update()]
    if index is None and step > 0:
        return None, complete
    moment = NO_TIME if index is None else time_near(panes[here].rows, index)
    hits: list[tuple[int, int, Hit]] = []
    for number, pane in enumerate(panes):
        if index is None:
            found = pane.next(len(pane.rows), -1)
        elif number == here:
            found = pane.next(index, step)
        else:
            # Of equal times those of panes further right count as later.
            start = pane.rows.index_at(moment + (number < here))
            found = pane.next(start if step < 0 else start - 1, step)
        if found is not None:
            hits.append((time_near(pane.rows, found), number, Hit(number, found)))
    if not hits:
        return None, complete
    best = max(hits, key=_when) if step < 0 else min(hits, key=_when)
    return best[2], complete


def _when(hit: tuple[int, int, Hit]) -> tuple[int, int]:
    return hit[:2]


def time_near(rows: Rows, index: int) -> int:
    """When a row was written; one that tells no time was, where the nearest one above it was."""
    for row in reversed(rows.rows(index - _LOOKED_BACK, index + 1)):
        time = time_of(rows, row)
        if time != NO_TIME:
            return time
    return NO_TIME


def time_of(rows: Rows, row: Row) -> int:
    """When a row was written, in microseconds since 1970, or ``NO_TIME``."""
    return rows.books[row.source].buffer.time(row.number)
