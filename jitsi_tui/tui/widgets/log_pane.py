"""LogPane: one log as it grows, drawn line by line, at most as often as an eye can follow."""

from __future__ import annotations

import re
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from jitsi_tui.logs.filters import Filter
from jitsi_tui.logs.levels import Level
from jitsi_tui.logs.records import Record
from jitsi_tui.logs.view import EVERYTHING, View
from jitsi_tui.tui.lines import KINDS, Run, clip_line
from jitsi_tui.tui.log_store import LogSource, LogStore
from jitsi_tui.tui.present.logs import one_line, pane_title

_CACHED = 1024
_WHEEL = 3


class LogPane(Widget, can_focus=True):
    """Follows until one moves up; End follows again. The stream never stops for it."""

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

    def __init__(self, source: str, store: LogStore) -> None:
        super().__init__(id=f"pane-{source.replace('.', '-')}", classes="log-pane")
        self.source = source
        self._store = store
        self._log: LogSource = store.source(source)
        self._filter: Filter = EVERYTHING
        self._view = View(self._log.buffer)
        self._find: re.Pattern[str] | None = None
        self._cursor: int | None = None
        """The number of the record under the cursor; ``None`` follows."""

        self._top = 0
        """The row at the top, where it does not follow."""

        self._seen = -1
        self._strips: LRUCache[tuple[int, int, int, bool], Strip] = LRUCache(_CACHED)

    # --- what it shows ----------------------------------------------------------------------

    @property
    def following(self) -> bool:
        """Whether the newest record is at the bottom."""
        return self._cursor is None

    @property
    def record(self) -> Record | None:
        """The record under the cursor, or the newest."""
        row = self._row()
        return self._log.buffer.record(self._view.row(row)) if row is not None else None

    def catch_up(self) -> None:
        """Take over what came since; cheap where nothing did."""
        log = self._store.source(self.source)
        if log is not self._log:
            self._log = log
            self._view = View(log.buffer, self._filter)
            self._cursor, self._seen = None, -1
            self._strips.clear()
        if log.version == self._seen and self._view.complete:
            return
        self._seen = log.version
        before = len(self._view)
        self._view.update()
        if self.following or len(self._view) - before < self._height or before < self._height:
            self.refresh()
        else:
            self.refresh_title()

    def refresh_title(self) -> None:
        """Draw the title alone."""
        from textual.geometry import Region  # noqa: PLC0415

        self.refresh(Region(0, 0, self.size.width, 1))

    def filter(self, wanted: Filter) -> None:
        """Show only what passes."""
        if wanted != self._filter:
            self._filter = wanted
            self._view = View(self._log.buffer, wanted)
            self._view.update()
            self._cursor = None
            self.refresh()

    def search(self, pattern: re.Pattern[str] | None) -> None:
        """Let what matches stand out."""
        self._find = pattern
        self._strips.clear()
        self.refresh()

    def jump_back(self) -> bool:
        """Go to the newest match before the cursor; false where there is none."""
        if self._find is None or not len(self._view):
            return False
        row = self._row()
        start = len(self._view) - 1 if row is None or self.following else row - 1
        found = self._view.search(self._find, start, -1, limit=len(self._view))
        return self._go(found)

    def jump_to_error(self) -> bool:
        """Go to the newest error before the cursor; false where there is none."""
        row = self._row()
        if row is None:
            return False
        start = len(self._view) - 1 if self.following else row - 1
        return self._go(self._view.next_level(Level.ERROR, start, -1))

    def pause(self) -> None:
        """Stop here, or follow again."""
        if self.following:
            self._go(len(self._view) - 1)
        else:
            self.follow()

    def follow(self) -> None:
        """Keep the newest record at the bottom."""
        self._cursor = None
        self.refresh()
        self.post_message(self.Moved())

    # --- moving -----------------------------------------------------------------------------

    @property
    def _height(self) -> int:
        return max(1, self.size.height - 1)

    def _row(self) -> int | None:
        """The row of the cursor."""
        if not len(self._view):
            return None
        if self._cursor is None:
            return len(self._view) - 1
        return min(self._view.index(self._cursor), len(self._view) - 1)

    def _first(self) -> int:
        """The row at the top."""
        last = max(0, len(self._view) - self._height)
        if self._cursor is None:
            return last
        row = self._row() or 0
        if not self._top <= row < self._top + self._height:
            self._top = row if row < self._top else row - self._height + 1
        self._top = max(0, min(self._top, last))
        return self._top

    def _go(self, row: int | None) -> bool:
        if row is None or not 0 <= row < len(self._view):
            return False
        if self.following:
            self._top = max(0, len(self._view) - self._height)
        self._cursor = self._view.row(row)
        self.refresh()
        self.post_message(self.Moved())
        return True

    def action_move(self, rows: int) -> None:
        """A record up or down; below the newest it follows again."""
        row = self._row()
        if row is None or (self.following and rows > 0):
            return
        if row + rows >= len(self._view):
            self.follow()
        else:
            self._go(max(0, row + rows))

    def action_page(self, pages: int) -> None:
        """A page up or down."""
        self.action_move(pages * (self._height - 1))

    def action_oldest(self) -> None:
        """The oldest record that is held."""
        self._go(0)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.action_move(-_WHEEL)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.action_move(_WHEEL)

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor on a record."""
        if event.y > 0:
            self._go(self._first() + event.y - 1)

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    # --- drawing ----------------------------------------------------------------------------

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._strips.clear()

    def render_line(self, y: int) -> Strip:
        if y == 0:
            return self._title()
        rows, cells = len(self._view), self.size.width
        row = self._first() + y - 1
        # What follows stands at the bottom, also while the pane is not full yet.
        if self.following and rows < self._height:
            row = y - 1 - (self._height - rows)
        if not 0 <= row < rows:
            return self._empty(y, cells)
        number = self._view.row(row)
        chosen = number == self._cursor and self.has_focus
        key = (number, self._log.buffer.size(number), cells, chosen)
        strip = self._strips.get(key)
        if strip is None:
            strip = self._strips[key] = self._draw(number, cells, chosen)
        return strip

    def _draw(self, number: int, cells: int, chosen: bool) -> Strip:
        runs = one_line(self._log.buffer.record(number), self._store.zone, cells - 1, self._find)
        style = self.rich_style
        if chosen:
            style += self._kind("chosen")
        lead: Run = ("›", "cursor") if chosen else (" ", "")
        runs = clip_line((lead, *runs), cells)
        segments = [
            Segment(words, style + self._kind(kind) if kind else style) for words, kind in runs
        ]
        return Strip(segments).extend_cell_length(cells, style)

    def _kind(self, kind: str) -> Style:
        return self.get_component_rich_style(f"line--{kind}", partial=True)

    def _empty(self, y: int, cells: int) -> Strip:
        if len(self._view) or y != self._height // 2 + 1:
            return Strip.blank(cells, self.rich_style)
        words = "waiting for its first line …"
        if len(self._log.buffer):
            words = "nothing passes the filter"
        elif self._trouble():
            words = "nothing to show"
        return Strip(
            [Segment(f"  {words}", self.rich_style + self._kind("dim"))]
        ).extend_cell_length(cells, self.rich_style)

    def _title(self) -> Strip:
        cells, buffer = self.size.width, self._log.buffer
        shown = self._first() + self._height
        runs = pane_title(
            self.source,
            rate=self._log.rate(),
            following=self.following,
            behind=max(0, len(self._view) - shown),
            errors=buffer.errors,
            warnings=buffer.warnings,
            trouble=self._trouble(),
            focused=self.has_focus,
            cells=cells,
        )
        style = self.rich_style + self._kind("chosen" if self.has_focus else "title")
        segments = [
            Segment(words, style + self._kind(kind) if kind else style) for words, kind in runs
        ]
        return Strip(segments).adjust_cell_length(cells, style)

    def _trouble(self) -> str:
        state = self._log.state
        if state is None or state.state not in {"missing", "unreadable"}:
            return ""
        return {"missing": "there is no such file", "unreadable": "not readable for us"}[
            state.state
        ]
