"""Holds the newest records of one source in little memory, each reachable by its number."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from .chunk import FURTHEST, Chunk
from .clock import NO_TIME
from .events import GAP_TEXT
from .fallen import FallenGaps
from .levels import LEVELS, Level
from .records import MAX_RECORD, Block, Record, text_of

CAPACITY = 100_000
"""Records of one source that are held."""

MEMORY = 128 * 1024 * 1024
"""Bytes that they take at most, packed: anybody can have a server log long requests."""

_CHUNK_RECORDS = 1024
_CHUNK_BYTES = 256 * 1024
_CACHE = 2048
_NEAR_END = 2
"""Chunks before the one that grows that are looked at again and again."""


class SourceBuffer:
    """The newest records of one source, numbered in the order of the log.

    ``first`` is the oldest record held, ``end`` the number that comes next. Older records that were
    fetched count down from ``first``, below zero as well. A number names the same record for as
    long as that is held; fetched again it may have another one, see ``same_from``.
    """

    def __init__(self, source: str, capacity: int = CAPACITY, memory: int = MEMORY) -> None:
        """``memory``: bytes that are held packed, at most; the newest, not packed, add little."""
        self.source = source
        self.capacity = max(1, capacity)
        self._memory = memory
        self._packed = 0
        """Bytes that are held, packed."""

        self.first = 0
        self.end = 0
        self.reading = False
        """Somebody reads older records: as much again may be held until he is back at the end."""

        self.front = 0
        """Grows when older records are put where others fell out."""

        self.dropped = 0
        """Records that fell out because there were more than ``capacity``, or too long ones."""

        self.errors = 0
        """Records of level error or above among those that came, the first ones included."""

        self.warnings = 0
        self._chunks: list[Chunk] = []
        self._firsts: list[int] = []
        self._cache: dict[int, Record] = {}
        self._fallen = FallenGaps()
        self._fell_out = False
        """Whether records fell out since older ones were put in last."""

        self._renewed = 0
        """Numbers below may have named other records before."""

        self._chunk_records = min(_CHUNK_RECORDS, max(1, self.capacity // 8))

    def __len__(self) -> int:
        return self.end - self.first

    def same_from(self, front: int) -> int:
        """The first number that names the record that it did when ``front`` was this."""
        return self.first if front == self.front else max(self.first, self._renewed)

    # --- what comes in ----------------------------------------------------------------------

    def append(self, block: Block, file: int) -> None:
        """Add what was parsed; continuation lines go to the record they belong to."""
        if block.head or block.head_cut:
            self._extend(block, file)
        at, count = 0, len(block)
        while at < count:
            chunk = self._open_chunk(file, block.offset + block.offsets[at])
            room = max(1, self._chunk_records - len(chunk))
            chunk.add(block, at, min(count, at + room))
            at = min(count, at + room)
        self.end += count
        self.errors += sum(block.levels.count(level) for level in (Level.ERROR, Level.FATAL))
        self.warnings += block.levels.count(Level.WARNING)
        self._drop()

    def append_gap(self, why: str, file: int, detail: str = "") -> None:
        """Mark that lines may be missing between the last record and the next one.

        It lies where that record ends, so that older ones are looked for from there; in ``file``
        where there is none.
        """
        text = GAP_TEXT.get(why, why) + (f" ({detail})" if detail else "")
        last = self._chunks[-1] if self._chunks else self._open_chunk(file, 0)
        if last.stop - last.base >= FURTHEST:
            last = self._open_chunk(last.file, last.stop)
        last.mark(why, text.encode())
        self.end += 1
        self._drop()

    @property
    def start(self) -> tuple[int, int] | None:
        """The file in which the oldest of these records lies, and where; ``None``: in no file."""
        chunk = next((chunk for chunk in self._chunks if chunk.file), None)
        return (chunk.file, chunk.base + chunk.offsets[0]) if chunk is not None else None

    @property
    def room(self) -> int:
        """How many older records may still be put before the first one.

        Where only a few, none: fetched again and again, they would fall out with each that comes.
        """
        room = self._limit() - len(self)
        return room if room >= self._chunk_records and not self.heavy else 0

    @property
    def heavy(self) -> bool:
        """Whether there is no room because of how long records are."""
        return self._packed > self._most() // 16 * 15

    def prepend(self, block: Block, file: int) -> int:
        """Put older records before the first one: the newest of them, as far as there is room.

        Returns how many; the marks of gaps that fell out come back with them.
        """
        if not (self.room and len(block)):
            return 0
        gaps = self._fallen.within(block)
        total, marks = len(block), sum(map(len, gaps.values()))
        count = min(total, max(1, self.room - marks))
        if self._fell_out:
            self.front += 1
            self._renewed = max(self._renewed, self.first)
            self._fell_out = False
            self._cache.clear()
        chunks: list[Chunk] = []
        for at in range(total - count, total, self._chunk_records):
            stop = min(total, at + self._chunk_records)
            chunk = Chunk(0, file, block.offset + block.offsets[at])
            begin = at
            for index in sorted(index for index in gaps if at <= index < stop):
                chunk.add(block, begin, index + 1)
                for gap in gaps[index]:
                    chunk.mark(*gap)
                begin = index + 1
            if begin < stop:
                chunk.add(block, begin, stop)
            if self._chunks or stop < total:
                self._pack(chunk)
            chunks.append(chunk)
        for chunk in reversed(chunks):
            self.first -= len(chunk)
            chunk.first = self.first
        self._chunks[:0] = chunks
        self._firsts = [chunk.first for chunk in self._chunks]
        return count

    def clear(self) -> None:
        """Forget all records; the next one has the next number."""
        self.first = self.end
        self._fell_out = True
        self.errors = self.warnings = 0
        self._packed = 0
        self._fallen.clear()
        self._chunks.clear()
        self._firsts.clear()
        self._cache.clear()

    def _open_chunk(self, file: int, offset: int) -> Chunk:
        """The chunk that grows: the last, unless it is full or of another file."""
        last = self._chunks[-1] if self._chunks else None
        if (
            last is not None
            and last.file == file
            and 0 <= offset - last.base < FURTHEST
            and len(last) < self._chunk_records
            and len(last.data) < _CHUNK_BYTES
        ):
            return last
        if len(self._chunks) > _NEAR_END:
            self._pack(self._chunks[-1 - _NEAR_END])
        first = last.first + len(last) if last is not None else self.end
        self._chunks.append(Chunk(first, file, offset))
        self._firsts.append(first)
        return self._chunks[-1]

    def _extend(self, block: Block, file: int) -> None:
        """Continuation lines of the last record, or a record of their own if there is none."""
        last = self._chunks[-1] if self._chunks else None
        if last is None or len(last) - 1 in last.gaps:
            alone = Block(block.offset, block.head, array("I", [0]), array("I", [0]))
            alone.times.append(NO_TIME)
            alone.levels.append(block.head_level)
            alone.cuts = {0: block.head_cut} if block.head_cut else {}
            self.append(alone, file)
            return
        index = len(last) - 1
        # A record that began in another file was cut by that file's parser alone.
        data = last.grow()
        room = max(0, MAX_RECORD - (len(data) - last.starts[index]))
        data += block.head[:room]
        cut = block.head_cut + len(block.head) - len(block.head[:room])
        if cut:
            last.cuts[index] = last.cuts.get(index, 0) + cut
        if block.head_level and not last.levels[index]:
            last.levels[index] = block.head_level
            self.errors += block.head_level >= Level.ERROR
            self.warnings += block.head_level == Level.WARNING
        self._cache.pop(self.end - 1, None)

    def _limit(self) -> int:
        return self.capacity * 2 if self.reading else self.capacity

    def _most(self) -> int:
        return self._memory * 2 if self.reading else self._memory

    def _pack(self, chunk: Chunk) -> None:
        if chunk.growing is not None:
            chunk.pack()
            self._packed += len(chunk.packed)

    def _drop(self) -> None:
        while len(self._chunks) > 1 and (len(self) > self._limit() or self._packed > self._most()):
            gone = len(self._chunks[0])
            self._packed -= len(self._chunks[0].packed)
            self._fallen.keep(self._chunks[0])
            del self._chunks[0], self._firsts[0]
            self.first += gone
            self._fell_out = True
            self.dropped += gone

    # --- what is looked at ------------------------------------------------------------------

    def record(self, number: int) -> Record:
        """A record by its number. Raises ``IndexError`` where it isn't held."""
        found = self._cache.get(number)
        if found is not None and number >= self.first:
            return found
        chunk, index = self._find(number)
        start, end = chunk.span(index)
        raw = chunk.data[start:end]
        record = Record(
            self.source,
            chunk.times[index],
            LEVELS[chunk.levels[index]],
            text_of(raw),
            chunk.base + chunk.offsets[index],
            chunk.file,
            chunk.cuts.get(index, 0),
            chunk.gaps.get(index, ""),
        )
        if len(self._cache) >= _CACHE:
            self._cache.clear()
        self._cache[number] = record
        return record

    def time(self, number: int) -> int:
        """When a record was written, in microseconds since 1970, or ``NO_TIME``."""
        chunk, index = self._find(number)
        return chunk.times[index]

    def place(self, number: int) -> tuple[int, int]:
        """What a record is known by once it has another number: its time, and where it begins."""
        chunk, index = self._find(number)
        return chunk.times[index], chunk.base + chunk.offsets[index]

    def find(self, place: tuple[int, int], number: int | None = None) -> int | None:
        """The number of the record at a ``place``; ``number``: what it was."""
        if number is not None and self.first <= number < self.end and self.place(number) == place:
            return number
        time, offset = place
        for chunk in reversed(self._chunks):
            index = bisect_left(chunk.offsets, offset - chunk.base)
            while index < len(chunk) and chunk.base + chunk.offsets[index] == offset:
                if chunk.times[index] == time:
                    return chunk.first + index
                index += 1
        return None

    def level(self, number: int) -> int:
        """A record's level."""
        chunk, index = self._find(number)
        return chunk.levels[index]

    def size(self, number: int) -> int:
        """Bytes of a record; grows while continuation lines come."""
        start, end = _span(self._find(number))
        return end - start

    def chunks(self, first: int, end: int) -> Iterator[tuple[Chunk, int, int]]:
        """The chunks that hold the records from ``first`` to before ``end``, oldest first.

        Each with the part of it that is meant, as indexes.
        """
        first, end = max(first, self.first), min(end, self.end)
        place = max(0, bisect_right(self._firsts, first) - 1)
        while first < end and place < len(self._chunks):
            chunk = self._chunks[place]
            stop = min(end, chunk.first + len(chunk))
            if first < stop:
                yield chunk, first - chunk.first, stop - chunk.first
            first, place = max(first, stop), place + 1

    def memory(self) -> int:
        """Bytes that the records take, about."""
        return sum(chunk.memory for chunk in self._chunks)

    def _find(self, number: int) -> tuple[Chunk, int]:
        if not self.first <= number < self.end:
            raise IndexError(f"record {number} of {self.source} is not held")
        chunk = self._chunks[bisect_right(self._firsts, number) - 1]
        return chunk, number - chunk.first


def _span(found: tuple[Chunk, int]) -> tuple[int, int]:
    chunk, index = found
    return chunk.span(index)
