"""One backup on the server, as its manifest tells it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

ABSENT_HASH = "absent"
"""Stands for the hash of a file that is not there: before it is made, or after it went."""


@dataclass(frozen=True)
class Backup:
    """One backup on the server, made by an apply."""

    id: str
    time: datetime
    who: str
    what: str
    files: tuple[BackupFile, ...]
    proof: str | None
    state: Literal["applied", "rolled-back", "open", "failed"]
    """``open``: an apply that never came to its end."""

    policy_before: str = ""
    policy_after: str = ""
    domain: str = ""
    undoes: str | None = None
    """The backup that this apply restored."""

    undone_by: str | None = None
    """The apply that restored this backup."""

    message: str = ""
    """How it ended, in words."""

    hint: str = ""
    """What is to be done by hand, one command a line, where it could not be rolled back."""


@dataclass(frozen=True)
class BackupFile:
    """One file in a backup: what it was, and what the apply made of it."""

    path: str
    sha256_before: str
    sha256_after: str
    mode_before: int | None = None
    mode_after: int | None = None
    """Where the apply changed it too."""

    @property
    def created(self) -> bool:
        """It was not there before."""
        return self.sha256_before == ABSENT_HASH
