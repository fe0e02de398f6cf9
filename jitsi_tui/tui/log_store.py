"""The log records that the app holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jitsi_tui.logs.events import Event


class LogStore:
    """Keeps what the logs said, a bounded number of records a source."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity

    def clear(self) -> None:
        """Forget everything: another server was opened."""

    def take(self, events: Sequence[Event]) -> None:
        """Keep what these events tell."""
