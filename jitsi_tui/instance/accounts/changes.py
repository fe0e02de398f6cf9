"""Removing accounts, bringing them back, disabling and enabling them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from jitsi_tui.digits import whole
from jitsi_tui.ssh.command import Command
from jitsi_tui.ssh.host import Host, HostError

from ..layout import Layout
from ..model import Instance, InstanceError, KeptRemoval, Moderator, RefusedError, known
from .following import NOBODY, Listener, follow, settled, to_the_end
from .moderators import kept_removal
from .names import account
from .program import KEEP_DAYS, ask, command, last_line

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

    left: tuple[str, ...] = ()
    """Not touched: it was stopped, or broke off, before them."""

    stopped: str = ""
    """Why it did not come to its end, in a sentence; ``""``: it did."""

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
class Switches:
    """What became of accounts that were to be disabled or enabled; the rest as ``Removals``."""

    accounts: tuple[Switched, ...]
    left: tuple[str, ...] = ()
    stopped: str = ""


@dataclass(frozen=True)
class Restored:
    """One account that was to be brought back: ``done``, ``exists``, ``missing`` or ``failed``."""

    name: str
    state: str
    said: str = ""
    """Why it failed."""


One = TypeVar("One", Removal, Switched)


def remove(
    host: Host,
    domain: str,
    layout: Layout,
    names: Sequence[str],
    *,
    who: str = "",
    keep_days: int = KEEP_DAYS,
    listener: Listener = NOBODY,
) -> Removals:
    """Remove accounts and close their connections; their files are kept for so many days.

    With 0 days nothing is kept of these, and what is kept of others stays. Each name once, in
    order, and each ends in ``accounts`` or in ``left``: where the server's last words were lost it
    is asked again. Raises ``AccountError`` or ``HostError`` only where nobody was removed.
    """
    wanted = prepared(names, domain)
    asked = command(layout, "remove", domain, names=wanted, who=who, keep_days=keep_days)

    def seen(name: str, there: Moderator | None) -> Removal | None:
        if there is not None or work.absent is None:
            return None
        went = name not in work.absent
        return Removal(name, existed=went, gone=went, said="")

    work = _Work(
        "remove",
        "removed",
        lambda f: Removal(f[0], f[2] == "existed", f[3] == "gone", "") if len(f) == 4 else None,
        seen,
    )
    left, stopped = work.do(host, layout, domain, asked, wanted, listener)
    accounts = tuple(work.found.values())
    undo = work.kept if any(r.went for r in accounts) else None
    return Removals(accounts, undo, left, stopped)


def set_enabled(
    host: Host,
    instance: Instance,
    names: Sequence[str],
    *,
    enabled: bool,
    listener: Listener = NOBODY,
) -> Switches:
    """Let accounts log in or not, without touching their passwords (Prosody 13).

    Told and raises as ``remove``; ``RefusedError`` on older ones, which know no disabled accounts.
    """
    refuse_switch(instance)
    action = "enable" if enabled else "disable"
    other = "no" if enabled else "yes"
    wanted = prepared(names, instance.domain)
    asked = command(instance.layout, action, instance.domain, names=wanted)
    work = _Work(
        action,
        "switched",
        lambda f: Switched(f[0], f[1] == "done" and f[2] != other, "") if len(f) == 3 else None,
        lambda name, there: (
            Switched(name, True, "") if there is not None and there.enabled is enabled else None
        ),
    )
    left, stopped = work.do(host, instance.layout, instance.domain, asked, wanted, listener)
    return Switches(tuple(work.found.values()), left, stopped)


class _Work(Generic[One]):
    """What is told of each name, in the order in which it is told."""

    def __init__(
        self,
        action: str,
        word: str,
        begin: Callable[[list[str]], One | None],
        seen: Callable[[str, Moderator | None], One | None],
    ) -> None:
        """``word`` begins a name, ``begin`` reads its fields; ``seen`` tells a name by the list."""
        self.found: dict[str, One] = {}
        self.kept: str | None = None
        self.absent: frozenset[str] | None = None
        """Names that were not there before anything was removed; ``None``: nothing was yet."""

        self._action = action
        self._word = word
        self._begin: Callable[[list[str]], One | None] = begin
        self._seen: Callable[[str, Moderator | None], One | None] = seen
        self._latest = ""

    def do(
        self,
        host: Host,
        layout: Layout,
        domain: str,
        asked: Command,
        names: Sequence[str],
        listener: Listener,
    ) -> tuple[tuple[str, ...], str]:
        """Run it; the names that were left, and why."""

        def work() -> None:
            for word, fields in follow(host, asked, self._action, domain, listener.cancel):
                self._take(word, fields, listener)

        def left() -> tuple[str, ...]:
            return tuple(name for name in names if name not in self.found)

        stopped = to_the_end(
            work,
            recount=lambda: self._recount(host, layout, domain, left(), listener),
            done=lambda: self.found,
            left=left,
            cancel=listener.cancel,
        )
        return left(), stopped

    def _take(self, word: str, fields: list[str], listener: Listener) -> None:
        if word == "backup" and fields:
            self.kept = fields[0]
        elif word == "absent":
            self.absent = frozenset(fields)
        elif word == self._word and (one := self._begin(fields)) is not None:
            self._latest = fields[0]
            self.found[self._latest] = one
            listener.on_done(len(self.found))
        elif word == "said" and self._latest in self.found:
            told = self.found[self._latest]
            self.found[self._latest] = replace(told, said=last_line("".join(fields)))
        elif word == "closed" and len(fields) == 2 and fields[0] in self.found:
            told = self.found[fields[0]]
            self.found[fields[0]] = replace(told, closed=whole(fields[1]))

    def _recount(
        self, host: Host, layout: Layout, domain: str, names: Sequence[str], listener: Listener
    ) -> bool:
        """What became of the names without an answer; false: it can't be told."""
        try:
            listed = settled(host, domain, layout, listener.reopen)
        except (HostError, InstanceError):
            return False
        there = {m.name: m for m in listed.moderators}
        for name in names:
            if (one := self._seen(name, there.get(name))) is not None:
                self.found[name] = one
        return True


def refuse_switch(instance: Instance) -> None:
    """Raises ``RefusedError`` where Prosody knows no disabled accounts."""
    why = switch_refusal(instance)
    if why:
        raise RefusedError(why, "give it a new password, or remove it (that can be undone)")


def switch_refusal(instance: Instance) -> str:
    """Why accounts can't be disabled here, ``""`` where they can."""
    version = known(instance.prosody.version) or ""
    major = whole(version.partition(".")[0])
    if major is None:
        return "whether this Prosody can disable accounts is not known"
    if major < 13:
        return f"Prosody {version} can't disable accounts; Prosody 13 can"
    return ""


def kept(
    host: Host, domain: str, layout: Layout, *, keep_days: int = KEEP_DAYS
) -> tuple[KeptRemoval, ...]:
    """Removals that can be undone, newest first."""
    told = ask(host, layout, "kept", domain, keep_days=keep_days)
    found = (kept_removal(fields) for word, fields in told if word == "kept")
    return tuple(removal for removal in found if removal is not None)


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
            host, layout, "restore", domain, removal, names=which, keep_days=keep_days
        ):
            if word == "restored" and len(fields) > 1:
                found.append(
                    Restored(fields[0], fields[1], last_line(fields[2]) if fields[2:] else "")
                )
    return tuple(found)


def _choose(
    there: tuple[KeptRemoval, ...], names: Sequence[str], identifier: str | None
) -> list[tuple[str, tuple[str, ...]]]:
    fitting = [r for r in there if identifier is None or r.id == identifier]
    if not fitting:
        what = f"no removal {identifier!r} is kept" if identifier else "no removal is kept"
        raise RefusedError(what, "list them with: jitsi-tui moderators DEST restore --list")
    if not names:
        return [(fitting[0].id, fitting[0].names)]
    chosen: dict[str, list[str]] = {}
    for name in names:
        holder = next((r for r in fitting if name in r.names), None)
        if holder is None:
            raise RefusedError(
                f"no removal of {name!r} is kept",
                "list them with: jitsi-tui moderators DEST restore --list",
            )
        chosen.setdefault(holder.id, []).append(name)
    return [(removal, tuple(which)) for removal, which in chosen.items()]


def prepared(names: Sequence[str], domain: str) -> tuple[str, ...]:
    """Names as Prosody stores them, each once, in order. Raises ``RefusedError``."""
    return tuple(dict.fromkeys(account(name, domain) for name in names))
