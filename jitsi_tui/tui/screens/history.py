"""6 History: what was changed, when, by whom; undo it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from jitsi_tui import text
from jitsi_tui.instance.model import Backup
from jitsi_tui.instance.transaction import pruning
from jitsi_tui.instance.transaction.pruning import Pruning
from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.lines import Run
from jitsi_tui.tui.present import history as present
from jitsi_tui.tui.state import State
from jitsi_tui.tui.widgets.block import Block
from jitsi_tui.tui.widgets.row_list import Column, RowList

from .base import Page
from .confirm import ConfirmSheet


def _no_row(page: HistoryScreen) -> str | None:
    if page.rows.current is None:
        return "Nothing was changed here yet."
    return None if page.state.up else "The connection does not stand."


def _cannot_undo(page: HistoryScreen) -> str | None:
    if page.state.applying:
        return "A change is under way; wait for its end."
    return _no_row(page)


def _nothing_older(page: HistoryScreen) -> str | None:
    if (reason := _cannot_undo(page)) is not None:
        return reason
    found = page.older()
    if found is None or not found.gone:
        held = f" {found.held[0][1]}." if found is not None and found.held else ""
        return f"There are no older backups to delete.{held}"
    return None


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
        Action(
            "history.prune",
            ("D",),
            "delete older …",
            "Ask, then delete all backups that are older than the one under the cursor.",
            mutates=True,
            rank=30,
            why_not=_nothing_older,
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

    def older(self) -> Pruning | None:
        """The backups that are older than the one under the cursor."""
        backup, status = self.rows.current, self.state.status
        if backup is None or status is None:
            return None
        return pruning.older_than(status.instance, backup.id)

    def do_prune(self) -> None:
        """Ask, then delete."""
        found = self.older()
        if found is None:
            return
        now = self.jitsi.now()
        sheet = ConfirmSheet(
            f"delete {text.count(len(found.gone), 'backup')} for good",
            self.state.domain,
            lambda cells: present.pruning(found, now, cells),
            "Delete",
        )
        self.app.push_screen(sheet, lambda sure: self._pruned(found, sure))

    def _pruned(self, found: Pruning, sure: bool | None) -> None:
        if sure and self.session is not None:
            self.jitsi.begin_job(f"Deleting {text.count(len(found.gone), 'backup')}")
            self.session.prune([backup.id for backup in found.gone])

    def _plan(self) -> None:
        from .plan import PlanSheet  # noqa: PLC0415 - sheets load when they are needed

        backup = self.rows.current
        if backup is not None and self.session is not None:
            # What was planned before may lack what was edited since, or go over it.
            self.jitsi.state = self.state._replace(undo=None)
            self.session.plan_undo(backup.id)
            self.app.push_screen(PlanSheet(None, undoes=backup.id))
