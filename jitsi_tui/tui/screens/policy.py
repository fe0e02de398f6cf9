"""What Auth and Guests share: a draft, its diff beside it, and the way to apply it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from jitsi_tui.instance.model import Plan
from jitsi_tui.text import visible
from jitsi_tui.tui.actions import Action
from jitsi_tui.tui.lines import Line
from jitsi_tui.tui.present import logins
from jitsi_tui.tui.present import policy as present
from jitsi_tui.tui.present.diff import file_lines, plan_diff
from jitsi_tui.tui.state import State
from jitsi_tui.tui.widgets.block import Block
from jitsi_tui.tui.widgets.choices import Choices
from jitsi_tui.tui.widgets.line_view import Lines

from .apply_question import ask_to_apply
from .base import Page


def _nothing_to_apply(page: PolicyPage) -> str | None:
    state = page.state
    if state.applying:
        return "A change is under way already."
    if not state.up:
        return "The connection does not stand."
    return _no_changes(state)


def _no_changes(state: State) -> str | None:
    if state.draft is None:
        return "Nothing was chosen that differs from what the server does now."
    if state.planned is None:
        return "What it changes is still being worked out."
    if state.planned.plan is None:
        return visible(state.planned.error) or "There is no plan."
    return None if state.planned.plan.changes else "Nothing is to do."


def _no_draft(page: PolicyPage) -> str | None:
    return None if page.state.draft is not None else "Nothing was chosen yet."


def _no_plan(page: PolicyPage) -> str | None:
    return None if page.plan() is not None else "There is nothing to show: no change was chosen."


def policy_actions(screen: str) -> tuple[Action, ...]:
    """The actions of a policy page."""
    return (
        Action(
            f"{screen}.apply",
            ("a",),
            "apply …",
            "Ask once more, then make the change, prove it, and roll it back if the proof fails.",
            mutates=True,
            rank=1,
            why_not=_nothing_to_apply,
        ),
        Action(
            f"{screen}.diff",
            ("enter",),
            "whole diff",
            "Show every changed line of every file.",
            rank=3,
            why_not=_no_plan,
        ),
        Action(
            f"{screen}.take-back",
            ("z",),
            "as it was",
            "Take the choice back; nothing was changed.",
            rank=2,
            why_not=_no_draft,
        ),
    )


class PolicyPage(Page):
    """Left what there is to choose, right what that changes."""

    SUBJECT: ClassVar[str] = ""

    def page(self) -> ComposeResult:
        with Horizontal(classes="two-columns"):
            with Vertical(classes="left"):
                yield from self.questions()
            with Vertical(classes="right"):
                yield from self.beside()
                yield Block(id="plan-head")
                yield Block(id="plan-files")
                yield Lines(id="plan-diff")
                yield Block(id="plan-offer")

    def questions(self) -> ComposeResult:
        """The widgets of the left column."""
        raise NotImplementedError

    def beside(self) -> ComposeResult:
        """More widgets of the right column, above the plan."""
        return ()

    def plan(self) -> Plan | None:
        """The plan that is shown, if it changes anything."""
        planned = self.state.planned
        if planned is None or planned.plan is None or not planned.plan.changes:
            return None
        return planned.plan

    def present(self, state: State) -> None:
        status = state.status
        assert status is not None
        self.present_questions(state)
        now, plan = self.jitsi.now(), self.plan()
        self.query_one("#plan-head", Block).put(
            lambda cells: present.plan_head(state, status, now, cells)
        )
        narrow = self.has_class("-narrow")
        files = self.query_one("#plan-files", Block)
        diff = self.query_one("#plan-diff", Lines)
        files.display = narrow and plan is not None
        diff.display = not narrow and plan is not None
        if plan is not None:
            files.put(lambda cells: file_lines(plan, cells))
            diff.put(lambda cells: plan_diff(plan, cells))
        offer = self.query_one("#plan-offer", Block)
        apply = self.ACTIONS[0]
        offer.display = self.why_not(apply) is None
        offer.put(lambda cells: _offer(cells, apply.key))

    def present_questions(self, state: State) -> None:
        """Bring the left column up to the state."""
        raise NotImplementedError

    def on_choices_changed(self, event: Choices.Changed) -> None:
        """Another answer was chosen: redraw the plan."""
        event.stop()
        state = self.state
        change = {
            "access": present.with_access,
            "guests": present.with_guests,
            "logins": logins.with_answer,
        }[event.choices.id or "access"]
        self.jitsi.propose(change(state, event.key))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Another guest domain is being typed."""
        event.stop()
        status = self.state.status
        if event.input.id != "domain" or status is None or not event.input.has_focus:
            return
        typed = event.value.strip().lower()
        if typed != visible(present.guest_domain(self.state, status)):
            self.jitsi.propose(present.with_domain(self.state, typed))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter leaves the line."""
        event.stop()
        self.do_leave()

    def put_domain(self, value: str) -> None:
        """Show the guest domain, unless it is being typed."""
        line = self.query_one("#domain", Input)
        value = visible(value)
        if not line.has_focus and line.value != value:
            line.value = value

    def do_apply(self) -> None:
        """Ask, then apply what is shown."""
        plan = self.plan()
        if plan is None:
            return
        ask_to_apply(self.jitsi, plan)

    def do_diff(self) -> None:
        """The whole diff, over the page."""
        from .plan import PlanSheet  # noqa: PLC0415 - sheets load when they are needed

        plan = self.plan()
        if plan is not None:
            self.app.push_screen(PlanSheet(plan))

    def do_take_back(self) -> None:
        """Forget the draft."""
        self.jitsi.propose(None)


def _offer(cells: int, key: str) -> list[Line]:
    from jitsi_tui.tui.present.overview import offer  # noqa: PLC0415

    return offer(key, "Apply …", cells)
