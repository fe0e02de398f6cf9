"""The last question before something changes on a server."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal

from jitsi_tui.text import visible
from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.deafness import Deafness
from jitsi_tui.tui.lines import Line, line, wrap
from jitsi_tui.tui.state import State
from jitsi_tui.tui.widgets.block import Block, View
from jitsi_tui.tui.widgets.push_button import PushButton

from .base import Sheet


class ConfirmSheet(Sheet[bool]):
    """Names the server, has focus on Cancel, and takes another key than the one that opened it."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action("confirm.yes", ("y",), "yes", "Do it.", rank=1, footer=False),
        Action("confirm.no", ("escape", "n"), "cancel", "Leave everything as it is.", rank=2),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)
    AUTO_FOCUS = "#no"

    def __init__(self, title: str, server: str, view: View, verb: str) -> None:
        """``title`` says what would be done, ``verb`` what the button says."""
        super().__init__()
        self._title = title
        self._server = server
        self._view = view
        self._verb = verb
        self._deaf = Deafness()

    def body(self) -> ComposeResult:
        yield Block(id="confirm-text")
        with Horizontal(classes="buttons"):
            yield PushButton("Cancel", "Esc", id="no")
            yield PushButton(self._verb, "y", id="yes")

    def title_lines(self, cells: int) -> list[Line]:
        title = visible(self._title)
        return [
            *wrap(title[:1].upper() + title[1:], cells, "strong"),
            line(("on ", "dim"), (visible(self._server), "accent")),
        ]

    def footer_actions(self) -> list[Action]:
        return []

    def on_mount(self) -> None:
        self._deaf.begin()

    def show(self, state: State) -> None:
        super().show(state)
        self.query_one("#confirm-text", Block).put(self._view)

    def on_push_button_pressed(self, event: PushButton.Pressed) -> None:
        """One of the two was pressed."""
        event.stop()
        self._answer(event.button.id == "yes")

    def do_yes(self) -> None:
        """Do it."""
        self._answer(True)

    def do_no(self) -> None:
        """Leave it."""
        self._answer(False)

    def _answer(self, sure: bool) -> None:
        if not self._deaf:
            self.dismiss(sure)
