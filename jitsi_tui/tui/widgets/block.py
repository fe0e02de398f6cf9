"""Block: a few lines of text that fit themselves to their width and never flicker."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from jitsi_tui.tui.lines import Line, content, width

View: TypeAlias = Callable[[int], Sequence[Line]]
"""Given the width in cells, the lines."""


class Block(Widget):
    """Shows what a view makes of its width; drawn again only when that came out different."""

    DEFAULT_CSS = "Block { width: 1fr; height: auto; }"

    def __init__(
        self,
        lines: Sequence[Line] = (),
        *,
        id: str | None = None,  # noqa: A002 - Textual's name for it
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        fixed = tuple(lines)
        self._view: View = lambda _: fixed
        self._shown: tuple[int, tuple[Line, ...]] = (-1, ())
        self._waits = False

    def put(self, view: View | Sequence[Line]) -> None:
        """Show something else."""
        if callable(view):
            self._view = view
        else:
            fixed = tuple(view)
            self._view = lambda _: fixed
        cells, before = self._shown
        if cells < 0:
            # Not laid out yet; once that is asked for, it takes the view of then.
            if not self._waits:
                self._waits = True
                self.refresh(layout=True)
            return
        self._shown = (-1, ())
        if (now := self.lines(cells)) != before:
            wide = self.styles.width is not None and self.styles.width.is_auto
            self.refresh(layout=wide or len(now) != len(before))

    def lines(self, cells: int) -> tuple[Line, ...]:
        """What is shown in so many cells."""
        if self._shown[0] != cells:
            self._shown = (cells, tuple(self._view(cells)))
            self._waits = False
        return self._shown[1]

    def get_content_width(self, container: Size, viewport: Size) -> int:  # noqa: ARG002
        return max((width(row) for row in self._view(container.width)), default=0)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        return len(self.lines(width))

    def render(self) -> Content:
        return content(self.lines(self.content_size.width))
