"""A record as the lines of a pane: wrapped or panned, its further lines folded or not."""

from __future__ import annotations

from datetime import tzinfo
from typing import NamedTuple

from rich.cells import cell_len

from jitsi_tui.logs.patterns import Expression
from jitsi_tui.logs.records import Record
from jitsi_tui.text import visible
from jitsi_tui.tui.lines import Kind, Line, Run, fitting, width

from .log_words import highlighted
from .logs import head_of, one_line, strong_kind

MOST_LINES = 60
"""Of one record in a pane; Enter shows all of them."""

_MOST_WORDS = 8000
_PAN = 16
_NEAR = 24
"""Characters within which a space is near."""


class Reading(NamedTuple):
    """How somebody reads a pane."""

    wrap: bool = False
    unfold: bool = False
    """Whether the further lines of every record are shown."""

    pan: int = 0
    """Cells of the records' words that stand left of the pane."""

    bare: bool = False
    """Nothing but the text as it stands in the log: for copying, and for screen readers."""

    @property
    def tall(self) -> bool:
        """Whether records may take several lines."""
        return self.wrap or self.unfold or self.bare

    def panned(self, step: int) -> Reading:
        """Further left or right; lines that are wrapped have nothing there."""
        return self._replace(pan=max(0, self.pan + step * _PAN), wrap=False)

    def wrapped(self) -> Reading:
        """Wrap, or not."""
        return self._replace(wrap=not self.wrap, pan=0)

    def unfolded(self) -> Reading:
        """Show all lines, or the first of each."""
        return self._replace(unfold=not self.unfold)


def lines_of(
    record: Record,
    zone: tzinfo,
    cells: int,
    reading: Reading,
    *,
    open_: bool = False,
    find: Expression | None = None,
    source: str = "",
) -> list[Line]:
    """At least one line; ``open_``: this record's further lines are shown whatever the rest is.

    ``source`` stands before a bare record, where several logs are shown as one.
    """
    if reading.bare:
        return _bare(record, cells, source)
    unfold = (reading.unfold or open_) and not record.gap
    if not reading.wrap and not unfold:
        return [one_line(record, zone, cells, find, reading.pan)]
    room = _MOST_WORDS if reading.wrap else cells
    first = one_line(record, zone, cells, find, reading.pan, room=room, fold=not unfold)
    head, _, told = head_of(record, zone, cells)
    indent = width(head)
    rows = _wrapped(first, cells, indent) if reading.wrap else [first]
    if unfold:
        rows += _further(record, told, cells, indent, reading, find)
    return rows[:MOST_LINES]


def _further(
    record: Record, told: int, cells: int, indent: int, reading: Reading, find: Expression | None
) -> list[Line]:
    """The record's lines behind those that are told of."""
    further = record.text.split("\n")[told:]
    rows: list[Line] = []
    kind: Kind = strong_kind(record) or "dim"
    for text in further[: MOST_LINES - 1]:
        words = visible(text.replace("\t", "    ")[:_MOST_WORDS])
        runs = (_gap(indent), *highlighted(words[reading.pan :], find, kind))
        rows += _wrapped(runs, cells, indent + 2) if reading.wrap else [runs]
    left = len(further) - (MOST_LINES - 2)
    if left > 1:
        rows = rows[: MOST_LINES - 2]
        rows.append((_gap(indent), (f"+{left:,} lines more; Enter shows them", "faint")))
    return rows


def _bare(record: Record, cells: int, source: str) -> list[Line]:
    text = visible(record.text[: _MOST_WORDS * 4], lines=True)
    if record.gap:
        text = f"-- {text} --"
    if record.cut:
        text += f" ({record.cut:,} bytes more)"
    lead = f"{visible(source)}: " if source else ""
    if source:
        # A further line could pass for a record of another log.
        text = text.replace("\n", "\n  ")
    rows: list[Line] = []
    for words in (lead + text).split("\n"):
        # Broken at the edge alone, so that what is copied can be joined again.
        rows += _wrapped(((words, ""),), cells, 0, spaces=False)
    return rows


def _wrapped(runs: Line, cells: int, indent: int, *, spaces: bool = True) -> list[Line]:
    """A line in as many lines as it takes; further ones stand under the words of the first.

    ``spaces``: broken at one where it is near.
    """
    if width(runs) <= cells:
        return [runs]
    indent = indent if indent * 2 < cells else 0
    rows: list[Line] = []
    row: list[Run] = []
    room = cells
    for words, kind in runs:
        rest = words
        while rest:
            taken = fitting(rest, room)
            over = taken < len(rest)
            if over and spaces:
                taken = _at_space(rest, taken)
            if not taken and room == cells - indent:
                taken = 1
            row.append((rest[:taken], kind))
            room -= cell_len(rest[:taken])
            rest = rest[taken:]
            if over:
                rows.append(tuple(row))
                row, room = ([_gap(indent)] if indent else []), cells - indent
    rows.append(tuple(row))
    return rows


def _gap(cells: int) -> Run:
    return (" " * cells, "")


def _at_space(text: str, taken: int) -> int:
    """Where to break instead: behind the last space, unless it is far."""
    at = text.rfind(" ", max(0, taken - _NEAR), taken)
    return at + 1 if at >= 0 else taken
