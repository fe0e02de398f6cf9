"""Older records, fetched piece by piece as one scrolls up, across the files that rotation left."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, tzinfo
from time import time
from typing import Protocol

from .buffer import SourceBuffer
from .clock import NO_TIME
from .events import Began, History
from .records import MAX_RECORD, RecordParser
from .told import MAX_HISTORY

PIECE = 256 * 1024
"""Bytes that are put in at once: some thousand records."""


_MTIMES = 256
"""Older files of which one knows when they were written to last."""


class Asks(Protocol):
    """What a follower answers; see ``Follower``."""

    def before(self, source: str, file: int, offset: int, size: int) -> int: ...
    def previous(self, source: str, file: int, size: int) -> int: ...


class HistoryCursor:
    """Walks one source backwards from its oldest record that is held."""

    def __init__(self, buffer: SourceBuffer, now: Callable[[], float] = time) -> None:
        """``now`` is the server's clock, in seconds since 1970."""
        self.buffer = buffer
        self._now = now
        self.at_start = False
        """Whether there is nothing older on the server."""

        self.unreadable = ""
        """Which file is older and can't be read, and why; empty where there is none."""

        self.gone = False
        """Whether there was more in the file of the oldest record, which is no longer there."""

        self._request: int | None = None
        """What was asked for last, until it is answered."""

        self._mtimes: dict[int, int] = {}
        self._at: tuple[int | None, int, int] | None = None
        """Where the oldest record began: its number (``None``: there was none), file and offset."""

        self._bare: int | None = None
        """The file that is read from its start, as long as nothing was in it."""

        self._answer: History | None = None
        """What came last: its records are put in piece by piece, so that keys don't wait."""

        self._zone: tzinfo = UTC
        self._more = PIECE
        """Bytes that are asked for next: twice as many each time, as a packed file has to be
        unpacked from its start for each."""

        self._size = PIECE
        self._passed_over = 0
        """Bytes of a record that is longer than the largest piece, whose start is looked for."""

    @property
    def waiting(self) -> bool:
        """Whether an answer is still to come."""
        return self._request is not None

    @property
    def reaches(self) -> bool:
        """Whether there may be older records, and room for them."""
        known = self._oldest is not None or self._bare is not None
        return known and self.buffer.room > 0 and not self.at_start

    @property
    def _oldest(self) -> int | None:
        return self.buffer.first if self.buffer.start is not None else None

    def ask(self, follower: Asks) -> bool:
        """Ask for what came before the oldest record held, or put in what came with it last time.

        False where an answer is still to come, nothing is older, or there is no room. Until
        ``rest``, older records are held beside the newest.
        """
        buffer = self.buffer
        buffer.reading = True
        if self.waiting or not buffer.room:
            return False
        if self._at is None or self._at[0] != self._oldest:
            if (start := buffer.start) is not None:
                self._at = (buffer.first, *start)
            elif self._bare is not None:
                self._at = (None, self._bare, 0)
            else:
                return False
            self._answer = None
            self._passed_over = 0
            self.at_start = self.gone = False
            self.unreadable = ""
        if self.at_start:
            return False
        _, file, offset = self._at
        if self._answer is not None and self._holds(self._answer, file, offset):
            self._put(self._answer, offset)
            return True
        self._answer = None
        size = max(self._size, self._more)
        self._more = min(2 * size, MAX_HISTORY)
        if offset > 0:
            self._request = follower.before(buffer.source, file, offset, size)
        else:
            self._request = follower.previous(buffer.source, file, size)
        return True

    def rest(self) -> None:
        """Nobody reads older records any more."""
        self.buffer.reading = False
        self._answer = None
        self._more = PIECE

    def begin(self, event: Began) -> None:
        """A file is read from its start: what came before can be asked for though it is empty."""
        if self.buffer.start is None:
            self._at, self.at_start = None, False
            self._bare = None if event.journal or event.offset else event.file

    def lost(self) -> None:
        """The connection broke: what was asked for won't be answered."""
        self._request = None

    def take(self, event: History | Began, zone: tzinfo) -> None:
        """Put an answer's records before the ones that are held."""
        if isinstance(event, Began):
            self._mtimes[event.file] = event.mtime
            if len(self._mtimes) > _MTIMES:
                del self._mtimes[next(iter(self._mtimes))]
            return
        if event.request != self._request:
            return
        self._request = None
        if event.status != "done" or self._at is None:
            self.at_start = True
            self.gone = event.status == "none" and self._at is not None and self._at[2] > 0
            self.unreadable = event.detail if event.status == "unreadable" else ""
            return
        if self._at[0] != self._oldest:
            return
        end = event.offset + len(event.data)
        self._at = (self._oldest, event.file, end)
        if event.data:
            self._answer, self._zone = event, zone
            self._put(event, end)

    def _holds(self, answer: History, file: int, end: int) -> bool:
        """Whether a piece before ``end`` is among what came."""
        begin = answer.offset if answer.file == file else end
        return end > begin and (end - begin >= self._size or not begin)

    def _put(self, answer: History, end: int) -> None:
        """Put in the records of one piece, the one before ``end``."""
        begin = max(answer.offset, end - self._size)
        offset, data = begin, answer.data[begin - answer.offset : end - answer.offset]
        if offset:
            # The first line may have begun before: it is left for the next piece.
            cut = data.find(b"\n") + 1 or len(data)
            data, offset = data[cut:], offset + cut
        latest = float(self._mtimes.get(answer.file, self._now()))
        parser = RecordParser(self._zone, lambda: latest, midway=offset > 0)
        block = parser.feed(data, offset)
        later = self.buffer.time(self.buffer.first) if len(self.buffer) else NO_TIME
        parser.clock.settle(
            block.times, latest if later == NO_TIME else min(latest, later / 1_000_000)
        )
        if not len(block):
            # One record longer than the piece: take more, up to what a record may hold.
            if self._size < 16 * MAX_RECORD:
                self._size *= 4
            else:
                self._at = (self._oldest, answer.file, begin)
                self._passed_over += end - begin
            return
        if self._passed_over:
            last = len(block) - 1
            block.cuts[last] = block.cuts.get(last, 0) + self._passed_over
            self._passed_over = 0
        self._size = PIECE
        if count := self.buffer.prepend(block, answer.file):
            first = block.offset + block.offsets[len(block) - count]
            self._at = (self.buffer.first, answer.file, first)
