"""Asking for a name and a password: to add a moderator, to reset one, to check one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from jitsi_tui.ssh.command import Secret
from jitsi_tui.text import visible
from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.lines import Line, line, wrap
from jitsi_tui.tui.widgets.block import Block
from jitsi_tui.tui.widgets.field import Field

from .base import Sheet

Purpose = Literal["add", "reset", "check"]


@dataclass(frozen=True)
class Account:
    """What was typed. No password means that a passphrase is to be made."""

    name: str
    password: Secret | None
    room: bool = True
    """Whether a check asks for a room too."""


_TITLES: dict[Purpose, str] = {
    "add": "A new moderator",
    "reset": "A new password",
    "check": "Does this password open a meeting?",
}
_NOTES: dict[Purpose, str] = {
    "add": "Leave the password empty and a passphrase is made, shown once.",
    "reset": "Leave the password empty and a passphrase is made, shown once. "
    "Who is logged in stays so until the login ends.",
    "check": "The server is asked as a browser would ask; nothing changes.",
}


def _only_a_check(sheet: AccountSheet) -> str | None:
    return None if sheet.purpose == "check" else "That is for checks alone."


_ROOM = {
    True: " The login, and Jicofo for a random room; an empty one comes to be, and goes.",
    False: " The login alone.",
}


class AccountSheet(Sheet[Account | None]):
    """Two lines to fill; Enter goes on, Esc leaves."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(
            "account.submit",
            ("enter",),
            "go on",
            "Go to the next line, then do it with what was typed.",
            rank=1,
        ),
        Action(
            "account.room",
            ("ctrl+r",),
            "room too or not",
            "Whether the check asks Jicofo for a random room as well.",
            rank=3,
            why_not=_only_a_check,
        ),
        Action("account.cancel", ("escape",), "cancel", "Leave everything as it is.", rank=2),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    def __init__(self, purpose: Purpose, server: str, name: str = "") -> None:
        super().__init__()
        self._purpose: Purpose = purpose
        self._server = server
        self._name = name
        self._room = True

    def body(self) -> ComposeResult:
        with Horizontal(classes="field"):
            yield Block(((("Name", "dim"),),), classes="label")
            if self._name:
                yield Block((((visible(self._name), "strong"),),))
            else:
                yield Field(id="name", placeholder="joki")
        with Horizontal(classes="field"):
            yield Block(((("Password", "dim"),),), classes="label")
            placeholder = "" if self._purpose == "check" else "empty: one is made"
            yield Field(id="password", password=True, placeholder=placeholder)
        yield Block(id="account-note")

    def title_lines(self, cells: int) -> list[Line]:  # noqa: ARG002
        title = _TITLES[self._purpose]
        who = f" for {visible(self._name)}" if self._name and self._purpose == "reset" else ""
        return [
            line((title + who, "strong")),
            line(("on ", "dim"), (visible(self._server), "accent")),
        ]

    def on_mount(self) -> None:
        self._note("")
        self.set_focus(self.query_one("#password" if self._name else "#name", Input))

    def _note(self, wrong: str) -> None:
        note = _NOTES[self._purpose]
        if self._purpose == "check":
            note += _ROOM[self._room]
        self.query_one("#account-note", Block).put(
            lambda cells: wrap(wrong or note, cells, "attention" if wrong else "dim")
        )

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes to the password, then does it."""
        event.stop()
        if event.input.id == "name" and event.value.strip():
            self.set_focus(self.query_one("#password", Input))
        else:
            self.do_submit()

    def on_input_changed(self) -> None:
        self._note("")

    def do_submit(self) -> None:
        """Hand over what was typed, unless something is missing."""
        name = self._name or self.query_one("#name", Input).value.strip()
        field = self.query_one("#password", Input)
        if not name:
            self._note("A name is needed, as people will type it to log in.")
            self.set_focus(self.query_one("#name", Input))
        elif self._purpose == "check" and not field.value:
            self._note("Type the password that is to be checked.")
        else:
            password = Secret(field.value) if field.value else None
            field.value = ""
            self.dismiss(Account(name, password, self._room))

    def do_room(self) -> None:
        """Ask for a room too, or for the login alone."""
        self._room = not self._room
        self._note("")

    @property
    def purpose(self) -> Purpose:
        """What the name and password are for."""
        return self._purpose

    def do_cancel(self) -> None:
        """Leave."""
        self.query_one("#password", Input).value = ""
        self.dismiss(None)
