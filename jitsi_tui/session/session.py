"""One open server: what the app may ask of it. Every answer comes as an event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from jitsi_tui.instance.model import Finding, Plan, Policy
from jitsi_tui.ssh.command import Secret

if TYPE_CHECKING:
    from pathlib import Path

    from jitsi_tui.instance.accounts.bulk import Entry
    from jitsi_tui.logs.history import Asks

    from .inviting import Wish


class Invitations(Protocol):
    """What screens ask of a server's invitations."""

    def make(self, wish: Wish) -> None:
        """``InvitationMade`` and ``InvitationsListed``, or ``JobFailed``.

        ``InvitationSetup`` where the server lacks what it needs: once that plan was applied, the
        invitation is made.
        """

    def load(self) -> None:
        """``InvitationsListed`` or ``InvitationsFailed``."""

    def revoke(self, identifiers: Sequence[str]) -> None:
        """``JobDone`` or ``JobFailed``, then ``InvitationsListed``."""


class Accounts(Protocol):
    """What screens ask of several accounts at once."""

    def add_many(self, entries: Sequence[Entry], to: Path | None) -> None:
        """Make accounts (``BulkProgress`` …, then ``BulkDone`` or ``JobFailed``, ``Moderators``).

        With ``to`` the passphrases that were made are written there too.
        """

    def stop(self) -> None:
        """Touch no further account; how it ended says what became of each."""

    def set_enabled(self, names: Sequence[str], *, enabled: bool) -> None:
        """``BulkProgress`` …, ``JobDone`` or ``JobFailed``, ``Moderators``, ``AccessGoesOn``."""

    def restore(self, identifier: str) -> None:
        """Undo a removal: ``JobDone`` or ``JobFailed``, then ``Moderators``."""


class ServerSession(Protocol):
    """What screens ask for. No call blocks; answers are events in the order they happen."""

    def start(self) -> None:
        """Connect, and take the first look (``Connecting`` … ``Connected``, ``Status``)."""

    def close(self) -> None:
        """End everything; an apply that runs on the server goes on and is rolled back there."""

    def refresh(self) -> None:
        """Look again (``Status`` or ``StatusFailed``); without a connection, try that at once."""

    def plan(self, policy: Policy) -> None:
        """Compute what a policy would change (``Planned``); a newer call replaces a waiting one."""

    def plan_undo(self, backup_id: str, *, force: bool = False) -> None:
        """Compute what restoring a backup would change (``Planned`` with ``undoes``)."""

    def plan_mend(self, findings: Sequence[Finding]) -> None:
        """Compute what mends these findings together (``MendPlanned``)."""

    def apply(self, plan: Plan, *, restart_all: bool = False, when_idle: bool = False) -> None:
        """Run a plan (``ApplyStep`` …, ``ApplyCountdown`` …, maybe ``Unproved``, ``ApplyDone``).

        With ``when_idle`` it waits for the last meeting to end first (``ApplyWaiting`` …).
        """

    def cancel_apply(self) -> None:
        """Roll back the running apply, or end its waiting (``ApplyDone`` follows)."""

    def count_calls(self) -> None:
        """How many meetings run now (``CallsCounted``)."""

    def prune(self, ids: Sequence[str]) -> None:
        """Delete these backups (``JobDone`` or ``JobFailed``, then ``Status``)."""

    def load_backups(self) -> None:
        """``Backups``."""

    def load_moderators(self) -> None:
        """``Moderators`` or ``ModeratorsFailed``."""

    def add_moderator(self, name: str, password: Secret | None) -> None:
        """``None`` makes a passphrase (``JobDone.secret``). Then ``Moderators`` again."""

    def reset_password(self, name: str, password: Secret | None) -> None:
        """As ``add_moderator``, for an account that exists."""

    def remove_moderators(self, names: Sequence[str]) -> None:
        """``JobDone`` or ``JobFailed``, then ``Moderators``."""

    def check_moderator(self, name: str, password: Secret, *, room: bool = True) -> None:
        """Whether this password logs in and, with ``room``, opens one (``JobDone`` says it)."""

    @property
    def accounts(self) -> Accounts:
        """What else can be done with accounts."""

    def restart_service(self, name: str) -> None:
        """A checked restart: ``JobDone`` or ``JobFailed``, then ``ServicesChanged``."""

    @property
    def invitations(self) -> Invitations:
        """Invitations by which people choose their own password."""

    def start_logs(self, sources: Sequence[str]) -> None:
        """Follow these sources and no others (``LogBatch``, ``LogsFailed`` …), whatever breaks."""

    @property
    def older_logs(self) -> Asks:
        """Whom to ask for older lines of the logs that are followed; the answers are events."""
