"""One file that a follower reads: whole lines out of pieces, and the place to go on from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .events import Identity, Lines, Place
from .frames import FrameError
from .journal import JournalReader

MAX_LINE = 256 * 1024
"""Bytes of one line after which it is handed on in pieces."""

_TAIL = 64


class OpenFile:
    """One file that is being read: what of it was handed on, and the piece of a line that waits."""

    def __init__(self, number: int, identity: Identity, offset: int, tail: bytes) -> None:
        self.number = number
        self.identity = identity
        self.offset = offset
        self.tail = tail
        self.rest = b""
        self.ended = False
        self.copy = False
        self.journal: JournalReader | None = None

    def take(self, data: bytes, offset: int) -> tuple[bytes, int]:
        """The whole lines that are there now, and the offset at which they start."""
        if offset != self.offset + len(self.rest):
            raise FrameError("the log stream from the server skips bytes of a file")
        whole = self.rest + data if self.rest else data
        cut = whole.rfind(b"\n") + 1
        if len(whole) - cut > MAX_LINE:
            cut = len(whole)
        self.rest = whole[cut:]
        return self._hand_on(whole[:cut])

    def finish(self) -> tuple[bytes, int]:
        """What is left: a last line without its end."""
        whole, self.rest = self.rest, b""
        self.ended = True
        return self._hand_on(whole)

    def _hand_on(self, lines: bytes) -> tuple[bytes, int]:
        start = self.offset
        self.offset += len(lines)
        if lines:
            self.tail = (self.tail + lines[-_TAIL:])[-_TAIL:]
        return lines, start

    def place(self) -> Place:
        cursor = self.journal.cursor if self.journal else ""
        return Place(self.number, self.identity, self.offset, self.tail, cursor, self.copy)


def unended(source: str, files: Iterable[OpenFile]) -> Iterator[Lines]:
    """What waits for the end of its line, where no more will be read."""
    for file in files:
        if file.rest and file.journal is None:
            data, offset = file.finish()
            yield Lines(source, data, offset, file.number)
