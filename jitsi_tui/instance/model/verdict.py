"""What the running server is: asked as a browser would ask, and judged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Literal

from .fact import Fact
from .server import JicofoAuthority


@dataclass(frozen=True)
class Verdict:
    """What the running server answered when it was asked as a browser would ask."""

    domain: str
    guest_domain: str | None
    taken: datetime
    main: Fact[tuple[str, ...]]
    """SASL mechanisms offered on the main host over BOSH."""

    guest: Fact[tuple[str, ...]]
    strangers_log_in: bool | None
    strangers_open_rooms: bool | None
    guests_log_in: bool | None = None
    authority: JicofoAuthority = "unknown"
    """Jicofo's running setting."""

    conferences: int | None = None
    participants: int | None = None
    doubts: tuple[str, ...] = ()
    """What could not be asked, and why: one sentence each."""

    invited: bool = False
    """An invitation was made, redeemed and removed again."""


class Outcome(Enum):
    """How a verdict stands to an expectation."""

    PROVED = "proved"
    WRONG = "wrong"
    UNPROVABLE = "unprovable"


Posture = Literal["open", "secure", "token", "inconsistent", "unknown"]

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong or worth knowing, with its evidence."""

    id: str
    severity: Severity
    message: str
    evidence: str
    fix: str | None = None
    why: str = ""
