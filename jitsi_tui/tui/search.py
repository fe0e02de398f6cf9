"""Looking for something in panes, a bounded piece at a time, so that no key ever waits for it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from jitsi_tui.logs.filters import Filter
from jitsi_tui.logs.finding import Hit, Matches, next_of_all
from jitsi_tui.logs.levels import Level
from jitsi_tui.logs.patterns import compile_pattern
from jitsi_tui.logs.rows import Row

from .widgets.log_pane import LogPane

if TYPE_CHECKING:
    from jitsi_tui.logs.history import Asks

_BUDGET = 0.004
"""Seconds of one look, after which keys have their turn."""


def matching(wanted: Filter, text: str) -> Filter:
    """What passes a filter and matches as well. Raises ``PatternError``."""
    return replace(wanted, include=(*wanted.include, text))


class Search:
    """One search in one pane."""

    def __init__(self, pane: LogPane, wanted: Filter, text: str) -> None:
        """``wanted`` is the filter of the pane, ``text`` what was typed."""
        self.pane = pane
        self.text = text
        self._matches = pane.matches(matching(wanted, text))
        self._aim: tuple[Row | None, int, bool] | None = None
        self._complete = False

    def aim(self, row: Row | None, step: int, *, itself: bool = False) -> None:
        """Go to the next match above (-1) or below (1) a row; ``None``: from the end."""
        self._aim = (row, step, itself)

    @property
    def looking(self) -> bool:
        """Whether a match is still looked for."""
        return self._aim is not None

    @property
    def slow(self) -> bool:
        """Whether looking for it takes too long."""
        return compile_pattern(self.text).slow

    @property
    def stale(self) -> bool:
        """Whether the pane shows other rows by now."""
        return self._matches.rows is not self.pane.rows

    def look(self) -> bool | None:
        """Look on: true where the pane went to a match, false where there is none, else ``None``.

        Records are looked at from the newest on: the nearest older match is known before all are.
        """
        self._complete = _update([self._matches])
        if self._aim is None:
            return None
        row, step, itself = self._aim
        rows = self._matches.rows
        if self._complete or (step < 0 and len(rows.books) == 1):
            index = rows.index(row) if row is not None else len(rows)
            index += (step < 0) if itself and row is not None else 0
            found = self._matches.next(index, step)
            if found is not None:
                self._aim = None
                self.pane.go(found, centred=True)
                return True
        if self._complete:
            self._aim = None
            return False
        return None

    def words(self) -> str:
        """Which match this is, of how many."""
        index, count = self.pane.index, len(self._matches)
        if index is None or not count:
            return "no match in this pane" if self._complete else ""
        more = "" if self._complete else "+"
        rank = count - self._matches.rank(index) + 1
        return f"{max(1, rank):,} of {count:,}{more}, newest first"


class ErrorHunt:
    """Goes from error to error in the order of time, whichever pane they are in."""

    def __init__(self, panes: Sequence[LogPane], wanted: Filter) -> None:
        errors = replace(wanted, level=max(wanted.level, Level.ERROR))
        self.panes = tuple(panes)
        self._matches = [pane.matches(errors) for pane in self.panes]
        self._step = 0

    @property
    def looking(self) -> bool:
        """Whether one is still looked for."""
        return self._step != 0

    def stale(self, panes: Sequence[LogPane]) -> bool:
        """Whether other panes, or other rows of theirs, are shown by now."""
        return self.panes != tuple(panes) or any(
            matches.rows is not pane.rows
            for matches, pane in zip(self._matches, panes, strict=True)
        )

    def aim(self, step: int) -> None:
        """Look for the next older (-1) or newer (1) one."""
        self._step = step

    def look(self, here: LogPane) -> LogPane | bool:
        """The pane that went to an error; false where there is none, true: ask again."""
        if not _update(self._matches):
            return True
        at = self.panes.index(here) if here in self.panes else 0
        index = None if here.following else here.index
        hit, _ = next_of_all(self._matches, at, index, self._step)
        self._step = 0
        return self._go(hit) if hit is not None else False

    def _go(self, hit: Hit) -> LogPane:
        pane = self.panes[hit.pane]
        pane.go(hit.row, centred=True)
        return pane


class TimeJump:
    """Has panes reach a time before what is held of them, while older lines come."""

    def __init__(self) -> None:
        self._late: dict[LogPane, tuple[int, Row | None]] = {}

    def begin(self, panes: Sequence[LogPane], moment: int) -> None:
        """These stand at the oldest that is held, and shall go on to ``moment``."""
        self._late = {pane: (moment, pane.cursor) for pane in panes}

    def go_on(self) -> list[LogPane]:
        """One step; whoever moves the cursor of a pane ends it there.

        Returns those that stand short of it for good: there is no room for what lies between.
        """
        short = []
        for pane, (moment, cursor) in list(self._late.items()):
            pane.catch_up()
            histories = [book.history for book in pane.rows.books]
            ended = all(one.at_start or not one.buffer.room for one in histories)
            if pane.cursor != cursor or pane.go_to(moment):
                del self._late[pane]
            elif ended:
                del self._late[pane]
                if not all(one.at_start for one in histories):
                    short.append(pane)
            else:
                self._late[pane] = (moment, pane.cursor)
        return short


def fetch_older(panes: Sequence[LogPane], asks: Asks | None) -> bool:
    """Fetch older lines where one looks at the oldest that are held; whether any were."""
    looked_at = [pane for pane in panes if pane.digs or not pane.following]
    read = {book for pane in looked_at for book in pane.rows.books}
    wanted = {book for pane in panes if pane.wants_older for book in pane.rows.books}
    asked = False
    for book in {book for pane in panes for book in pane.rows.books}:
        if book in read:
            book.buffer.reading = True
        else:
            book.history.rest()
        if book in wanted and asks is not None:
            asked = book.look_back(asks) or asked
    return asked


def _update(matches: Sequence[Matches]) -> bool:
    end = time.monotonic() + _BUDGET
    while [one for one in matches if not one.update()]:
        if time.monotonic() > end:
            return False
    return True
