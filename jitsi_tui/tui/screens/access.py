"""Somebody's account is gone, and Jicofo still knows him: say until when, and offer to end it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from jitsi_tui.instance.model import Access, Policy
from jitsi_tui.session.events import AccessGoesOn
from jitsi_tui.text import visible
from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.lines import Line, line, marked, wrap
from jitsi_tui.tui.widgets.block import Block

from .base import Sheet
from .confirm import ConfirmSheet

_SHORTER = 3600


class AccessSheet(Sheet[None]):
    """What goes on, and the two ways to end it."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(
            "access.restart",
            ("j",),
            "restart Jicofo …",
            "Ask once more, then restart Jicofo: it forgets every login; running meetings rejoin.",
            mutates=True,
            rank=1,
        ),
        Action(
            "access.shorter",
            ("t",),
            "shorter logins …",
            "Go to the Auth screen with logins that are remembered for an hour.",
            mutates=True,
            rank=2,
        ),
        Action("access.close", ("escape",), "leave it so", "Close; nothing more is done.", rank=3),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    def __init__(self, event: AccessGoesOn) -> None:
        super().__init__()
        self._event = event

    def body(self) -> ComposeResult:
        # It comes up by itself: whoever is typing may close it before it is mounted.
        block = Block(id="access-text")
        block.put(self._text)
        yield block

    def title_lines(self, cells: int) -> list[Line]:
        words = f"{self._event.what}, and may still open meetings"
        head, *rest = wrap(visible(words[:1].upper() + words[1:]), cells - 2, "strong")
        return [line(marked("attention"), " ", *head), *(line("  ", *row) for row in rest)]

    def _text(self, cells: int) -> list[Line]:
        after = self._event.after
        return [
            *wrap(visible(after.access.sentence), cells),
            *wrap(
                "The account's own connections are closed. Jicofo remembers logins by itself: a "
                f"restart ends that at once ({after.cost()}), a shorter login lifetime from "
                "then on.",
                cells,
                "dim",
            ),
        ]

    def do_restart(self) -> None:
        """Ask, then restart it."""
        cost = self._event.after.cost()
        sheet = ConfirmSheet(
            "restart Jicofo",
            self.state.domain,
            lambda cells: wrap(
                f"It forgets every login: all moderators type their passwords again. Now: {cost}.",
                cells,
            ),
            "Restart",
        )
        self.app.push_screen(sheet, self._sure)

    def _sure(self, sure: bool | None) -> None:
        if sure and self.session is not None:
            self.jitsi.begin_job("Restarting Jicofo")
            self.session.restart_service("jicofo")
            self.dismiss()

    def do_shorter(self) -> None:
        """Propose it; what it changes stands beside it before anything happens."""
        self.dismiss()
        self.jitsi.propose(Policy(Access.ACCOUNTS, login_lifetime=_SHORTER))
        self.jitsi.go("auth")

    def do_close(self) -> None:
        """Leave it."""
        self.dismiss()
