"""A change under way, or how the last one ended."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.lines import Line, wrap
from jitsi_tui.tui.present import applying as present
from jitsi_tui.tui.state import State
from jitsi_tui.tui.widgets.block import Block

from .base import Sheet
from .confirm import ConfirmSheet


def _not_running(sheet: ApplyingSheet) -> str | None:
    if _not_waiting(sheet) is None:
        return "Nothing was changed yet; c ends the waiting."
    return None if sheet.state.applying else "The change has ended."


def _not_waiting(sheet: ApplyingSheet) -> str | None:
    run = sheet.state.run
    return None if run is not None and run.waiting is not None else "It does not wait."


class ApplyingSheet(Sheet[None]):
    """Fills step by step; leaving it leaves the change running."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(
            "applying.leave",
            ("escape", "enter"),
            "close this",
            "Go on with something else; a running change goes on, w shows it again.",
            rank=1,
        ),
        Action(
            "applying.roll-back",
            ("x",),
            "roll back …",
            "Stop the running change and bring everything back to how it was.",
            mutates=True,
            rank=2,
            why_not=_not_running,
        ),
        Action(
            "applying.stop-waiting",
            ("c",),
            "stop waiting",
            "Wait no longer for the last meeting to end; nothing is changed.",
            rank=3,
            why_not=_not_waiting,
        ),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    def body(self) -> ComposeResult:
        yield Block(id="steps")
        yield Block(id="below")

    def title_lines(self, cells: int) -> list[Line]:
        run = self.state.run
        return present.title(self.state, run, self.jitsi.now(), cells) if run else []

    def show(self, state: State) -> None:
        super().show(state)
        run, now = state.run, self.jitsi.now()
        if run is not None:
            self.query_one("#steps", Block).put(lambda cells: present.steps(run, now, cells))
            self.query_one("#below", Block).put(lambda cells: present.below(state, run, now, cells))

    def do_leave(self) -> None:
        """Close it."""
        self.dismiss()

    def do_roll_back(self) -> None:
        """Ask, then roll back."""
        sheet = ConfirmSheet(
            "stop the change and roll it back",
            self.state.domain,
            lambda cells: wrap("What was changed so far goes back to how it was.", cells, "dim"),
            "Roll back",
        )
        self.app.push_screen(sheet, self._sure)

    def do_stop_waiting(self) -> None:
        """End the waiting: there is nothing to roll back."""
        if self.session is not None:
            self.session.cancel_apply()

    def _sure(self, sure: bool | None) -> None:
        if sure and self.session is not None and self.state.applying:
            self.session.cancel_apply()
