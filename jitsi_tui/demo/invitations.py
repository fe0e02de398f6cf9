"""mod_invites as Prosody 0.12 has it: tokens that let one person make an account, once."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from .accounts import Accounts

MODULES = ("invites", "invites_register", "register_ibr")
_CALL = re.compile(
    r'\)\(((?:"(?:[^"\\]|\\\d{3})*"|\d+)(?:, (?:"(?:[^"\\]|\\\d{3})*"|\d+))*)\)\s*\Z'
)
_WORD = re.compile(r'"((?:[^"\\]|\\\d{3})*)"|(\d+)')
_ESCAPE = re.compile(rb"\\(\d{3})")


@dataclass(frozen=True)
class Invite:
    """One invitation."""

    token: str
    name: str
    reset: bool
    created: int
    expires: int

    @property
    def id(self) -> str:
        return hashlib.sha256(self.token.encode()).hexdigest()[:12]


@dataclass
class Invitations:
    """All that are outstanding, by host and token."""

    _all: dict[tuple[str, str], Invite] = field(default_factory=dict)

    def make(self, host: str, name: str, reset: bool, seconds: int) -> Invite:
        now = int(time.time())
        invite = Invite(secrets.token_urlsafe(18), name, reset, now, now + seconds)
        self._all[host, invite.token] = invite
        return invite

    def pending(self, host: str) -> list[Invite]:
        now = time.time()
        return [i for (where, _), i in self._all.items() if where == host and i.expires > now]

    def valid(self, host: str, token: str) -> Invite | None:
        return next((i for i in self.pending(host) if i.token == token), None)

    def drop(self, host: str, token: str) -> None:
        """Used, or taken back."""
        self._all.pop((host, token), None)


Fields = tuple[object, ...]


@dataclass(frozen=True)
class Shell:
    """Prosody's shell, as far as ``invitations.lua`` is sent to it."""

    invitations: Invitations
    accounts: Accounts
    modules: Mapping[str, frozenset[str]]
    """What each host of the running Prosody has loaded."""

    def answer(self, line: str) -> str | None:
        """What the program prints; ``None`` for other programs."""
        called = _CALL.search(line)
        if called is None or "create_account_reset" not in line:
            return None
        words = [number or _lua(text) for text, number in _WORD.findall(called[1])]
        nonce, action, host, name, seconds, identifier = words
        told = [
            f"| {nonce} " + " ".join(_escaped(str(word)) for word in fields)
            for fields in self._does(action, host, name, int(seconds), identifier)
        ]
        return "\n".join([*told, "| Result: nil", ""])

    def _does(
        self, action: str, host: str, name: str, seconds: int, identifier: str
    ) -> Iterator[Fields]:
        loaded = self.modules.get(host)
        if loaded is None:
            yield ("error", "no-host")
            return
        if action == "modules":
            for module in MODULES:
                yield ("module", module, "loaded" if module in loaded else "missing")
        elif not loaded.issuperset(MODULES):
            yield ("error", "not-loaded")
            return
        elif action in ("create", "reset"):
            yield self._made(action == "reset", host, name.lower(), seconds)
        elif action == "list":
            for i in self.invitations.pending(host):
                kind = "reset" if i.reset else "account"
                yield ("invitation", i.id, kind, i.name, i.created, i.expires)
        elif action == "revoke":
            for i in self.invitations.pending(host):
                if i.id == identifier:
                    self.invitations.drop(host, i.token)
                    yield ("revoked", i.id, "gone")
        yield ("end",)

    def _made(self, reset: bool, host: str, name: str, seconds: int) -> Fields:
        exists = bool(name) and self.accounts.exists(name, host)
        if exists != reset:
            return ("error", "exists" if exists else "no-account")
        made = self.invitations.make(host, name, reset, seconds)
        return ("created", made.token, made.id, made.created, made.expires)


def _lua(quoted: str) -> str:
    return _ESCAPE.sub(lambda m: bytes((int(m[1]),)), quoted.encode()).decode("utf-8", "replace")


def _escaped(field: str) -> str:
    text = re.sub(rb"[^A-Za-z0-9._-]", lambda m: b"%%%02x" % m[0][0], field.encode()).decode()
    return text or "%"
