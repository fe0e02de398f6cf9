"""Marks of gaps that fell out of memory: they stand again where the records before them do."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from typing import NamedTuple

from .chunk import Chunk
from .records import Block

_MOST = 1_000
_HEAD = 100
"""Bytes of a record's first line by which it is known again, with where it begins: a file that is
found again has another number, and a time may be read otherwise."""


class FallenGap(NamedTuple):
    """One mark; ``why`` is the code, ``text`` says it."""

    why: str
    text: bytes


class FallenGaps:
    """The newest of one source's marks that fell out."""

    def __init__(self) -> None:
        self._after: dict[tuple[int, bytes], list[FallenGap]] = {}
        """By where the record before begins in its file, and its first bytes; also of those that
        stand again: they may fall out again."""

    def keep(self, chunk: Chunk) -> None:
        """Take over the marks of records that fall out."""
        found: dict[tuple[int, bytes], list[FallenGap]] = {}
        for index in sorted(chunk.gaps):
            before = next((at for at in range(index - 1, -1, -1) if at not in chunk.gaps), None)
            if before is None:
                continue  # nothing was known before it
            key = (chunk.base + chunk.offsets[before], _head(chunk.data, chunk.starts[before]))
            start, end = chunk.span(index)
            text = bytes(chunk.data[start:end])
            found.setdefault(key, []).append(FallenGap(chunk.gaps[index], text))
        self._after |= found
        while len(self._after) > _MOST:
            del self._after[next(iter(self._after))]

    def within(self, block: Block) -> Mapping[int, list[FallenGap]]:
        """The marks that stand after records of a block, by the index of each."""
        found = {}
        for (offset, head), gaps in self._after.items():
            index = bisect_left(block.offsets, offset - block.offset)
            if (
                index < len(block)
                and block.offset + block.offsets[index] == offset
                and _head(block.data, block.starts[index]) == head
            ):
                found[index] = gaps
        return found

    def clear(self) -> None:
        """Forget all."""
        self._after.clear()


def _head(data: bytes | bytearray, start: int) -> bytes:
    return bytes(data[start : start + _HEAD]).partition(b"\n")[0]
