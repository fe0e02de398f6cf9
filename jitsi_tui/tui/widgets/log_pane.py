"""LogPane: one log, or several merged, as they grow; only lines that changed are drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, TypeAlias

from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from jitsi_tui.logs.filters import EVERYTHING, Filter
from jitsi_tui.logs.finding import Matches
from jitsi_tui.logs.marked import Held, Key
from jitsi_tui.logs.patterns import Expression
from jitsi_tui.logs.rows import Row, Rows
from jitsi_tui.tui.lines import Line, wrap
from jitsi_tui.tui.log_store import LogStore
from jitsi_tui.tui.present.log_rows import Reading

from .log_strips import LogStrips, regions
from .log_title import Title, day_of, silence
from .pane_moves import PaneMoves
from .row_lines import Placed, RowLines, above, below

Send: TypeAlias = Callable[["LogPane", Sequence[tuple[int, Strip]]], bool]


class LogPane(PaneMoves, Widget, can_focus=True):
    """Follows until one moves up; End follows again. The stream never stops for it."""

    ALLOW_SELECT = False
    BINDINGS = PaneMoves.MOVES

    TITLED: ClassVar[bool] = True
    """Whether its title stands over the rows, not under them, and colours are sent."""

    GOES_ON: ClassVar[str] = "it goes on; Enter shows all of it"
    """Where the record under the cursor, or the newest, has no room."""

    class Moved(Message):
        """Following or not has changed."""

    def __init__(
        self,
        source: str,
        sources: Sequence[str],
        store: LogStore,
        send: Send = lambda _pane, _lines: False,
        *,
        counts: bool = True,
    ) -> None:
        """``source`` names the pane; ``sources`` are the logs that it shows, merged by time.

        ``send`` may take lines that differ to the terminal; where it says no, Textual draws them.
        ``counts``: whether the title says how many warnings and errors these logs have had.
        """
        super().__init__(classes="log-pane")
        self.source = source
        self._sources = tuple(sources)
        self._store = store
        self._send = send
        self._opening = store.opening
        self._zone = store.zone
        self._filter: Filter = EVERYTHING
        self._dims = False
        self._rows: Rows = store.rows(self._sources, EVERYTHING)
        self._cursor: Row | None = None
        """The record under the cursor; ``None`` follows."""

        self._top: Row | None = None
        """The record at the top, where it does not follow."""

        self._digs = False
        """Whether older records are asked for until there is a row."""

        self._seen = -1
        self._lines: list[Strip] = []
        self._height = 1
        """Lines under the title, as they were drawn last."""

        self._owners: tuple[int, ...] = ()
        """The row that each line under the title is of."""

        self._heading = Title(source, counts=counts)
        self._strips = LogStrips(self, coloured=self.TITLED)
        self._look = RowLines(self._sources, store, self._strips)

    # --- what it shows ----------------------------------------------------------------------

    @property
    def rows(self) -> Rows:
        """What passes its filter."""
        return self._rows

    @property
    def sources(self) -> tuple[str, ...]:
        """The logs that it shows."""
        return self._sources

    @property
    def merged(self) -> bool:
        """Whether it shows several logs as one."""
        return len(self._sources) > 1

    @property
    def following(self) -> bool:
        """Whether the newest record is at the bottom."""
        return self._cursor is None

    @property
    def cut(self) -> str:
        """Why nothing comes, of whatever log."""
        return self._store.cut or ("can't be followed" if self._store.failed else "")

    @property
    def index(self) -> int | None:
        """The row of the cursor, or the newest."""
        if not len(self._rows):
            return None
        if self._cursor is None:
            return len(self._rows) - 1
        return min(self._rows.index(self._cursor), len(self._rows) - 1)

    @property
    def held(self) -> Held | None:
        """The record under the cursor, or the newest, by its place."""
        index = self.index
        return self._rows.held(self._rows.row(index)) if index is not None else None

    @property
    def cursor(self) -> Row | None:
        """The row under the cursor; ``None`` where it follows."""
        return self._cursor

    @property
    def wants_older(self) -> bool:
        """Whether one stands at the oldest records that are held, or asked for any where there is
        none; in sight or not."""
        return self.digs or (not self.following and self._first() < self._height)

    @property
    def digs(self) -> bool:
        """Whether it has no row, and one asked for older ones."""
        return self._digs and not len(self._rows)

    def dig(self) -> None:
        """Have older records fetched until there is a row."""
        self._digs = not len(self._rows)
        self.redraw()

    def catch_up(self) -> None:
        """Take over what came since; cheap where nothing did."""
        if self._opening != self._store.opening:
            self._opening = self._store.opening
            self._show(self._filter)
        if self._zone != self._store.zone:
            self._zone, self._seen = self._store.zone, -1
            self._strips.forget()
        version = self._rows.version
        if version == self._seen:
            return
        if self._rows.update():
            self._seen = version
        self._look.close_gone(self._rows)
        self.redraw()

    def filter(self, wanted: Filter, *, dim: bool = False) -> None:
        """Show only what passes, or dim the rest."""
        if (wanted, dim) != (self._filter, self._dims):
            self._dims = dim
            self._show(wanted, self._cursor)

    def _show(self, wanted: Filter, cursor: Row | None = None) -> None:
        self._filter, self._digs = wanted, False
        self._rows = self._store.rows(self._sources, EVERYTHING if self._dims else wanted)
        self._look.dims = wanted if self._dims else EVERYTHING
        self._look.opened.clear()
        self._cursor, self._seen = cursor, -1
        self._strips.forget()
        self._rows.update()
        self.redraw()

    def search(self, pattern: Expression | None) -> None:
        """Let what matches stand out."""
        self._look.find = pattern
        self._strips.forget()
        self.redraw()

    def return_to(self, cursor: Row | None) -> None:
        """Be where one was before: on a row, or following."""
        if cursor is None:
            self.follow()
        else:
            self.go(self._rows.index(cursor), centred=True)

    def matches(self, wanted: Filter) -> Matches:
        """Those of its rows that pass another filter too."""
        return Matches(self._rows, self._store.rows(self._sources, wanted))

    @property
    def settled(self) -> bool:
        """Whether all that is held has been looked at for the filter."""
        return self._seen == self._rows.version

    def go_to_held(self, key: Key) -> bool:
        """Put the cursor on a record; false where it is not among the rows."""
        names = [book.source for book in self._rows.books]
        if key.source not in names:
            return False
        source = names.index(key.source)
        number = self._rows.books[source].buffer.find(key.place)
        if number is None:
            return False
        row = Row(source, number)
        index = self._rows.index(row)
        found = self._rows.rows(index, index + 1)
        return bool(found) and found[0] == row and self.go(index, centred=True)

    def go_to(self, moment: int) -> bool:
        """Stand where a time (microseconds since 1970) was; false where it is not held."""
        if not len(self._rows):
            self.dig()
            return False
        index = self._rows.index_at(moment)
        return not self.go(min(index, len(self._rows) - 1), centred=True) or index > 0

    def pause(self) -> None:
        """Stop here, or follow again."""
        if self.following:
            self.go(len(self._rows) - 1)
        else:
            self.follow()

    def follow(self) -> None:
        """Keep the newest record at the bottom."""
        self._cursor, self._digs = None, False
        self.redraw()
        self.post_message(self.Moved())

    def go(self, index: int | None, *, centred: bool = False) -> bool:
        """Put the cursor on a row, and stop following; false where there is no such row.

        ``centred``: one that is not in sight comes to stand in the middle.
        """
        if index is None or not 0 <= index < len(self._rows):
            return False
        if self._cursor is None:
            tall = self._look.tall and self._owners and self._owners[0] < len(self._rows)
            self._top = self._rows.row(self._owners[0] if tall else self._last())
        if centred and not self._in_sight(index):
            self._top = self._rows.row(max(0, min(index - self._height // 2, self._last())))
        self._cursor = self._rows.row(index)
        self.redraw()
        self.post_message(self.Moved())
        return True

    # --- moving -----------------------------------------------------------------------------

    @property
    def page_rows(self) -> int:
        """How many rows are in sight."""
        return len(set(self._owners)) if self._look.tall else self._height

    def _in_sight(self, index: int) -> bool:
        if self._look.tall:
            return index in self._owners
        return 0 <= index - self._first() < self._height

    def _last(self) -> int:
        """The row at the top where the newest is at the bottom."""
        return max(0, len(self._rows) - self._height)

    def _first(self) -> int:
        """The row at the top."""
        last = self._last()
        if self._cursor is None or (index := self.index) is None:
            return last
        top = self._rows.index(self._top) if self._top is not None else last
        if self._look.tall:
            return min(top, index)
        if not top <= index < top + self._height:
            top = index if index < top else index - self._height + 1
        top = max(0, min(top, last))
        self._top = self._rows.row(top)
        return top

    @property
    def reading(self) -> Reading:
        """How it is read: wrapped, folded, panned."""
        return self._look.reading

    def read(self, reading: Reading) -> None:
        """Read it otherwise."""
        if reading != self._look.reading:
            self._look.reading = reading
            self._look.opened.clear()
            self._strips.forget()
            self.redraw()

    def fold(self) -> None:
        """Show the further lines of the record under the cursor, or fold them."""
        index = self.index
        if index is not None:
            self._look.toggle(self._rows.row(index))
            self.redraw()

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor on a record."""
        line = event.y - self.TITLED - (self._height - len(self._owners)) * self._sinks
        if 0 <= line < len(self._owners):
            self.go(self._owners[line])

    def on_focus(self) -> None:
        self.redraw()

    def on_blur(self) -> None:
        self.redraw()

    # --- drawing ----------------------------------------------------------------------------

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._strips.forget()
        self._lines = []

    def redraw(self) -> None:
        """Draw the lines that differ from what stands there."""
        before = self._lines
        cells, height = self.size
        if not cells or not height:
            return
        if len(before) != height:
            self._lines = []  # made when it is drawn
            self.refresh()
            return
        self._lines = self._make(cells, height)
        changed = [
            (y, strip)
            for y, (strip, old) in enumerate(zip(self._lines, before, strict=True))
            if strip is not old
        ]
        if not changed or self._send(self, changed):
            return
        if len(changed) == height:
            self.refresh()
        else:
            self.refresh(*regions([y for y, _ in changed], cells))

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines as they were made, without passing through Textual's cache of styles.

        Borders and padding are not drawn: a pane has none.
        """
        cells, height = self.size
        if len(self._lines) != height or (height and self._lines[0].cell_length != cells):
            self._lines = self._make(cells, height)
        lines = self._lines[crop.y : crop.bottom]
        if crop.x or crop.width != cells:
            return [strip.crop(crop.x, crop.right) for strip in lines]
        return lines

    def render_line(self, y: int) -> Strip:
        return self.render_lines(Region(0, y, self.size.width, 1))[0]

    @property
    def _sinks(self) -> bool:
        """What follows stands at the bottom, also while the pane is not full yet."""
        return self.following or self._look.tall

    def _make(self, cells: int, height: int) -> list[Strip]:
        self._strips.begin(cells)
        body = height - 1
        self._height = max(1, body)
        with self._look.patience():
            placed = self._tall(cells, body) if self._look.tall else self._flat(cells, body)
        self._owners = placed.rows
        lines = list(placed.lines)
        blank = self._strips.strip(("blank",), tuple)
        if not lines:
            words = silence(self._rows, digs=self.digs, failed=self._store.failed)
            notes = [self._note(one) for one in wrap(words, cells - 2, "dim", indent="  ")]
            lines = [*[blank] * ((body + 1 - len(notes)) // 2), *notes][:body]
        elif self._sinks and len(lines) < body:
            lines = [blank] * (body - len(lines)) + lines
        lines += [blank] * (body - len(lines))
        title = self._title(cells, placed.rows[-1] + 1 if placed.rows else 0)
        return [title, *lines] if self.TITLED else [*lines, title]

    def _flat(self, cells: int, body: int) -> Placed:
        """Every row takes one line."""
        first = self._first()
        rows = self._rows.rows(first, first + body)
        strips = self._look.flat(self._rows, rows, cells, self._chosen)
        return Placed(strips, tuple(range(first, first + len(rows))))

    def _tall(self, cells: int, body: int) -> Placed:
        """Rows take as many lines as they need."""
        count, index, chosen = len(self._rows), self.index, self._chosen
        if index is None or body < 1:
            return Placed((), ())

        def strips(at: int) -> Sequence[Strip]:
            row = self._rows.row(at)
            return self._look.strips(self._rows, row, cells, row == chosen)

        placed = below(self._first(), count, body, strips) if self._cursor else Placed((), ())
        if len(placed.lines) < body:
            placed = above(count - 1, body, strips)
        if index not in placed.rows or (index == placed.rows[-1] and index < count - 1):
            placed = above(index, body, strips)
        if self._cursor:
            self._top = self._rows.row(placed.rows[0])
        if body > 1 and placed.rows[-1] == index and placed.rows.count(index) < len(strips(index)):
            goes_on: Line = ((f"  {self.GOES_ON}", "dim"),)
            return Placed((*placed.lines[:-1], self._note(goes_on)), placed.rows)
        return placed

    @property
    def _chosen(self) -> Row | None:
        index = None if self.following else self.index
        return self._rows.row(index) if index is not None else None

    def _title(self, cells: int, shown: int) -> Strip:
        index, store = None if self.following else self.index, self._store
        now = store.book.server_time()
        runs = self._heading.line(
            self._rows,
            following=self.following,
            behind=max(0, len(self._rows) - shown),
            first=self._first() if self.wants_older else None,
            focused=self.has_focus,
            cells=cells,
            day=day_of(self._rows, index, store.zone, now) if index is not None else "",
            cut=self.cut,
        )
        return self._title_strip(runs)

    def _note(self, runs: Line) -> Strip:
        return self._strips.strip(runs, lambda: runs)

    def _title_strip(self, runs: Line) -> Strip:
        ground = "chosen" if self.has_focus else "title"
        return self._strips.strip((runs, ground), lambda: runs, ground)
