"""Invitations of an open server: made, listed, taken back; what they need is planned first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jitsi_tui.instance import invitations
from jitsi_tui.instance.model import Plan

from . import engine
from .events import (
    Emit,
    InvitationMade,
    InvitationSetup,
    InvitationsFailed,
    InvitationsListed,
    JobDone,
    JobFailed,
)
from .jobs import Job
from .reading import PROBLEMS, Reading
from .reconnect import Link


@dataclass(frozen=True)
class Wish:
    """Who is to be invited to what."""

    name: str = ""
    """Empty: whoever has the link chooses."""

    reset: bool = False
    valid: int | None = None
    """Seconds; ``None``: a week, or a day for a reset."""


class Inviting:
    """What a session knows of invitations. Calls return at once; answers are events."""

    def __init__(
        self,
        link: Link,
        reading: Reading,
        emit: Emit,
        change: Callable[[str, Job], None],
        read: Callable[[Job], object],
    ) -> None:
        """``change`` and ``read`` hand a job to the session's workers."""
        self._link = link
        self._reading = reading
        self._emit = emit
        self._change = change
        self._read = read
        self._waiting: Wish | None = None

    def make(self, wish: Wish) -> None:
        """See ``Invitations.make``."""
        self._change("invite", lambda: self._make(wish))

    def load(self) -> None:
        """See ``Invitations.load``."""
        self._read(self._list)

    def revoke(self, identifiers: Sequence[str]) -> None:
        """See ``Invitations.revoke``."""
        self._change("revoke", lambda: self._revoke(identifiers))

    def applied(self, plan: Plan) -> None:
        """A plan was applied: go on with the wish that waited for it. Runs among the changes."""
        wish, self._waiting = self._waiting, None
        if wish is not None and plan.expectation.invitations:
            seen = self._reading.look()
            if engine.can_invite(seen):
                self._make(wish)

    def _make(self, wish: Wish) -> None:
        try:
            host, seen = self._link.host(), self._reading.look()
            made = engine.invite(host, seen, wish.name, reset=wish.reset, valid=wish.valid)
        except PROBLEMS as error:
            self._emit(JobFailed("invite", error.message, error.hint))
            return
        if isinstance(made, Plan):
            self._waiting = wish
            self._emit(InvitationSetup(made))
            return
        self._emit(InvitationMade(made))
        self._list()

    def _list(self) -> None:
        try:
            instance = self._reading.look().instance
            invitations.refuse_where_impossible(instance)
            found = invitations.outstanding(self._link.host(), instance)
        except PROBLEMS as error:
            self._emit(InvitationsFailed(error.message, error.hint))
            return
        self._emit(InvitationsListed(found))

    def _revoke(self, identifiers: Sequence[str]) -> None:
        try:
            instance = self._reading.look().instance
            gone = invitations.revoke(self._link.host(), instance, identifiers)
        except PROBLEMS as error:
            self._emit(JobFailed("revoke", error.message, error.hint))
        else:
            stayed = [identifier for identifier in identifiers if identifier not in gone]
            if stayed:
                said = f"still there: {', '.join(stayed)}"
                self._emit(JobFailed("revoke", said, "look at Prosody's log, and try again"))
            else:
                self._emit(JobDone("revoke", "taken back: the link works no more"))
        self._list()
