"""A row in full, where the page has no room beside its table."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.lines import Line
from jitsi_tui.tui.widgets.block import Block, View

from .base import Sheet


class DetailSheet(Sheet[None]):
    """Lines to read."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action("detail.close", ("escape", "enter"), "close", "Back to the page.", rank=1),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    def __init__(self, view: View) -> None:
        """The first line that ``view`` gives is the title."""
        super().__init__()
        self._view = view

    def body(self) -> ComposeResult:
        yield Block(id="detail-lines")

    def title_lines(self, cells: int) -> list[Line]:
        return list(self._view(cells)[:1])

    def on_mount(self) -> None:
        self.query_one("#detail-lines", Block).put(self._below)

    def _below(self, cells: int) -> list[Line]:
        rows = list(self._view(cells)[1:])
        while rows and not rows[0]:
            rows.pop(0)
        return rows

    def do_close(self) -> None:
        """Back to the page."""
        self.dismiss()
