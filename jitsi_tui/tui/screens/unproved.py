"""The change stands, yet can't be proved: keep it, or go back?"""

from __future__ import annotations

from concurrent.futures import InvalidStateError
from contextlib import suppress
from datetime import datetime, timedelta
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal

from jitsi_tui.session.events import Unproved
from jitsi_tui.text import visible
from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.deafness import Deafness
from jitsi_tui.tui.lines import Line, line, marked, wrap
from jitsi_tui.tui.state import State
from jitsi_tui.tui.widgets.block import Block
from jitsi_tui.tui.widgets.push_button import PushButton

from .base import Sheet


class UnprovedSheet(Sheet[None]):
    """Counts down to the rollback that comes by itself."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(
            "unproved.keep",
            ("k",),
            "keep it",
            "Keep the change although it could not be proved.",
            mutates=True,
            footer=False,
        ),
        Action(
            "unproved.back",
            ("b", "escape"),
            "roll back",
            "Bring everything back to how it was.",
            footer=False,
        ),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)
    AUTO_FOCUS = "#back"

    def __init__(self, event: Unproved, now: datetime) -> None:
        super().__init__()
        self._event = event
        self._until = now + timedelta(seconds=event.deadline)
        self._deaf = Deafness()

    def body(self) -> ComposeResult:
        yield Block(id="unproved-text")
        with Horizontal(classes="buttons"):
            yield PushButton("Roll back", "b", id="back")
            yield PushButton("Keep it unproved", "k", id="keep")

    def title_lines(self, cells: int) -> list[Line]:  # noqa: ARG002
        return [
            line(marked("attention"), (" It is changed, but could not be proved", "strong")),
            line(("  on ", "dim"), (visible(self.state.domain), "accent")),
        ]

    def footer_actions(self) -> list[Action]:
        return []

    def on_mount(self) -> None:
        self._deaf.begin()

    def show(self, state: State) -> None:
        super().show(state)
        if self._event.answer.done() and self.is_active:
            self.dismiss()
            return
        left = max(0.0, (self._until - self.jitsi.now()).total_seconds())
        self.query_one("#unproved-text", Block).put(lambda cells: self._text(cells, left))

    def _text(self, cells: int, left: float) -> list[Line]:
        lines: list[Line] = []
        for reason in self._event.why:
            head, *rest = wrap(visible(reason), cells - 2)
            lines += [line(("· ", "dim"), *head), *(line("  ", *row) for row in rest)]
        lines.append(())
        lines += wrap(
            f"Without an answer everything goes back to how it was in {left:.0f} s.", cells, "dim"
        )
        return lines

    def on_push_button_pressed(self, event: PushButton.Pressed) -> None:
        """One of the two was pressed."""
        event.stop()
        self._answer(event.button.id == "keep")

    def do_keep(self) -> None:
        """Keep the change."""
        self._answer(True)

    def do_back(self) -> None:
        """Roll back."""
        self._answer(False)

    def _answer(self, keep: bool) -> None:
        if self._deaf:
            return
        with suppress(InvalidStateError):  # decided meanwhile
            self._event.answer.set_result(keep)
        self.dismiss()
