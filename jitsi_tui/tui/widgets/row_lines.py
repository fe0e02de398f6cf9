"""Rows of a pane as strips: what a record looks like there, and which rows have room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import NamedTuple

from textual.strip import Strip

from jitsi_tui.logs.filters import EVERYTHING, Filter
from jitsi_tui.logs.patterns import Expression, patience
from jitsi_tui.logs.records import Record
from jitsi_tui.logs.rows import Row, Rows
from jitsi_tui.tui.lines import Line, Run, plain
from jitsi_tui.tui.log_store import LogStore
from jitsi_tui.tui.present.log_rows import Reading, lines_of
from jitsi_tui.tui.present.logs import one_line, tag

from .log_strips import Key, LogStrips


class Placed(NamedTuple):
    """Lines from the top on, and the row that each of them is of."""

    lines: tuple[Strip, ...]
    rows: tuple[int, ...]


class RowLines:
    """Draws the rows of one pane."""

    def __init__(self, sources: Sequence[str], store: LogStore, strips: LogStrips) -> None:
        self.find: Expression | None = None
        self.dims: Filter = EVERYTHING
        """What does not pass is dimmed."""

        self.reading = Reading()
        self.opened: set[Row] = set()
        """Rows whose further lines are shown, or folded where those of all are shown."""

        self._sources = tuple(sources)
        self._store = store
        self._strips = strips

    @property
    def tall(self) -> bool:
        """Whether rows may take several lines."""
        return self.reading.tall or bool(self.opened)

    def patience(self) -> AbstractContextManager[object]:
        """For a drawing: one timer for all that is looked for, as to set it takes longer than to
        look."""
        return patience() if self.find or not self.dims.everything else nullcontext()

    def toggle(self, row: Row) -> None:
        """Show a row's further lines, or fold them."""
        self.opened ^= {row}

    def close_gone(self, rows: Rows) -> None:
        """Of rows that are no longer held nothing is shown or folded."""
        self.opened = {row for row in self.opened if rows.holds(row)}

    def flat(
        self, rows: Rows, wanted: Sequence[Row], cells: int, chosen: Row | None
    ) -> tuple[Strip, ...]:
        """Rows that take one line each."""
        known, draw, grows = self._strips.known, self._strips.draw, rows.grows
        zone, pan = self._store.zone, self.reading.pan
        marked, dims = bool(self._store.marked), not self.dims.everything
        found: list[Strip] = []
        for row in wanted:
            # Hardly any row needs more to tell it from what it looked like before.
            usual = not (marked or row == chosen or grows(row))
            key: Key = row if usual else self._key(rows, row, row == chosen)
            strip = known(key)
            if strip is None:
                record = rows.record(row)
                passes = not dims or self._passes(record)
                lead, taken = self._lead(rows, row, row == chosen, passes)
                line = one_line(record, zone, cells - taken, self.find, pan)
                if not passes:
                    line = _dimmed(line)
                strip = draw(key, (*lead, *line), "chosen" if row == chosen else "")
            found.append(strip)
        return tuple(found)

    def strips(self, rows: Rows, row: Row, cells: int, chosen: bool) -> Sequence[Strip]:
        """A row that takes as many lines as it needs."""
        key = (*self._key(rows, row, chosen), self.reading, row in self.opened)
        make = partial(self._lines, rows, row, cells, chosen)
        return self._strips.strips(key, make, "chosen" if chosen else "")

    def _key(self, rows: Rows, row: Row, chosen: bool) -> tuple[object, ...]:
        size = rows.size(row) if rows.grows(row) else 0
        return (row, size, chosen, self._marked(rows, row))

    def _marked(self, rows: Rows, row: Row) -> bool:
        marks = self._store.marked
        return bool(marks) and rows.held(row).key in marks

    def _lead(self, rows: Rows, row: Row, chosen: bool, passes: bool) -> tuple[Line, int]:
        """What stands before a record, and its width."""
        # Where the rest is dimmed, colour alone would tell what passes.
        usual = "•" if passes and not self.dims.everything else " "
        usual, marked = ("›", "◈") if chosen else (usual, "◆")
        mark = marked if self._marked(rows, row) else usual
        if len(self._sources) == 1:
            return ((mark, "cursor"),), 1
        name = tag(self._sources, row.source)
        return ((mark, "cursor"), name), 1 + len(name[0])

    def _lines(self, rows: Rows, row: Row, cells: int, chosen: bool) -> list[Line]:
        record = rows.record(row)
        if self.reading.bare:
            source = record.source if len(self._sources) > 1 else ""
            return lines_of(record, self._store.zone, cells, self.reading, source=source)
        passes = self._passes(record)
        lead, taken = self._lead(rows, row, chosen, passes)
        found = lines_of(
            record,
            self._store.zone,
            cells - taken,
            self.reading,
            open_=row in self.opened,
            find=self.find,
        )
        if not passes:
            found = [_dimmed(line) for line in found]
        blank: Run = (" " * taken, "")
        return [(*lead, *found[0]), *((blank, *line) for line in found[1:])]

    def _passes(self, record: Record) -> bool:
        if self.dims.everything:
            return True
        return self.dims.passes_record(record.text, record.level, gap=bool(record.gap))


def _dimmed(row: Line) -> Line:
    return ((plain(row), "faint"),)


def above(last: int, room: int, strips: Callable[[int], Sequence[Strip]]) -> Placed:
    """The rows up to ``last`` that have room, the first of them perhaps in part."""
    lines: list[Strip] = []
    rows: list[int] = []
    index = last
    while index >= 0 and len(lines) < room:
        found = strips(index)
        lines[:0] = found
        rows[:0] = [index] * len(found)
        index -= 1
    over = max(0, len(lines) - room)
    if over and rows[0] == last:
        # One record that is taller than the pane begins at its top.
        return Placed(tuple(lines[:room]), tuple(rows[:room]))
    return Placed(tuple(lines[over:]), tuple(rows[over:]))


def below(first: int, count: int, room: int, strips: Callable[[int], Sequence[Strip]]) -> Placed:
    """The rows from ``first`` on that have room, the last of them perhaps in part."""
    lines: list[Strip] = []
    rows: list[int] = []
    index = first
    while index < count and len(lines) < room:
        found = strips(index)
        lines += found
        rows += [index] * len(found)
        index += 1
    return Placed(tuple(lines[:room]), tuple(rows[:room]))
