"""2 Auth: who may open meetings, and what another answer would change."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.lines import line, wrap
from jitsi_tui.tui.present import logins
from jitsi_tui.tui.present import policy as present
from jitsi_tui.tui.state import State
from jitsi_tui.tui.widgets.block import Block
from jitsi_tui.tui.widgets.choices import Choices
from jitsi_tui.tui.widgets.field import Field

from .policy import PolicyPage, policy_actions


class AuthScreen(PolicyPage):
    """Choose in plain words; nothing happens until it is applied."""

    MODE = "auth"
    ACTIONS: ClassVar[tuple[Action, ...]] = policy_actions("auth")
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    def questions(self) -> ComposeResult:
        yield Block(((("Who may open meetings?", "strong"),),))
        yield Choices(id="access")
        yield Block(((("Guests without an account", "strong"),),), classes="question")
        yield Choices(id="guests")
        with Horizontal(id="domain-row"):
            yield Block(((("Guest domain", "dim"),),), classes="label")
            yield Field(id="domain", placeholder="guest.…")
        yield Block(id="logins-title", classes="question")
        yield Choices(id="logins")
        yield Block(id="deprecated")

    def main_focus(self) -> Widget | None:
        return self.query_one("#access")

    def present_questions(self, state: State) -> None:
        status = state.status
        assert status is not None
        self.query_one("#access", Choices).offer(
            present.access_choices(status), present.chosen_access(state, status)
        )
        guests = present.chosen_guests(state, status)
        self.query_one("#guests", Choices).offer(present.guest_choices(state, status), guests)
        access = present.chosen_access(state, status)
        row = self.query_one("#domain-row")
        row.visible = access == present.ACCOUNTS and guests == present.JOIN
        self.put_domain(present.guest_domain(state, status))
        title, offered, chosen = logins.question(state, status)
        self.query_one("#logins-title", Block).put([line((title, "strong"))])
        shown = bool(offered) and not self._needs_the_room(state)
        self.query_one("#logins-title").display = shown
        self.query_one("#logins").display = shown
        self.query_one("#logins", Choices).offer(offered, chosen)
        self.query_one("#deprecated", Block).put(
            lambda cells: wrap(present.DEPRECATED, cells, "dim")
        )

    def _needs_the_room(self, state: State) -> bool:
        """In a small terminal what a choice changes goes before the question least often asked."""
        small = self.has_class("-narrow") and self.has_class("-short")
        return small and state.draft is not None and not self.query_one("#logins").has_focus
