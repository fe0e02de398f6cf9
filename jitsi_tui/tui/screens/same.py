"""All records of all logs that name the same session, room, JID or address, in order of time."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from jitsi_tui.logs.filters import Filter
from jitsi_tui.logs.marked import Held
from jitsi_tui.logs.marks import Mark, find_marks
from jitsi_tui.logs.records import Record
from jitsi_tui.text import visible
from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.lines import Line, Run, clip
from jitsi_tui.tui.state import State
from jitsi_tui.tui.widgets.log_pane import LogPane

from .base import Sheet
from .on_record import OnRecord, actions_on_record, no_record

_KINDS = ("session", "room", "jid", "address")
_WORDS = {"session": "session", "room": "room", "jid": "JID", "address": "address"}
_LOOK_SECONDS = 0.1


def things(record: Record) -> tuple[Mark, ...]:
    """What a record shares with others, each once, what tells most first."""
    found: dict[tuple[str, str], Mark] = {}
    for mark in find_marks(record.text):
        found.setdefault((mark.kind, mark.value), mark)
    return tuple(sorted(found.values(), key=lambda mark: _KINDS.index(mark.kind)))


def _only_one(sheet: SameSheet) -> str | None:
    return None if len(sheet.things) > 1 else "The record names nothing else."


class SameSheet(OnRecord, Sheet[None]):
    """Goes on as the logs grow."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(
            "same.record",
            ("enter",),
            "whole record",
            "Show the record under the cursor with all its lines.",
            rank=2,
            why_not=no_record,
        ),
        Action(
            "same.other",
            ("tab",),
            "another",
            "Look for the next thing that the record names.",
            rank=3,
            why_not=_only_one,
        ),
        *actions_on_record("same", 4)[:2],
        Action("same.close", ("escape",), "close", "Back to the logs.", rank=1),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)
    WIDTH = "wide"

    def __init__(self, held: Held) -> None:
        """``held``: the record that names what is looked for."""
        super().__init__()
        self._from = held
        record = held.record
        self.things = things(record) if record is not None else ()
        self._at = 0
        self._found = False

    def body(self) -> ComposeResult:
        logs = self.jitsi.logs
        yield LogPane("found", tuple(logs.book.sources), logs, counts=False)

    @property
    def pane(self) -> LogPane:
        """The records."""
        return self.query_one(LogPane)

    @property
    def held(self) -> Held | None:
        return self.pane.held if self.ready else None

    def title_lines(self, cells: int) -> list[Line]:
        del cells
        runs: list[Run] = [("All logs with the same ", "strong")]
        for at, mark in enumerate(self.things):
            chosen = at == self._at
            words = f"{_WORDS[mark.kind]} {clip(visible(mark.value), 40)}"
            runs.append((f"[{words}]" if chosen else f" {words} ", "cursor" if chosen else "dim"))
            runs.append((" ", ""))
        return [tuple(runs)]

    def show(self, state: State) -> None:
        super().show(state)
        self.pane.redraw()

    def on_mount(self) -> None:
        self._look_for()
        self.set_interval(_LOOK_SECONDS, self._look)
        self.set_focus(self.pane)

    def _look_for(self) -> None:
        pattern = self.things[self._at].pattern
        self._found = False
        self.pane.filter(Filter(include=(pattern,)))
        self._look()

    def _look(self) -> None:
        self.pane.catch_up()
        if not self._found and self.pane.settled:
            # The record that one came from is where one begins to read.
            self._found = True
            self.pane.go_to_held(self._from.key)

    def marks_changed(self) -> None:
        self.pane.redraw()

    def do_record(self) -> None:
        """Show it whole."""
        from .record import RecordSheet  # noqa: PLC0415 - sheets load when they are needed

        held = self.held
        if held is not None:
            self.app.push_screen(RecordSheet(held))

    def do_other(self) -> None:
        """The next thing."""
        self._at = (self._at + 1) % len(self.things)
        self._look_for()
        self.show(self.state)

    def do_close(self) -> None:
        """Back to the logs."""
        self.dismiss()
