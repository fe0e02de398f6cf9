"""Accounts being made: how many, and a key that stops it."""

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
    return "It stops before the next account." if sheet.stopping else None


class ProgressSheet(Sheet[None]):
    """Goes by itself once the list has come to its end."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(
            "progress.stop",
            ("escape", "x"),
            "stop",
            "Stop before the next account; what was made stays, and is told.",
            rank=1,
            why_not=_stopping,
        ),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    def __init__(self, server: str, total: int) -> None:
        super().__init__()
        self._server = server
        self._total = total
        self.stopping = False

    def body(self) -> ComposeResult:
        yield Block(id="progress-bar")

    def title_lines(self, cells: int) -> list[Line]:  # noqa: ARG002
        words = "Stopping" if self.stopping else "Adding moderators"
        return [
            line((words, "strong")),
            line(("on ", "dim"), (visible(self._server), "accent")),
        ]

    def show(self, state: State) -> None:
        super().show(state)
        made = state.bulk.made if state.bulk is not None else 0
        self.query_one("#progress-bar", Block).put(
            lambda cells: present.progress(made, self._total, cells)
        )

    def do_stop(self) -> None:
        """Stop; how it ended comes with the result."""
        self.stopping = True
        if self.session is not None:
            self.session.accounts.stop_adding()
        self.show(self.state)
