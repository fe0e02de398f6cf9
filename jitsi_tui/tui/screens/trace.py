"""Follow one attempt: who comes, which door, who says no and why, while it happens."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from jitsi_tui.session.tracing import SOURCES
from jitsi_tui.text import visible
from jitsi_tui.trace.values import Attempt
from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.known import PRACTICE
from jitsi_tui.tui.lines import Line, line
from jitsi_tui.tui.present import trace as present
from jitsi_tui.tui.trace_feed import TraceFeed
from jitsi_tui.tui.widgets.block import Block
from jitsi_tui.tui.widgets.line_view import Lines
from jitsi_tui.tui.widgets.row_list import Column, RowList

from .base import Sheet

_LOOK_SECONDS = 0.5
_READ_SECONDS = 0.05
"""Between pieces of what came: keys are answered in between."""

_LISTED = 6


def _nobody(sheet: TraceSheet) -> str | None:
    return None if sheet.rows.current is not None else "Nobody has come yet."


class TraceSheet(Sheet[None]):
    """Attempts above, the steps of the one under the cursor below."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action("trace.close", ("escape",), "close", "Back to the logs.", rank=1),
        Action(
            "trace.records",
            ("enter",),
            "records",
            "Show the records behind each step, or the steps again.",
            rank=2,
            why_not=_nobody,
        ),
        Action(
            "trace.again",
            ("c",),
            "begin anew",
            "Forget who came so far, and wait for the next one.",
            rank=3,
        ),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    def __init__(self) -> None:
        super().__init__()
        self._feed: TraceFeed | None = None
        self._records = False

    @property
    def rows(self) -> RowList[Attempt]:
        """The attempts."""
        return self.query_one("#attempts", RowList)

    def body(self) -> ComposeResult:
        yield Block(id="trace-head")
        yield RowList[Attempt](
            (Column(width=1, gap=1), Column(width=8), Column()),
            present.cells_of,
            key=lambda attempt: attempt.key,
            id="attempts",
        )
        yield Lines(id="timeline")
        yield Block(id="trace-doubts")

    def title_lines(self, cells: int) -> list[Line]:
        del cells
        domain = visible(self.state.domain)
        return [line(("Follow one attempt", "strong"), (f"  on {domain}", "dim"))]

    def on_mount(self) -> None:
        self.jitsi.want_logs(SOURCES)
        self.do_again()
        self.set_interval(_LOOK_SECONDS, self.look)
        self.set_interval(_READ_SECONDS, self._read_on)
        self.rows.focus()
        self.look()

    def look(self) -> None:
        """Bring the list and the timeline up to what the logs say by now."""
        if self._feed is None or not self.is_current:
            return
        attempts = self._feed.look()
        domain, practice = self.state.domain, self.state.destination == PRACTICE
        cut = self.jitsi.logs.cut
        self.query_one("#trace-head", Block).put(
            lambda cells: present.head(attempts, domain, cells, practice=practice, cut=cut)
        )
        self.rows.display = bool(attempts)
        self.rows.styles.height = min(max(1, len(attempts)), _LISTED)
        self.rows.put(attempts)
        doubts = self._feed.doubts()
        self.query_one("#trace-doubts", Block).put(lambda cells: present.doubts(doubts, cells))
        self._show_one()
        self.refresh_keys()

    def _read_on(self) -> None:
        if self._feed is not None:
            self._feed.read_on()

    def _show_one(self) -> None:
        attempt, destination = self.rows.current, self.state.destination
        shown = self.query_one("#timeline", Lines)
        if self._records:
            shown.put(lambda cells: present.records(attempt, cells))
        else:
            shown.put(lambda cells: present.timeline(attempt, destination, cells))

    def on_row_list_highlighted(self) -> None:
        """Another attempt: its steps."""
        self._show_one()

    def do_records(self) -> None:
        """The records, or the steps again."""
        self._records = not self._records
        self._show_one()

    def do_again(self) -> None:
        """From now on."""
        self.begin()

    def begin(self, since: datetime | None = None) -> None:
        """Forget who came; ``since`` takes up records from a moment that has passed."""
        status = self.state.status
        settings = status.settings if status is not None else None
        guest = settings.guest_domain if settings is not None else None
        self._feed = TraceFeed(
            self.jitsi.logs,
            self.state.domain,
            guest or "",
            open_door=settings is not None and settings.open,
            since=since,
        )
        if self.ready:
            self.look()

    def do_close(self) -> None:
        """Back to the logs."""
        self.dismiss()
