"""5 Logs: all of them at once, as they come."""

from __future__ import annotations

import re
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Grid, Horizontal
from textual.widget import Widget
from textual.widgets import Input

from jitsi_tui.logs.filters import Filter, PatternError, compile_pattern
from jitsi_tui.logs.levels import Level
from jitsi_tui.text import visible
from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.state import State
from jitsi_tui.tui.widgets.block import Block
from jitsi_tui.tui.widgets.log_pane import LogPane

from .base import Page

SOURCES = ("prosody", "jicofo", "jvb", "nginx")
MERGED = "all logs"
_LOOK_SECONDS = 0.1
"""Between looks at a filter that still works its way back through what was there before."""

_LEVELS = (Level.NONE, Level.WARNING, Level.ERROR)
_LEVEL_WORDS = {Level.NONE: "", Level.WARNING: "warnings and worse", Level.ERROR: "errors only"}


def _not_paused(page: LogsScreen) -> str | None:
    return "It follows already." if page.pane.following else None


def _no_record(page: LogsScreen) -> str | None:
    if page.in_input:
        return "Leave the line first, with Esc."
    return None if page.pane.record is not None else "There is no record yet."


class LogsScreen(Page):
    """Four panes; one has focus, and can fill the page."""

    MODE = "logs"
    NEEDS_STATUS = False
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(
            "logs.filter",
            ("ampersand",),
            "filter",
            "Show only records that match, in every pane; a pattern may be a regular expression.",
            rank=2,
        ),
        Action(
            "logs.find",
            ("slash",),
            "find",
            "Find a word in the pane that has focus; Enter goes to the next older one.",
            rank=3,
        ),
        Action("logs.zoom", ("z",), "zoom", "Let one pane fill the page, or show all.", rank=4),
        Action(
            "logs.together",
            ("t",),
            "together",
            "Show all logs as one, ordered by time, or each in a pane of its own.",
            rank=4,
        ),
        Action(
            "logs.level",
            ("l",),
            "level",
            "Show everything, warnings and worse, or errors only.",
            rank=7,
        ),
        Action(
            "logs.next-error",
            ("n",),
            "next error",
            "Go to the next older error of the pane that has focus.",
            rank=5,
        ),
        Action(
            "logs.record",
            ("enter",),
            "whole record",
            "Show the record under the cursor with all its lines.",
            rank=6,
            why_not=_no_record,
        ),
        Action(
            "logs.pause",
            ("space",),
            "pause",
            "Stop a pane where it is, or follow again; no line is lost meanwhile.",
            rank=1,
        ),
        Action(
            "logs.follow",
            ("end",),
            "follow",
            "Keep the newest record in sight again.",
            rank=8,
            why_not=_not_paused,
        ),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    def __init__(self) -> None:
        super().__init__()
        self._panes: list[LogPane] = []
        self._zoomed = False
        self._merged = False
        self._level = Level.NONE
        self._include = ""
        self._line = "filter"
        self._open = False
        self._last = self._before = SOURCES[0]

    def page(self) -> ComposeResult:
        with Grid(id="panes"):
            for source in SOURCES:
                yield LogPane(source, (source,), self.jitsi.logs)
            yield LogPane(MERGED, SOURCES, self.jitsi.logs)
        with Horizontal(id="log-line"):
            yield Block(id="log-line-label", classes="label")
            yield Input(id="log-input")
            yield Block(id="log-note")

    @property
    def panes(self) -> list[LogPane]:
        """All of them."""
        if not self._panes:
            self._panes = list(self.query(LogPane))
        return self._panes

    @property
    def pane(self) -> LogPane:
        """The one that has focus, or had it last."""
        if isinstance(self.focused, LogPane):
            self._last = self.focused.source
        return next(pane for pane in self.panes if pane.source == self._last)

    def main_focus(self) -> Widget | None:
        return self.pane

    def on_mount(self) -> None:
        self.set_interval(_LOOK_SECONDS, self.logs_came)
        self.set_interval(0.5, self._titles)
        self._arrange(self.pane)
        self._show_line()
        super().on_mount()

    def present(self, state: State) -> None:  # noqa: ARG002
        self.jitsi.want_logs(SOURCES)

    def logs_came(self) -> None:
        """Draw what is new, and ask for older lines where one looks at the oldest."""
        if self.is_current:
            self._look_back()
            for pane in self.panes:
                if pane.display:
                    pane.catch_up()

    def _look_back(self) -> None:
        """Fetch older lines where one looks at the oldest that are held."""
        read = {book for pane in self.panes if not pane.following for book in pane.rows.books}
        wanted = {book for pane in self.panes if pane.wants_older for book in pane.rows.books}
        for book in {book for pane in self.panes for book in pane.rows.books}:
            book.buffer.reading = book in read
            if book not in wanted or self.session is None:
                continue
            if book.history.ask(self.session.older_logs):
                self._titles()

    def _titles(self) -> None:
        if self.is_current:
            for pane in self.panes:
                pane.redraw()

    # --- the line ---------------------------------------------------------------------------

    def _show_line(self) -> None:
        parts = [_LEVEL_WORDS[self._level]] if self._level else []
        self.query_one("#log-line").display = self._open or bool(self._include) or bool(parts)
        label = "Find" if self._line == "find" else "Filter"
        self.query_one("#log-line-label", Block).put((((label, "dim"),),))
        self._note(", ".join(parts))

    def _note(self, words: str, wrong: bool = False) -> None:
        self.query_one("#log-note", Block).put((((words, "bad" if wrong else "attention"),),))

    def _open_line(self, what: str, value: str) -> None:
        self._line, self._open = what, True
        self._show_line()
        field = self.query_one("#log-input", Input)
        field.value = value
        field.placeholder = (
            "a word, or a regular expression" if what == "find" else "what must stand in a record"
        )
        self.set_focus(field)
        field.cursor_position = len(value)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter or highlight as one types."""
        event.stop()
        if not event.input.has_focus:
            return
        try:
            pattern = compile_pattern(event.value) if event.value else None
        except PatternError as error:
            self._note(visible(error.message), wrong=True)
            return
        self._note("")
        if self._line == "find":
            self._search(pattern)
        else:
            self._include = event.value
            self._apply_filter()

    def _search(self, pattern: re.Pattern[str] | None) -> None:
        for pane in self.panes:
            pane.search(pattern)

    def _apply_filter(self) -> None:
        include = (self._include,) if self._include else ()
        wanted = Filter(level=self._level, include=include)
        for pane in self.panes:
            pane.filter(wanted)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes to the next match, or leaves the filter as it is."""
        event.stop()
        if self._line == "find":
            if not self.pane.jump_back():
                self._note("nothing older matches", wrong=True)
        else:
            self._open = False
            self.set_focus(self.pane)
            self._show_line()

    # --- actions ----------------------------------------------------------------------------

    def do_filter(self) -> None:
        """Type a filter."""
        self._open_line("filter", self._include)

    def do_find(self) -> None:
        """Type what to find."""
        self._open_line("find", "")

    def do_leave(self) -> None:
        """Leave the line, drop what was searched for, or show all panes."""
        if self.in_input:
            field = self.query_one("#log-input", Input)
            if self._line == "filter":
                self._include = ""
                self._apply_filter()
            else:
                self._search(None)
            self._line, self._open = "filter", False
            self.set_focus(self.pane)
            field.value = self._include
            self._show_line()
        elif self._zoomed or self._merged:
            self.do_zoom()

    def do_zoom(self) -> None:
        """One pane, or all."""
        if self._merged:
            self.do_together()
        else:
            self._zoomed = not self._zoomed
            self._arrange(self.pane)

    def do_together(self) -> None:
        """All logs as one, or panes."""
        here = self.pane
        self._merged = not self._merged
        if self._merged:
            self._before = here.source
            self._arrange(next(pane for pane in self.panes if pane.merged))
        else:
            self._arrange(next(pane for pane in self.panes if pane.source == self._before))

    def _arrange(self, here: LogPane) -> None:
        """Show the panes that are wanted; this one has focus."""
        alone = self._zoomed or self._merged
        self.query_one("#panes").set_class(alone, "-zoomed")
        for pane in self.panes:
            pane.display = pane is here if alone else not pane.merged
        self.set_focus(here)

    def do_level(self) -> None:
        """The next least level."""
        at = _LEVELS.index(self._level)
        self._level = _LEVELS[(at + 1) % len(_LEVELS)]
        self._apply_filter()
        self.query_one("#log-input", Input).value = self._include
        self._show_line()

    def do_next_error(self) -> None:
        """The next older error."""
        if not self.pane.jump_to_error():
            self.jitsi.say(f"No older error in {self.pane.source}.", tone="off")

    def do_record(self) -> None:
        """Show a record whole."""
        from .record import RecordSheet  # noqa: PLC0415 - sheets load when they are needed

        record = self.pane.record
        if record is not None:
            self.app.push_screen(RecordSheet(record, self.jitsi.logs.zone))

    def do_pause(self) -> None:
        """Stop here, or follow."""
        self.pane.pause()

    def do_follow(self) -> None:
        """Follow again."""
        self.pane.follow()

    def on_log_pane_moved(self) -> None:
        """Follow or paused: the keys may differ, and older lines may be wanted."""
        self._look_back()
        self.refresh_frame()
