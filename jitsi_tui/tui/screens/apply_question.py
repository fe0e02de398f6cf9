"""The question before a change: whom it hits, and whether it waits until nobody meets."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal

from jitsi_tui import text
from jitsi_tui.instance.calls import hits_meetings
from jitsi_tui.instance.model import Plan
from jitsi_tui.text import visible
from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.lines import Kind, Line, Run, line, marked, wrap
from jitsi_tui.tui.state import State
from jitsi_tui.tui.widgets.block import Block
from jitsi_tui.tui.widgets.push_button import PushButton

from .confirm import ConfirmSheet

if TYPE_CHECKING:
    from jitsi_tui.tui.app import JitsiTuiApp


def ask_to_apply(
    app: JitsiTuiApp, plan: Plan, *, before: Callable[[], object] | None = None
) -> None:
    """Ask whether to make a change; a yes calls ``before`` and starts it."""
    sheet = ApplyQuestion(plan)

    def answered(sure: bool | None) -> None:
        if sure:
            if before is not None:
                before()
            app.start_apply(sheet.plan, when_idle=sheet.when_idle)

    app.push_screen(sheet, answered)


def _cannot_wait(sheet: ApplyQuestion) -> str | None:
    return None if sheet.may_wait else "Nobody is in a meeting that this would be felt in."


class ApplyQuestion(ConfirmSheet):
    """Counts the meetings as it opens. Dismissed with yes, ``when_idle`` says which yes."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        *ConfirmSheet.ACTIONS,
        Action(
            "confirm.idle",
            ("w",),
            "when nobody meets",
            "Wait until nobody is in a meeting, then do it.",
            rank=3,
            footer=False,
            why_not=_cannot_wait,
        ),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    def __init__(self, plan: Plan) -> None:
        super().__init__(text.plan_title(plan), plan.domain, self._lines, "Apply")
        self.plan = plan
        self.when_idle = False

    def body(self) -> ComposeResult:
        yield Block(id="confirm-text")
        with Horizontal(classes="buttons"):
            yield PushButton("Cancel", "Esc", id="no")
            yield PushButton("When nobody meets", "w", id="idle")
            yield PushButton(self._verb, "y", id="yes")

    @property
    def may_wait(self) -> bool:
        """Whether somebody may be in a meeting that the restarts would be felt in."""
        counted = self.state.calls
        idle = counted is not None and counted.calls is not None and counted.calls.idle
        return hits_meetings(self.plan) and not idle

    def on_mount(self) -> None:
        """Count anew; Textual then runs the same of the classes above."""
        if hits_meetings(self.plan):
            self.jitsi.want_calls()

    def show(self, state: State) -> None:
        super().show(state)
        button = self.query_one("#idle", PushButton)
        if button.display and not self.may_wait and button.has_focus:
            self.set_focus(self.query_one("#no"))
        button.display = self.may_wait

    def _lines(self, cells: int) -> list[Line]:
        plan = self.plan
        restarts = text.plan_cost(plan, None)[0]
        lines: list[Line] = [line(text.plan_size(plan), (f"   {restarts}", "dim"))]
        lines += self._hit(cells)
        for warning in plan.warnings:
            lines += _after_mark(marked("attention"), visible(warning), cells)
        lines.append(())
        lines += wrap(
            "A backup is made first. If the result can't be proved, the server goes back to how "
            "it is now, byte for byte.",
            cells,
            "dim",
        )
        return lines

    def _hit(self, cells: int) -> list[Line]:
        if not hits_meetings(self.plan):
            return []
        counted = self.state.calls
        if counted is None:
            return [line(marked("off"), (" counting who is in a meeting …", "dim"))]
        tone, whom = text.whom_it_hits(self.plan.restarts, counted.calls)
        if counted.calls is None:
            whom = counted.trouble or whom
        return _after_mark(marked(tone), visible(whom[:1].upper() + whom[1:]), cells, tone)

    def on_push_button_pressed(self, event: PushButton.Pressed) -> None:
        """The third one was pressed; Textual hands the others on to the class above."""
        if event.button.id == "idle":
            event.stop()
            event.prevent_default()
            self.do_idle()

    def do_idle(self) -> None:
        """Do it once nobody is in a meeting."""
        if not self._deaf:
            self.when_idle = True
            self.dismiss(True)


def _after_mark(mark: Run, words: str, cells: int, kind: Kind = "") -> list[Line]:
    head, *rest = wrap(words, cells - 2, kind)
    return [line(mark, " ", *head), *(line("  ", *row) for row in rest)]
