"""Removing accounts, bringing them back, disabling and enabling them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from jitsi_tui.ssh.host import Host

from ..layout import Layout
from ..model import Instance, KeptRemoval, RefusedError, known
from .names import account
from .program import KEEP_DAYS, ask, last_line, moment

MANY = 5
"""From so many accounts on, a change is confirmed by typing how many they are."""


@dataclass(frozen=True)
class Removal:
    """One account, after it was asked to go."""

    name: str
    existed: bool
    gone: bool
    said: str
    closed: int | None = None
    """Connections of it that were open and were closed; ``None`` where that can't be told."""

    @property
    def went(self) -> bool:
        """It was there, and is there no more."""
        return self.existed and self.gone


@dataclass(frozen=True)
class Removals:
    """What a removal did, account by account."""

    accounts: tuple[Removal, ...]
    kept: str | None
    """The id under which it can be undone; ``None``: there was nothing in files to keep."""

    @property
    def went(self) -> tuple[str, ...]:
        """The names that went."""
        return tuple(r.name for r in self.accounts if r.went)


@dataclass(frozen=True)
class Switched:
    """One account, after it was disabled or enabled."""

    name: str
    done: bool
    said: str
    closed: int | None = None


@dataclass(frozen=True)
class Restored:
    """One account that was to be brought back: ``done``, ``exists``, ``missing`` or ``failed``."""

    name: str
    state: str


def remove(
    host: Host,
    domain: str,
    layout: Layout,
    names: Sequence[str],
    *,
    who: str = "",
    keep_days: int = KEEP_DAYS,
) -> Removals:
    """Remove accounts and close their connections; their files are kept for so many days.

    With 0 days nothing is kept of these, and what is kept of others stays. One ``Removal`` a name,
    in order, each name once.
    """
    locals_ = prepared(names, domain)
    found: list[Removal] = []
    kept: str | None = None
    for word, fields in ask(host, layout, "remove", domain, *locals_, who=who, keep_days=keep_days):
        if word == "backup" and fields:
            kept = fields[0]
        elif word == "removed" and len(fields) == 4:
            found.append(Removal(fields[0], fields[2] == "existed", fields[3] == "gone", ""))
        elif word == "said" and found:
            found[-1] = replace(found[-1], said=last_line("".join(fields)))
        elif word == "closed" and found and len(fields) == 2:
            found[-1] = replace(found[-1], closed=_count(fields[1]))
    return Removals(tuple(found), kept if any(r.went for r in found) else None)


def set_enabled(
    host: Host, instance: Instance, names: Sequence[str], *, enabled: bool
) -> tuple[Switched, ...]:
    """Let accounts log in or not, without touching their passwords (Prosody 13).

    Raises ``RefusedError`` on older ones, which know no disabled accounts.
    """
    refuse_switch(instance)
    action = "enable" if enabled else "disable"
    locals_ = prepared(names, instance.domain)
    found: list[Switched] = []
    for word, fields in ask(host, instance.layout, action, instance.domain, *locals_):
        if word == "switched" and len(fields) == 3:
            done = fields[1] == "done" and fields[2] != ("no" if enabled else "yes")
            found.append(Switched(fields[0], done, ""))
        elif word == "said" and found:
            found[-1] = replace(found[-1], said=last_line("".join(fields)))
        elif word == "closed" and found and len(fields) == 2:
            found[-1] = replace(found[-1], closed=_count(fields[1]))
    return tuple(found)


def refuse_switch(instance: Instance) -> None:
    """Raises ``RefusedError`` where Prosody knows no disabled accounts."""
    why = switch_refusal(instance)
    if why:
        raise RefusedError(why, "give it a new password, or remove it (that can be undone)")


def switch_refusal(instance: Instance) -> str:
    """Why accounts can't be disabled here, ``""`` where they can."""
    version = known(instance.prosody.version) or ""
    major = version.partition(".")[0]
    if not major.isdigit():
        return "whether this Prosody can disable accounts is not known"
    if int(major) < 13:
        return f"Prosody {version} can't disable accounts; Prosody 13 can"
    return ""


def kept(
    host: Host, domain: str, layout: Layout, *, keep_days: int = KEEP_DAYS
) -> tuple[KeptRemoval, ...]:
    """Removals that can be undone, newest first."""
    found = []
    for word, fields in ask(host, layout, "kept", domain, keep_days=keep_days):
        time = moment(fields[1]) if word == "kept" and len(fields) > 3 else None
        if time is not None:
            found.append(KeptRemoval(fields[0], time, fields[2], tuple(fields[3:])))
    return tuple(found)


def restore(
    host: Host,
    domain: str,
    layout: Layout,
    names: Sequence[str],
    *,
    identifier: str | None = None,
    keep_days: int = KEEP_DAYS,
) -> tuple[Restored, ...]:
    """Bring removed accounts back with the passwords they had.

    Without names: all of one removal, the newest or ``identifier``. A name is looked for in the
    newest removal that has it. Raises ``RefusedError`` where nothing of the kind is kept.
    """
    there = kept(host, domain, layout, keep_days=keep_days)
    wanted = _choose(there, prepared(names, domain), identifier)
    found: list[Restored] = []
    for removal, which in wanted:
        for word, fields in ask(
            host, layout, "restore", domain, removal, *which, keep_days=keep_days
        ):
            if word == "restored" and len(fields) == 2:
                found.append(Restored(fields[0], fields[1]))
    return tuple(found)


def _choose(
    there: tuple[KeptRemoval, ...], names: Sequence[str], identifier: str | None
) -> list[tuple[str, tuple[str, ...]]]:
    fitting = [r for r in there if identifier is None or r.id == identifier]
    if not fitting:
        what = f"no removal {identifier!r} is kept" if identifier else "no removal is kept"
        raise RefusedError(what, "list them with: moderators DEST restore --list")
    if not names:
        return [(fitting[0].id, fitting[0].names)]
    chosen: dict[str, list[str]] = {}
    for name in names:
        holder = next((r for r in fitting if name in r.names), None)
        if holder is None:
            raise RefusedError(
                f"no removal of {name!r} is kept", "list them with: moderators DEST restore --list"
            )
        chosen.setdefault(holder.id, []).append(name)
    return [(removal, tuple(which)) for removal, which in chosen.items()]


def prepared(names: Sequence[str], domain: str) -> tuple[str, ...]:
    """Names as Prosody stores them, each once, in order. Raises ``RefusedError``."""
    return tuple(dict.fromkeys(account(name, domain) for name in names))


def _count(text: str) -> int | None:
    return int(text) if text.isdigit() else None
