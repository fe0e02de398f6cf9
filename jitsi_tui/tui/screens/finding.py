"""One finding, or several that were marked: what is wrong, how we know, and the diff that mends."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from jitsi_tui.instance.model import Access, Finding, Plan, Policy
from jitsi_tui.session.events import MendPlanned
from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.lines import Line
from jitsi_tui.tui.present import finding as present
from jitsi_tui.tui.present.diff import plan_diff
from jitsi_tui.tui.state import State
from jitsi_tui.tui.widgets.block import Block
from jitsi_tui.tui.widgets.line_view import Lines

from .apply_question import ask_to_apply
from .base import Sheet


def _no_choice(sheet: FindingSheet) -> str | None:
    if not all(present.closing_mends(finding) for finding in sheet.findings):
        return "There is nothing to choose: the Auth screen is about who gets in."
    return None


def _no_mend(sheet: FindingSheet) -> str | None:
    planned = sheet.planned
    if sheet.state.applying:
        return "A change is under way already."
    if not sheet.state.up:
        return "The connection does not stand."
    if planned is None:
        return "What mends it is still being worked out."
    if sheet.plan is None:
        return "This is mended by hand, as it says above."
    return None


class FindingSheet(Sheet[None]):
    """Its evidence stands as it was found; the change below is what a would make."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(
            "finding.mend",
            ("a",),
            "mend …",
            "Ask once more, then make the change that is shown, prove it, and look again.",
            mutates=True,
            rank=1,
            why_not=_no_mend,
        ),
        Action(
            "finding.fix",
            ("f",),
            "choose on Auth",
            "Go to the Auth screen with the server closed, to choose about guests first.",
            mutates=True,
            rank=3,
            why_not=_no_choice,
        ),
        Action("finding.close", ("escape", "enter"), "close", "Back to the page.", rank=2),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    def __init__(self, *findings: Finding) -> None:
        super().__init__()
        self.findings = findings

    @property
    def planned(self) -> MendPlanned | None:
        """What would mend these very findings, once it was worked out."""
        planned = self.state.mend
        return planned if planned is not None and planned.findings == self.findings else None

    @property
    def plan(self) -> Plan | None:
        """The plan, if there is anything to do."""
        planned = self.planned
        if planned is None or planned.mending is None or planned.mending.plan.empty:
            return None
        return planned.mending.plan

    def body(self) -> ComposeResult:
        yield Block(id="finding-text")
        yield Block(id="finding-plan")
        yield Lines(id="finding-diff")

    def title_lines(self, cells: int) -> list[Line]:
        return present.head_of(self.findings, cells)

    def on_mount(self) -> None:
        if self.session is not None:
            self.jitsi.state = self.state._replace(mend=None)
            self.session.plan_mend(self.findings)

    def show(self, state: State) -> None:
        super().show(state)
        destination, plan, planned = state.destination, self.plan, self.planned
        self.query_one("#finding-text", Block).put(
            lambda cells: present.body_of(self.findings, destination, planned, cells)
        )
        verdict = state.status.verdict if state.status else None
        self.query_one("#finding-plan", Block).put(
            lambda cells: present.plan_of(planned, verdict, cells)
        )
        diff = self.query_one("#finding-diff", Lines)
        shown = plan is not None and bool(plan.changes)
        diff.display = shown
        self.set_class(shown, "-diff")
        if plan is not None:
            diff.put(lambda cells: plan_diff(plan, cells))
            if shown and self.focused is None:
                diff.focus()

    def do_mend(self) -> None:
        """Ask, then mend."""
        plan = self.plan
        if plan is not None:
            ask_to_apply(self.jitsi, plan, before=self.dismiss)

    def do_fix(self) -> None:
        """Show what would mend it, with its choices."""
        self.dismiss()
        self.jitsi.propose(Policy(Access.ACCOUNTS))
        self.jitsi.go("auth")

    def do_close(self) -> None:
        """Back to the page."""
        self.dismiss()
