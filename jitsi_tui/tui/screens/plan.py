"""A whole plan: every changed line. An undo is applied from here."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from jitsi_tui import text
from jitsi_tui.instance.model import FileChange, Plan
from jitsi_tui.text import visible
from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.lines import Line, line, spread, wrap
from jitsi_tui.tui.present.diff import changes_diff
from jitsi_tui.tui.state import State
from jitsi_tui.tui.widgets.block import Block
from jitsi_tui.tui.widgets.line_view import Lines

from .apply_question import ask_to_apply
from .base import Sheet


def _no_plan(sheet: PlanSheet) -> str | None:
    if sheet.plan is None:
        return "There is no plan to apply."
    if not sheet.plan.changes:
        return "Nothing is to do."
    if sheet.state.applying:
        return "A change is under way already."
    return None if sheet.state.up else "The connection does not stand."


def _not_refused(sheet: PlanSheet) -> str | None:
    undo = sheet.state.undo
    if sheet.undoes is None or undo is None or undo.plan is not None:
        return "This was not refused."
    return None


class PlanSheet(Sheet[None]):
    """Shows a plan that is there, or waits for the plan of an undo."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(
            "plan.apply",
            ("a",),
            "apply …",
            "Ask once more, then make this change.",
            mutates=True,
            rank=1,
            why_not=_no_plan,
        ),
        Action(
            "plan.force",
            ("F",),
            "over later edits",
            "Plan the undo although files were edited since; those edits would be lost.",
            mutates=True,
            rank=3,
            why_not=_not_refused,
        ),
        Action("plan.close", ("escape", "enter"), "close", "Back to the page.", rank=2),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)
    WIDTH = "wide"

    def __init__(self, plan: Plan | None, undoes: str | None = None) -> None:
        super().__init__()
        self._plan = plan
        self.undoes = undoes

    @property
    def plan(self) -> Plan | None:
        """The plan that is shown."""
        if self.undoes is None:
            return self._plan
        undo = self.state.undo
        return undo.plan if undo is not None and undo.undoes == self.undoes else None

    def body(self) -> ComposeResult:
        yield Block(id="plan-note")
        yield Lines(id="whole-diff")

    def title_lines(self, cells: int) -> list[Line]:
        plan = self.plan
        if plan is None:
            return [line(("Undo this change", "strong"))]
        size = text.plan_size(plan)
        return [spread(line((text.plan_title(plan), "strong")), ((size, "dim"),), cells)]

    def show(self, state: State) -> None:
        super().show(state)
        plan = self.plan
        diff = self.query_one("#whole-diff", Lines)
        self.query_one("#plan-note", Block).put(self._note)
        shown = plan.changes if plan is not None else self._edits()
        diff.display = bool(shown)
        if shown:
            diff.put(lambda cells: changes_diff(shown, cells))
            if self.focused is None:
                diff.focus()

    def _edits(self) -> tuple[FileChange, ...]:
        """What an undo that was refused would have lost."""
        undo = self.state.undo
        return undo.edits if undo is not None and undo.undoes == self.undoes else ()

    def _note(self, cells: int) -> list[Line]:
        plan, undo = self.plan, self.state.undo
        if plan is not None:
            if not plan.changes:
                return wrap(f"Nothing is to do: {visible(plan.reason)}", cells, "dim")
            verdict = self.state.status.verdict if self.state.status else None
            return [line((row, "dim")) for row in text.plan_cost(plan, verdict)]
        if undo is None or undo.undoes != self.undoes:
            return [line(("working it out …", "dim"))]
        lines = wrap(visible(undo.error), cells, "bad")
        if undo.edits:
            lost = "This is what was edited since. F plans the undo over it; it would be lost."
            return [*lines, *wrap(lost, cells, "dim")]
        return [*lines, *wrap(visible(undo.hint), cells, "dim")]

    def do_apply(self) -> None:
        """Ask, then apply."""
        plan = self.plan
        if plan is not None:
            ask_to_apply(self.jitsi, plan, before=self.dismiss)

    def do_force(self) -> None:
        """Plan it again, over later edits."""
        if self.session is not None and self.undoes is not None:
            self.jitsi.state = self.state._replace(undo=None)
            self.session.plan_undo(self.undoes, force=True)
            self.show(self.state)

    def do_close(self) -> None:
        """Back to the page."""
        self.dismiss()
