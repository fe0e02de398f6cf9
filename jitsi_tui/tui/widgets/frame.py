"""The three lines that frame every page."""

from __future__ import annotations

from textual import events
from textual.message import Message

from jitsi_tui.tui.lines import Line
from jitsi_tui.tui.present.frame import Spot

from .block import Block


class FrameLine(Block):
    """One line whose parts may be clicked."""

    class Picked(Message):
        """A part was clicked."""

        def __init__(self, frame_line: FrameLine, target: str) -> None:
            super().__init__()
            self.frame_line = frame_line
            self.target = target

        @property
        def control(self) -> FrameLine:
            """The line it came from."""
            return self.frame_line

    def __init__(self, id: str) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id, classes="frame-line")
        self._spots: tuple[Spot, ...] = ()

    def set_line(self, line: Line, spots: tuple[Spot, ...] = ()) -> None:
        """Show a line; ``spots`` say what its parts are."""
        self._spots = spots
        self.put((line,))

    def on_click(self, event: events.Click) -> None:
        """Say which part was hit."""
        for spot in self._spots:
            if spot.start <= event.x < spot.end:
                self.post_message(self.Picked(self, spot.target))
