"""How fast a log grows: records and errors a second, over the last minutes."""

from __future__ import annotations

from collections.abc import Sequence


class Meter:
    """Counts by second, for a rate and a sparkline. Seconds are the caller's clock's."""

    def __init__(self, seconds: int = 300) -> None:
        self._records = [0] * seconds
        self._errors = [0] * seconds
        self._now = 0
        self._pulse: tuple[tuple[int, int], list[tuple[int, int]]] = ((-1, -1), [])

    def add(self, records: int, errors: int, now: float) -> None:
        """Count what came at this moment."""
        self._advance(int(now))
        at = self._now % len(self._records)
        self._records[at] += records
        self._errors[at] += errors

    def rate(self, now: float, over: int = 3) -> float:
        """Records a second over the last whole seconds."""
        return sum(self.records(now, over)) / over

    def records(self, now: float, seconds: int) -> Sequence[int]:
        """Records in each of the last whole seconds, oldest first."""
        return self._last(self._records, now, seconds)

    def errors(self, now: float, seconds: int) -> Sequence[int]:
        """Errors in each of the last whole seconds, oldest first."""
        return self._last(self._errors, now, seconds)

    def pulse(self, now: float, seconds: int) -> Sequence[tuple[int, int]]:
        """Records and errors in each of the last whole seconds, oldest first."""
        key = (int(now), seconds)
        if self._pulse[0] != key:
            both = zip(self.records(now, seconds), self.errors(now, seconds), strict=True)
            self._pulse = (key, list(both))
        return self._pulse[1]

    def _last(self, counts: list[int], now: float, seconds: int) -> Sequence[int]:
        self._advance(int(now))
        size = len(counts)
        seconds = min(seconds, size - 1)
        return [counts[at % size] for at in range(self._now - seconds, self._now)]

    def _advance(self, now: int) -> None:
        size = len(self._records)
        for second in range(max(self._now, now - size) + 1, now + 1):
            self._records[second % size] = self._errors[second % size] = 0
        self._now = max(self._now, now)
