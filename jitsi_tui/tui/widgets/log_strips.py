"""Records as strips of a pane: made once, kept while they are in sight."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from typing import Any, TypeAlias

from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from jitsi_tui.tui.line_styles import line_style
from jitsi_tui.tui.lines import Line, fill
from jitsi_tui.tui.theme import OnlyAscii

Key: TypeAlias = tuple[object, ...]

_NO_COLOUR = Color(0, 0, 0)
"""For filters that look at words alone."""


_PLAIN = "\x1b[0m"
"""What a terminal is sent before words that look like nothing in particular (ECMA-48, SGR 0)."""


class Looks(dict[str, tuple[str, str]]):
    """What a terminal is sent before and after words of a kind, on one ground.

    The ground is set once for a line, and most kinds change the letters' colour alone: a terminal
    that takes half as much is done sooner.
    """

    def __init__(self, style_of: Callable[[str], Style], console: Console, *, plain: bool) -> None:
        """``plain``: nothing is sent but the words."""
        super().__init__()
        self.style = lru_cache(maxsize=None)(style_of)
        """How words of a kind look."""

        self._console = console
        self.begin = self._codes(self.style(""))
        """What is sent before all words."""

        self.end = "" if plain else _PLAIN
        """What is sent behind them."""

    def __missing__(self, kind: str) -> tuple[str, str]:
        style, ground = self.style(kind), self.style("")
        colour = Style(color=style.color)
        if style.color is not None and style == ground + colour:
            found = self._codes(colour), ""
        else:
            found = self.end + self._codes(style), self.end + self.begin
        self[kind] = found
        return found

    def _codes(self, style: Style) -> str:
        return Strip([Segment("x", style)]).render(self._console).partition("x")[0]


class LogStrip(Strip):
    """A line of a pane: text for the terminal, and a whole ``Strip`` only for who looks closer.

    Most are sent once and never looked at again, thousands a second; to make the segments and the
    eight caches of a ``Strip`` takes longer than all the rest of drawing them.
    """

    __slots__ = ("_looks", "_row")

    def __init__(self, row: Line, looks: Looks, cells: int) -> None:
        """``row`` is ``cells`` wide. The base class is made ready by ``__getattr__``."""
        self._row, self._looks = row, looks
        self._cell_length = cells
        sent = [
            f"{before}{words}{after}" for words, kind in row for before, after in (looks[kind],)
        ]
        self._render_cache = f"{looks.begin}{''.join(sent)}{looks.end}"

    def __getattr__(self, name: str) -> Any:
        """Called for what the base class would have set."""
        rendered, cells = self._render_cache, self._cell_length
        segments = [Segment(words, self._looks.style(kind)) for words, kind in self._row]
        super().__init__(segments, cells)
        self._render_cache = rendered
        return getattr(self, name)

    @property
    def cell_length(self) -> int:
        assert self._cell_length is not None
        return self._cell_length

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        """See ``Strip``; without its cache where nothing is cut."""
        cuts = list(cuts)
        return [self] if cuts == [self._cell_length] else super().divide(cuts)

    def render(self, console: Console) -> str:
        return self._render_cache or super().render(console)


class LogStrips:
    """Draws lines in a widget's colours, each as wide as the widget.

    A line that has not changed is the same object again, so that what changed is known by identity.
    """

    def __init__(self, widget: Widget, *, coloured: bool = True) -> None:
        """Without ``coloured`` nothing but text is sent: the terminal's own colours."""
        self._widget = widget
        self._coloured = coloured
        self._cells = 0
        self._looks: dict[str, Looks] = {}
        """By the ground of a line."""

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
            self._looks.clear()
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
        row = fill(line, self._cells)
        for one in self._filters:
            segments = one.apply([Segment(words) for words, _ in row], _NO_COLOUR)
            row = tuple(
                [(segment.text, kind) for segment, (_, kind) in zip(segments, row, strict=True)]
            )
        looks = self._looks.get(ground)
        return LogStrip(row, looks if looks is not None else self._looks_on(ground), self._cells)

    def _looks_on(self, ground: str) -> Looks:
        style_of = partial(self._style, ground)
        console = self._widget.app.console
        found = self._looks[ground] = Looks(style_of, console, plain=not self._coloured)
        return found

    def _style(self, ground: str, kind: str) -> Style:
        """What filters make of colours is known once for a style, not anew for each line."""
        if not self._coloured:
            return Style()
        style = self._widget.rich_style
        for name in (ground, kind):
            if name:
                style += line_style(self._widget.app, name)
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
