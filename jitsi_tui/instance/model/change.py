"""A change: what is wanted, what would be done, what must be true then, and how it ended."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import Enum

from .backup import ABSENT_HASH
from .server import JicofoAuthority, ServiceName
from .verdict import Verdict


class Access(Enum):
    """Who may open meetings."""

    EVERYONE = "everyone"
    ACCOUNTS = "accounts"


@dataclass(frozen=True)
class Policy:
    """What an admin wants of a server."""

    access: Access
    guests: bool | None = None
    """Whether people without an account may join. ``None``: as it is; an open server gets them."""

    guest_domain: str | None = None
    """``None``: as it is, otherwise ``guest.`` before the domain."""

    login_lifetime: int | None = None
    """Seconds without use after which Jicofo forgets a login. ``None``: as it is."""

    auto_login: bool | None = None
    """Whether Jicofo remembers a login beyond its meeting. ``None``: as it is."""

    auto_owner: bool | None = None
    """Whether the first in a room owns it where no account is needed. ``None``: as it is."""


@dataclass(frozen=True)
class Expectation:
    """What the proof must show after an apply."""

    strangers_log_in: bool | None
    """On the main host, without an account. ``None``: the change has no part in it."""

    guests: bool | None
    """Whether the guest host must let strangers log in. ``None``: the change has no part in it."""

    authority: JicofoAuthority
    """``unknown``: the change has no part in it."""

    guest_domain: str | None = None
    forbidden: frozenset[str] = frozenset()
    """Mechanisms that the main host must not offer (``OAUTHBEARER``)."""

    invitations: bool = False
    """Whether an invitation must be redeemable by the page, over BOSH."""

    rooms: bool = True
    """Whether a guest's own request for a room is part of the proof."""
    login_lifetime: float | None = None
    """Seconds that Jicofo must say it remembers a login; ``None``: whatever it says."""

    auto_login: bool | None = None
    """Whether Jicofo must say that logins outlive their meeting; ``None``: whatever it says."""


@dataclass(frozen=True)
class FileChange:
    """One file of a plan, before and after."""

    path: str
    """The resolved path."""

    before: bytes
    after: bytes
    created: bool = False
    """It is not there yet (``before`` is empty)."""

    removed: bool = False
    """It is taken away (``after`` is empty)."""
    mode_before: int | None = None
    mode_after: int | None = None
    """Permission bits, where they change too; ``None``: they stay."""

    public: bool = False
    """The page that everybody may read: there is no secret in it to hide."""

    @property
    def sha256_before(self) -> str:
        """Of the planned-for bytes; nothing runs if the file has others."""
        return ABSENT_HASH if self.created else hashlib.sha256(self.before).hexdigest()

    @property
    def sha256_after(self) -> str:
        """Of the bytes to be written."""
        return ABSENT_HASH if self.removed else hashlib.sha256(self.after).hexdigest()


@dataclass(frozen=True)
class Plan:
    """What would be done. ``changes`` empty: nothing is to do, and ``reason`` says why."""

    domain: str
    summary: str
    """One sentence in an admin's words: "close meet.example.org to strangers, guests may join"."""

    changes: tuple[FileChange, ...]
    restarts: tuple[ServiceName, ...]
    expectation: Expectation
    warnings: tuple[str, ...] = ()
    reason: str = ""
    undoes: str | None = None
    """The id of the backup that this plan restores."""

    starts: tuple[ServiceName, ...] = ()
    """Services that are down and start afterwards; an apply rolls them back to nothing."""

    mends: tuple[str, ...] = ()
    """The ids of the findings that it mends."""

    @property
    def empty(self) -> bool:
        """Nothing is to do."""
        return not (self.changes or self.restarts or self.starts)


@dataclass(frozen=True)
class Step:
    """One step of an apply, as it begins (``seconds`` is ``None``) and ends."""

    name: str
    seconds: float | None = None
    ok: bool | None = None
    detail: str = ""


class Ending(Enum):
    """How an apply ended."""

    APPLIED = "applied"
    NOTHING = "nothing"
    REFUSED = "refused"
    """Before the first rename: nothing changed."""

    ROLLED_BACK = "rolled back"
    BROKEN = "broken"
    """Could not be rolled back: ``hint`` says by hand what to do."""


@dataclass(frozen=True)
class Applied:
    """How an apply ended, with all that happened on the way."""

    ending: Ending
    message: str
    hint: str = ""
    backup: str | None = None
    verdict: Verdict | None = None
    steps: tuple[Step, ...] = ()
