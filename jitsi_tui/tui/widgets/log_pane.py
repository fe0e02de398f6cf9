"""LogPane: one log, or several merged, as they grow; only lines that changed are drawn."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from jitsi_tui.logs.filters import EVERYTHING, Filter
from jitsi_tui.logs.finding import Matches
from jitsi_tui.logs.marked import Held
from jitsi_tui.logs.records import Record
from jitsi_tui.logs.rows import Row, Rows
from jitsi_tui.tui.lines import KINDS, Line, Run, plain
from jitsi_tui.tui.log_store import LogStore
from jitsi_tui.tui.present.logs import one_line, pane_title, tag

from .log_strips import LogStrips

_WHEEL = 3
_TROUBLE = {"missing": "there is no such file", "unreadable": "not readable for us"}


class LogPane(Widget, can_focus=True):
    """Follows until one moves up; End follows again. The stream never stops for it."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"line--{kind}" for kind in KINDS} | {
        "line--chosen",
        "line--title",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "", show=False),
        Binding("down", "move(1)", "", show=False),
        Binding("pageup", "page(-1)", "", show=False),
        Binding("pagedown", "page(1)", "", show=False),
        Binding("home", "oldest", "", show=False),
    ]

    class Moved(Message):
        """Following or not has changed."""

    def __init__(self, source: str, sources: Sequence[str], store: LogStore) -> None:
        """``source`` names the pane; ``sources`` are the logs that it shows, merged by time."""
        super().__init__(classes="log-pane")
        self.source = source
        self._sources = tuple(sources)
        self._store = store
        self._opening = store.opening
        self._filter: Filter = EVERYTHING
        self._dims = False
        self._rows: Rows = store.rows(self._sources, EVERYTHING)
        self._find: re.Pattern[str] | None = None
        self._cursor: Row | None = None
        """The record under the cursor; ``None`` follows."""

        self._top: Row | None = None
        """The record at the top, where it does not follow."""

        self._seen = -1
        self._lines: list[Strip] = []
        self._strips = LogStrips(self)

    # --- what it shows ----------------------------------------------------------------------

    @property
    def rows(self) -> Rows:
        """What passes its filter."""
        return self._rows

    @property
    def merged(self) -> bool:
        """Whether it shows several logs as one."""
        return len(self._sources) > 1

    @property
    def following(self) -> bool:
        """Whether the newest record is at the bottom."""
        return self._cursor is None

    @property
    def record(self) -> Record | None:
        """The record under the cursor, or the newest."""
        index = self.index
        return self._rows.record(self._rows.row(index)) if index is not None else None

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
        """Whether one looks at the oldest records that are held."""
        return self.display and not self.following and self._first() < self._height

    def catch_up(self) -> None:
        """Take over what came since; cheap where nothing did."""
        if self._opening != self._store.opening:
            self._opening = self._store.opening
            self._show(self._filter)
        version = self._rows.version
        if version == self._seen:
            return
        if self._rows.update():
            self._seen = version
        self.redraw()

    def filter(self, wanted: Filter, *, dim: bool = False) -> None:
        """Show only what passes, or dim the rest."""
        if (wanted, dim) != (self._filter, self._dims):
            self._dims = dim
            self._show(wanted)

    def _show(self, wanted: Filter) -> None:
        self._filter = wanted
        self._rows = self._store.rows(self._sources, EVERYTHING if self._dims else wanted)
        self._cursor, self._seen = None, -1
        self._strips.forget()
        self._rows.update()
        self.redraw()

    def search(self, pattern: re.Pattern[str] | None) -> None:
        """Let what matches stand out."""
        self._find = pattern
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

    def go_to_held(self, key: tuple[str, int]) -> bool:
        """Put the cursor on a record; false where it is not among the rows."""
        names = [book.source for book in self._rows.books]
        if key[0] not in names:
            return False
        row = Row(names.index(key[0]), key[1])
        index = self._rows.index(row)
        found = self._rows.rows(index, index + 1)
        return bool(found) and found[0] == row and self.go(index, centred=True)

    def go_to(self, moment: int) -> bool:
        """Stand where a time (microseconds since 1970) was; false where it is not held."""
        index = self._rows.index_at(moment)
        self.go(min(index, len(self._rows) - 1), centred=True)
        return index > 0

    def pause(self) -> None:
        """Stop here, or follow again."""
        if self.following:
            self.go(len(self._rows) - 1)
        else:
            self.follow()

    def follow(self) -> None:
        """Keep the newest record at the bottom."""
        self._cursor = None
        self.redraw()
        self.post_message(self.Moved())

    def go(self, index: int | None, *, centred: bool = False) -> bool:
        """Put the cursor on a row, and stop following; false where there is no such row.

        ``centred``: one that is not in sight comes to stand in the middle.
        """
        if index is None or not 0 <= index < len(self._rows):
            return False
        if self._cursor is None:
            self._top = self._rows.row(self._last())
        if centred and not 0 <= index - self._first() < self._height:
            self._top = self._rows.row(max(0, min(index - self._height // 2, self._last())))
        self._cursor = self._rows.row(index)
        self.redraw()
        self.post_message(self.Moved())
        return True

    # --- moving -----------------------------------------------------------------------------

    @property
    def _height(self) -> int:
        return max(1, self.size.height - 1)

    def _last(self) -> int:
        """The row at the top where the newest is at the bottom."""
        return max(0, len(self._rows) - self._height)

    def _first(self) -> int:
        """The row at the top."""
        last, index = self._last(), self.index
        if self._cursor is None or index is None:
            return last
        top = self._rows.index(self._top) if self._top is not None else last
        if not top <= index < top + self._height:
            top = index if index < top else index - self._height + 1
        top = max(0, min(top, last))
        self._top = self._rows.row(top)
        return top

    def action_move(self, rows: int) -> None:
        """A record up or down; below the newest it follows again."""
        index = self.index
        if index is None or (self.following and rows > 0):
            return
        if index + rows >= len(self._rows):
            self.follow()
        else:
            self.go(max(0, index + rows))

    def action_page(self, pages: int) -> None:
        """A page up or down."""
        self.action_move(pages * (self._height - 1))

    def action_oldest(self) -> None:
        """The oldest record that is held."""
        self.go(0)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.action_move(-_WHEEL)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.action_move(_WHEEL)

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor on a record."""
        if event.y > 0:
            self.go(self._first() + event.y - 1)

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
        self._lines = self._make(cells, height)
        if len(before) != height:
            self.refresh()
            return
        changed = [y for y, strip in enumerate(self._lines) if strip is not before[y]]
        if len(changed) == height:
            self.refresh()
        elif changed:
            self.refresh(*_regions(changed, cells))

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

    def _make(self, cells: int, height: int) -> list[Strip]:
        self._strips.begin(cells)
        first, body = self._first(), height - 1
        rows = self._rows.rows(first, first + body)
        lines = [self._row(row, cells) for row in rows]
        blank = self._strips.strip(("blank",), tuple)
        if not lines:
            words = self._silence()
            note = self._strips.strip((words,), partial(_note, words))
            lines = [*[blank] * (body // 2), note][:body]
        elif self.following and len(lines) < body:
            # What follows stands at the bottom, also while the pane is not full yet.
            lines = [blank] * (body - len(lines)) + lines
        lines += [blank] * (body - len(lines))
        return [self._title(cells, first + body), *lines]

    def _row(self, row: Row, cells: int) -> Strip:
        chosen = row == self._cursor and self.has_focus
        marks = self._store.marked
        marked = bool(marks) and self._rows.held(row).key in marks
        key = (row, self._rows.size(row), chosen, marked)
        return self._strips.strip(
            key, partial(self._line, row, cells, chosen, marked), "chosen" if chosen else ""
        )

    def _line(self, row: Row, cells: int, chosen: bool, marked: bool) -> Line:
        record = self._rows.record(row)
        lead: list[Run] = [("◆" if marked else "›" if chosen else " ", "cursor")]
        if self.merged:
            lead.append(tag(self._sources, row.source))
        runs = one_line(record, self._store.zone, cells - 1, self._find)
        if self._dims and not self._filter.passes_record(
            record.text, record.level, gap=bool(record.gap)
        ):
            runs = ((plain(runs), "faint"),)
        return (*lead, *runs)

    def _silence(self) -> str:
        """Why there is no row."""
        if any(len(book.buffer) for book in self._rows.books):
            return "nothing passes the filter"
        return "nothing to show" if self._trouble() else "waiting for its first line …"

    def _title(self, cells: int, shown: int) -> Strip:
        now = time.monotonic()
        standings = [book.standing(now) for book in self._rows.books]
        runs = pane_title(
            self.source,
            rate=sum(one.rate for one in standings),
            following=self.following,
            behind=max(0, len(self._rows) - shown),
            errors=sum(one.errors for one in standings),
            warnings=sum(one.warnings for one in standings),
            trouble=self._trouble() or self._oldest_words(),
            focused=self.has_focus,
            cells=cells,
        )
        ground = "chosen" if self.has_focus else "title"
        return self._strips.strip((runs, ground), lambda: runs, ground)

    def _oldest_words(self) -> str:
        """What lies before the first row, where one looks at it."""
        if not self.wants_older:
            return ""
        books = [book for book in self._rows.books if len(book.buffer)]
        if any(book.history.waiting for book in books):
            return "fetching older lines"
        if all(book.history.at_start for book in books):
            return "" if self._first() else "here the log begins"
        dropped = sum(book.buffer.dropped for book in books)
        return f"{dropped:,} older ones no longer held" if dropped and not self._first() else ""

    def _trouble(self) -> str:
        states = {_TROUBLE.get(book.state, "") for book in self._rows.books}
        return states.pop() if len(states) == 1 else ""


def _note(words: str) -> Line:
    return ((f"  {words}", "dim"),)


def _regions(lines: Sequence[int], cells: int) -> list[Region]:
    """Consecutive lines as one region each."""
    regions: list[Region] = []
    for y in lines:
        if regions and regions[-1].bottom == y:
            regions[-1] = Region(0, regions[-1].y, cells, regions[-1].height + 1)
        else:
            regions.append(Region(0, y, cells, 1))
    return regions
