"""Records that somebody marked, to come back to them or to save what came since."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .book import SourceBook
from .records import Record


class Key(NamedTuple):
    """What tells a record from all others of a server, also when it was fetched again."""

    source: str
    place: tuple[int, int]
    """See ``SourceBuffer.place``."""


class Held(NamedTuple):
    """A record, for as long as it is held."""

    book: SourceBook
    number: int
    key: Key

    @classmethod
    def of(cls, book: SourceBook, number: int) -> Held:
        """A record by its number. Raises ``IndexError`` where it isn't held."""
        return cls(book, number, Key(book.source, book.buffer.place(number)))

    @property
    def record(self) -> Record | None:
        """The record as it is now; ``None`` once it fell out of memory."""
        number = self.book.buffer.find(self.key.place, self.number)
        return self.book.buffer.record(number) if number is not None else None


class Marked:
    """The marks of one server's logs, in the order in which they were set."""

    def __init__(self) -> None:
        self._times: dict[Key, int] = {}
        self.version = 0
        """Grows with every change."""

    def __contains__(self, key: Key) -> bool:
        return key in self._times

    def __len__(self) -> int:
        return len(self._times)

    def toggle(self, held: Held, time: int) -> bool:
        """Mark a record written at about ``time``, or take its mark away; whether it has one."""
        self.version += 1
        if held.key in self._times:
            del self._times[held.key]
            return False
        self._times[held.key] = time
        return True

    @property
    def since(self) -> int | None:
        """When the record was written that was marked last (microseconds since 1970)."""
        return next(reversed(self._times.values()), None)

    def before(self, key: Key | None) -> Sequence[Key]:
        """The keys of all of them, from the one marked before that record on, round at the end."""
        keys = list(self._times)
        at = keys.index(key) if key is not None and key in self._times else len(keys)
        return (*keys[:at][::-1], *keys[at:][::-1])
