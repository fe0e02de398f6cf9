"""Several logs as one, ordered by time, each log's own order kept."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import NamedTuple

from .clock import NO_TIME
from .order import AHEAD, Order
from .view import LIMIT, View

_CHUNK = 4096
_SECOND = 1_000_000
_LIVE = 3 * _SECOND
"""A record is live if it comes within this of being written: then arrival says more than a stamp
without fractions of a second."""

Entry = tuple[int, int, int]
"""Key (microseconds), index of the view, number of the record."""


class Row(NamedTuple):
    """One row of a merged view."""

    source: int
    """Index of the view that the record is from."""

    number: int


class _Part:
    """Some consecutive rows."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.keys = array("q", [entry[0] for entry in entries])
        self.sources = array("B", [entry[1] for entry in entries])
        self.numbers = array("q", [entry[2] for entry in entries])
        self.lowest = {
            source: self.numbers[self.sources.index(source)] for source in set(self.sources)
        }

    def __len__(self) -> int:
        return len(self.keys)

    def find(self, row: Row) -> int | None:
        """Where a row stands in it."""
        at = -1
        try:
            while True:
                at = self.numbers.index(row.number, at + 1)
                if self.sources[at] == row.source:
                    return at
        except ValueError:
            return None

    def first_key(self, source: int) -> int | None:
        """Of the first row of a view in it."""
        return self.keys[self.sources.index(source)] if source in self.lowest else None

    def last(self) -> Entry:
        return self.keys[-1], self.sources[-1], self.numbers[-1]

    def entries(self) -> list[Entry]:
        return list(zip(self.keys, self.sources, self.numbers, strict=True))

    def append(self, entries: Sequence[Entry]) -> None:
        for key, source, number in entries:
            self.keys.append(key)
            self.sources.append(source)
            self.numbers.append(number)
            self.lowest.setdefault(source, number)


class MergedView:
    """The rows of several views in the order of time.

    A row's place is its record's time, but never before a record that the same log has earlier:
    a log's own order is the truth. Late ones (clocks that differ, slow logs) are put in where they
    belong, however late.
    """

    def __init__(self, views: Sequence[View], now: Callable[[], float] | None = None) -> None:
        """``now`` is the servers' clock in seconds; with it, arrival orders within a second."""
        self.views = tuple(views)
        self._now = now
        self._parts: list[_Part] = []
        self._ends: list[int] | None = None
        self._low: list[int | None] = [None] * len(self.views)
        self._high: list[int | None] = [None] * len(self.views)
        self._down = [Order() for _ in self.views]
        self._up = [Order() for _ in self.views]
        self._fronts = [view.buffer.front for view in self.views]

    def __len__(self) -> int:
        ends = self._totals()
        return ends[-1] if ends else 0

    def rows(self, first: int, end: int) -> list[Row]:
        """Some rows, in time that depends on their number alone."""
        ends = self._totals()
        found: list[Row] = []
        place = bisect_right(ends, max(0, first))
        at = max(0, first)
        while at < end and place < len(ends):
            part, start = self._parts[place], ends[place] - len(self._parts[place])
            stop = min(end, ends[place]) - start
            sources, numbers = part.sources[at - start : stop], part.numbers[at - start : stop]
            found += [Row(source, number) for source, number in zip(sources, numbers, strict=True)]
            at, place = ends[place], place + 1
        return found

    def row(self, index: int) -> Row:
        """One row. Raises ``IndexError``."""
        return self.rows(index, index + 1)[0]

    def index(self, row: Row) -> int:
        """Where a row stands; if it is gone, where the next one of its log stands."""
        ends = self._totals()
        best = 0
        for place, part in enumerate(self._parts):
            lowest = part.lowest.get(row.source)
            if lowest is None:
                continue
            if lowest > row.number:
                break
            best = place
        for place in range(best, len(self._parts)):
            part = self._parts[place]
            if (exact := part.find(row)) is not None:
                return ends[place] - len(part) + exact
            for at, (source, number) in enumerate(zip(part.sources, part.numbers, strict=True)):
                if source == row.source and number >= row.number:
                    return ends[place] - len(part) + at
        return len(self)

    def index_at(self, time: int) -> int:
        """The first row at ``time`` (microseconds since 1970) or later."""
        ends = self._totals()
        place = bisect_left([part.keys[-1] for part in self._parts], time)
        if place == len(self._parts):
            return len(self)
        part = self._parts[place]
        return ends[place] - len(part) + bisect_left(part.keys, time)

    def update(self, limit: int = LIMIT) -> bool:
        """Take over what the views have, of each up to ``limit`` old records, newest first.

        Returns whether everything is in its place.
        """
        complete = True
        fresh: list[Entry] = []
        for source, view in enumerate(self.views):
            complete = view.update(limit) and complete
            self._drop(source)
            fresh += self._newer(source, limit)
            fresh += self._older(source, limit)
            low = self._low[source]
            complete = complete and (low is None or not view.index(low))
        if fresh:
            fresh.sort()
            self._insert(fresh)
        return complete

    # --- keys -------------------------------------------------------------------------------

    def _newer(self, source: int, limit: int) -> list[Entry]:
        view = self.views[source]
        high = self._high[source]
        rows = view[view.index(high + 1) :] if high is not None else view[-limit:]
        if high is not None:
            self._withdraw(source, high)
        if not rows:
            return []
        times = self._times(view, rows)
        if self._has_none(source):
            times = self._settled(times)
        if high is None:
            self._low[source] = rows[0]
        found, up, floor = [], self._up[source].up, self._floor()
        for number, time in zip(rows, times, strict=True):
            if floor is None or time <= floor[0] - _LIVE:
                key = up(time)
            elif time % _SECOND:
                key = up(time, floor[1])
            else:
                key = up(max(time, min(floor[1] + 1, time + _SECOND - 1)), floor[1])
            found.append((key, source, number))
        self._high[source] = rows[-1]
        if self._down[source].key == NO_TIME:
            self._down[source] = Order(found[0][0])
        return found

    def _older(self, source: int, limit: int) -> list[Entry]:
        """Rows before the oldest one taken so far: history, or a filter that works backwards."""
        view, low = self.views[source], self._low[source]
        if low is None:
            return []
        stop = view.index(low)
        if not stop:
            return []
        rows = view[max(0, stop - limit) : stop]
        down = self._down[source].down
        found = []
        for number, time in zip(reversed(rows), reversed(self._times(view, rows)), strict=True):
            found.append((down(time), source, number))
        self._low[source] = rows[0]
        return found

    def _floor(self) -> tuple[int, int] | None:
        """The servers' time and the newest key, where arrival may order rows."""
        if self._now is None or not self._parts:
            return None
        return int(self._now() * _SECOND), self._parts[-1].keys[-1]

    def _times(self, view: View, rows: Sequence[int]) -> list[int]:
        times: list[int] = []
        at = 0
        for chunk, start, stop in view.buffer.chunks(rows[0], rows[-1] + 1):
            if isinstance(rows, range):
                times += chunk.times[start:stop]
                continue
            while at < len(rows) and rows[at] < chunk.first + stop:
                times.append(chunk.times[rows[at] - chunk.first])
                at += 1
        if self._now is None or max(times) <= (latest := int(self._now() * _SECOND) + AHEAD):
            return times
        return [NO_TIME if time > latest else time for time in times]

    def _has_none(self, source: int) -> bool:
        """Whether nothing of a view was taken yet, or nothing of that is left."""
        low, high = self._low[source], self._high[source]
        return low is None or high is None or low > high

    @staticmethod
    def _settled(times: list[int]) -> list[int]:
        """Rows without a time above which there is none of their log go with the first that has."""
        first = next((at for at, time in enumerate(times) if time != NO_TIME), 0)
        return [times[first]] * first + times[first:]

    # --- places -----------------------------------------------------------------------------

    def _insert(self, fresh: list[Entry]) -> None:
        self._ends = None
        at = 0
        for place in range(len(self._parts)):
            if at == len(fresh):
                break
            last = place == len(self._parts) - 1
            part = self._parts[place]
            stop = len(fresh) if last else bisect_right(fresh, part.last(), lo=at)
            if stop == at:
                continue
            if last and fresh[at] >= part.last():
                part.append(fresh[at:stop])
            else:
                self._parts[place] = _Part(sorted(part.entries() + fresh[at:stop]))
            at = stop
        if at < len(fresh):
            self._parts.append(_Part(fresh[at:]))
        self._split()

    def _split(self) -> None:
        if all(len(part) <= 2 * _CHUNK for part in self._parts):
            return
        parts: list[_Part] = []
        for part in self._parts:
            if len(part) <= 2 * _CHUNK:
                parts.append(part)
                continue
            entries = part.entries()
            parts += [_Part(entries[at : at + _CHUNK]) for at in range(0, len(entries), _CHUNK)]
        self._parts = parts

    def _drop(self, source: int) -> None:
        """Leave out what fell out of a source's buffer; fetched again, it is walked to anew."""
        buffer = self.views[source].buffer
        first = buffer.same_from(self._fronts[source])
        self._fronts[source] = buffer.front
        low, high = self._low[source], self._high[source]
        if low is None or high is None or low >= first:
            return
        self._ends = None
        self._low[source], self._high[source] = first, max(high, first - 1)
        self._down[source] = Order()
        for place, part in enumerate(self._parts):
            if part.lowest.get(source, first) < first:
                self._parts[place] = _Part(
                    [entry for entry in part.entries() if entry[1] != source or entry[2] >= first]
                )
            if (key := self._parts[place].first_key(source)) is not None:
                self._down[source] = Order(key)
                break
        self._parts = [part for part in self._parts if len(part)]

    def _withdraw(self, source: int, high: int) -> None:
        """The newest record grew by a line and passes no longer."""
        view, least = self.views[source], self._low[source]
        index = view.index(high)
        if least is None or high < least or (index < len(view) and view.row(index) == high):
            return
        for place in range(len(self._parts) - 1, -1, -1):
            part = self._parts[place]
            if part.lowest.get(source, high + 1) <= high:
                self._ends = None
                self._parts[place] = _Part(
                    [entry for entry in part.entries() if entry[1:] != (source, high)]
                )
                self._parts = [one for one in self._parts if len(one)]
                break
        self._high[source] = max(view.row(index - 1), least - 1) if index else least - 1

    def _totals(self) -> list[int]:
        for source in range(len(self.views)):
            self._drop(source)
        if self._ends is None:
            self._ends = list(accumulate(len(part) for part in self._parts))
        return self._ends
