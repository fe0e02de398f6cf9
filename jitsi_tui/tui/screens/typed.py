"""A question about many at once: how many they are is typed, not just a key pressed."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from jitsi_tui.text import visible
from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.lines import Line, line, wrap
from jitsi_tui.tui.widgets.block import Block, View
from jitsi_tui.tui.widgets.field import Field

from .base import Sheet


class TypedSheet(Sheet[bool]):
    """Done only once the number stands there."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action("typed.yes", ("enter",), "do it", "Do it, if the number is right.", rank=2),
        Action("typed.no", ("escape",), "cancel", "Leave everything as it is.", rank=1),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    def __init__(self, title: str, server: str, view: View, wanted: str) -> None:
        """``wanted`` is what must be typed."""
        super().__init__()
        self._title = title
        self._server = server
        self._view = view
        self._wanted = wanted

    def body(self) -> ComposeResult:
        yield Block(id="typed-text")
        with Horizontal(classes="field"):
            yield Block(((("How many", "dim"),),), classes="label")
            yield Field(id="typed", max_length=20)
        yield Block(id="typed-note")

    def title_lines(self, cells: int) -> list[Line]:
        title = visible(self._title)
        return [
            *wrap(title[:1].upper() + title[1:], cells, "strong"),
            line(("on ", "dim"), (visible(self._server), "accent")),
        ]

    def on_mount(self) -> None:
        self.query_one("#typed-text", Block).put(self._view)
        self._note(f"Type {self._wanted} and Enter; Esc leaves everything as it is.", "dim")
        self.set_focus(self.query_one("#typed", Input))

    def _note(self, words: str, kind: str) -> None:
        self.query_one("#typed-note", Block).put(
            lambda cells: wrap(words, cells, "attention" if kind == "attention" else "dim")
        )

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in the line."""
        event.stop()
        self.do_yes()

    def do_yes(self) -> None:
        """Do it, if the number is right."""
        if self.query_one("#typed", Input).value.strip() == self._wanted:
            self.dismiss(True)
        else:
            self._note(f"That is not {self._wanted}; nothing was done.", "attention")

    def do_no(self) -> None:
        """Leave it."""
        self.dismiss(False)
