"""Removed moderators who can be brought back."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from jitsi_tui import text
from jitsi_tui.instance.model import KeptRemoval
from jitsi_tui.text import visible
from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.lines import Line, Run, line, wrap
from jitsi_tui.tui.widgets.block import Block
from jitsi_tui.tui.widgets.row_list import Column, RowList

from .base import Sheet
from .confirm import ConfirmSheet


def _cannot_restore(sheet: KeptSheet) -> str | None:
    if sheet.state.applying:
        return "A change is under way; wait for its end."
    return None if sheet.state.up else "The connection does not stand."


class KeptSheet(Sheet[None]):
    """One row a removal, newest first."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(
            "kept.restore",
            ("u",),
            "bring back …",
            "Ask once more, then bring these accounts back, with the passwords they had.",
            mutates=True,
            rank=1,
            why_not=_cannot_restore,
        ),
        Action("kept.close", ("escape",), "close", "Back to the page.", rank=2),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    def __init__(self, kept: tuple[KeptRemoval, ...], days: int) -> None:
        super().__init__()
        self._kept = kept
        self._days = days

    def body(self) -> ComposeResult:
        yield RowList[KeptRemoval](
            (Column("removed", width=11, right=True), Column("by", width=14), Column("whom")),
            self._cells,
            key=lambda removal: removal.id,
            id="kept",
        )
        yield Block(id="kept-note")

    def title_lines(self, cells: int) -> list[Line]:  # noqa: ARG002
        return [line(("Removed, and can be brought back", "strong"))]

    def on_mount(self) -> None:
        rows = self.query_one("#kept", RowList)
        rows.put(self._kept)
        self.set_focus(rows)
        days = text.count(self._days, "day")
        self.query_one("#kept-note", Block).put(
            lambda cells: wrap(
                f"The server keeps what was removed for {days}, readable by root alone.",
                cells,
                "dim",
            )
        )

    def _cells(self, removal: KeptRemoval) -> tuple[Run, ...]:
        names = ", ".join(visible(name) for name in removal.names[:50])
        when = text.ago(removal.time, self.jitsi.now())
        return (when, "dim"), (visible(removal.who), "dim"), (names, "")

    def do_restore(self) -> None:
        """Ask, then bring them back."""
        current: KeptRemoval | None = self.query_one("#kept", RowList).current
        if current is None:
            return
        sheet = ConfirmSheet(
            f"bring back {text.count(len(current.names), 'moderator')}",
            self.state.domain,
            lambda cells: [
                *wrap(visible(", ".join(current.names[:50])), cells),
                *wrap("They may log in again, with the passwords they had.", cells, "dim"),
            ],
            "Bring back",
        )
        self.app.push_screen(sheet, lambda sure: self._sure(current, sure))

    def _sure(self, removal: KeptRemoval, sure: bool | None) -> None:
        if sure and self.session is not None:
            self.jitsi.begin_job(f"Bringing back {text.count(len(removal.names), 'moderator')}")
            self.session.accounts.restore(removal.id)
            self.dismiss()

    def do_close(self) -> None:
        """Back."""
        self.dismiss()
