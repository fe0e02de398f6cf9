"""One point in time that several waits share."""

from __future__ import annotations

from time import monotonic


class Deadline:
    """Counts down on the monotonic clock; ``None`` seconds never end."""

    __slots__ = ("_end", "seconds")

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self._end = None if seconds is None else monotonic() + seconds

    @property
    def left(self) -> float | None:
        """Seconds until it is reached, never below zero; ``None`` where it never is."""
        return None if self._end is None else max(0.0, self._end - monotonic())

    @property
    def over(self) -> bool:
        return self._end is not None and monotonic() >= self._end

    def at_most(self, seconds: float) -> float:
        """How long to wait now: what is left, but no longer than ``seconds``."""
        left = self.left
        return seconds if left is None else min(seconds, left)
