"""What the pretended services run with: their files' meaning as of their last start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Authority = Literal["xmpp", "jwt", "off"]

DEFAULT_DISABLED = frozenset({"DIGEST-MD5"})
"""Prosody's own ``disable_sasl_mechanisms``."""

ANONYMOUS = frozenset({"anonymous", "jitsi-anonymous"})


@dataclass(frozen=True)
class VirtualHost:
    """One host of Prosody's on which one can log in."""

    name: str
    authentication: str
    disabled: frozenset[str] = DEFAULT_DISABLED
    """``disable_sasl_mechanisms``."""

    allow_registration: bool = False
    encryption_required: bool = True
    bosh: bool = False
    modules: frozenset[str] = frozenset()
    """Modules that are enabled, its own and the global ones, with what they bring along."""


@dataclass(frozen=True)
class ProsodySettings:
    """Prosody's hosts and components."""

    hosts: Mapping[str, VirtualHost]
    components: Mapping[str, str]
    """Name to module, such as ``muc``."""

    bosh_secure: bool = False
    """``consider_bosh_secure``: without it, BOSH offers no PLAIN."""

    targets: Mapping[str, str] = field(default_factory=dict)
    """``client_proxy`` components: name to the JID that answers for it."""


@dataclass(frozen=True)
class JicofoSettings:
    """What Jicofo asks of people who open rooms."""

    authority: Authority
    login_url: str = ""
    client_proxy: str = ""
    domain: str = ""
    username: str = "focus"

    @property
    def jid(self) -> str:
        return f"{self.username}@{self.domain}"


class LoadError(Exception):
    """A file that can't be loaded. ``lines`` is what the service says of it in its log."""

    def __init__(self, *lines: str) -> None:
        super().__init__(lines[0])
        self.lines = lines
