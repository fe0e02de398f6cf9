"""A log as bare text: no borders, no colours, every line whole where there is room for it.

For copying with the terminal's own means, and for screen readers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.strip import Strip

from jitsi_tui.logs.filters import Filter
from jitsi_tui.logs.rows import Row
from jitsi_tui.text import visible
from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.lines import clip
from jitsi_tui.tui.log_store import LogStore
from jitsi_tui.tui.present.log_rows import Reading
from jitsi_tui.tui.state import State
from jitsi_tui.tui.widgets.log_pane import LogPane

from .base import Showing

_LOOK_SECONDS = 0.1


class PlainPane(LogPane):
    """Records as they stand in the log."""

    TITLED = False
    GOES_ON = "-- it goes on; Esc, then Enter shows all of it"

    def __init__(self, source: str, sources: Sequence[str], store: LogStore) -> None:
        super().__init__(source, sources, store)
        self.read(Reading(bare=True))

    def _title(self, cells: int, shown: int) -> Strip:
        behind = max(0, len(self.rows) - shown)
        how = f"paused, {behind:,} behind; Space or End follows"
        if self.following:
            how = f"{self.cut or 'following'}; Space pauses"
        words = f"-- {visible(self.source)}, {how}, Esc goes back"
        return self._title_strip(((clip(words, cells), ""),))

    def action_pan(self, step: int) -> None:
        """Every line is whole: there is nothing further right."""


class PlainScreen(Showing[None]):
    """The terminal's mouse belongs to the terminal meanwhile."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action("plain.close", ("escape", "v"), "close", "Back to the panes.", rank=1),
        Action("plain.pause", ("space",), "pause", "Stop here, or follow again.", rank=2),
        Action("plain.follow", ("end",), "follow", "Go to the newest record again.", rank=3),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    def __init__(self, pane: LogPane, wanted: Filter) -> None:
        """Shows what ``pane`` shows, where it stands."""
        super().__init__()
        self._of = pane
        self._wanted = wanted
        self._cursor: Row | None = pane.cursor

    def compose(self) -> ComposeResult:
        yield PlainPane(self._of.source, self._of.sources, self.jitsi.logs)

    @property
    def pane(self) -> PlainPane:
        """The text."""
        return self.query_one(PlainPane)

    def on_mount(self) -> None:
        self._built = True
        self.pane.filter(self._wanted)
        self.set_focus(self.pane)
        self.set_interval(_LOOK_SECONDS, self._look)
        if self._cursor is not None:
            self.call_after_refresh(self.pane.return_to, self._cursor)

    def on_screen_resume(self) -> None:
        self.jitsi.lend_mouse(True)

    def on_screen_suspend(self) -> None:
        """Another page needs it, and so does what comes to lie above."""
        self.jitsi.lend_mouse(False)

    def on_unmount(self) -> None:
        self.jitsi.lend_mouse(False)

    def show(self, state: State) -> None:  # noqa: ARG002
        self.pane.redraw()

    def _look(self) -> None:
        if self.is_current:
            self.pane.catch_up()

    def do_close(self) -> None:
        """Back to the panes."""
        self.dismiss()

    def do_pause(self) -> None:
        """Stop here, or follow."""
        self.pane.pause()

    def do_follow(self) -> None:
        """Follow again."""
        self.pane.follow()
