"""4 Moderators: who has an account, and what one does with them."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Input

from jitsi_tui import text
from jitsi_tui.instance.model import Access, Moderator, Policy
from jitsi_tui.text import visible
from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.lines import Line, Run, line, marked, wrap
from jitsi_tui.tui.present import moderators as present
from jitsi_tui.tui.state import State
from jitsi_tui.tui.widgets.block import Block
from jitsi_tui.tui.widgets.row_list import Column, RowList

from .account import Account, AccountSheet, Purpose
from .base import Page
from .confirm import ConfirmSheet


def _no_row(page: ModeratorsScreen) -> str | None:
    if page.rows.current is None:
        return "Nobody is under the cursor."
    return _not_up(page)


def _not_up(page: ModeratorsScreen) -> str | None:
    if page.state.applying:
        return "A change is under way; wait for its end."
    return None if page.state.up else "The connection does not stand."


def _cannot_add(page: ModeratorsScreen) -> str | None:
    status = page.state.status
    if status is not None and status.posture == "open":
        return "Prosody makes no accounts while everyone is let in: close the server first (c)."
    return _not_up(page)


def _not_open(page: ModeratorsScreen) -> str | None:
    status = page.state.status
    if status is None or status.posture != "open":
        return "The server is not open to strangers."
    return None


class ModeratorsScreen(Page):
    """One table; details of the row beside it."""

    MODE = "moderators"
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(
            "moderators.close",
            ("c",),
            "close it …",
            "Go to the Auth screen with the server closed to strangers.",
            mutates=True,
            rank=1,
            why_not=_not_open,
        ),
        Action(
            "moderators.add",
            ("a",),
            "add …",
            "Make an account; its password is typed, or made and shown once.",
            mutates=True,
            rank=1,
            why_not=_cannot_add,
        ),
        Action(
            "moderators.invite",
            ("i",),
            "invite …",
            "Make a link with which a person chooses a password that nobody else knows.",
            mutates=True,
            rank=2,
            why_not=_cannot_add,
        ),
        Action(
            "moderators.invitations",
            ("I",),
            "invitations",
            "Show the invitations that are outstanding; each can be taken back.",
            rank=7,
            why_not=_cannot_add,
        ),
        Action(
            "moderators.reset",
            ("p",),
            "password …",
            "Give the account under the cursor a new password.",
            mutates=True,
            rank=2,
            why_not=_no_row,
        ),
        Action(
            "moderators.remove",
            ("x", "delete"),
            "remove …",
            "Ask once more, then remove the marked accounts, or the one under the cursor.",
            mutates=True,
            rank=3,
            why_not=_no_row,
        ),
        Action(
            "moderators.check",
            ("k",),
            "check …",
            "See whether a name and its password open a meeting.",
            rank=5,
            why_not=_no_row,
        ),
        Action(
            "moderators.mark",
            ("space",),
            "mark",
            "Mark the account, to remove several at once.",
            rank=6,
            why_not=_no_row,
        ),
        Action(
            "moderators.details",
            ("enter",),
            "details",
            "Show all that is known of the account under the cursor.",
            rank=7,
            why_not=_no_row,
        ),
        Action("moderators.find", ("slash",), "find", "Show only names that hold a word.", rank=4),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    def __init__(self) -> None:
        super().__init__()
        self._marked: frozenset[str] = frozenset()
        self._typed = ""
        self._source: object = None

    def page(self) -> ComposeResult:
        yield Block(id="moderators-head")
        with Horizontal(id="find-row"):
            yield Block(((("Find", "dim"),),), classes="label")
            yield Input(id="find")
        with Horizontal(id="moderators-columns"):
            with Vertical(id="moderators-left"):
                yield Block(id="moderators-empty")
                yield RowList[Moderator](
                    (
                        Column(width=1),
                        Column("name"),
                        Column("state", width=10),
                        Column("last seen", width=11, right=True, from_width=50),
                        Column("changed", width=11, right=True, from_width=64),
                    ),
                    self._cells,
                    key=lambda moderator: moderator.name,
                    id="moderators",
                )
            yield Block(id="moderator-details")

    @property
    def rows(self) -> RowList[Moderator]:
        """The table."""
        return self.query_one("#moderators", RowList)

    def main_focus(self) -> Widget | None:
        return self.rows

    def _cells(self, moderator: Moderator) -> tuple[Run, ...]:
        return present.cells(moderator, self.jitsi.now(), self._marked)

    def present(self, state: State) -> None:
        if state.listing is None and state.listing_error is None and state.up:
            self.jitsi.want_moderators()
            state = self.state
        self._fill(state)

    def _fill(self, state: State) -> None:
        if self._source != (state.listing, self._typed):
            self._source = (state.listing, self._typed)
            everyone = state.listing.moderators if state.listing else ()
            self._marked &= {m.name for m in everyone}
            self.rows.put(present.matching(everyone, self._typed))
        shown, now = len(self.rows.items), self.jitsi.now()
        self.rows.display = bool(shown)
        self.query_one("#moderators-head", Block).put(
            lambda cells: present.head(state, shown, now, cells)
        )
        typed = self._typed
        self.query_one("#moderators-empty", Block).put([] if shown else present.empty(state, typed))
        self.query_one("#find-row").display = bool(self._typed) or self.in_input
        current = self.rows.current
        self.query_one("#moderator-details", Block).put(
            lambda cells: present.details(state, current, now, cells)
        )

    def on_row_list_highlighted(self) -> None:
        """Another row: its details."""
        self.show(self.state)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter as one types."""
        event.stop()
        self._typed = event.value
        self._fill(self.state)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter leaves the line with the filter on."""
        event.stop()
        self.set_focus(self.rows)
        self.show(self.state)

    # --- actions ----------------------------------------------------------------------------

    def do_close(self) -> None:
        """Propose the secure domain."""
        self.jitsi.propose(Policy(Access.ACCOUNTS))
        self.jitsi.go("auth")

    def do_details(self) -> None:
        """One account in full."""
        from .detail import DetailSheet  # noqa: PLC0415 - sheets load when they are needed

        state, current, now = self.state, self.rows.current, self.jitsi.now()
        self.app.push_screen(DetailSheet(lambda cells: present.details(state, current, now, cells)))

    def do_find(self) -> None:
        """Type a part of a name."""
        self.query_one("#find-row").display = True
        self.set_focus(self.query_one("#find", Input))

    def do_leave(self) -> None:
        """Leave the line and drop the filter."""
        if self.in_input or self._typed:
            self.query_one("#find", Input).value = ""
            self.set_focus(self.rows)
            self.show(self.state)

    def do_mark(self) -> None:
        """Mark, and go to the next."""
        current = self.rows.current
        if current is not None:
            self._marked ^= {current.name}
            self.rows.lines_changed()
            self.rows.action_move(1)

    def do_add(self) -> None:
        """Ask for a name and a password."""
        self._ask("add", "")

    def do_invite(self) -> None:
        """Ask whom, and make the link."""
        from .invitations import ask  # noqa: PLC0415 - sheets load when they are needed

        ask(self, self._current_name())

    def do_invitations(self) -> None:
        """What is outstanding."""
        from .invitations import InvitationsSheet  # noqa: PLC0415

        self.app.push_screen(InvitationsSheet())

    def do_reset(self) -> None:
        """Ask for a new password."""
        self._ask("reset", self._current_name())

    def do_check(self) -> None:
        """Ask for the password that is to be checked."""
        self._ask("check", self._current_name())

    def _current_name(self) -> str:
        current = self.rows.current
        return current.name if current is not None else ""

    def _ask(self, purpose: Purpose, name: str) -> None:
        sheet = AccountSheet(purpose, self.state.domain, name)
        self.app.push_screen(sheet, lambda account: self._typed_in(purpose, account))

    def _typed_in(self, purpose: Purpose, account: Account | None) -> None:
        if account is None or self.session is None:
            return
        name = visible(account.name)
        if purpose == "add":
            self.jitsi.begin_job(f"Adding {name}")
            self.session.add_moderator(account.name, account.password)
        elif purpose == "reset":
            self.jitsi.begin_job(f"Setting the password of {name}")
            self.session.reset_password(account.name, account.password)
        elif account.password is not None:
            self.jitsi.begin_job(f"Checking {name}")
            self.session.check_moderator(account.name, account.password)

    def do_remove(self) -> None:
        """Ask, then remove."""
        names = sorted(self._marked) or [self._current_name()]
        listing = self.state.listing
        last = listing is not None and len(names) >= len(listing.moderators)
        what = visible(names[0]) if len(names) == 1 else text.count(len(names), "moderator")
        sheet = ConfirmSheet(
            f"remove {what}",
            self.state.domain,
            lambda cells: _removal(names, last, cells),
            "Remove",
        )
        self.app.push_screen(sheet, lambda sure: self._sure(names, sure))

    def _sure(self, names: list[str], sure: bool | None) -> None:
        if sure and self.session is not None:
            self._marked = frozenset()
            self.jitsi.begin_job(f"Removing {text.count(len(names), 'moderator')}")
            self.session.remove_moderators(names)


def _removal(names: list[str], last: bool, cells: int) -> list[Line]:
    lines: list[Line] = []
    if len(names) > 1:
        shown = [visible(name) for name in names[:12]]
        more = f" and {len(names) - 12} more" if len(names) > 12 else ""
        lines += wrap(", ".join(shown) + more, cells)
    if last:
        words = "Nobody is left then who could open a meeting."
        lines.append(line(marked("attention"), f" {words}"))
    lines += wrap(
        "The account and its password are gone. Who is logged in can go on until that login ends.",
        cells,
        "dim",
    )
    return lines
