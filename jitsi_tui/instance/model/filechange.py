"""One file of a plan, before and after."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from .backup import ABSENT_HASH


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
