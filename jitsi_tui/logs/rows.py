"""What one pane shows, row by row: the records of one log, or of several as one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from .book import SourceBook
from .filters import EVERYTHING, Filter
from .marked import Held
from .merge import MergedView, Row
from .records import Record
from .view import View

__all__ = ["MergedRows", "OneLog", "Row", "Rows"]


class Rows(ABC):
    """Rows, oldest first. A ``Row`` names a record for as long as it is held."""

    def __init__(self, books: Sequence[SourceBook]) -> None:
        self.books = tuple(books)

    @abstractmethod
    def __len__(self) -> int:
        """How many rows there are, as ``update`` found them."""

    @abstractmethod
    def rows(self, first: int, end: int) -> Sequence[Row]:
        """Some rows; those that are not there are left out."""

    @abstractmethod
    def index(self, row: Row) -> int:
        """Where a row stands; if it is gone, where the next one of its log stands."""

    @abstractmethod
    def index_at(self, time: int) -> int:
        """The first row written at ``time`` (microseconds since 1970) or later."""

    @abstractmethod
    def update(self) -> bool:
        """Take over what came since, a bounded piece; whether that was all."""

    @property
    def version(self) -> int:
        """Grows with everything that may change what is seen."""
        return sum(book.version for book in self.books)

    def row(self, index: int) -> Row:
        """One row. Raises ``IndexError``."""
        return self.rows(index, index + 1)[0]

    def record(self, row: Row) -> Record:
        """The record of a row. Raises ``IndexError`` where it is no longer held."""
        return self.books[row.source].buffer.record(row.number)

    def held(self, row: Row) -> Held:
        """The record of a row. Raises ``IndexError`` where it is no longer held."""
        return Held.of(self.books[row.source], row.number)

    def holds(self, row: Row) -> bool:
        """Whether the record of a row is still held."""
        buffer = self.books[row.source].buffer
        return buffer.first <= row.number < buffer.end

    def size(self, row: Row) -> int:
        """Bytes of a row's record; grows while continuation lines come."""
        return self.books[row.source].buffer.size(row.number)

    def grows(self, row: Row) -> bool:
        """Whether lines may still come to a row's record: it is its log's newest."""
        return row.number == self.books[row.source].buffer.end - 1

    def level(self, row: Row) -> int:
        """The level of a row's record."""
        return self.books[row.source].buffer.level(row.number)


class OneLog(Rows):
    """The records of one log that pass a filter."""

    def __init__(self, book: SourceBook, wanted: Filter = EVERYTHING) -> None:
        super().__init__((book,))
        self._view = View(book.buffer, wanted)

    def __len__(self) -> int:
        return len(self._view)

    def rows(self, first: int, end: int) -> Sequence[Row]:
        return [Row(0, number) for number in self._view[max(0, first) : max(0, end)]]

    def index(self, row: Row) -> int:
        return self._view.index(row.number)

    def index_at(self, time: int) -> int:
        return self._view.index_at(time)

    def update(self) -> bool:
        return self._view.update()


class MergedRows(Rows):
    """The records of several logs that pass a filter, in the order of time."""

    def __init__(
        self,
        books: Sequence[SourceBook],
        wanted: Filter = EVERYTHING,
        now: Callable[[], float] | None = None,
    ) -> None:
        """``now``: the server's clock in seconds; see ``MergedView``."""
        super().__init__(books)
        self._merged = MergedView([View(book.buffer, wanted) for book in books], now)

    def __len__(self) -> int:
        return len(self._merged)

    def rows(self, first: int, end: int) -> Sequence[Row]:
        return self._merged.rows(max(0, first), max(0, end))

    def index(self, row: Row) -> int:
        return self._merged.index(row)

    def index_at(self, time: int) -> int:
        return self._merged.index_at(time)

    def update(self) -> bool:
        return self._merged.update()
