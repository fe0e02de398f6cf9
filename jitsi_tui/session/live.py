"""The session behind the app: a kept connection, a worker for reads, one for changes, logs."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from jitsi_tui.logs.history import Asks
from jitsi_tui.settings import Settings
from jitsi_tui.ssh.command import Secret

from .events import Emit, JobFailed
from .jobs import Job, Worker
from .logs import LogThread
from .prompts import SessionPrompts
from .reconnect import Link
from .target import Target
from .turns import short_turns

if TYPE_CHECKING:
    from jitsi_tui.instance.model import Finding, Plan, Policy

    from .account_jobs import AccountJobs
    from .changing import Changing
    from .inviting import Inviting
    from .reading import Reading

_LOGS_FIRST_SECONDS = 0.5
"""That a first look waits at most for logs."""

_DRAWN_SECONDS = 0.1
"""In which a page that was told what the logs hold shows it."""

_KEY_SECONDS = 0.03
"""In which a key that was pressed before we were ready takes the app to its page."""

_FOR_A_LOOK = (
    "jitsi_tui.instance.model",
    "jitsi_tui.configs.prosody",
    "jitsi_tui.configs.meet",
    "jitsi_tui.configs.hocon",
    "jitsi_tui.instance.findings",
    "jitsi_tui.instance.facts",
    "jitsi_tui.instance.probe",
    "jitsi_tui.session.reading",
)
"""What a first look loads, in pieces: loading is what holds up the page of whoever opens the logs
meanwhile."""


class LiveSession:
    """A ``ServerSession`` over a real host. Its threads end with ``close``."""

    def __init__(self, target: Target, settings: Settings, emit: Emit, *, read_only: bool) -> None:
        self._emit = emit
        self._read_only = read_only
        self._prompts = SessionPrompts(emit)
        self._link = Link(target, self._prompts, emit, self._connected)
        self._logs = LogThread(self._link, emit, self._crashed)
        self._settings = settings
        self._loading = threading.RLock()
        self._reads_with: Reading | None = None
        self._changes_with: Changing | None = None
        self._accounts_with: AccountJobs | None = None
        self._reads = Worker("reads", self._crashed)
        self._changes = Worker("changes", self._crashed)
        self._invites_with: Inviting | None = None

    @property
    def _reading(self) -> Reading:
        """Loaded by whoever needs it first: the parsers take longer than a connection."""
        with self._loading:
            if self._reads_with is None:
                from .reading import Reading  # noqa: PLC0415

                self._reads_with = Reading(self._link, self._emit, self._logs.looked)
                self._reads_with.keep_days = int(self._settings.removed_kept_days)
            return self._reads_with

    @property
    def _changing(self) -> Changing:
        with self._loading:
            if self._changes_with is None:
                from .changing import Changing  # noqa: PLC0415

                self._changes_with = Changing(self._link, self._reading, self._settings, self._emit)
            return self._changes_with

    @property
    def accounts(self) -> AccountJobs:
        """See ``ServerSession.accounts``."""
        with self._loading:
            if self._accounts_with is None:
                from .account_jobs import AccountJobs  # noqa: PLC0415

                self._accounts_with = AccountJobs(
                    self._link, self._reading, self._settings, self._emit, self._change
                )
            return self._accounts_with

    def start(self) -> None:
        """See ``ServerSession.start``."""
        self._link.start()

    def close(self) -> None:
        """See ``ServerSession.close``."""
        self._prompts.cancel()
        if self._changes_with is not None:
            self._changes_with.cancel_apply()
        if self._accounts_with is not None:
            self._accounts_with.stop()
        self._logs.close()
        self._changes.close()
        self._link.close()
        self._logs.join()
        self._reads.close()

    def refresh(self) -> None:
        """See ``ServerSession.refresh``."""
        if self._link.up:
            self._reads.submit(self._reading.again, key="refresh")
        else:
            self._link.retry()

    def plan(self, policy: Policy) -> None:
        """See ``ServerSession.plan``."""
        self._reads.submit(lambda: self._reading.plan(policy), key="plan")

    def plan_undo(self, backup_id: str, *, force: bool = False) -> None:
        """See ``ServerSession.plan_undo``."""
        self._reads.submit(lambda: self._reading.plan_undo(backup_id, force), key="plan-undo")

    def plan_mend(self, findings: Sequence[Finding]) -> None:
        """See ``ServerSession.plan_mend``."""
        wanted = tuple(findings)
        self._reads.submit(lambda: self._reading.plan_mend(wanted), key="plan-mend")

    def load_backups(self) -> None:
        """See ``ServerSession.load_backups``."""
        self._reads.submit(self._reading.backups, key="backups")

    def load_moderators(self) -> None:
        """See ``ServerSession.load_moderators``."""
        self._reads.submit(self._reading.moderators, key="moderators")

    def apply(self, plan: Plan, *, restart_all: bool = False, when_idle: bool = False) -> None:
        """See ``ServerSession.apply``."""
        self._change("apply", lambda: self._apply(plan, restart_all, when_idle))

    def _apply(self, plan: Plan, restart_all: bool, when_idle: bool) -> None:
        self._changing.apply(plan, restart_all, when_idle)
        self.invitations.applied(plan)

    @property
    def invitations(self) -> Inviting:
        """See ``ServerSession.invitations``."""
        with self._loading:
            if self._invites_with is None:
                from .inviting import Inviting  # noqa: PLC0415

                self._invites_with = Inviting(
                    self._link, self._reading, self._emit, self._change, self._reads.submit
                )
            return self._invites_with

    def count_calls(self) -> None:
        """See ``ServerSession.count_calls``."""
        self._reads.submit(self._reading.calls, key="calls")

    def prune(self, ids: Sequence[str]) -> None:
        """See ``ServerSession.prune``."""
        self._change("prune", lambda: self._changing.prune(ids))

    def cancel_apply(self) -> None:
        """See ``ServerSession.cancel_apply``."""
        self._changing.cancel_apply()

    def add_moderator(self, name: str, password: Secret | None) -> None:
        """See ``ServerSession.add_moderator``."""
        self._change("add", lambda: self.accounts.add_one(name, password))

    def reset_password(self, name: str, password: Secret | None) -> None:
        """See ``ServerSession.reset_password``."""
        self._change("reset", lambda: self.accounts.reset_password(name, password))

    def remove_moderators(self, names: Sequence[str]) -> None:
        """See ``ServerSession.remove_moderators``."""
        self.accounts.remove(names)

    def check_moderator(self, name: str, password: Secret, *, room: bool = True) -> None:
        """See ``ServerSession.check_moderator``."""
        self._reads.submit(lambda: self.accounts.check(name, password, room))

    def restart_service(self, name: str) -> None:
        """See ``ServerSession.restart_service``."""
        self._change("restart", lambda: self._changing.restart_service(name))

    def start_logs(self, sources: Sequence[str]) -> None:
        """See ``ServerSession.start_logs``."""
        self._logs.follow(tuple(sources))

    @property
    def older_logs(self) -> Asks:
        """See ``ServerSession.older_logs``."""
        return self._logs.requests

    def _change(self, name: str, job: Job) -> None:
        if self._read_only:
            self._emit(JobFailed(name, "nothing can be changed here", "start without --read-only"))
            return
        self._changes.submit(job)

    def _connected(self) -> None:
        self._logs.reconnected()
        self._reads.submit(self._first_look, key="refresh")

    def _first_look(self) -> None:
        """Look at the server, and bring to its end what a dead run left half done.

        Logs that somebody waits for come first: a look keeps this machine and the server busy for
        longer.
        """
        self._logs.wait_until_wanted(_KEY_SECONDS)
        left = _LOGS_FIRST_SECONDS
        for part in _FOR_A_LOOK:
            left = self._let_logs_first(left)
            with short_turns():
                import_module(part)
        self._let_logs_first(left)
        self._reading.refresh()
        if self._reading.unfinished and not self._read_only:
            self._changes.submit(self._changing.finish_interrupted, key="recover")

    def _let_logs_first(self, seconds: float) -> float:
        """Wait so long at most; how much of that is left."""
        begun = time.monotonic()
        if self._logs.wait_until_told(seconds):
            time.sleep(min(_DRAWN_SECONDS, seconds))
        return max(0.0, seconds - (time.monotonic() - begun))

    def _crashed(self, error: BaseException) -> None:
        self._emit(
            JobFailed(
                "session",
                f"something of ours failed ({type(error).__name__}); nothing more was done",
                "look again with r; if it stays, please report it",
            )
        )
