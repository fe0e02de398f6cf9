"""The accounts of the main host, through prosodyctl: who may open meetings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import unquote

from jitsi_tui import resources
from jitsi_tui.ssh.command import Command, Root, Secret, program
from jitsi_tui.ssh.handover import handover
from jitsi_tui.ssh.host import Host

from .layout import Layout
from .model import InstanceError, Moderator, ModeratorList, RefusedError
from .names import account

_TIMEOUT = 60.0


class AccountError(InstanceError):
    """Prosody did not do what was asked of an account."""

    kind = "account"


@dataclass(frozen=True)
class Removal:
    """One account, after it was asked to go."""

    name: str
    existed: bool
    gone: bool
    said: str


def listing(host: Host, domain: str, layout: Layout) -> ModeratorList:
    """Every account of ``domain``. Raises ``AccountError`` where it can't be read."""
    source: Literal["shell", "files"] = "files"
    moderators = []
    for word, fields in _run(host, layout, "list", domain):
        if word == "source":
            source = "shell" if fields[:1] == ["shell"] else "files"
        elif word == "user" and len(fields) == 4:
            name, created, seen, enabled = fields
            moderators.append(
                Moderator(
                    name=name,
                    jid=f"{name}@{domain}",
                    enabled={"yes": True, "no": False}.get(enabled),
                    created=_time(created),
                    last_seen=_time(seen),
                )
            )
    return ModeratorList(domain, source, tuple(sorted(moderators, key=lambda m: m.name)))


def add(host: Host, domain: str, layout: Layout, name: str, password: Secret) -> str:
    """Make an account and return its JID. Refused where it exists already."""
    local = account(name, domain)
    existed, there, said = _set_password(host, layout, "add", domain, local, password)
    jid = f"{local}@{domain}"
    if existed or "already exists" in said.lower():
        raise RefusedError(f"{jid} exists already", "change its password, or choose another name")
    if not there:
        raise AccountError(
            f"Prosody did not create {jid}: {_last_line(said)}",
            "an open server has no accounts: close it first; on Prosody 13 it must be running",
        )
    return jid


def set_password(host: Host, domain: str, layout: Layout, name: str, password: Secret) -> str:
    """Change the password of an account that exists, close its connections, return its JID."""
    local = account(name, domain)
    jid = f"{local}@{domain}"
    status, said = 1, ""
    existed = False
    for word, fields in _secret_run(host, layout, "passwd", domain, local, password):
        if word == "status" and len(fields) == 3:
            status, existed = int(fields[0]), fields[1] == "existed"
        elif word == "said":
            said = fields[0] if fields else ""
    if status != 0 or "no such user" in said.lower() or "does not exist" in said.lower():
        if not existed:
            raise RefusedError(f"{jid} does not exist", "add it, or look at the list of moderators")
        raise AccountError(f"Prosody did not change {jid}: {_last_line(said)}", "is it running?")
    return jid


def remove(host: Host, domain: str, layout: Layout, names: Sequence[str]) -> tuple[Removal, ...]:
    """Remove accounts and close their connections. One ``Removal`` a name, in order."""
    locals_ = [account(name, domain) for name in names]
    removals: list[Removal] = []
    for word, fields in _run(host, layout, "remove", domain, *locals_):
        if word == "removed" and len(fields) == 4:
            removals.append(Removal(fields[0], fields[2] == "existed", fields[3] == "gone", ""))
        elif word == "said" and removals:
            last = removals.pop()
            removals.append(
                Removal(last.name, last.existed, last.gone, _last_line("".join(fields)))
            )
    return tuple(removals)


def _set_password(
    host: Host, layout: Layout, action: str, domain: str, local: str, password: Secret
) -> tuple[bool, bool, str]:
    existed = there = False
    said = ""
    for word, fields in _secret_run(host, layout, action, domain, local, password):
        if word == "status" and len(fields) == 3:
            existed, there = fields[1] == "existed", fields[2] == "there" and fields[0] == "0"
        elif word == "said":
            said = fields[0] if fields else ""
    return existed, there, said


def check_password(password: Secret) -> None:
    """Raises ``RefusedError`` for what prosodyctl can't take: it reads lines."""
    text = password.reveal()
    if not text:
        raise RefusedError("an empty password is none", "type one, or let it be generated")
    if any(ord(c) < 0x20 or ord(c) == 0x7F for c in text):
        raise RefusedError("a password can't hold control characters", "choose another one")


def _secret_run(
    host: Host, layout: Layout, action: str, domain: str, local: str, password: Secret
) -> list[tuple[str, list[str]]]:
    check_password(password)
    with handover(host, password) as fifo:
        return list(_run(host, layout, action, domain, local, fifo))


def _run(
    host: Host, layout: Layout, action: str, domain: str, *rest: str
) -> Iterator[tuple[str, list[str]]]:
    command: Command = program(
        "accounts.pl",
        resources.remote_program("accounts.pl"),
        f"--root={layout.root}",
        f"--path-first={layout.path_first}",
        action,
        domain,
        *rest,
        root=Root.YES,
    )
    result = host.run(command, timeout=_TIMEOUT)
    if result.exit != 0:
        said = _last_line(result.stderr.decode("utf-8", "replace")) or f"exit {result.exit}"
        raise AccountError(f"the accounts of {domain} could not be {_DONE[action]}: {said}")
    for line in result.stdout.decode("utf-8", "replace").splitlines():
        word, *fields = line.split(" ")
        yield word, [unquote(field, errors="replace") for field in fields]


_DONE = {"list": "listed", "add": "added to", "passwd": "changed", "remove": "removed"}


def _time(text: str) -> datetime | None:
    return datetime.fromtimestamp(int(text), UTC) if text.isdigit() and len(text) < 12 else None


def _last_line(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1][:200] if lines else "it said nothing"
