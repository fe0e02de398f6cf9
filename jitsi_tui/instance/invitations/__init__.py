"""Invitations: a link with which a person chooses a password that no admin ever sees.

Prosody keeps them (mod_invites, since 0.12) and takes them back over BOSH, before any login
(XEP-0401 over XEP-0077). What is made here is a token in a link to our own page on that server.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import quote, unquote

from jitsi_tui.ssh.command import Root, Secret
from jitsi_tui.ssh.host import Host
from jitsi_tui.ssh.shipped import shipped

from ..accounts import keeper
from ..accounts.names import account
from ..model import Instance, InstanceError, RefusedError, known
from ..posture import settings

PAGE = "jitsi-tui-invite.html"
"""The page's name below ``/static/``."""

DAY = 86400
LONGEST = 365 * DAY
VALID = 7 * DAY
"""Seconds for which an invitation holds where nothing else is said, as mod_invites has it."""

PARTS = ("Accounts/Ctl.pm", "Accounts/Say.pm", "invitations.lua")
"""What ``invitations.pl`` consists of beside itself, in ``remote/``."""

Kind = Literal["account", "reset", "contact"]

_TIMEOUT = 60.0
_IDENTIFIER = re.compile(r"[0-9a-f]{12}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,128}")
_KINDS: dict[str, Kind] = {"account": "account", "reset": "reset", "contact": "contact"}
_SPAN = re.compile(r"([0-9]{1,5})([mhdw])")
_UNITS = {"m": 60, "h": 3600, "d": DAY, "w": 7 * DAY}


class InvitationError(InstanceError):
    """Prosody did not do what was asked of its invitations."""

    kind = "invitation"


class NotReadyError(RefusedError):
    """The server lacks what invitations need; installing it is a planned change."""


@dataclass(frozen=True)
class Invitation:
    """One that is outstanding. Its token is a secret that Prosody alone keeps."""

    id: str
    """The beginning of the token's SHA-256: names the invitation without letting anybody in."""

    kind: Kind
    name: str
    """Whom it is for; empty: the person chooses."""

    created: datetime | None
    expires: datetime | None


@dataclass(frozen=True)
class Invited:
    """An invitation just made, with its link."""

    invitation: Invitation
    token: Secret
    link: Secret


def validity(text: str) -> int:
    """Seconds of ``30m``, ``12h``, ``7d`` or ``2w``. Raises ``RefusedError``."""
    found = _SPAN.fullmatch(text.strip().lower())
    seconds = int(found[1]) * _UNITS[found[2]] if found else 0
    if not 60 <= seconds <= LONGEST:
        raise RefusedError(
            f"{text!r} is no time for which an invitation could be valid",
            "write 30m, 12h, 7d or 2w; a year at most",
        )
    return seconds


def refuse_where_impossible(instance: Instance) -> None:
    """Raises ``RefusedError`` on a server whose Prosody, or its setting, can't have invitations."""
    version = known(instance.prosody.version) or ""
    numbers = [int(n) for n in re.findall(r"\d+", version)[:2]]
    if numbers and numbers < [0, 12]:
        raise RefusedError(
            f"Prosody {version.strip()} knows no invitations: they came with 0.12",
            "make the account with: jitsi-tui moderators DEST add NAME --generate, and hand the"
            " passphrase over; or upgrade Prosody",
        )
    keeper.refuse_changes(instance.domain, settings(instance))


def create(
    host: Host, instance: Instance, name: str = "", *, reset: bool = False, valid: int | None = None
) -> Invited:
    """Make an invitation for ``name`` (empty: for whoever has the link).

    ``reset`` lets the owner of an account that exists choose a new password. ``valid`` is in
    seconds; by default a week, a day for a reset. Raises ``NotReadyError`` where Prosody lacks its
    modules, ``RefusedError`` for a name that is taken (or, for a reset, isn't), and
    ``InvitationError``.
    """
    local = account(name, instance.domain) if name else ""
    if reset and not local:
        raise RefusedError("a new password for whom?", "name the account: invite NAME --reset")
    seconds = valid if valid is not None else (DAY if reset else VALID)
    action = "reset" if reset else "create"
    for word, fields in _run(host, instance, action, local, str(seconds)):
        if word == "error":
            raise _refusal(fields, f"{local}@{instance.domain}")
        if word == "created" and len(fields) == 4 and _TOKEN.fullmatch(fields[0]):
            token, identifier, created, expires = fields
            kind: Kind = "reset" if reset else "account"
            made = Invitation(identifier, kind, local, _time(created), _time(expires))
            return Invited(made, Secret(token), link(instance.domain, made, Secret(token)))
    raise InvitationError("Prosody made no invitation, and did not say why", "look at its log")


def link(domain: str, invitation: Invitation, token: Secret) -> Secret:
    """The address that is handed over. The token stands behind ``#``: it reaches no web server."""
    wishes = []
    if invitation.name:
        wishes.append(f"name={quote(invitation.name, safe='')}")
    if invitation.kind == "reset":
        wishes.append("reset")
    query = f"?{'&'.join(wishes)}" if wishes else ""
    return Secret(f"https://{domain}/static/{PAGE}{query}#{token.reveal()}")


def outstanding(host: Host, instance: Instance) -> tuple[Invitation, ...]:
    """Every invitation that was neither used nor has expired, the next to expire first."""
    found = []
    for word, fields in _run(host, instance, "list"):
        if word == "error":
            raise _refusal(fields, instance.domain)
        if word == "invitation" and len(fields) == 5 and fields[1] in _KINDS:
            identifier, kind, name, created, expires = fields
            if _IDENTIFIER.fullmatch(identifier):
                at = (_time(created), _time(expires))
                found.append(Invitation(identifier, _KINDS[kind], name, *at))
    latest = datetime.max.replace(tzinfo=UTC)
    return tuple(sorted(found, key=lambda i: (i.expires or latest, i.id)))


def revoke(host: Host, instance: Instance, identifiers: Sequence[str]) -> tuple[str, ...]:
    """Take invitations back, and return the ids of those that are gone now.

    Raises ``RefusedError`` for an id that names none, before anything is taken back.
    """
    there = {invitation.id for invitation in outstanding(host, instance)}
    for identifier in identifiers:
        if identifier not in there:
            raise RefusedError(
                f"no invitation {identifier!r} is outstanding",
                "list them with: jitsi-tui moderators DEST invitations",
            )
    gone = []
    for identifier in identifiers:
        for word, fields in _run(host, instance, "revoke", identifier):
            if word == "error":
                raise _refusal(fields, instance.domain)
            if word == "revoked" and fields == [identifier, "gone"]:
                gone.append(identifier)
    return tuple(gone)


def loaded(host: Host, instance: Instance) -> frozenset[str]:
    """Which of the modules that invitations need the running Prosody has on the main host.

    Raises ``NotReadyError`` where Prosody's shell can't be reached.
    """
    answers = _run(host, instance, "modules")
    return frozenset(f[0] for word, f in answers if word == "module" and f[1:] == ["loaded"])


def _run(
    host: Host, instance: Instance, action: str, *words: str
) -> Iterator[tuple[str, list[str]]]:
    layout = instance.layout
    result = host.run(
        shipped(
            "invitations.pl",
            f"--root={layout.root}",
            f"--path-first={layout.path_first}",
            secrets.token_hex(8),
            action,
            instance.domain,
            *words,
            root=Root.YES,
            parts=PARTS,
        ),
        timeout=_TIMEOUT,
    )
    if result.exit != 0:
        said = result.stderr.decode("utf-8", "replace").strip().splitlines()
        last = said[-1][:200] if said else f"exit {result.exit}"
        raise InvitationError(f"Prosody's invitations can't be had: {last}")
    for line in result.stdout.decode("utf-8", "replace").splitlines():
        word, *fields = line.split(" ")
        decoded = ["" if f == "%" else unquote(f, errors="replace") for f in fields]
        if word == "unreachable":
            raise NotReadyError(
                f"Prosody's shell does not answer: {_last_line(decoded)}",
                "it must run, with mod_admin_shell",
            )
        yield word, decoded


def _refusal(fields: Sequence[str], whom: str) -> InstanceError:
    reason = fields[0] if fields else ""
    if reason == "not-loaded":
        return NotReadyError(
            "Prosody runs without mod_invites and mod_invites_register",
            "let them be installed: jitsi-tui moderators DEST invite",
        )
    if reason == "exists":
        return RefusedError(
            f"{whom} exists already", "let its owner choose a new password with --reset"
        )
    if reason == "no-account":
        return RefusedError(f"{whom} does not exist", "invite without --reset to make it")
    if reason == "name":
        return RefusedError(f"Prosody refuses the name {whom}", "use letters, digits, . _ or -")
    if reason == "no-host":
        return NotReadyError(f"the running Prosody has no host {whom}", "restart it, or: status")
    return InvitationError(f"Prosody made no invitation: {' '.join(fields)[:200]}")


def _time(text: str) -> datetime | None:
    whole = text.partition(".")[0]
    sound = whole.isascii() and whole.isdigit() and len(whole) < 12
    return datetime.fromtimestamp(int(whole), UTC) if sound else None


def _last_line(fields: Sequence[str]) -> str:
    said = [line.strip() for line in "".join(fields).splitlines() if line.strip()]
    telling = [line for line in said if not line.startswith("prosody>")]
    return telling[-1][:200] if telling else "it said nothing"
