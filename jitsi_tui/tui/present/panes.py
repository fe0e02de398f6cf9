"""Which logs have a pane, and how the panes stand: pure arithmetic for every size of terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

COUNTS = (1, 2, 4, 6)
"""Panes that may be in sight at once."""

LEAST_CELLS = 36
LEAST_LINES = 4
"""Of one pane: a title and three records."""

_ROOMY_CELLS = 100
_ROOMY_LINES = 20
"""From where on more room makes a pane no better."""


class Shape(NamedTuple):
    """A grid."""

    columns: int
    rows: int


class Panes(NamedTuple):
    """Sources in the order in which their panes stand; hidden ones are followed all the same."""

    shown: tuple[str, ...]
    hidden: tuple[str, ...] = ()
    in_sight: int = 4
    """How many are in sight at once, where so many fit."""

    @property
    def sources(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.shown, *self.hidden)

    def seen(self, here: str, cells: int, lines: int) -> tuple[str, ...]:
        """The panes in sight together with ``here``, page by page where they don't all fit."""
        count = fitting(self.in_sight, cells, lines)
        at = self.shown.index(here) if here in self.shown else 0
        start = at // count * count
        return self.shown[start : start + count]

    def beside(self, here: str, step: int) -> str:
        """The next pane, or the one before; round at the ends."""
        if here not in self.shown:
            return self.shown[0]
        return self.shown[(self.shown.index(here) + step) % len(self.shown)]

    def moved(self, name: str, step: int) -> Panes:
        """With a pane one place further on, or back."""
        order = list(self.shown)
        at = order.index(name)
        to = at + step
        if not 0 <= to < len(order):
            return self
        order[at], order[to] = order[to], order[at]
        return self._replace(shown=tuple(order))

    def hiding(self, name: str) -> Panes:
        """Without a pane; the last one stays."""
        if name not in self.shown or len(self.shown) == 1:
            return self
        return self._replace(
            shown=tuple(one for one in self.shown if one != name),
            hidden=(*self.hidden, name),
        )

    def showing(self, names: Iterable[str], after: str = "") -> Panes:
        """With panes for these, behind ``after`` or at the end."""
        fresh = tuple(dict.fromkeys(name for name in names if name not in self.shown))
        at = self.shown.index(after) + 1 if after in self.shown else len(self.shown)
        return self._replace(
            shown=(*self.shown[:at], *fresh, *self.shown[at:]),
            hidden=tuple(name for name in self.hidden if name not in fresh),
        )

    def counting(self, count: int) -> Panes:
        """With so many in sight; hidden ones come where more are asked for than are shown."""
        missing = max(0, count - len(self.shown))
        return self.showing(self.hidden[:missing])._replace(in_sight=count)

    def next_count(self, cells: int, lines: int) -> int:
        """The next larger layout that fits, and after the largest the smallest."""
        now = fitting(self.in_sight, cells, lines)
        larger = [one for one in COUNTS if one > now and shape(one, cells, lines) is not None]
        return larger[0] if larger and now < len(self.sources) else COUNTS[0]


def fitting(count: int, cells: int, lines: int) -> int:
    """As many panes of those wanted as have room."""
    for one in reversed(COUNTS):
        if one <= count and shape(one, cells, lines) is not None:
            return one
    return 1


def shape(count: int, cells: int, lines: int) -> Shape | None:
    """The grid in which so many panes can be read best; ``None`` where they can't be."""
    best: tuple[float, int] | None = None
    for columns in range(1, count + 1):
        rows = -(-count // columns)
        if columns * rows - count >= columns:
            continue
        wide, high = (cells - columns + 1) // columns, lines // rows
        if wide < LEAST_CELLS or high < LEAST_LINES:
            continue
        worth = min(1.0, wide / _ROOMY_CELLS, high / _ROOMY_LINES)
        best = max(best or (0.0, 0), (worth, columns))
    if best is None:
        return None
    return Shape(best[1], -(-count // best[1]))
