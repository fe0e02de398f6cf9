"""The records of one source that pass a filter, kept up while the log grows."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence

from .buffer import SourceBuffer
from .chunk import Chunk
from .clock import NO_TIME
from .filters import EVERYTHING, Filter
from .patterns import patience

__all__ = ["EVERYTHING", "View"]

LIMIT = 5_000
"""Records that are looked at in one piece: some milliseconds."""

_ONE_BY_ONE = 2_000
"""Of them, those that are looked at one by one, after which the rest of a piece waits: keys do."""

_STEP = 1_000


class View:
    """Rows of one source, oldest first; each row is the number of a record that is held.

    ``update`` brings it up to date, a bounded piece at a time: first what is new, then older
    records from the newest on, so that the end of a long log is filtered at once.
    """

    def __init__(self, buffer: SourceBuffer, wanted: Filter = EVERYTHING) -> None:
        self.buffer = buffer
        self.wanted = wanted
        self._levels = wanted.levels()
        self._rows: array[int] = array("q")
        self._from = self._to = buffer.end
        self._last_size = 0
        self._front = buffer.front
        self._one_by_one = 0
        if wanted.everything:
            self._from = buffer.first

    def __len__(self) -> int:
        if self.wanted.everything:
            return max(0, self._to - self._low())
        self._forget()
        return len(self._rows)

    def __getitem__(self, place: slice) -> Sequence[int]:
        """The numbers of some rows."""
        if self.wanted.everything:
            return range(self._low(), self._to)[place]
        self._forget()
        return self._rows[place]

    def row(self, index: int) -> int:
        """The number of the record in a row."""
        if self.wanted.everything:
            return range(self._low(), self._to)[index]
        self._forget()
        return self._rows[index]

    def index(self, number: int) -> int:
        """The first row at or after a record."""
        if self.wanted.everything:
            return max(0, min(number, self._to) - self._low())
        self._forget()
        return bisect_left(self._rows, number)

    def index_at(self, time: int) -> int:
        """The first row written at ``time`` (microseconds since 1970) or later.

        Times in a log hardly ever run backwards; where they do, a row near by is found.
        """
        low, high = 0, len(self)
        while low < high:
            middle = (low + high) // 2
            probe = middle
            while probe < high and self.buffer.time(self.row(probe)) == NO_TIME:
                probe += 1
            if probe == high or self.buffer.time(self.row(probe)) >= time:
                high = middle
            else:
                low = probe + 1
        return low

    @property
    def complete(self) -> bool:
        """Whether every record that is held has been looked at."""
        return self._to >= self.buffer.end and self._from <= self.buffer.first

    def update(self, limit: int = LIMIT) -> bool:
        """Look at up to ``limit`` records more; returns ``complete``."""
        buffer = self.buffer
        if self.wanted.everything:
            self._from, self._to = buffer.first, buffer.end
            return True
        self._forget()
        self._look_again()
        stop = min(buffer.end, self._to + limit)
        limit -= stop - self._to
        if stop > self._to:
            self._rows.extend(self._passing(self._to, stop))
            self._to = stop
            self._last_size = buffer.size(stop - 1)
        start, self._one_by_one = max(buffer.first, self._from - limit), 0
        while start < self._from and self._one_by_one < _ONE_BY_ONE:
            step = max(start, self._from - _STEP)
            self._rows[:0] = array("q", self._passing(step, self._from))
            self._from = step
        return self.complete

    def _low(self) -> int:
        return max(self._from, self.buffer.first)

    def _forget(self) -> None:
        """Leave out what fell out of the buffer; fetched again, it has to be looked at again."""
        first = self.buffer.same_from(self._front)
        self._front = self.buffer.front
        if self._rows and self._rows[0] < first:
            del self._rows[: bisect_left(self._rows, first)]
        self._from = max(self._from, first)
        self._to = max(self._to, first)

    def _look_again(self) -> None:
        """The newest record may have grown by a line since, and pass now, or no longer."""
        number = self._to - 1
        if number < max(self._from, self.buffer.first):
            return
        size = self.buffer.size(number)
        if size == self._last_size:
            return
        self._last_size = size
        shown = bool(self._rows) and self._rows[-1] == number
        passes = bool(self._passing(number, number + 1))
        if passes and not shown:
            self._rows.append(number)
        elif shown and not passes:
            self._rows.pop()

    def _passing(self, first: int, end: int) -> list[int]:
        found: list[int] = []
        with patience():
            for chunk, start, stop in self.buffer.chunks(first, end):
                found += self._chunk(chunk, start, stop)
        return found

    def _chunk(self, chunk: Chunk, start: int, stop: int) -> list[int]:
        levels, wanted, first = chunk.levels, self._levels, chunk.first
        places = [at for at in range(start, stop) if levels[at] in wanted or at in chunk.gaps]
        if not self.wanted.by_text:
            return [first + at for at in places]
        data = bytes(chunk.data)
        # Only in ASCII are the places of bytes those of characters.
        text = data.decode("ascii") if data.isascii() else None
        # Of a record that was cut no end of a line parts it from the next.
        if text is not None and not chunk.cuts and not self.wanted.may_pass(text):
            return [first + at for at in places if at in chunk.gaps]
        self._one_by_one += len(places)
        return [
            first + at for at in places if at in chunk.gaps or self._matches(chunk, at, data, text)
        ]

    def _matches(self, chunk: Chunk, at: int, data: bytes, text: str | None) -> bool:
        start, end = chunk.span(at)
        if text is not None:
            return self.wanted.passes_masked(text[start:end])
        return self.wanted.passes_masked(data[start:end].decode("utf-8", "replace"))
