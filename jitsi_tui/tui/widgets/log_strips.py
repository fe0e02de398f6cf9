"""Records as strips of a pane: made once, kept while they are in sight."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from jitsi_tui.tui.lines import Line, fill
from jitsi_tui.tui.theme import OnlyAscii

Key: TypeAlias = tuple[object, ...]

_NO_COLOUR = Color(0, 0, 0)
"""For filters that look at words alone."""


class LogStrips:
    """Draws lines in a widget's colours, each as wide as the widget.

    A line that has not changed is the same object again, so that what changed is known by identity.
    """

    def __init__(self, widget: Widget, *, coloured: bool = True) -> None:
        """Without ``coloured`` nothing but text is sent: the terminal's own colours."""
        self._widget = widget
        self._coloured = coloured
        self._cells = 0
        self._styles: dict[tuple[str, str], Style] = {}
        self._filters: list[LineFilter] = []
        self._kept: dict[Key, Strip] = {}
        self._fresh: dict[Key, Strip] = {}
        self._kept_many: dict[Key, Sequence[Strip]] = {}
        self._fresh_many: dict[Key, Sequence[Strip]] = {}

    def forget(self) -> None:
        """The colours or the words may differ from now on."""
        self._cells = 0

    def begin(self, cells: int) -> None:
        """Lines of one drawing follow."""
        if cells != self._cells:
            self._cells = cells
            self._styles.clear()
            self._fresh.clear()
            self._fresh_many.clear()
            self._filters = [
                one for one in self._widget.get_line_filters() if isinstance(one, OnlyAscii)
            ]
        # What was not in sight at the last drawing is seldom wanted again.
        self._kept, self._fresh = self._fresh, {}
        self._kept_many, self._fresh_many = self._fresh_many, {}

    def strip(self, key: Key, make: Callable[[], Line], ground: str = "") -> Strip:
        """The strip for a key; ``make`` says its line where it is not known from the last drawing.

        ``ground``: the kind of the whole line, such as ``chosen``.
        """
        return self.known(key) or self.draw(key, make(), ground)

    def known(self, key: Key) -> Strip | None:
        """The strip for a key from this drawing or the last."""
        found = self._fresh.get(key)
        if found is None:
            found = self._kept.get(key)
            if found is not None:
                self._fresh[key] = found
        return found

    def draw(self, key: Key, line: Line, ground: str = "") -> Strip:
        """A line's strip, kept for its key."""
        found = self._fresh[key] = self._draw(line, ground)
        return found

    def strips(
        self, key: Key, make: Callable[[], Sequence[Line]], ground: str = ""
    ) -> Sequence[Strip]:
        """As ``strip``, for what takes several lines."""
        found = self._fresh_many.get(key)
        if found is None:
            found = self._kept_many.get(key)
            if found is None:
                found = [self._draw(line, ground) for line in make()]
            self._fresh_many[key] = found
        return found

    def _draw(self, line: Line, ground: str) -> Strip:
        runs = fill(line, self._cells)
        segments = [Segment(words, self._style(kind, ground)) for words, kind in runs]
        for one in self._filters:
            segments = one.apply(segments, _NO_COLOUR)
        return Strip(segments, self._cells)

    def _style(self, kind: str, ground: str) -> Style:
        style = self._styles.get((kind, ground))
        if style is None:
            style = self._styles[kind, ground] = self._make_style(kind, ground)
        return style

    def _make_style(self, kind: str, ground: str) -> Style:
        """What filters make of colours is known once for a style, not anew for each line."""
        if not self._coloured:
            return Style()
        style = self._widget.rich_style
        for name in (ground, kind):
            if name:
                style += self._widget.get_component_rich_style(f"line--{name}", partial=True)
        _, background = self._widget.background_colors
        sample = [Segment("x", style)]
        for one in self._widget.get_line_filters():
            if not isinstance(one, OnlyAscii):
                sample = one.apply(sample, background)
        return sample[0].style or style


def regions(lines: Sequence[int], cells: int) -> list[Region]:
    """Consecutive lines as one region each."""
    found: list[Region] = []
    for y in lines:
        if found and found[-1].bottom == y:
            found[-1] = Region(0, found[-1].y, cells, found[-1].height + 1)
        else:
            found.append(Region(0, y, cells, 1))
    return found
