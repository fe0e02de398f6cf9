"""The people who may open meetings."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Moderator:
    """One account of the main host."""

    name: str
    jid: str
    enabled: bool | None = None
    created: datetime | None = None
    """When it was made or last changed, as far as Prosody's storage tells."""

    last_seen: datetime | None = None
    connected: int | None = None
    """Open connections; ``None`` where the running server can't be asked (Prosody 0.11)."""

    rooms: tuple[str, ...] | None = None
    """Rooms that he owns now, as Jicofo says; ``None`` where it does not say."""


@dataclass(frozen=True)
class ModeratorList:
    """The accounts of the main host, and which way they were read."""

    domain: str
    source: Literal["shell", "files"]
    moderators: tuple[Moderator, ...]
    kept: tuple[KeptRemoval, ...] = ()
    """Removals that can still be undone, newest first."""

    machines: tuple[str, ...] = ()
    """Addresses of accounts on other hosts (``auth.``, ``recorder.``): machines, not people."""

    def nobody_left_without(self, names: Collection[str]) -> bool:
        """Whether those of ``names`` are all who may open meetings now."""
        enabled = {m.name for m in self.moderators if m.enabled is not False}
        return bool(enabled) and enabled <= set(names)


@dataclass(frozen=True)
class KeptRemoval:
    """Removed accounts whose files, the passwords' hashes among them, are kept on the server."""

    id: str
    time: datetime
    who: str
    names: tuple[str, ...]
