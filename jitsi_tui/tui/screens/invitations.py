"""Inviting people: who and until when, the link shown once, and what is outstanding."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from jitsi_tui import text
from jitsi_tui.instance import invitations
from jitsi_tui.instance.invitations import Invitation, Invited
from jitsi_tui.instance.model import RefusedError
from jitsi_tui.session.inviting import Wish
from jitsi_tui.ssh.command import Secret
from jitsi_tui.text import visible
from jitsi_tui.tui import clipboard
from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.lines import Line, Run, line, wrap
from jitsi_tui.tui.present import invitations as present
from jitsi_tui.tui.state import State
from jitsi_tui.tui.widgets.block import Block
from jitsi_tui.tui.widgets.choices import Choice, Choices
from jitsi_tui.tui.widgets.field import Field
from jitsi_tui.tui.widgets.row_list import Column, RowList

from .base import Sheet, Showing
from .confirm import ConfirmSheet

_ROWS = 12
"""Lines of the list of invitations; more scroll."""

_NOTES = {
    "account": "The person chooses the name, unless you give one, and the password. Nobody else "
    "gets to know it.",
    "reset": "The owner of the account chooses a new password; the old one works until then.",
}


class InviteSheet(Sheet[Wish | None]):
    """Whom to invite to what, and for how long."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action("invite.submit", ("enter",), "make the link", "Go on, then make the link.", rank=1),
        Action("invite.cancel", ("escape",), "cancel", "Invite nobody.", rank=2),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    def __init__(self, server: str, name: str = "", *, reset: bool = False) -> None:
        """``name`` is proposed for a new password, as the one under the cursor."""
        super().__init__()
        self._server = server
        self._proposed = name
        self._kind = "reset" if reset else "account"

    def body(self) -> ComposeResult:
        yield Choices(id="invite-kind")
        with Horizontal(classes="field"):
            yield Block(((("Name", "dim"),),), classes="label")
            yield Field(id="name", placeholder="empty: the person chooses")
        with Horizontal(classes="field"):
            yield Block(((("Valid for", "dim"),),), classes="label")
            yield Field(id="valid", placeholder="7d")
        yield Block(id="invite-note")

    def title_lines(self, cells: int) -> list[Line]:  # noqa: ARG002
        return [
            line(("Invite somebody", "strong")),
            line(("on ", "dim"), (visible(self._server), "accent")),
        ]

    def on_mount(self) -> None:
        self.query_one(Choices).offer(
            (
                Choice("account", "to make an account"),
                Choice("reset", "to choose a new password for an account that exists"),
            ),
            self._kind,
        )
        self._kind_changed()
        self.set_focus(self.query_one("#name", Input))

    def _kind_changed(self) -> None:
        reset = self._kind == "reset"
        name = self.query_one("#name", Input)
        name.placeholder = "joki" if reset else "empty: the person chooses"
        if name.value in ("", self._proposed):
            name.value = self._proposed if reset else ""
        self.query_one("#valid", Input).placeholder = "1d" if reset else "7d"
        self._note("")

    def _note(self, wrong: str) -> None:
        note = _NOTES[self._kind]
        self.query_one("#invite-note", Block).put(
            lambda cells: wrap(wrong or note, cells, "attention" if wrong else "dim")
        )

    def on_choices_changed(self, event: Choices.Changed) -> None:
        """Another kind of invitation."""
        event.stop()
        self._kind = event.key
        self._kind_changed()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes on to the time, then makes the link."""
        event.stop()
        if event.input.id == "name":
            self.set_focus(self.query_one("#valid", Input))
        else:
            self.do_submit()

    def on_input_changed(self) -> None:
        self._note("")

    def do_submit(self) -> None:
        """Hand over what was typed, unless something is missing."""
        name = self.query_one("#name", Input).value.strip()
        typed = self.query_one("#valid", Input).value.strip()
        reset = self._kind == "reset"
        try:
            valid = invitations.validity(typed) if typed else None
        except RefusedError as error:
            self._note(f"{error.message}: {error.hint}")
            self.set_focus(self.query_one("#valid", Input))
            return
        if reset and not name:
            self._note("A name is needed: whose password?")
            self.set_focus(self.query_one("#name", Input))
            return
        self.dismiss(Wish(name, reset, valid))

    def do_cancel(self) -> None:
        """Leave."""
        self.dismiss(None)


class LinkSheet(Sheet[None]):
    """A link, shown once; nothing else in the app holds it."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(
            "link.copy",
            ("c",),
            "copy",
            "Copy the link through tmux and SSH; tmux forgets it again soon.",
            rank=1,
        ),
        Action(
            "link.close",
            ("escape",),
            "done, forget it",
            "Close; the link can't be shown again, but taken back.",
            rank=2,
        ),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    def __init__(self, invited: Invited) -> None:
        super().__init__()
        self._invitation = invited.invitation
        self._link: Secret | None = invited.link

    def body(self) -> ComposeResult:
        yield Block(id="link-text")

    def title_lines(self, cells: int) -> list[Line]:
        return wrap(present.what(self._invitation), cells, "strong")

    def on_mount(self) -> None:
        self.query_one("#link-text", Block).put(self._text)

    def _text(self, cells: int) -> list[Line]:
        shown = self._link.reveal() if self._link else ""
        left = present.left(self._invitation, self.jitsi.now())
        return [
            (("The link", "dim"), (f"   valid for {left}" if left else "", "dim")),
            (),
            *wrap(visible(shown), cells, "accent", indent="  "),
            (),
            *self._practice(cells),
            *wrap(
                "Whoever opens it first chooses the password, and nobody else gets to know it. It "
                "is shown this once: hand it over on a way that you trust.",
                cells,
                "dim",
            ),
        ]

    def _practice(self, cells: int) -> list[Line]:
        if self.state.destination != "demo":
            return []
        words = "On the practice server it leads nowhere: its web server is only pretended."
        return [*wrap(words, cells, "attention"), ()]

    def do_copy(self) -> None:
        """Copy it, and see to it that tmux forgets it."""
        if self._link is None:
            return
        self.app.copy_to_clipboard(self._link.reveal())
        self.app.set_timer(clipboard.SECRET_SECONDS, clipboard.forget_in_tmux)
        self.jitsi.say(
            "The link was sent to your terminal's clipboard. "
            f"tmux forgets it in {clipboard.SECRET_SECONDS:.0f} s."
        )

    def do_close(self) -> None:
        """Forget it."""
        self._link = None
        self.query_one("#link-text", Block).put(())
        self.dismiss()


def _no_row(sheet: InvitationsSheet) -> str | None:
    if sheet.rows.current is None:
        return "No invitation is under the cursor."
    return None if sheet.state.up else "The connection does not stand."


class InvitationsSheet(Sheet[None]):
    """What is outstanding; each can be taken back."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(
            "invitations.revoke",
            ("x", "delete"),
            "take back …",
            "Ask once more, then make the link under the cursor work no more.",
            mutates=True,
            rank=2,
            why_not=_no_row,
        ),
        Action(
            "invitations.invite",
            ("i",),
            "invite …",
            "Make a link with which a person chooses a password.",
            mutates=True,
            rank=1,
        ),
        Action("invitations.close", ("escape",), "close", "Back to the page.", rank=3),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    def body(self) -> ComposeResult:
        yield Block(id="invitations-above")
        yield RowList[Invitation](
            (
                Column("for", weight=2),
                Column("what", from_width=50),
                Column("valid for", width=10, right=True),
                Column("id", width=12, from_width=64),
            ),
            self._cells,
            key=lambda invitation: invitation.id,
            id="invitations",
        )

    @property
    def rows(self) -> RowList[Invitation]:
        """The table."""
        return self.query_one("#invitations", RowList)

    def title_lines(self, cells: int) -> list[Line]:  # noqa: ARG002
        found = self.state.invitations
        counted = text.count(len(found), "invitation") if found else "Invitations"
        return [line((counted, "strong"), ("   not used yet", "dim"))]

    def on_mount(self) -> None:
        if self.session is not None:
            self.session.invitations.load()

    def _cells(self, invitation: Invitation) -> tuple[Run, ...]:
        return present.cells(invitation, self.jitsi.now())

    def show(self, state: State) -> None:
        found = state.invitations or ()
        if tuple(self.rows.items) != found:
            self.rows.put(list(found))
            self.rows.styles.height = min(len(found) + 1, _ROWS)
        self.rows.display = bool(found)
        self.query_one("#invitations-above", Block).put(lambda cells: present.above(state, cells))
        super().show(state)
        if found and self.focused is None:
            self.set_focus(self.rows)

    def do_invite(self) -> None:
        """Ask whom."""
        ask(self)

    def do_revoke(self) -> None:
        """Ask, then take it back."""
        current = self.rows.current
        if current is None:
            return
        sheet = ConfirmSheet(
            f"take back the invitation: {present.what(current)}",
            self.state.domain,
            lambda cells: wrap(
                "Its link works no more. An account that was made with it stays.", cells, "dim"
            ),
            "Take back",
        )
        self.app.push_screen(sheet, lambda sure: self._sure(current, sure))

    def _sure(self, invitation: Invitation, sure: bool | None) -> None:
        if sure and self.session is not None:
            self.jitsi.begin_job("Taking the invitation back")
            self.session.invitations.revoke([invitation.id])

    def do_close(self) -> None:
        """Back to the page."""
        self.dismiss()


def ask(screen: Showing[None], name: str = "") -> None:
    """Ask whom to invite, and make the link. ``name`` is proposed for a new password."""

    def typed_in(wish: Wish | None) -> None:
        session = screen.session
        if wish is not None and session is not None:
            screen.jitsi.begin_job("Making an invitation")
            session.invitations.make(wish)

    screen.app.push_screen(InviteSheet(screen.state.domain, name), typed_in)
