"""RowList: the one table. It draws only the rows that are seen, so 10,000 rows open at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from jitsi_tui.tui.lines import Kind, Line, Run, fit

from .line_view import LineView

T = TypeVar("T")


class Column(NamedTuple):
    """One column: how wide it is, and what it gives way to."""

    title: str = ""
    width: int = 0
    """In cells; 0 takes a share of what is left."""

    right: bool = False
    """Numbers stand right."""

    from_width: int = 0
    """Left out where the whole table is narrower."""

    weight: int = 1
    """How large its share is, against the others' weights."""

    gap: int = 2
    """Empty cells behind it."""


class RowList(LineView, Generic[T]):
    """Rows of cells with one under the cursor, which stays on its item when the items change."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "", show=False),
        Binding("down", "move(1)", "", show=False),
        Binding("pageup", "page(-1)", "", show=False),
        Binding("pagedown", "page(1)", "", show=False),
        Binding("home", "edge(0)", "", show=False),
        Binding("end", "edge(1)", "", show=False),
    ]

    CACHES = False  # a cell may tell how long ago something was

    class Highlighted(Message):
        """Another row is under the cursor."""

        def __init__(self, row_list: RowList[Any]) -> None:
            super().__init__()
            self.row_list = row_list

        @property
        def control(self) -> RowList[Any]:
            """The list it came from."""
            return self.row_list

    class Chosen(Message):
        """The row under the cursor was clicked twice."""

        def __init__(self, row_list: RowList[Any]) -> None:
            super().__init__()
            self.row_list = row_list

        @property
        def control(self) -> RowList[Any]:
            """The list it came from."""
            return self.row_list

    def __init__(
        self,
        columns: Sequence[Column],
        cells: Callable[[T], Sequence[Run]],
        *,
        key: Callable[[T], object] = lambda item: item,
        steered: bool = False,
        id: str | None = None,  # noqa: A002 - Textual's name for it
        classes: str | None = None,
    ) -> None:
        """``steered``: from another widget too, so that the cursor is seen without focus."""
        super().__init__(id=id, classes=classes)
        self._columns = tuple(columns)
        self._steered = steered
        self._cells = cells
        self._key = key
        self._items: Sequence[T] = ()
        self._cursor = 0
        self._widths: tuple[int, tuple[int, ...]] = (-1, ())
        self._looked: object = None

    @property
    def line_count(self) -> int:
        return len(self._items) + self._heading

    @property
    def items(self) -> Sequence[T]:
        """What is listed now."""
        return self._items

    @property
    def current(self) -> T | None:
        """The item under the cursor."""
        return self._items[self._cursor] if self._items else None

    @property
    def _heading(self) -> int:
        return 1 if any(column.title for column in self._columns) else 0

    def put(self, items: Sequence[T]) -> None:
        """List other items. The cursor stays on its item, or near where that was."""
        before = self.current
        self._items = items
        if before is not None and items:
            wanted = self._key(before)
            at = min(self._cursor, len(items) - 1)
            if self._key(items[at]) != wanted:
                at = next((i for i, item in enumerate(items) if self._key(item) == wanted), at)
            self._cursor = at
        else:
            self._cursor = 0
        if (look := self._look()) != self._looked:
            self._looked = look
            self.lines_changed()
        now = self.current
        if (now is None) != (before is None) or (
            now is not None and before is not None and self._key(now) != self._key(before)
        ):
            self.post_message(self.Highlighted(self))

    def _look(self) -> object:
        """What is seen: drawn again only when it comes out different."""
        top = self.scroll_offset.y
        seen = self._items[top : top + max(1, self.size.height)]
        return (len(self._items), self._cursor, top, [tuple(self._cells(item)) for item in seen])

    def move_to(self, index: int) -> None:
        """Put the cursor on a row and bring it into sight."""
        index = max(0, min(index, len(self._items) - 1))
        if index == self._cursor or not self._items:
            return
        self._cursor = index
        self.scroll_to_region(
            Region(0, index, 1, 1 + self._heading), animate=False, force=True, x_axis=False
        )
        self.refresh()
        self.post_message(self.Highlighted(self))

    def action_move(self, rows: int) -> None:
        """One row up or down."""
        self.move_to(self._cursor + rows)

    def action_page(self, pages: int) -> None:
        """A page up or down."""
        self.move_to(self._cursor + pages * max(1, self.size.height - 1 - self._heading))

    def action_edge(self, last: int) -> None:
        """To the first or the last row."""
        self.move_to(len(self._items) - 1 if last else 0)

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor on a row, a second one chooses it."""
        offset = event.get_content_offset(self)
        if offset is None or (self._heading and offset.y == 0):
            return
        index = offset.y + self.scroll_offset.y - self._heading
        if 0 <= index < len(self._items):
            if event.chain > 1 and index == self._cursor:
                self.post_message(self.Chosen(self))
            self.move_to(index)

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def is_chosen(self, y: int) -> bool:
        return (self.has_focus or self._steered) and y - self._heading == self._cursor

    def render_line(self, y: int) -> Strip:
        if self._heading and y == 0:
            return self.draw(0)
        return self.draw(y + self.scroll_offset.y)

    def line_at(self, y: int) -> Line:
        widths = self._fitted(self.scrollable_content_region.width)
        if self._heading and y == 0:
            titles = [(column.title, "dim") for column in self._columns]
            return self._laid_out(titles, widths, ("  ", ""))
        cells = self._cells(self._items[y - self._heading])
        here = self.is_chosen(y)
        return self._laid_out(cells, widths, ("› ", "cursor") if here else ("  ", ""))

    def _laid_out(self, cells: Sequence[tuple[str, Any]], widths: Sequence[int], lead: Run) -> Line:
        runs: list[Run] = [lead]
        for (text, kind), cells_wide, column in zip(cells, widths, self._columns, strict=True):
            if cells_wide:
                kind_: Kind = kind
                runs.append((fit(text, cells_wide, right=column.right), kind_))
                runs.append((" " * column.gap, ""))
        return tuple(runs[:-1])

    def _fitted(self, total: int) -> tuple[int, ...]:
        if self._widths[0] == total:
            return self._widths[1]
        shown = [column for column in self._columns if column.from_width <= total]
        fixed = sum(column.width for column in shown)
        shares = [column for column in shown if not column.width]
        gaps = sum(column.gap for column in shown[:-1])
        room = max(0, total - 2 - fixed - gaps)
        weights = sum(column.weight for column in shares)
        widths = []
        for column in self._columns:
            if column not in shown:
                widths.append(0)
            elif column.width:
                widths.append(column.width)
            else:
                widths.append(max(1, room * column.weight // weights))
        self._widths = (total, tuple(widths))
        return self._widths[1]

    def lines_changed(self, widest: int = 0) -> None:
        self._widths = (-1, ())
        super().lines_changed(widest)


def widest(texts: Sequence[str], least: int = 0) -> int:
    """Cells that the widest of some texts takes."""
    return max((cell_len(text) for text in texts), default=least)
