"""The keys and the wheel with which one moves in a pane of logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import Binding, BindingType

if TYPE_CHECKING:
    from jitsi_tui.logs.rows import Rows
    from jitsi_tui.tui.present.log_rows import Reading

_WHEEL = 3


class PaneMoves:
    """For a pane of rows, one of which is under the cursor, or which follows."""

    MOVES: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "", show=False),
        Binding("down", "move(1)", "", show=False),
        Binding("pageup", "page(-1)", "", show=False),
        Binding("pagedown", "page(1)", "", show=False),
        Binding("home", "oldest", "", show=False),
        Binding("left", "pan(-1)", "", show=False),
        Binding("right", "pan(1)", "", show=False),
    ]

    if TYPE_CHECKING:

        @property
        def rows(self) -> Rows: ...
        @property
        def index(self) -> int | None: ...
        @property
        def following(self) -> bool: ...
        @property
        def reading(self) -> Reading: ...
        @property
        def page_rows(self) -> int: ...
        def follow(self) -> None: ...
        def dig(self) -> None: ...
        def go(self, index: int | None, *, centred: bool = False) -> bool: ...
        def read(self, reading: Reading) -> None: ...

    def action_move(self, rows: int) -> None:
        """A record up or down; below the newest it follows again."""
        index = self.index
        if index is None and rows < 0:
            self.dig()
        if index is None or (self.following and rows > 0):
            return
        if index + rows >= len(self.rows):
            self.follow()
        else:
            self.go(max(0, index + rows))

    def action_page(self, pages: int) -> None:
        """A page up or down."""
        self.action_move(pages * max(1, self.page_rows - 1))

    def action_pan(self, step: int) -> None:
        """Further right in long lines, or back."""
        self.read(self.reading.panned(step))

    def action_oldest(self) -> None:
        """The oldest record that is held."""
        if not self.go(0):
            self.dig()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.action_move(-_WHEEL)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.action_move(_WHEEL)
