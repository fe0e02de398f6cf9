"""Rows of a pane as strips: what a record looks like there, and which rows have room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from textual.strip import Strip

from jitsi_tui.logs.filters import EVERYTHING, Filter
from jitsi_tui.logs.patterns import Expression
from jitsi_tui.logs.records import Record
from jitsi_tui.logs.rows import Row, Rows
from jitsi_tui.tui.lines import Line, Run, plain
from jitsi_tui.tui.log_store import LogStore
from jitsi_tui.tui.present.log_rows import Reading, lines_of
from jitsi_tui.tui.present.logs import tag

from .log_strips import LogStrips


@dataclass(frozen=True)
class Placed:
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

    def toggle(self, row: Row) -> None:
        """Show a row's further lines, or fold them."""
        self.opened ^= {row}

    def strip(self, rows: Rows, row: Row, cells: int, chosen: bool) -> Strip:
        """A row that takes one line."""
        key = self._key(rows, row, chosen)
        found = self._strips.known(key)
        if found is None:
            line = self._lines(rows, row, cells, chosen)[0]
            found = self._strips.draw(key, line, "chosen" if chosen else "")
        return found

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

    def _lines(self, rows: Rows, row: Row, cells: int, chosen: bool) -> list[Line]:
        record = rows.record(row)
        merged = len(self._sources) > 1
        if self.reading.bare:
            source = record.source if merged else ""
            return lines_of(record, self._store.zone, cells, self.reading, source=source)
        mark = "◆" if self._marked(rows, row) else "›" if chosen else " "
        lead: list[Run] = [(mark, "cursor")]
        if merged:
            lead.append(tag(self._sources, row.source))
        taken = sum(len(words) for words, _ in lead)
        found = lines_of(
            record,
            self._store.zone,
            cells - taken,
            self.reading,
            open_=row in self.opened,
            find=self.find,
        )
        if not self._passes(record):
            found = [((plain(line), "faint"),) for line in found]
        blank: Run = (" " * taken, "")
        return [(*lead, *found[0]), *((blank, *line) for line in found[1:])]

    def _passes(self, record: Record) -> bool:
        if self.dims.everything:
            return True
        return self.dims.passes_record(record.text, record.level, gap=bool(record.gap))


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
