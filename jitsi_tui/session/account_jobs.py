"""What a session does with accounts: one job after the other, each told to its end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from jitsi_tui import text
from jitsi_tui.instance import probe
from jitsi_tui.instance.accounts import bulk_add, keeper, moderators, passphrase
from jitsi_tui.instance.accounts import changes as account_changes
from jitsi_tui.instance.accounts.bulk import Entry
from jitsi_tui.instance.accounts.bulk_add import Made
from jitsi_tui.instance.accounts.following import Listener
from jitsi_tui.instance.model import Instance
from jitsi_tui.instance.posture import settings as settings_of
from jitsi_tui.private_file import PrivateFile
from jitsi_tui.settings import Settings
from jitsi_tui.ssh.command import Secret
from jitsi_tui.ssh.host import ConnectionLostError, Host

from . import people
from .aftermath import aftermath
from .events import AccessGoesOn, BulkDone, BulkProgress, Emit, JobDone, JobFailed
from .reading import PROBLEMS, Reading
from .reconnect import Link, NotConnectedError

_PATIENCE = 60
"""Seconds to wait for a lost connection, to learn what became of a list."""

Change = Callable[[str, Callable[[], None]], None]
"""Queues a change by its job's name; refused where nothing may be changed."""


class AccountJobs:
    """Adds, changes, removes, brings back and checks accounts; each then lists them anew."""

    def __init__(
        self, link: Link, reading: Reading, settings: Settings, emit: Emit, queue: Change
    ) -> None:
        self._link = link
        self._reading = reading
        self._settings = settings
        self._emit = emit
        self._stop = threading.Event()
        self._queue = queue

    # -- asked by screens; nothing blocks ------------------------------------------------------

    def add_many(self, entries: Sequence[Entry], to: Path | None) -> None:
        """See ``Accounts.add_many``."""
        self._stop.clear()
        self._queue("add", lambda: self._add_many(entries, to))

    def stop(self) -> None:
        """See ``Accounts.stop``."""
        self._stop.set()

    def remove(self, names: Sequence[str]) -> None:
        """See ``ServerSession.remove_moderators``."""
        self._stop.clear()
        self._queue("remove", lambda: self._remove(names))

    def set_enabled(self, names: Sequence[str], *, enabled: bool) -> None:
        """See ``Accounts.set_enabled``."""
        self._stop.clear()
        self._queue("disable", lambda: self._set_enabled(names, enabled))

    def restore(self, identifier: str) -> None:
        """See ``Accounts.restore``."""
        self._queue("restore", lambda: self._restore(identifier))

    # -- jobs, on the session's threads --------------------------------------------------------

    def _with_accounts(self) -> Instance:
        """The server, on which accounts can be changed. Raises ``RefusedError``."""
        instance = self._reading.look().instance
        keeper.refuse_changes(instance.domain, settings_of(instance))
        return instance

    def add_one(self, name: str, password: Secret | None) -> None:
        """Make an account, with a passphrase of ours where none was typed."""

        def add() -> JobDone:
            secret = password or passphrase.generate(self._settings.passphrase_bits)
            instance = self._with_accounts()
            jid = moderators.add(self._link.host(), instance.domain, instance.layout, name, secret)
            return JobDone("add", f"{jid} may open meetings", None if password else secret)

        self._do("add", add)
        self._reading.moderators()

    def reset_password(self, name: str, password: Secret | None) -> None:
        """A new password for an account."""
        done: list[str] = []

        def reset() -> JobDone:
            secret = password or passphrase.generate(self._settings.passphrase_bits)
            instance = self._with_accounts()
            jid = moderators.set_password(
                self._link.host(), instance.domain, instance.layout, name, secret
            )
            done.append(name)
            return JobDone("reset", f"{jid} has a new password", None if password else secret)

        self._do("reset", reset)
        self._reading.moderators()
        self._told_access(done, "has a new password")

    def _remove(self, names: Sequence[str]) -> None:
        """Remove accounts; what did not go is said by name."""
        gone: list[str] = []

        def remove() -> JobDone | JobFailed:
            instance = self._with_accounts()
            removals = people.remove(
                self._link.host(),
                instance,
                names,
                keep_days=self._days,
                listener=self._listener(len(names)),
            )
            gone.extend(removals.went)
            stayed = [
                f"{r.name} ({r.said if r.existed else 'it was not there'})"
                for r in removals.accounts
                if not r.went
            ]
            words = f"removed: {_listed(gone)}"
            left = _left(removals.left, removals.stopped)
            if stayed:
                left = f"; not removed: {_listed(stayed)}{left}"
            if left:
                return JobFailed("remove", words + left, "look at the list, and try those again")
            can = "" if removals.kept else "; this can't be undone, they do not lie in files"
            return JobDone("remove", words + can)

        self._do("remove", remove)
        self._reading.moderators()
        self._told_access(gone, "is removed" if len(gone) == 1 else "are removed")

    def check(self, name: str, password: Secret, room: bool) -> None:
        """Whether a name and password log in and, if asked, open a room."""

        def check() -> JobDone | JobFailed:
            instance = self._reading.look().instance
            found = probe.check_login(self._link.host(), instance, name, password, open_room=room)
            message = f"{name}: {found.detail}"
            if found.login and found.opens_room is not False:
                return JobDone("check", message)
            return JobFailed("check", message, "nothing was changed")

        self._do("check", check)

    def _set_enabled(self, names: Sequence[str], enabled: bool) -> None:
        changed: list[str] = []
        word = "enabled" if enabled else "disabled"

        def switch() -> JobDone | JobFailed:
            instance = self._with_accounts()
            done = account_changes.set_enabled(
                self._link.host(),
                instance,
                names,
                enabled=enabled,
                listener=self._listener(len(names)),
            )
            changed.extend(s.name for s in done.accounts if s.done)
            stayed = [f"{s.name} ({s.said})" for s in done.accounts if not s.done]
            left = _left(done.left, done.stopped)
            if stayed:
                left = f"; not: {_listed(stayed)}{left}"
            if left:
                return JobFailed("disable", f"{word}: {_listed(changed)}{left}", "try again")
            return JobDone("disable", f"{word}: {_listed(changed)}")

        self._do("disable", switch)
        self._reading.moderators()
        if not enabled:
            self._told_access(changed, "is disabled" if len(changed) == 1 else "are disabled")

    def _restore(self, identifier: str) -> None:
        def restore() -> JobDone | JobFailed:
            instance = self._reading.look().instance
            done = account_changes.restore(
                self._link.host(),
                instance.domain,
                instance.layout,
                (),
                identifier=identifier,
                keep_days=self._days,
            )
            back = [r.name for r in done if r.state == "done"]
            stayed = [
                f"{r.name} ({r.said or _WHY.get(r.state, r.state)})"
                for r in done
                if r.state != "done"
            ]
            if stayed:
                return JobFailed(
                    "restore", f"back: {_listed(back)}; not: {_listed(stayed)}", "look at the list"
                )
            return JobDone("restore", f"back with their passwords: {_listed(back)}")

        self._do("restore", restore)
        self._reading.moderators()

    def _add_many(self, entries: Sequence[Entry], to: Path | None) -> None:
        try:
            result = self._make(entries, to)
        except PROBLEMS as error:
            self._emit(JobFailed("add", error.message, error.hint))
        else:
            domain = self._reading.look().instance.domain
            written = to is not None and not result.unwritten
            self._emit(BulkDone(domain, result, str(to) if written else None))
        self._reading.moderators()

    def _make(self, entries: Sequence[Entry], to: Path | None) -> bulk_add.BulkResult:
        instance = self._with_accounts()
        file = PrivateFile(to) if to is not None else None
        total = len(entries)

        def on_made(made: Made, count: int) -> None:
            if file is not None and made.generated:
                file.write(f"{made.name}\t{made.password.reveal()}\n")
            self._emit(BulkProgress(count, total))

        try:
            self._emit(BulkProgress(0, total))
            return bulk_add.add_many(
                self._link.host(),
                instance.domain,
                instance.layout,
                entries,
                bits=self._settings.passphrase_bits,
                on_made=on_made,
                cancel=self._stop,
                reopen=self._reopened,
            )
        finally:
            if file is not None:
                file.close()

    def _listener(self, total: int) -> Listener:
        def on_done(count: int) -> None:
            self._emit(BulkProgress(count, total))

        on_done(0)
        return Listener(on_done, self._stop, self._reopened)

    def _reopened(self) -> Host:
        """The connection once it stands again."""
        self._link.report_lost()
        for _ in range(_PATIENCE):
            try:
                return self._link.wait(1.0)
            except NotConnectedError:
                if self._link.closed:
                    break
        raise ConnectionLostError("the connection did not come back", "look at the list again")

    def _told_access(self, names: Sequence[str], what: str) -> None:
        """Say what goes on for these people, and offer to end it."""
        if not names:
            return
        try:
            after = aftermath(self._link.host(), self._reading.look().instance)
        except PROBLEMS:
            return
        if after.goes_on:
            who = names[0] if len(names) == 1 else text.count(len(names), "moderator")
            self._emit(AccessGoesOn(f"{who} {what}", after))

    @property
    def _days(self) -> int:
        return int(self._settings.removed_kept_days)

    def _do(self, job: str, action: Callable[[], JobDone | JobFailed]) -> None:
        try:
            self._emit(action())
        except PROBLEMS as error:
            self._emit(JobFailed(job, error.message, error.hint))


_WHY = {"exists": "such an account exists", "missing": "not kept any more"}


def _left(names: Sequence[str], why: str) -> str:
    return f"; {text.count(len(names), 'account')} not touched ({why})" if why else ""


def _listed(names: Sequence[str]) -> str:
    if not names:
        return "nobody"
    more = f" and {len(names) - 5} more" if len(names) > 6 else ""
    return ", ".join(names[:5] if more else names) + more
