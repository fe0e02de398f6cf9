"""The moderators of an open host, blocking: the core under the Moderators screen and commands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from jitsi_tui.instance.accounts import changes as account_changes
from jitsi_tui.instance.accounts import keeper, moderators
from jitsi_tui.instance.accounts.changes import Removals
from jitsi_tui.instance.accounts.following import NOBODY, Listener
from jitsi_tui.instance.accounts.program import KEEP_DAYS
from jitsi_tui.instance.model import Instance, ModeratorList
from jitsi_tui.instance.posture import settings
from jitsi_tui.instance.probe import rooms
from jitsi_tui.ssh.host import Host

from .engine import who_we_are


def look(host: Host, instance: Instance, *, keep_days: int = KEEP_DAYS) -> ModeratorList:
    """The accounts, with the rooms that each owns now and the removals that can be undone.

    Raises ``AccountError`` where the accounts can't be read, and ``RefusedError`` where they are
    not Prosody's.
    """
    keeper.refuse_foreign(instance.domain, settings(instance))
    owned = rooms.owners(host, instance)
    listed = moderators.listing(
        host, instance.domain, instance.layout, keep_days=keep_days, owned=owned
    )
    return replace(listed, machines=machines(instance))


def remove(
    host: Host,
    instance: Instance,
    names: Sequence[str],
    *,
    keep_days: int = KEEP_DAYS,
    listener: Listener = NOBODY,
) -> Removals:
    """Remove accounts in our own name; see ``accounts.changes.remove``."""
    return account_changes.remove(
        host,
        instance.domain,
        instance.layout,
        names,
        who=who_we_are(host.user),
        keep_days=keep_days,
        listener=listener,
    )


def machines(instance: Instance) -> tuple[str, ...]:
    """Accounts of other hosts of this Prosody: Jicofo, bridges, recorders. Never changed here."""
    return tuple(
        f"{name}@{host}"
        for host, names in sorted(instance.account_names.items())
        if host != instance.domain
        for name in sorted(names)
    )
