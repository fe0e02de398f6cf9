"""4 Moderators: who has an account, and what one does with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Input

from jitsi_tui import text
from jitsi_tui.instance.accounts import changes as account_changes
from jitsi_tui.instance.model import Access, Moderator, Policy
from jitsi_tui.text import visible
from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.lines import Line, Run
from jitsi_tui.tui.present import moderators as present
from jitsi_tui.tui.state import State
from jitsi_tui.tui.widgets.block import Block
from jitsi_tui.tui.widgets.field import Field
from jitsi_tui.tui.widgets.row_list import Column, RowList

from .account import Account, AccountSheet, Purpose
from .base import Page, Sheet
from .confirm import ConfirmSheet
from .moderator_keys import ACTIONS


class ModeratorsScreen(Page):
    """One table; details of the row beside it."""

    MODE = "moderators"
    ACTIONS: ClassVar[tuple[Action, ...]] = ACTIONS
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    def __init__(self) -> None:
        super().__init__()
        self._marked: frozenset[str] = frozenset()
        self._typed = ""
        self._order: present.Order = "name"
        self._source: object = None

    def page(self) -> ComposeResult:
        yield Block(id="moderators-head")
        with Horizontal(id="find-row"):
            yield Block(((("Find", "dim"),),), classes="label")
            yield Field(id="find")
        with Horizontal(id="moderators-columns"):
            with Vertical(id="moderators-left"):
                yield Block(id="moderators-empty")
                yield RowList[Moderator](
                    (
                        Column(width=1),
                        Column("name"),
                        Column("state", width=10),
                        Column("now", width=14, from_width=58),
                        Column("last seen", width=11, right=True, from_width=74),
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
        unread = state.listing is None and state.listing_error is None
        if (unread or state.listing_old) and state.up:
            self.jitsi.want_moderators()
            state = self.state
        self._fill(state)

    def _fill(self, state: State) -> None:
        key = (id(state.listing), self._typed, self._order)
        if self._source != key:
            self._source = key
            everyone = state.listing.moderators if state.listing else ()
            if self._marked:
                self._marked &= {m.name for m in everyone}
            self.rows.put(present.ordered(present.matching(everyone, self._typed), self._order))
        shown, now = len(self.rows.items), self.jitsi.now()
        self.rows.display = bool(shown)
        self.query_one("#moderators-head", Block).put(
            lambda cells: present.head(
                state, shown, now, cells, marked=len(self._marked), order=self._order
            )
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
            self._fill(self.state)

    def do_mark_all(self) -> None:
        """All that are listed, or none of them."""
        listed = {m.name for m in self.rows.items}
        self._marked = self._marked - listed if listed <= self._marked else self._marked | listed
        self.rows.lines_changed()
        self._fill(self.state)

    def do_sort(self) -> None:
        """By the next column."""
        self._order = present.next_order(self._order)
        self._fill(self.state)

    def do_machines(self) -> None:
        """Accounts of other hosts, to look at."""
        from .detail import DetailSheet  # noqa: PLC0415

        state = self.state
        self.app.push_screen(DetailSheet(lambda cells: present.machines(state, cells)))

    def do_many(self) -> None:
        """A list of new ones."""
        from .many import ManySheet  # noqa: PLC0415

        listing = self.state.listing
        taken = frozenset(m.name for m in listing.moderators) if listing else frozenset()
        self.app.push_screen(ManySheet(self.state.domain, taken))

    def do_bring_back(self) -> None:
        """Who was removed."""
        from .kept import KeptSheet  # noqa: PLC0415

        listing = self.state.listing
        if listing is not None:
            days = int(self.jitsi.settings.removed_kept_days)
            self.app.push_screen(KeptSheet(listing.kept, days))

    def do_export(self) -> None:
        """Ask where."""
        from .export import ExportSheet  # noqa: PLC0415

        if self.state.listing is not None:
            self.app.push_screen(ExportSheet(self.state.listing))

    def do_switch(self) -> None:
        """Disable those who may log in; where none of them may, enable them."""
        chosen = self._chosen()
        enable = all(m.enabled is False for m in chosen)
        names = [m.name for m in chosen if enable or m.enabled is not False]
        word = "enable" if enable else "disable"
        lines = present.switching(enable=enable, last=not enable and self._is_last(names))
        self._question(word, names, lines, lambda: self._switch(names, enable))

    def _switch(self, names: list[str], enable: bool) -> None:
        if self.session is not None:
            self._begin("Enabling" if enable else "Disabling", names)
            self.session.accounts.set_enabled(names, enabled=enable)

    def _begin(self, word: str, names: list[str]) -> None:
        """Many are followed on a sheet of their own, where they can be stopped."""
        self.jitsi.begin_job(f"{word} {text.count(len(names), 'moderator')}")
        if len(names) >= account_changes.MANY:
            from .progress import ProgressSheet  # noqa: PLC0415

            sheet = ProgressSheet(self.state.domain, len(names), f"{word} moderators")
            self.app.push_screen(sheet)

    def _chosen(self) -> list[Moderator]:
        """The marked ones, else the one under the cursor."""
        if not self._marked:
            return [self.rows.current] if self.rows.current is not None else []
        listing = self.state.listing
        return [m for m in listing.moderators if m.name in self._marked] if listing else []

    def _is_last(self, names: list[str]) -> bool:
        listing = self.state.listing
        return listing is not None and listing.nobody_left_without(names)

    def _question(
        self,
        word: str,
        names: list[str],
        view: Callable[[int], list[Line]],
        act: Callable[[], None],
    ) -> None:
        """A few are asked about by a key, many by typing how many they are."""
        what = visible(names[0]) if len(names) == 1 else text.count(len(names), "moderator")

        def sure(answer: bool | None) -> None:
            if answer:
                self._marked = frozenset()
                act()

        def whole(cells: int) -> list[Line]:
            return [*present.whom(names, cells), *view(cells)]

        if len(names) < account_changes.MANY:
            sheet: Sheet[bool] = ConfirmSheet(
                f"{word} {what}", self.state.domain, whole, word.capitalize()
            )
        else:
            from .typed import TypedSheet  # noqa: PLC0415

            sheet = TypedSheet(f"{word} {what}", self.state.domain, whole, str(len(names)))
        self.app.push_screen(sheet, sure)

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
            self.session.check_moderator(account.name, account.password, room=account.room)

    def do_remove(self) -> None:
        """Ask, then remove."""
        names = [m.name for m in self._chosen()]
        lines = present.removing(last=self._is_last(names))
        self._question("remove", names, lines, lambda: self._remove(names))

    def _remove(self, names: list[str]) -> None:
        if self.session is not None:
            self._begin("Removing", names)
            self.session.remove_moderators(names)
