"""Keys by which records of several logs are ordered: their times, but each log's own order holds.

A clock may be set while logs are followed, and any line may claim any time: neither may hold a log
back at one place for as long as its clock takes to get there again.
"""

from __future__ import annotations

from .clock import NO_TIME

SET_BACK = 60 * 1_000_000
"""Microseconds by which a time lies before the one above it, after which the clock was set back;
less is how programs with several threads write."""

AHEAD = 24 * 3600 * 1_000_000
"""Microseconds ahead of the server's clock that no time lies: what claims one tells none."""


class Order:
    """Walks the records of one log, up or down, and says where each belongs."""

    def __init__(self, key: int = NO_TIME) -> None:
        self.key = key
        """Of the last record that was walked over, in microseconds."""

        self._shift = 0

    def up(self, time: int, end: int = NO_TIME) -> int:
        """The key of the next record: its time, never before the last one's.

        ``end``: where it was written just now, the key of what was last of all logs. That may lie
        ahead of the clock if this was set back; then the order is that in which records come.
        """
        if time == NO_TIME:
            return self.key
        if time >= self.key:
            self._shift = 0
        key, least = time + self._shift, max(self.key, end)
        if key < least - SET_BACK or (self._shift and end != NO_TIME):
            key = least + 1
            self._shift = key - time
        self.key = max(self.key, key)
        return self.key

    def down(self, time: int) -> int:
        """The key of the record before: its time, never after the last one's."""
        if time == NO_TIME:
            return self.key
        if time <= self.key or self.key == NO_TIME:
            self._shift = 0
            self.key = time
            return time
        key = time + self._shift
        if key > self.key + SET_BACK:
            key = self.key
            self._shift = key - time
        self.key = min(self.key, key)
        return self.key
