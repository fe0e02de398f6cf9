"""A record as the lines of a pane: wrapped or panned, its further lines folded or not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import tzinfo
from itertools import chain
from typing import NamedTuple, TypeAlias

from rich.cells import cell_len

from jitsi_tui.logs.patterns import Expression
from jitsi_tui.logs.records import Record
from jitsi_tui.text import visible
from jitsi_tui.tui.lines import Kind, Line, Run, fitting, width

from .log_words import highlighted
from .logs import head_of, one_line, strong_kind

MOST_LINES = 60
"""Of one record in a pane; Enter shows all of them."""

_Shown: TypeAlias = tuple[list[Line], bool]
"""One line of a record in as many rows as it takes, and whether that is all of it."""

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
    room = cells * MOST_LINES if reading.wrap else cells
    first = one_line(record, zone, cells, find, reading.pan, room=room, fold=not unfold)
    head, words, told = head_of(record, zone, cells)
    indent = width(head)
    rows = _wrapped(first, cells, indent) if reading.wrap else [first]
    texts = [] if record.gap else record.text.split("\n")[told:]
    whole = [(rows, not reading.wrap or len(words) <= room)]
    further = _further(record, texts, cells, indent, reading, find) if unfold else ()
    return _in_room(chain(whole, further), 1 + len(texts), indent)


def _further(
    record: Record,
    texts: Sequence[str],
    cells: int,
    indent: int,
    reading: Reading,
    find: Expression | None,
) -> Iterator[_Shown]:
    """The record's lines behind those that are told of."""
    kind: Kind = strong_kind(record) or "dim"
    room = cells * MOST_LINES if reading.wrap else reading.pan + cells
    for text in texts:
        words = visible(text.replace("\t", "    ")[:room])
        runs = (_gap(indent), *highlighted(words[reading.pan :], find, kind))
        rows = _wrapped(runs, cells, indent + 2) if reading.wrap else [runs]
        yield rows, not reading.wrap or len(text) <= room


def _in_room(shown: Iterable[_Shown], lines: int, indent: int) -> list[Line]:
    """As many rows as a record may have in a pane; the last says where there are more."""
    rows: list[Line] = []
    for of_line, whole in shown:
        if not whole or len(rows) + len(of_line) > MOST_LINES:
            rows = [*rows, *of_line][: MOST_LINES - 1]
            return [*rows, (_gap(indent), (_goes_on(lines), "faint"))]
        rows += of_line
        lines -= len(rows) < MOST_LINES  # the last row may have to tell of what follows
    return rows


def _goes_on(lines: int) -> str:
    if lines > 1:
        return f"+{lines:,} lines more; Enter shows them"
    return "it goes on; Enter shows all of it"


def _bare(record: Record, cells: int, source: str) -> list[Line]:
    text = visible(record.text, lines=True)
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
