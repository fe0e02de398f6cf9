"""The accounts of the main host, through prosodyctl: who may open meetings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from jitsi_tui.digits import whole
from jitsi_tui.ssh.command import Secret
from jitsi_tui.ssh.host import Host

from ..coming_up import way_to_read
from ..layout import Layout
from ..model import KeptRemoval, Moderator, ModeratorList, RefusedError
from .names import account
from .program import KEEP_DAYS, AccountError, ask, ask_with_secret, last_line, moment

_ENABLED = {"yes": True, "no": False}


def listing(
    host: Host,
    domain: str,
    layout: Layout,
    *,
    keep_days: int = KEEP_DAYS,
    settled: bool = False,
    owned: Mapping[str, tuple[str, ...]] | None = None,
) -> ModeratorList:
    """Every account of ``domain``, and the removals that can be undone.

    ``settled`` waits until a list that is added came to its end; ``owned`` says by bare address who
    owns which rooms now. Raises ``AccountError`` where the accounts can't be read.
    """
    action = "settled" if settled else "list"
    source: Literal["shell", "files"] = "files"
    rows: list[tuple[str, str, str, str]] = []
    kept: list[KeptRemoval] = []
    connected: dict[str, int] | None = None
    for word, fields in ask(host, layout, action, domain, keep_days=keep_days):
        if word == "source":
            source = "shell" if fields[:1] == ["shell"] else "files"
        elif word == "user" and len(fields) == 4:
            rows.append((fields[0], fields[1], fields[2], fields[3]))
        elif word == "sessions":
            connected = {}
        elif word == "connected" and connected is not None and len(fields) == 2:
            connected[fields[0]] = whole(fields[1]) or 0
        elif word == "kept" and (removal := kept_removal(fields)) is not None:
            kept.append(removal)
    moderators = tuple(
        Moderator(
            name=name,
            jid=f"{name}@{domain}",
            enabled=_ENABLED.get(enabled),
            created=moment(created),
            last_seen=moment(seen),
            connected=None if connected is None else connected.get(name, 0),
            rooms=None if owned is None else owned.get(f"{name}@{domain}".lower(), ()),
        )
        for name, created, seen, enabled in sorted(rows)
    )
    return ModeratorList(domain, source, moderators, tuple(kept))


def kept_removal(fields: list[str]) -> KeptRemoval | None:
    """A removal that can be undone, as the program tells it; ``None`` where that is damaged."""
    time = moment(fields[1]) if len(fields) > 3 else None
    return KeptRemoval(fields[0], time, fields[2], tuple(fields[3:])) if time is not None else None


def add(host: Host, domain: str, layout: Layout, name: str, password: Secret) -> str:
    """Make an account and return its JID. Refused where it exists already."""
    local = account(name, domain)
    _, existed, there, said = _set_password(host, layout, "add", domain, local, password)
    jid = f"{local}@{domain}"
    if existed or "already exists" in said.lower():
        raise RefusedError(f"{jid} exists already", "change its password, or choose another name")
    if not there:
        raise AccountError(
            f"Prosody did not create {jid}: {last_line(said)}",
            way_to_read(said)
            or _room(said)
            or "an open server has no accounts: close it first; on Prosody 13 it must be running",
        )
    return jid


def set_password(host: Host, domain: str, layout: Layout, name: str, password: Secret) -> str:
    """Change the password of an account that exists, close its connections, return its JID."""
    local = account(name, domain)
    jid = f"{local}@{domain}"
    status, existed, _, said = _set_password(host, layout, "passwd", domain, local, password)
    if status != 0 or "no such user" in said.lower() or "does not exist" in said.lower():
        if not existed:
            raise RefusedError(f"{jid} does not exist", "add it, or look at the list of moderators")
        hint = _room(said) or "is it running?"
        raise AccountError(f"Prosody did not change {jid}: {last_line(said)}", hint)
    return jid


def _room(said: str) -> str:
    """What to do where Prosody could not write (util.datamanager)."""
    full = "saving to storage" in said
    return "is the disk full, or read-only? See: df /var/lib/prosody; findmnt" if full else ""


def _set_password(
    host: Host, layout: Layout, action: str, domain: str, local: str, password: Secret
) -> tuple[int, bool, bool, str]:
    status, existed, there, said = 1, False, False, ""
    for word, fields in ask_with_secret(host, layout, action, domain, local, password):
        if word == "status" and len(fields) == 3:
            told = whole(fields[0])
            status = 1 if told is None else told
            existed, there = fields[1] == "existed", fields[2] == "there" and status == 0
        elif word == "said":
            said = fields[0] if fields else ""
    return status, existed, there, said
