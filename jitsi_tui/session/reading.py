"""What a session reads: looks, plans, lists. Runs beside changes, one read after the other."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from jitsi_tui.configs.document import ConfigError
from jitsi_tui.instance import calls
from jitsi_tui.instance.accounts.program import KEEP_DAYS
from jitsi_tui.instance.model import Finding, InstanceError, Plan, Policy
from jitsi_tui.ssh.command import Command, Root
from jitsi_tui.ssh.host import HostError

from .events import (
    Backups,
    CallsCounted,
    Emit,
    MendPlanned,
    Moderators,
    ModeratorsFailed,
    Planned,
    Status,
    StatusFailed,
)
from .look import Look, look
from .reconnect import Link

PROBLEMS = (HostError, InstanceError, ConfigError)
"""What a read or a change may meet; each has a message and a hint."""


class Reading:
    """The newest look at the server, and what is computed from it."""

    def __init__(self, link: Link, emit: Emit, on_look: Callable[[Look], None]) -> None:
        """``on_look`` is told of each fresh look, in whatever thread took it."""
        self._link = link
        self._emit = emit
        self.keep_days = KEEP_DAYS
        """How long removed accounts can be brought back."""

        self._on_look = on_look
        self._look: Look | None = None

    def look(self) -> Look:
        """The newest look, or a fresh one if there was none yet."""
        return self._look if self._look is not None else self.fresh()

    @property
    def unfinished(self) -> str | None:
        """The change that the newest look saw running or left half done."""
        return self._look.instance.unfinished if self._look is not None else None

    def again(self) -> None:
        """Look again for somebody who asks: who gave sudo no password may give it now."""
        before = self._look.instance if self._look is not None else None
        if before is not None and not before.as_root and not before.not_root:
            with suppress(HostError):  # the look says what can't be read without
                self._link.host().run(Command(("true",), root=Root.YES))
        self.refresh()

    def refresh(self) -> None:
        """Look again and say what was seen."""
        try:
            seen = self.fresh()
        except PROBLEMS as error:
            self._emit(StatusFailed(error.message, error.hint))
            return
        self._emit(Status(seen.instance, seen.verdict, seen.posture, seen.findings, seen.settings))

    def plan(self, policy: Policy) -> None:
        """Say what a policy would change."""
        from . import engine  # noqa: PLC0415 - a look comes first, and needs none

        try:
            planned = engine.plan_policy(self._link.host(), self.look(), policy)
        except PROBLEMS as error:
            self._emit(Planned(policy, None, error.message, error.hint))
            return
        self._emit(Planned(policy, planned))

    def plan_undo(self, backup_id: str, force: bool) -> None:
        """Say what restoring a backup would change."""
        from jitsi_tui.instance.plan import EditedError  # noqa: PLC0415

        from . import engine  # noqa: PLC0415

        try:
            planned: Plan = engine.plan_undo(self._link.host(), self.look(), backup_id, force=force)
        except PROBLEMS as error:
            edits = error.edits if isinstance(error, EditedError) else ()
            self._emit(Planned(None, None, error.message, error.hint, backup_id, edits))
            return
        self._emit(Planned(None, planned, undoes=backup_id))

    def calls(self) -> None:
        """Say how many meetings run."""
        try:
            counted = calls.count(self._link.host(), self._link.target.layout)
        except PROBLEMS as error:
            self._emit(CallsCounted(None, error.message))
            return
        self._emit(CallsCounted(counted))

    def plan_mend(self, findings: tuple[Finding, ...]) -> None:
        """Say what mends findings together."""
        from . import engine  # noqa: PLC0415

        try:
            mending = engine.plan_mend_of(self.look(), findings, skip=len(findings) > 1)
        except PROBLEMS as error:
            self._emit(MendPlanned(findings, None, error.message, error.hint))
            return
        self._emit(MendPlanned(findings, mending))

    def backups(self) -> None:
        """Say which backups there are."""
        try:
            self._emit(Backups(self.look().instance.backups))
        except PROBLEMS as error:
            self._emit(StatusFailed(error.message, error.hint))

    def moderators(self) -> None:
        """Say who may open meetings."""
        from . import people  # noqa: PLC0415

        try:
            instance = self.look().instance
            listing = people.look(self._link.host(), instance, keep_days=self.keep_days)
        except PROBLEMS as error:
            self._emit(ModeratorsFailed(error.message, error.hint))
            return
        self._emit(Moderators(listing))

    def fresh(self) -> Look:
        """A new look. Raises ``HostError`` or ``InstanceError``."""
        target = self._link.target
        host = self._link.host()
        self._look = look(host, target.layout, domain=target.access.domain)
        self._on_look(self._look)
        return self._look
