"""3 Guests: the same plan, seen from the guest domain."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from jitsi_tui.instance.model import Instance
from jitsi_tui.instance.posture import Settings, settings
from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.present import policy as present
from jitsi_tui.tui.state import State
from jitsi_tui.tui.widgets.block import Block
from jitsi_tui.tui.widgets.choices import Choices
from jitsi_tui.tui.widgets.field import Field

from .policy import PolicyPage, policy_actions


class GuestsScreen(PolicyPage):
    """On or off, its name, where each file stands, and the guest's own proof."""

    MODE = "guests"
    ACTIONS: ClassVar[tuple[Action, ...]] = policy_actions("guests")
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    def __init__(self) -> None:
        super().__init__()
        self._known: tuple[Instance, Settings] | None = None

    def page(self) -> ComposeResult:
        yield Block(id="guests-answer")
        yield from super().page()

    def questions(self) -> ComposeResult:
        yield Block(((("People without an account", "strong"),),))
        yield Choices(id="guests")
        with Horizontal(id="domain-row"):
            yield Block(((("Guest domain", "dim"),),), classes="label")
            yield Field(id="domain", placeholder="guest.…")

    def beside(self) -> ComposeResult:
        yield Block(id="three-places")

    def main_focus(self) -> Widget | None:
        return self.query_one("#guests")

    def present_questions(self, state: State) -> None:
        status = state.status
        assert status is not None
        now = self.jitsi.now()
        self.query_one("#guests-answer", Block).put(
            lambda cells: present.guests_answer(status, now, cells)
        )
        guests = present.chosen_guests(state, status)
        self.query_one("#guests", Choices).offer(present.guest_choices(state, status), guests)
        access = present.chosen_access(state, status)
        self.query_one("#domain-row").visible = (
            access == present.ACCOUNTS and guests == present.JOIN
        )
        self.put_domain(present.guest_domain(state, status))
        wanted = self._read(status.instance)
        places = self.query_one("#three-places", Block)
        # What stands on the server, or what would be changed there.
        places.display = state.draft is None
        self.query_one("#plan-head").display = state.draft is not None
        places.put(lambda cells: present.three_places(status, wanted, cells))

    def _read(self, instance: Instance) -> Settings:
        """What the files want, worked out once for each look."""
        if self._known is None or self._known[0] is not instance:
            self._known = (instance, settings(instance))
        return self._known[1]
