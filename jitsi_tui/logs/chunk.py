"""Consecutive records of one file in columns, packed once hardly anybody looks at them."""

from __future__ import annotations

import zlib
from array import array
from dataclasses import dataclass, field
from functools import lru_cache

from .clock import NO_TIME
from .levels import Level
from .records import Block

FURTHEST = 2**31
"""Bytes: no record of a chunk begins further from its first one."""

_FAST = 1
"""zlib's level: more takes longer, and logs no smaller."""


@lru_cache(maxsize=32)
def _unpacked(packed: bytes) -> bytes:
    """A chunk's bytes; those of the chunks that somebody looks at now are kept."""
    return zlib.decompress(packed)


@dataclass
class Chunk:
    """Records of one file in columns; the last chunk of a buffer grows."""

    first: int
    """The number of its first record."""

    file: int
    base: int
    """The offset in the file from which ``offsets`` are counted."""

    growing: bytearray | None = field(default_factory=bytearray)
    """The bytes of its records, while it grows and is near the end."""

    packed: bytes = b""
    """The same once it is neither: logs say much again and again, and take a tenth then."""

    starts: array[int] = field(default_factory=lambda: array("I"))
    offsets: array[int] = field(default_factory=lambda: array("I"))
    times: array[int] = field(default_factory=lambda: array("q"))
    levels: bytearray = field(default_factory=bytearray)
    cuts: dict[int, int] = field(default_factory=dict)
    gaps: dict[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def data(self) -> bytes | bytearray:
        """The bytes of its records."""
        return self.growing if self.growing is not None else _unpacked(self.packed)

    @property
    def stop(self) -> int:
        """Where its last record ends in the file; a gap has no length."""
        if not len(self):
            return self.base
        last = len(self) - 1
        size = 0
        if last not in self.gaps:
            size = len(self.data) - self.starts[last] + self.cuts.get(last, 0)
        return self.base + self.offsets[last] + size

    @property
    def memory(self) -> int:
        """Bytes that it takes, about."""
        kept = len(self.packed) if self.growing is None else len(self.growing)
        return kept + 17 * len(self) + 600 + 100 * (len(self.cuts) + len(self.gaps))

    def pack(self) -> None:
        """Take little memory: hardly anybody looks at it from now on."""
        if self.growing is not None:
            self.packed = zlib.compress(self.growing, _FAST)
            self.growing = None

    def grow(self) -> bytearray:
        """Its bytes, to add some."""
        assert self.growing is not None
        return self.growing

    def mark(self, why: str, text: bytes) -> None:
        """Have a gap after its last record, where that ends."""
        stop = self.stop - self.base
        self.gaps[len(self)] = why
        data = self.grow()
        self.starts.append(len(data))
        self.offsets.append(min(stop, FURTHEST))
        self.times.append(NO_TIME)
        self.levels.append(Level.NONE)
        data += text + b"\n"

    def span(self, index: int) -> tuple[int, int]:
        """Where a record lies in ``data``, the end of its last line left out."""
        data, start = self.data, self.starts[index]
        end = self.starts[index + 1] if index + 1 < len(self.starts) else len(data)
        return start, end - (end > start and data[end - 1] == 0x0A)

    def add(self, block: Block, begin: int, end: int) -> None:
        """Take over some records of a block."""
        at = block.starts[begin]
        stop = block.starts[end] if end < len(block) else len(block.data)
        data = self.grow()
        shift = len(data) - at
        drift = block.offset - self.base
        self.starts.extend([start + shift for start in block.starts[begin:end]])
        self.offsets.extend([offset + drift for offset in block.offsets[begin:end]])
        self.times.extend(block.times[begin:end])
        self.levels += block.levels[begin:end]
        for index, cut in block.cuts.items():
            if begin <= index < end:
                self.cuts[len(self) - end + index] = cut
        data += block.data[at:stop]
