"""PushButton: a word that can be pressed, one line high."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from jitsi_tui.tui.lines import Line

from .block import Block


class PushButton(Block, can_focus=True):
    """Enter, Space or a click presses it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "press", "", show=False),
        Binding("left", "app.focus_previous", "", show=False),
        Binding("right", "app.focus_next", "", show=False),
    ]

    class Pressed(Message):
        """It was pressed."""

        def __init__(self, button: PushButton) -> None:
            super().__init__()
            self.button = button

        @property
        def control(self) -> PushButton:
            """The button."""
            return self.button

    def __init__(self, title: str, key: str = "", *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._title = title
        self._key = key
        self.put(self._lines)

    def _lines(self, cells: int) -> tuple[Line]:  # noqa: ARG002
        pointer = "›" if self.has_focus else " "
        runs: Line = ((f"{pointer} ", "cursor"),)
        if self._key:
            runs = (*runs, (f"{self._key}  ", "key"))
        return ((*runs, (f"{self._title}  ", "strong" if self.has_focus else "")),)

    def action_press(self) -> None:
        """Press it."""
        self.post_message(self.Pressed(self))

    def on_click(self) -> None:
        """A click presses."""
        self.action_press()

    def on_focus(self) -> None:
        self.put(self._lines)

    def on_blur(self) -> None:
        self.put(self._lines)
