"""Bytes of a log into records: where each begins, when it was written, how grave it is.

Parsing stops at what ordering and counting need. Text is decoded, and its credentials hidden, when
a record is looked at: most never are.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from itertools import accumulate, pairwise
from time import time as wall_clock
from typing import NamedTuple

from .clock import NO_TIME, Clock, as_datetime
from .formats import ANY_START, FILE_FORMATS, JOURNAL, Format
from .levels import Level, level_of
from .masking import mask

MAX_RECORD = 64 * 1024
"""Bytes of one record that are kept; the rest is cut off, and counted."""

MAX_CONTINUATION = 2000
"""Lines that may belong to one record; after as many the format counts as lost."""


class Record(NamedTuple):
    """One record as people read it. Hundreds are made for each drawing of logs that grow."""

    source: str
    moment: int
    """When it was written, in microseconds since 1970; ``NO_TIME`` where it tells none."""

    level: Level
    text: str
    """As written, credentials hidden, continuation lines joined by ``\\n``. Hostile text."""

    offset: int
    """Where it starts in its file, in bytes."""

    file: int
    """The follower's number of that file."""

    cut: int = 0
    """Bytes at its end that were too many to keep."""

    gap: str = ""
    """Not a record but a mark that lines may be missing: ``text`` says why, this is the code."""

    @property
    def time(self) -> datetime | None:
        """When it was written, in UTC; ``None`` where it tells none that can be read."""
        return as_datetime(self.moment)


@dataclass
class Block:
    """Consecutive records of one file, in columns; ``data`` holds their bytes in a row."""

    offset: int
    """Where in the file the first record starts, or ``head`` if there is one."""

    data: bytes = b""
    starts: array[int] = field(default_factory=lambda: array("I"))
    """Where each record starts in ``data``."""

    offsets: array[int] = field(default_factory=lambda: array("I"))
    """Where each record starts in the file, counted from ``offset``."""

    times: array[int] = field(default_factory=lambda: array("q"))
    levels: bytearray = field(default_factory=bytearray)
    cuts: dict[int, int] = field(default_factory=dict)
    """Bytes cut off, by record."""

    head: bytes = b""
    """Continuation lines that belong to the record before this block."""

    head_cut: int = 0
    head_level: int = 0
    """The level of the record before this block, where ``head`` is what tells it."""

    def __len__(self) -> int:
        return len(self.starts)


class RecordParser:
    """Parses one file of one source; state carries over from batch to batch.

    However the bytes are parted (at ends of lines), the records are the same.
    """

    def __init__(
        self,
        zone: tzinfo = UTC,
        now: Callable[[], float] = wall_clock,
        *,
        journal: bool = False,
        after: RecordParser | None = None,
        midway: bool = False,
    ) -> None:
        """``zone`` is the server's; ``now`` the latest time that can stand in the file.

        ``after`` is the parser of the file that this one continues: a record may have begun there.
        ``midway``: reading starts somewhere in a file, perhaps in the middle of a record.
        """
        self._journal = journal
        self._formats = (JOURNAL,) if journal else FILE_FORMATS
        self.clock = Clock(zone, now)
        self._format: Format | None = None
        self._began = self._midway = midway
        self._midline = False
        self._size = 0
        self._lines = 0
        self._awaits_level = False
        if after is not None and after._journal == journal:
            self._format, self._began = after._format, after._began
            self._size, self._lines = after._size, after._lines
            self._awaits_level = after._awaits_level
            self.clock.last, self.clock.zone = after.clock.last, after.clock.zone

    def feed(self, data: bytes, offset: int) -> Block:
        """The records that begin in these bytes; what comes before the first is the head."""
        block = Block(offset)
        if not data:
            return block
        if self._midway:
            # What stands before the first record that we see is the rest of one, of its format.
            self._midway = False
            self._format = self._first_format(data)
        awaits_level = self._awaits_level
        begin = self._unfinished_line(data)
        if not self._fast(data, begin, block):
            del block.starts[:], block.times[:]
            block.levels.clear()
            self._line_by_line(data, begin, block)
        self._midline = not data.endswith(b"\n")
        self._take_head(data, block, awaits_level)
        return block

    def _unfinished_line(self, data: bytes) -> int:
        """Where the first line starts that did not begin in the bytes before these."""
        if not self._midline:
            return 0
        end = data.find(b"\n") + 1
        return end or len(data)

    # --- where records begin ----------------------------------------------------------------

    def _fast(self, data: bytes, begin: int, block: Block) -> bool:
        """One pass with the format of the last record; false if any line is of another."""
        form = self._format
        if form is None:
            return False
        if not begin and self._every_line(form, data, block):
            return True
        last, read, clock = self.clock.last, form.read, self.clock
        starts, times, levels = block.starts, block.times, block.levels
        for match in form.pattern.finditer(data, begin):
            time, level = read(match, clock)
            clock.last = max(clock.last, time)
            starts.append(match.start())
            times.append(time)
            levels.append(level)
        lines = data.count(b"\n", begin) + (not data.endswith(b"\n") and begin < len(data))
        more = lines - len(starts)
        if more:
            others = sum(1 for _ in ANY_START[self._journal].finditer(data, begin))
            if others != len(starts) or self._lines + more > MAX_CONTINUATION:
                self.clock.last = last
                return False
        if starts:
            self._begin(form, data, starts[-1], levels[-1])
            self._lines = data.count(b"\n", starts[-1]) - 1 if more else 0
        else:
            self._lines += more
        return True

    def _every_line(self, form: Format, data: bytes, block: Block) -> bool:
        """Take over many lines at once; false unless each of them begins a record."""
        if form.columns is None:
            return False
        found = form.pattern.findall(data)
        ends = data.split(b"\n")
        if not ends[-1]:
            ends.pop()
        if len(found) != len(ends) or (columns := form.columns(found, self.clock)) is None:
            return False
        times, levels = columns
        self.clock.last = max(self.clock.last, *times)
        lengths = [len(line) + 1 for line in ends[:-1]]
        block.starts.extend(accumulate(lengths, initial=0))
        block.times.extend(times)
        block.levels += levels
        self._begin(form, data, block.starts[-1], levels[-1])
        self._lines = 0
        return True

    def _line_by_line(self, data: bytes, begin: int, block: Block) -> None:
        at = begin
        while at < len(data):
            end = data.find(b"\n", at) + 1 or len(data)
            found = self._match(data, at)
            if found:
                form, time, level = found
                self.clock.last = max(self.clock.last, time)
                self._format = form
                self._open(block, at, time, level)
                self._begin(form, data, at, level)
            elif self._stands_alone(data, at):
                self._open(block, at, NO_TIME, 0)
                self._began, self._lines, self._awaits_level = True, 0, False
            else:
                self._lines += 1
            at = end

    def _match(self, data: bytes, at: int) -> tuple[Format, int, int] | None:
        first = self._format
        for form in (first, *self._formats) if first else self._formats:
            match = form.pattern.match(data, at)
            if match:
                return form, *form.read(match, self.clock)
        return None

    def _first_format(self, data: bytes) -> Format | None:
        start = ANY_START[self._journal].search(data)
        found = self._match(data, start.start()) if start else None
        return found[0] if found else None

    def _stands_alone(self, data: bytes, at: int) -> bool:
        """Whether a line that no format knows is a record of its own."""
        if self._format is not None and self._lines >= MAX_CONTINUATION:
            self._format = None
        if not self._began:
            return True
        return self._format is None and data[at : at + 1] not in (b" ", b"\t")

    @staticmethod
    def _open(block: Block, at: int, time: int, level: int) -> None:
        block.starts.append(at)
        block.times.append(time)
        block.levels.append(level)

    def _begin(self, form: Format, data: bytes, at: int, level: int) -> None:
        self._began, self._lines = True, 0
        end = data.find(b"\n", at)
        self._awaits_level = form.two_lines and not level and end in (-1, len(data) - 1)

    # --- what of them is kept ---------------------------------------------------------------

    def _take_head(self, data: bytes, block: Block, awaits_level: bool) -> None:
        """Part the bytes into head and records, and cut what is too long."""
        starts = block.starts
        first = starts[0] if starts else len(data)
        if first:
            room = max(0, MAX_RECORD - self._size)
            block.head = data[:first][:room]
            block.head_cut = first - len(block.head)
            self._size += len(block.head)
            if awaits_level:
                self._late_level(block)
        if not starts:
            return
        block.offsets = array("I", starts)
        if len(data) - first > MAX_RECORD and self._cut(data, block):
            return
        block.data = data[first:] if first else data
        if first:
            block.starts = array("I", [start - first for start in starts])
        self._size = len(data) - starts[-1]

    def _late_level(self, block: Block) -> None:
        word, colon, _ = block.head.partition(b"\n")[0].partition(b": ")
        if colon and len(word) <= 40 and b":" not in word:
            block.head_level = int(level_of(word))
        if not block.starts:
            self._awaits_level = False

    def _cut(self, data: bytes, block: Block) -> bool:
        """Keep the first part of each record that is too long; false if none is."""
        bounds = [*block.starts, len(data)]
        sizes = [end - start for start, end in pairwise(bounds)]
        if max(sizes) <= MAX_RECORD:
            return False
        pieces, at = [], 0
        for index, (start, size) in enumerate(zip(block.starts, sizes, strict=True)):
            kept = min(size, MAX_RECORD)
            pieces.append(data[start : start + kept])
            if size > kept:
                block.cuts[index] = size - kept
            block.starts[index] = at
            at += kept
        block.data = b"".join(pieces)
        self._size = len(pieces[-1])
        return True


def text_of(raw: bytes | bytearray) -> str:
    """A record's text for people: invalid UTF-8 replaced, credentials hidden."""
    return mask(raw.decode("utf-8", "replace"))
