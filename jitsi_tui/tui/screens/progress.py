"""Many accounts being made or changed: how many, and a key that stops it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from jitsi_tui.text import visible
from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.lines import Line, line
from jitsi_tui.tui.present import bulk as present
from jitsi_tui.tui.state import State
from jitsi_tui.tui.widgets.block import Block

from .base import Sheet


def _stopping(sheet: ProgressSheet) -> str | None:
    return "It stops in a moment." if sheet.stopping else None


class ProgressSheet(Sheet[None]):
    """Goes by itself once the accounts are done, also from under another sheet."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(
            "progress.stop",
            ("escape", "x"),
            "stop",
            "Touch no further account; what was done stays, and is told.",
            rank=1,
            why_not=_stopping,
        ),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    def __init__(self, server: str, total: int, doing: str = "Adding moderators") -> None:
        super().__init__()
        self._doing = doing
        self._ended = False
        self._server = server
        self._total = total
        self.stopping = False

    def body(self) -> ComposeResult:
        yield Block(id="progress-bar")

    def title_lines(self, cells: int) -> list[Line]:  # noqa: ARG002
        words = "Stopping" if self.stopping else self._doing
        return [
            line((words, "strong")),
            line(("on ", "dim"), (visible(self._server), "accent")),
        ]

    def show(self, state: State) -> None:
        super().show(state)
        if self._ended:
            if self.is_active:
                self.dismiss()
            return
        bulk = state.bulk
        made = bulk.made if bulk is not None and bulk.total == self._total else 0
        self.query_one("#progress-bar", Block).put(
            lambda cells: present.progress(made, self._total, cells)
        )

    def end(self) -> None:
        """It came to its end: go, once nothing lies above."""
        self._ended = True
        if self.ready:
            self.show(self.state)

    def do_stop(self) -> None:
        """Stop; how it ended comes with the result."""
        self.stopping = True
        if self.session is not None:
            self.session.accounts.stop()
        self.show(self.state)
