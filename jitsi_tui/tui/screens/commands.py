"""Every command that ran on the server."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from jitsi_tui import text
from jitsi_tui.session.events import CommandRan
from jitsi_tui.text import visible
from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.lines import Line, Run, line
from jitsi_tui.tui.state import State
from jitsi_tui.tui.widgets.block import Block
from jitsi_tui.tui.widgets.line_view import Lines

from .base import Sheet


class CommandsSheet(Sheet[None]):
    """Secrets are masked before they come here."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action("commands.copy", ("c",), "copy all", "Copy the commands as text.", rank=1),
        Action("commands.close", ("escape", "enter"), "close", "Back to the page.", rank=2),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)
    WIDTH = "wide"

    def body(self) -> ComposeResult:
        yield Block(id="commands-note")
        yield Lines(id="commands-list")

    def title_lines(self, cells: int) -> list[Line]:  # noqa: ARG002
        ran = text.count(len(self.state.commands), "command")
        return [line(("What ran on the server", "strong"), (f"   {ran}", "dim"))]

    def show(self, state: State) -> None:
        super().show(state)
        self.query_one("#commands-note", Block).put(
            [line(("Nothing ran yet.", "dim"))] if not state.commands else []
        )
        self.query_one("#commands-list", Lines).put(
            [row for command in reversed(state.commands) for row in _lines(command)]
        )

    def do_copy(self) -> None:
        """Copy them, oldest first."""
        self.app.copy_to_clipboard("\n".join(c.shell for c in self.state.commands))
        self.jitsi.say("The commands were sent to your terminal's clipboard.")

    def do_close(self) -> None:
        """Back to the page."""
        self.dismiss()


def _ended(command: CommandRan) -> Run:
    if command.followed:
        return ("   read as it comes", "dim")
    if command.exit is None:
        return ("   cut off", "attention")
    return (f"   exit {command.exit}", "attention") if command.exit else ("", "")


def _lines(command: CommandRan) -> list[Line]:
    took = "" if command.followed else text.short(command.seconds)
    title = visible(command.title) or "command"
    return [
        line((f"{took:>7}  ", "dim"), (title, "strong"), _ended(command)),
        line(" " * 9, (visible(command.shell), "dim")),
    ]
