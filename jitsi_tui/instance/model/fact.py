"""Facts about a server: known, absent, or impossible to look at; its files and log lines."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeAlias, TypeVar

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Known(Generic[T_co]):
    """A fact that was read."""

    value: T_co


@dataclass(frozen=True)
class Absent:
    """Looked for, and it is not there."""

    why: str = ""


@dataclass(frozen=True)
class Missing(Absent):
    """Something names it, and it is not there; ``why`` says what names it."""


@dataclass(frozen=True)
class Failed:
    """Could not be looked at (unreadable, timed out): neither there nor absent."""

    why: str


Fact: TypeAlias = Known[T] | Absent | Failed


def known(fact: Fact[T]) -> T | None:
    """The value of a fact, ``None`` where it is absent or could not be read."""
    return fact.value if isinstance(fact, Known) else None


@dataclass(frozen=True)
class SourceFile:
    """One configuration file as it lies on the server."""

    path: str
    """Where it was looked for: possibly a link, such as ``/etc/prosody/conf.d/x.cfg.lua``."""

    real: str
    """The file itself, every link followed. This is what is edited and shown."""

    data: bytes = field(repr=False)
    owner: str
    group: str
    mode: int
    modified: datetime
    public: bool = False
    """Everybody on the server can read it: its mode, and the folders on the way, let them."""

    @property
    def text(self) -> str:
        """What it says; bytes that are no UTF-8 are replaced."""
        return self.data.decode("utf-8", "replace")

    @property
    def sha256(self) -> str:
        """Of its bytes, hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True)
class LoggedLine:
    """How often a known line stands in the last minutes of one log."""

    id: str
    source: str
    path: str
    count: int
    first: datetime
    last: datetime
    since: datetime
    """From when on it was counted: ten minutes ago, the service's start, or as far as was read."""

    record: str
    """The last of them, as it stands in the log; credentials hidden."""

    def minutes(self, now: datetime) -> float:
        """How long was counted, at least a tenth of a minute."""
        return max(0.1, (now - self.since).total_seconds() / 60)
