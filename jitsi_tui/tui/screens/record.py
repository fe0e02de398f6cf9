"""One log record, whole."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from jitsi_tui.logs.marked import Held
from jitsi_tui.logs.patterns import Expression
from jitsi_tui.text import visible
from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.lines import Line, Run
from jitsi_tui.tui.present.logs import whole
from jitsi_tui.tui.widgets.line_view import Lines

from .base import Sheet
from .on_record import OnRecord, actions_on_record


class RecordSheet(OnRecord, Sheet[None]):
    """As it stands in the log, with credentials hidden."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        *actions_on_record("record", 2),
        Action("record.close", ("escape", "enter"), "close", "Back to the logs.", rank=1),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)
    WIDTH = "wide"

    def __init__(self, held: Held, find: Expression | None = None) -> None:
        """``find``: what was searched for; where it matches first is in sight."""
        super().__init__()
        self._held = held
        self._find = find

    @property
    def held(self) -> Held | None:
        return self._held

    def body(self) -> ComposeResult:
        yield Lines(id="record-lines")

    def title_lines(self, cells: int) -> list[Line]:  # noqa: ARG002
        runs: list[Run] = [(visible(self._held.book.source), "strong")]
        if self._held.key in self.jitsi.logs.marked:
            runs.append(("   ◆ marked", "accent"))
        return [tuple(runs)]

    def on_mount(self) -> None:
        lines = self.query_one("#record-lines", Lines)
        record, zone = self._held.record, self.jitsi.logs.zone
        if record is not None:
            lines.put(lambda cells: whole(record, zone, cells, self._find))
        lines.focus()
        self.call_after_refresh(self._go_to_match)

    def _go_to_match(self) -> None:
        lines = self.query_one("#record-lines", Lines)
        for at in range(lines.line_count):
            if any(kind == "match" for _, kind in lines.line_at(at)):
                lines.scroll_to(y=at - lines.size.height // 2, animate=False)
                return

    def marks_changed(self) -> None:
        self.show(self.state)

    def do_close(self) -> None:
        """Back to the logs."""
        self.dismiss()
