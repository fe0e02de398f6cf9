"""The session behind the app: a kept connection, a worker for reads, one for changes, logs."""

from __future__ import annotations

from collections.abc import Sequence

from jitsi_tui.instance.model import Plan, Policy
from jitsi_tui.logs.history import Asks
from jitsi_tui.settings import Settings
from jitsi_tui.ssh.command import Secret

from .changing import Changing
from .events import Emit, JobFailed
from .inviting import Inviting
from .jobs import Job, Worker
from .logs import LogThread
from .prompts import SessionPrompts
from .reading import Reading
from .reconnect import Link
from .target import Target


class LiveSession:
    """A ``ServerSession`` over a real host. Its threads end with ``close``."""

    def __init__(self, target: Target, settings: Settings, emit: Emit, *, read_only: bool) -> None:
        self._emit = emit
        self._read_only = read_only
        self._prompts = SessionPrompts(emit)
        self._link = Link(target, self._prompts, emit, self._connected)
        self._logs = LogThread(self._link, emit, self._crashed)
        self._reading = Reading(self._link, emit, self._logs.looked)
        self._changing = Changing(self._link, self._reading, settings, emit)
        self._reads = Worker("reads", self._crashed)
        self._changes = Worker("changes", self._crashed)
        self._inviting = Inviting(self._link, self._reading, emit, self._change, self._reads.submit)

    def start(self) -> None:
        """See ``ServerSession.start``."""
        self._link.start()

    def close(self) -> None:
        """See ``ServerSession.close``."""
        self._prompts.cancel()
        self._changing.cancel_apply()
        self._logs.close()
        self._changes.close()
        self._link.close()
        self._reads.close()

    def refresh(self) -> None:
        """See ``ServerSession.refresh``."""
        self._reads.submit(self._reading.refresh, key="refresh")

    def plan(self, policy: Policy) -> None:
        """See ``ServerSession.plan``."""
        self._reads.submit(lambda: self._reading.plan(policy), key="plan")

    def plan_undo(self, backup_id: str, *, force: bool = False) -> None:
        """See ``ServerSession.plan_undo``."""
        self._reads.submit(lambda: self._reading.plan_undo(backup_id, force), key="plan")

    def load_backups(self) -> None:
        """See ``ServerSession.load_backups``."""
        self._reads.submit(self._reading.backups, key="backups")

    def load_moderators(self) -> None:
        """See ``ServerSession.load_moderators``."""
        self._reads.submit(self._reading.moderators, key="moderators")

    def apply(self, plan: Plan, *, restart_all: bool = False) -> None:
        """See ``ServerSession.apply``."""
        self._change("apply", lambda: self._apply(plan, restart_all))

    def _apply(self, plan: Plan, restart_all: bool) -> None:
        self._changing.apply(plan, restart_all)
        self._inviting.applied(plan)

    @property
    def invitations(self) -> Inviting:
        """See ``ServerSession.invitations``."""
        return self._inviting

    def cancel_apply(self) -> None:
        """See ``ServerSession.cancel_apply``."""
        self._changing.cancel_apply()

    def add_moderator(self, name: str, password: Secret | None) -> None:
        """See ``ServerSession.add_moderator``."""
        self._change("add", lambda: self._changing.add_moderator(name, password))

    def reset_password(self, name: str, password: Secret | None) -> None:
        """See ``ServerSession.reset_password``."""
        self._change("reset", lambda: self._changing.reset_password(name, password))

    def remove_moderators(self, names: Sequence[str]) -> None:
        """See ``ServerSession.remove_moderators``."""
        self._change("remove", lambda: self._changing.remove_moderators(names))

    def check_moderator(self, name: str, password: Secret) -> None:
        """See ``ServerSession.check_moderator``."""
        self._reads.submit(lambda: self._changing.check_moderator(name, password))

    def restart_service(self, name: str) -> None:
        """See ``ServerSession.restart_service``."""
        self._change("restart", lambda: self._changing.restart_service(name))

    def start_logs(self, sources: Sequence[str]) -> None:
        """See ``ServerSession.start_logs``."""
        self._logs.follow(tuple(sources))

    def stop_logs(self) -> None:
        """See ``ServerSession.stop_logs``."""
        self._logs.stop()

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
        """Look at the server, and bring to its end what a dead run left half done."""
        self._reading.refresh()
        if self._reading.unfinished and not self._read_only:
            self._changes.submit(self._changing.finish_interrupted, key="recover")

    def _crashed(self, error: BaseException) -> None:
        self._emit(
            JobFailed(
                "session",
                f"something of ours failed ({type(error).__name__}); nothing more was done",
                "look again with r; if it stays, please report it",
            )
        )
