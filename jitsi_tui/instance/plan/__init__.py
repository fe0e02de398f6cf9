"""From what is and what is wanted to what would be done. Pure: nothing is read or run here."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..coming_up import refuse_to_take_down
from ..logins import written
from ..model import (
    Absent,
    Access,
    Backup,
    BackupFile,
    Expectation,
    Failed,
    FileChange,
    Instance,
    Plan,
    Policy,
    RefusedError,
    ServiceName,
    SourceFile,
    Verdict,
    known,
)
from ..posture import ANONYMOUS_METHODS, Settings, settings
from .changed import files as files
from .changed import with_changes as with_changes
from .edits import Editor
from .reopening import ReadBackup, by_backup, newest_applied

_ORDER: tuple[ServiceName, ...] = (
    "prosody",
    "jicofo",
    "jitsi-videobridge2",
    "nginx",
    "apache2",
)


def compute(
    instance: Instance, policy: Policy, verdict: Verdict | None, *, read_backup: ReadBackup
) -> Plan:
    """The plan for a policy. Raises ``RefusedError`` where this server can't have it."""
    now = settings(instance)
    _refuse_what_we_cannot_see(instance, now)
    if policy.access is Access.ACCOUNTS:
        plan = _secure(instance, now, policy, verdict)
    else:
        plan = _open(instance, now, policy, verdict, read_backup)
    refuse_to_take_down(instance, plan.restarts, plan.changes)
    return plan


def choose_backup(instance: Instance, identifier: str | None) -> Backup:
    """The backup of that id, or the newest that was applied. Raises ``RefusedError``."""
    if identifier is None:
        newest = newest_applied(instance)
        if newest is None:
            raise RefusedError("there is no backup to restore", "nothing was changed here by us")
        return newest
    found = next((b for b in instance.backups if b.id == identifier), None)
    if found is None:
        raise RefusedError(
            f"there is no backup {identifier!r}", "list them with: jitsi-tui undo DEST --list"
        )
    return found


class EditedError(RefusedError):
    """Files were edited since the change that is to be undone: by hand, or by a package."""

    def __init__(self, message: str, hint: str, edits: tuple[FileChange, ...]) -> None:
        super().__init__(message, hint)
        self.edits = edits
        """Each file as the change left it (or found it, where that was not kept), and as it is."""


def undo(
    instance: Instance,
    backup: Backup,
    originals: Mapping[str, bytes],
    *,
    ours: Mapping[str, bytes] | None = None,
    force: bool = False,
) -> Plan:
    """The plan that brings the files of a backup back, byte for byte.

    ``ours`` is what the change made of them. Raises ``EditedError`` where a file was edited since,
    unless ``force``.
    """
    present = {file.real: file for file in files(instance)}
    changes = []
    edited: list[FileChange] = []
    for entry in backup.files:
        file = present.get(entry.path)
        change = _restoring(instance, backup, entry, file, originals)
        if file is not None and file.sha256 not in (entry.sha256_after, entry.sha256_before):
            left = (ours or {}).get(entry.path, originals.get(entry.path, b""))
            edited.append(FileChange(entry.path, left, file.data))
        if change is not None:
            changes.append(change)
    if edited and not force:
        raise EditedError(
            f"edited since backup {backup.id}: {', '.join(edit.path for edit in edited)}",
            "--force restores the backup over those edits; they would be lost",
            tuple(edited),
        )
    after = with_changes(instance, changes)
    restarts = restarts_for(instance, changes)
    refuse_to_take_down(instance, restarts, changes)
    _refuse_what_never_ran(instance, after, restarts, backup)
    expectation = as_it_is(settings(after))
    if backup.policy_before == backup.policy_after != "":
        # A mend: what it mended may be broken again, and who may open meetings is not its subject.
        here = "jicofo" in restarts
        authority = expectation.authority if here else "unknown"
        expectation = replace(
            expectation, strangers_log_in=None, guests=None, authority=authority, rooms=False
        )
    return Plan(
        domain=instance.domain,
        summary=f"undo {backup.id}: {backup.what}",
        changes=tuple(changes),
        restarts=restarts,
        expectation=expectation,
        reason="" if changes else "every file is as it was before that change",
        undoes=backup.id,
        warnings=tuple(f"overwrites later edits in {edit.path}" for edit in edited),
    )


_NO_START = ("jicofo-wrong-type", "jicofo-no-login-url")


def _refuse_what_never_ran(
    instance: Instance, after: Instance, restarts: Sequence[ServiceName], backup: Backup
) -> None:
    """Old files with which a service that runs now would not come up: people would be thrown out
    of their meetings only for the change to be rolled back."""
    from ..findings import findings  # noqa: PLC0415 - parsers
    from ..readings import ProsodyReading  # noqa: PLC0415 - parsers

    runs = {s.name for s in instance.services if s.state != "stopped"}
    why = None
    holds, held = settings(after).main_file, settings(instance).main_file
    prosody_again = "prosody" in restarts and "prosody" in runs
    if prosody_again and held and not holds:
        why = f"Prosody would not serve {instance.domain}: its files would not hold it"
    if prosody_again and ProsodyReading(after).value(instance.domain, "enabled") is False:
        why = f"Prosody would not serve {instance.domain}: its files turn it off"
    if "jicofo" in restarts and "jicofo" in runs:
        broken = [one for one in findings(after, None) if one.id in _NO_START]
        why = broken[0].message if broken else why
    if why is not None:
        folder = f"{instance.layout.backups}/{backup.id}"
        copies = [
            f"cp {folder}/{number} {shlex.quote(entry.path)}"
            for number, entry in enumerate(backup.files)
            if not entry.created
        ]
        raise RefusedError(
            f"not undone: the files before that change did not work. {why}",
            f"to have them all the same, by hand: {'; '.join(copies)}",
        )


def _restoring(
    instance: Instance,
    backup: Backup,
    entry: BackupFile,
    file: SourceFile | None,
    originals: Mapping[str, bytes],
) -> FileChange | None:
    """How one file gets back to what it was; ``None`` where it is that already."""
    public = entry.path == instance.page_path
    if entry.created:
        if file is None:
            return None
        return FileChange(entry.path, file.data, b"", removed=True, public=public)
    if file is None and public and entry.path in originals:
        return FileChange(entry.path, b"", originals[entry.path], created=True, public=True)
    if file is None or entry.path not in originals:
        raise RefusedError(
            f"{entry.path} of backup {backup.id} is no longer part of this server",
            "restore it by hand from the backup's folder",
        )
    before = originals[entry.path]
    if entry.mode_before is not None and entry.mode_after == file.mode != entry.mode_before:
        return FileChange(
            entry.path,
            file.data,
            before,
            mode_before=file.mode,
            mode_after=entry.mode_before,
        )
    if file.data == before:
        return None
    return FileChange(entry.path, file.data, before, public=public)


def _secure(instance: Instance, now: Settings, policy: Policy, verdict: Verdict | None) -> Plan:
    _refuse_tokens(instance, now)
    guests = policy.guests if policy.guests is not None else (now.guests or not now.secured)
    guest_domain = None
    if guests:
        guest_domain = policy.guest_domain or now.guest_domain or f"guest.{instance.domain}"
        _check_guest_domain(instance, guest_domain)
    editor = Editor(instance, now)
    editor.close(guest_domain)
    editor.remember_logins(policy)
    changes = editor.changes()
    expectation = Expectation(
        strangers_log_in=False,
        guests=guests,
        authority="xmpp",
        guest_domain=guest_domain,
        forbidden=frozenset({"OAUTHBEARER"}),
        login_lifetime=policy.login_lifetime,
        auto_login=policy.auto_login,
    )
    restarts = restarts_for(instance, changes, stale=_stale(verdict, expectation))
    joining = "guests may join" if guests else "everybody needs an account"
    joining += _remembered(policy)
    return Plan(
        domain=instance.domain,
        summary=f"close {instance.domain} to strangers; {joining}",
        changes=tuple(changes),
        restarts=restarts,
        expectation=expectation,
        warnings=(*editor.warnings, *_still_standing(instance)),
        reason="" if changes or restarts else f"{instance.domain} is closed already; {joining}",
    )


def _remembered(policy: Policy) -> str:
    """What is asked of logins, in words that follow others."""
    words = ""
    if policy.login_lifetime is not None:
        words += f"; a login is remembered for {written(policy.login_lifetime, words=True)}"
    if policy.auto_login is not None:
        until = "beyond its meeting" if policy.auto_login else "only until its meeting ends"
        words += f"; a login counts {until}"
    if policy.auto_owner is not None:
        who = "the first in it" if policy.auto_owner else "nobody"
        words += f"; where no account is needed a room belongs to {who}"
    return words


def _open(
    instance: Instance,
    now: Settings,
    policy: Policy,
    verdict: Verdict | None,
    read_backup: ReadBackup,
) -> Plan:
    _refuse_tokens(instance, now)
    owners = Policy(Access.EVERYONE, auto_owner=policy.auto_owner)
    # What was before our own secure says nothing of a choice that is made now.
    changes = by_backup(instance, read_backup) if policy.auto_owner is None else None
    warnings: tuple[str, ...] = ()
    if changes is None:
        editor = Editor(instance, now)
        editor.ask_for_nothing()
        editor.remove_guests()
        editor.let_jicofo_rest()
        editor.remember_logins(owners)
        changes = editor.changes()
        warnings = tuple(editor.warnings)
    expectation = Expectation(strangers_log_in=True, guests=False, authority="off")
    restarts = restarts_for(instance, changes, stale=_stale(verdict, expectation))
    return Plan(
        domain=instance.domain,
        summary=f"open {instance.domain}: anyone who knows its address may open meetings"
        + _remembered(owners),
        changes=tuple(changes),
        restarts=restarts,
        expectation=expectation,
        warnings=(*warnings, *_still_standing(instance)),
        reason="" if changes or restarts else f"{instance.domain} is open already",
    )


def _still_standing(instance: Instance) -> tuple[str, ...]:
    """Services that somebody stopped stay so, and without them nothing can be proved."""
    return tuple(
        f"{s.name} does not run and stays so: without it the result can't be proved"
        for s in instance.services
        if s.name in ("prosody", "jicofo") and s.state == "stopped"
    )


def restarts_for(
    instance: Instance, changes: Sequence[FileChange], stale: frozenset[str] = frozenset()
) -> tuple[ServiceName, ...]:
    """The services that must restart to take changes in, with those that are ``stale`` anyhow."""
    changed = {change.path for change in changes if change.before != change.after}
    wanted = set(stale)
    if changed & {file.real for file in instance.prosody.files.values()}:
        wanted.add("prosody")
    for fact in (instance.jicofo.hocon, instance.jicofo.properties):
        file = known(fact)
        if file is not None and file.real in changed:
            wanted.add("jicofo")
    return tuple(name for name in _ORDER if name in wanted)


def _stale(verdict: Verdict | None, expectation: Expectation) -> frozenset[str]:
    """Services that still run with older settings than their files have."""
    if verdict is None:
        return frozenset()
    stale = set()
    if verdict.strangers_log_in is not None and (
        verdict.strangers_log_in is not expectation.strangers_log_in
        or set(known(verdict.main) or ()) & expectation.forbidden
    ):
        stale.add("prosody")
    if expectation.guests and verdict.guests_log_in is False:
        stale.add("prosody")
    if verdict.authority not in ("unknown", expectation.authority):
        stale.add("jicofo")
    return frozenset(stale)


def as_it_is(after: Settings) -> Expectation:
    """What a server with these files does, also where they contradict one another."""
    guests = after.guest_authentication in ANONYMOUS_METHODS
    return Expectation(
        # Whether a token is asked of everybody is no matter of the method alone.
        strangers_log_in=None if after.token else after.open,
        guests=guests,
        authority=after.authority,
        guest_domain=after.guest_domain if guests else None,
    )


def _refuse_tokens(instance: Instance, now: Settings) -> None:
    if now.main_authentication == "token":
        raise RefusedError(
            f"{instance.domain} lets people in by token, which is closed already",
            "accounts and tokens together break logins: remove the token setup first",
        )


def _how_to_read(instance: Instance) -> str:
    if instance.as_root:
        return "not even root can: mend it there, or take it away, then try again"
    return instance.how_to_become_root


def _refuse_what_we_cannot_see(instance: Instance, now: Settings) -> None:
    for what, fact in (
        ("Prosody's configuration", instance.prosody.main_file),
        ("config.js", instance.meet),
        ("jicofo.conf", instance.jicofo.hocon),
        ("sip-communicator.properties", instance.jicofo.properties),
    ):
        if isinstance(fact, Failed):
            raise RefusedError(f"{what} could not be read: {fact.why}", _how_to_read(instance))
    if instance.prosody.unreadable:
        raise RefusedError(
            f"could not be read: {', '.join(instance.prosody.unreadable)}", _how_to_read(instance)
        )
    for path, why in now.problems.items():
        if now.main_file is None and path in instance.prosody.files:
            raise RefusedError(why if path in why else f"{path}: {why}", "mend that file first")
    if isinstance(instance.prosody.main_file, Absent) or now.main_file is None:
        raise RefusedError(
            f"Prosody's files hold no virtual host {instance.domain}",
            "is Prosody on another machine? Name that one",
        )
    if isinstance(instance.meet, Absent):
        raise RefusedError(
            f"there is no config.js for {instance.domain} here", "is the web server elsewhere?"
        )
    if isinstance(instance.jicofo.hocon, Absent) and isinstance(instance.jicofo.properties, Absent):
        raise RefusedError("Jicofo's configuration is not here", "is Jicofo on another machine?")


def _check_guest_domain(instance: Instance, guest_domain: str) -> None:
    labels = guest_domain.rstrip(".").split(".")
    sound = all(
        0 < len(label) < 64
        and label.replace("-", "").isalnum()
        and label.isascii()
        and label == label.lower()
        and not label.startswith("-")
        and not label.endswith("-")
        for label in labels
    )
    if not sound or len(guest_domain) > 253:
        raise RefusedError(
            f"{guest_domain!r} is no domain name", "use lower-case letters, digits, - and ."
        )
    if guest_domain == instance.domain:
        raise RefusedError(
            f"the guest domain can't be {instance.domain} itself", f"use guest.{instance.domain}"
        )
