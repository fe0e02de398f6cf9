"""Asking for a time at which all panes shall stand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from jitsi_tui.logs.since import SinceError, parse_since
from jitsi_tui.text import visible
from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.lines import Line, line, wrap
from jitsi_tui.tui.widgets.block import Block
from jitsi_tui.tui.widgets.field import Field

from .base import Sheet


class JumpSheet(Sheet[datetime | None]):
    """One line to fill."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action("jump.go", ("enter",), "go there", "Have all panes stand at that time.", rank=1),
        Action("jump.cancel", ("escape",), "cancel", "Stay where they are.", rank=2),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    def body(self) -> ComposeResult:
        with Horizontal(classes="field"):
            yield Block(((("Time", "dim"),),), classes="label")
            yield Field(id="moment", placeholder="14:03   14:03:20   -10m   2026-11-24 14:03")
        yield Block(id="jump-note")

    def title_lines(self, cells: int) -> list[Line]:  # noqa: ARG002
        return [line(("Go to a time, in all panes", "strong"))]

    def on_mount(self) -> None:
        self._note()
        self.set_focus(self.query_one("#moment", Input))

    def _note(self, wrong: str = "") -> None:
        here = self._now().astimezone(self.jitsi.logs.zone)
        words = f"By the server's clock, where it is {here:%H:%M:%S} on {here:%Y-%m-%d}."
        self.query_one("#jump-note", Block).put(
            lambda cells: wrap(wrong or words, cells, "attention" if wrong else "dim")
        )

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.jitsi.logs.book.server_time(), UTC)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.do_go()

    def on_input_changed(self) -> None:
        self._note()

    def do_go(self) -> None:
        """Hand over the time that was typed."""
        words = self.query_one("#moment", Input).value
        try:
            self.dismiss(parse_since(words, self._now(), self.jitsi.logs.zone))
        except SinceError as error:
            self._note(f"{visible(error.message)}: {visible(error.hint)}.")

    def do_cancel(self) -> None:
        """Stay."""
        self.dismiss(None)
