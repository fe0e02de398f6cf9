"""One log record, whole."""

from __future__ import annotations

from datetime import tzinfo
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from jitsi_tui.logs.records import Record
from jitsi_tui.text import visible
from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.lines import Line, line
from jitsi_tui.tui.present.logs import whole
from jitsi_tui.tui.widgets.line_view import Lines

from .base import Sheet


class RecordSheet(Sheet[None]):
    """As it stands in the log, with credentials hidden."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action("record.copy", ("c",), "copy", "Copy the record through tmux and SSH.", rank=1),
        Action("record.close", ("escape", "enter"), "close", "Back to the logs.", rank=2),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)
    WIDTH = "wide"

    def __init__(self, record: Record, zone: tzinfo) -> None:
        super().__init__()
        self._record = record
        self._zone = zone

    def body(self) -> ComposeResult:
        yield Lines(id="record-lines")

    def title_lines(self, cells: int) -> list[Line]:  # noqa: ARG002
        return [line((visible(self._record.source), "strong"))]

    def on_mount(self) -> None:
        super().on_mount()
        lines = self.query_one("#record-lines", Lines)
        lines.put(lambda cells: whole(self._record, self._zone, cells))
        lines.focus()

    def do_copy(self) -> None:
        """Copy it."""
        self.app.copy_to_clipboard(visible(self._record.text, lines=True))
        self.jitsi.say("The record was sent to your terminal's clipboard.")

    def do_close(self) -> None:
        """Back to the logs."""
        self.dismiss()
