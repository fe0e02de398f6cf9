"""6 History: what was changed, when, by whom; undo it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from jitsi_tui.instance.model import Backup
from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.lines import Run
from jitsi_tui.tui.present import history as present
from jitsi_tui.tui.state import State
from jitsi_tui.tui.widgets.block import Block
from jitsi_tui.tui.widgets.row_list import Column, RowList

from .base import Page


def _no_row(page: HistoryScreen) -> str | None:
    if page.rows.current is None:
        return "Nothing was changed here yet."
    return None if page.state.up else "The connection does not stand."


def _cannot_undo(page: HistoryScreen) -> str | None:
    if page.state.applying:
        return "A change is under way; wait for its end."
    return _no_row(page)


class HistoryScreen(Page):
    """A timeline; an undo is a plan like any other."""

    MODE = "history"
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(
            "history.undo",
            ("u",),
            "undo …",
            "Plan to bring back what this change replaced; it is shown before anything happens.",
            mutates=True,
            rank=1,
            why_not=_cannot_undo,
        ),
        Action(
            "history.diff",
            ("enter",),
            "diff",
            "Show what undoing this change would do to each file.",
            rank=2,
            why_not=_no_row,
        ),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    def page(self) -> ComposeResult:
        yield Block(id="history-head")
        with Horizontal(id="history-columns"):
            yield RowList[Backup](
                (
                    Column(width=1),
                    Column("when", width=10),
                    Column("what"),
                    Column("who", width=16, from_width=90),
                    Column("ended", width=11, from_width=60),
                ),
                self._cells,
                key=lambda backup: backup.id,
                id="backups",
            )
            yield Block(id="backup-details")

    @property
    def rows(self) -> RowList[Backup]:
        """The timeline."""
        return self.query_one("#backups", RowList)

    def main_focus(self) -> Widget | None:
        return self.rows

    def _cells(self, backup: Backup) -> tuple[Run, ...]:
        return present.cells(backup, self.jitsi.now())

    def present(self, state: State) -> None:
        if state.backups is None and state.up:
            self.jitsi.want_backups()
            state = self.state
        now = self.jitsi.now()
        self.query_one("#history-head", Block).put(present.head(state, now))
        self.rows.put(state.backups or ())
        self.rows.display = bool(state.backups)
        current = self.rows.current
        self.query_one("#backup-details", Block).put(
            lambda cells: present.details(current, now, cells)
        )

    def on_row_list_highlighted(self) -> None:
        """Another change: its details."""
        self.show(self.state)

    def on_row_list_chosen(self) -> None:
        """A double click is Enter."""
        self.action_do("history.diff")

    def do_undo(self) -> None:
        """Plan it; the plan is applied from its own sheet."""
        self._plan()

    def do_diff(self) -> None:
        """The same plan, to look at."""
        self._plan()

    def _plan(self) -> None:
        from .plan import PlanSheet  # noqa: PLC0415 - sheets load when they are needed

        backup = self.rows.current
        if backup is not None and self.session is not None:
            self.session.plan_undo(backup.id)
            self.app.push_screen(PlanSheet(None, undoes=backup.id))
