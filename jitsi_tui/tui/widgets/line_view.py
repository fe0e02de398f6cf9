"""LineView: the base of everything long, drawn line by line and only where it is seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from jitsi_tui.tui.line_styles import line_style
from jitsi_tui.tui.lines import Line, width

from .block import View

_CACHED = 2048

FILLED = frozenset({"added", "removed"})
"""Kinds whose colour goes to the end of the line."""


class LineView(ScrollView, can_focus=True):
    """Lines that scroll. Subclasses say ``line_count`` and ``line_at``."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll_up", "", show=False),
        Binding("down", "scroll_down", "", show=False),
        Binding("left", "scroll_left", "", show=False),
        Binding("right", "scroll_right", "", show=False),
        Binding("pageup", "page_up", "", show=False),
        Binding("pagedown", "page_down", "", show=False),
        Binding("home", "scroll_home", "", show=False),
        Binding("end", "scroll_end", "", show=False),
    ]

    CACHES: ClassVar[bool] = True
    """Whether a line that was drawn stays as it is until ``lines_changed``."""

    def __init__(
        self,
        *,
        id: str | None = None,  # noqa: A002 - Textual's name for it
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._strips: LRUCache[tuple[int, int, bool], Strip] = LRUCache(_CACHED)
        self._styles: dict[str, Style] = {}

    @property
    def line_count(self) -> int:
        """How many lines there are."""
        raise NotImplementedError

    def line_at(self, y: int) -> Line:
        """The line at that height."""
        raise NotImplementedError

    def is_chosen(self, y: int) -> bool:  # noqa: ARG002
        """Whether that line is the one under the cursor."""
        return False

    def lines_changed(self, widest: int = 0) -> None:
        """Draw again: other lines than before, ``widest`` cells wide."""
        self._strips.clear()
        self.virtual_size = Size(widest, self.line_count)
        self.refresh()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles.clear()
        self._strips.clear()

    def kind_style(self, name: str) -> Style:
        """The colour of a kind of text, or of ``chosen`` and ``heading``."""
        style = self._styles.get(name)
        if style is None:
            style = self._styles[name] = line_style(self.app, name)
        return style

    def render_line(self, y: int) -> Strip:
        scroll_x, scroll_y = self.scroll_offset
        return self.draw(y + scroll_y, scroll_x)

    def draw(self, index: int, scroll_x: int = 0) -> Strip:
        """The strip of a line, from the cache where it was drawn before."""
        cells = self.size.width
        base = self.rich_style
        if not 0 <= index < self.line_count:
            return Strip.blank(cells, base)
        chosen = self.is_chosen(index)
        key = (index, cells, chosen)
        strip = self._strips.get(key) if self.CACHES else None
        if strip is None:
            strip = self._strips[key] = self.strip(self.line_at(index), chosen)
        style = base + self.kind_style("chosen") if chosen else base
        return strip.crop_extend(scroll_x, scroll_x + cells, style).apply_style(style)

    def strip(self, row: Line, chosen: bool = False) -> Strip:  # noqa: ARG002
        """A line as segments, in the colours of its kinds; a changed line of a diff is filled."""
        strip = Strip(
            [Segment(text, self.kind_style(kind) if kind else None) for text, kind in row]
        )
        if row and row[-1][1] in FILLED:
            return strip.extend_cell_length(
                max(self.size.width, self.virtual_size.width), self.kind_style(row[-1][1])
            )
        return strip


class Lines(LineView):
    """A text that scrolls, made anew for every width."""

    def __init__(
        self,
        *,
        id: str | None = None,  # noqa: A002 - Textual's name for it
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._view: View = lambda _: ()
        self._made: tuple[int, Sequence[Line]] = (-1, ())

    @property
    def line_count(self) -> int:
        return len(self._made[1])

    def line_at(self, y: int) -> Line:
        return self._made[1][y]

    def put(self, view: View | Sequence[Line]) -> None:
        """Show something else; nothing moves where it is the same as before."""
        if callable(view):
            self._view = view
        else:
            fixed = tuple(view)
            self._view = lambda _: fixed
        self._make()

    def on_resize(self) -> None:
        self._make()

    def _make(self) -> None:
        cells = self.scrollable_content_region.width
        if cells <= 0:
            return
        lines = self._view(cells)
        if (cells, lines) != self._made:
            self._made = (cells, lines)
            self.lines_changed(max((width(row) for row in lines), default=0))
