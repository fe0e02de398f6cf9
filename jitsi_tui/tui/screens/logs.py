"""5 Logs: all of them at once, as they come."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.geometry import Size
from textual.timer import Timer
from textual.widget import Widget

from jitsi_tui import text
from jitsi_tui.logs.marked import Held
from jitsi_tui.logs.patterns import SLOW, PatternError, compile_pattern
from jitsi_tui.text import visible
from jitsi_tui.tui import pane_memory
from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.lines import Line, spread, width
from jitsi_tui.tui.present.filtering import Filtering, Pattern
from jitsi_tui.tui.present.frame import Spot
from jitsi_tui.tui.saving import scopes
from jitsi_tui.tui.search import Search, fetch_older
from jitsi_tui.tui.state import State
from jitsi_tui.tui.widgets.log_line import LogLine
from jitsi_tui.tui.widgets.log_pane import LogPane
from jitsi_tui.tui.widgets.pane_compositor import PaneCompositor
from jitsi_tui.tui.widgets.pane_grid import PaneGrid

from . import log_keys
from .base import FRAME_LINES, Page
from .log_finding import REST_SECONDS, LogFinding
from .log_panes import LogPanes
from .on_record import OnRecord

_TYPING_SECONDS = 0.08
"""From a letter to what it changes: the next one must not wait for that."""

_LOOK_SECONDS = 0.1
"""Between looks at a filter that still works its way back through what was there before."""


class LogsScreen(LogFinding, LogPanes, OnRecord, Page):
    """Panes, and a line in which one types what to find or to show."""

    MODE = "logs"
    NEEDS_STATUS = False
    ACTIONS: ClassVar[tuple[Action, ...]] = log_keys.ACTIONS
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    def __init__(self) -> None:
        super().__init__()
        self._compositor = self._short_way = PaneCompositor()
        self.filtering = Filtering()
        self._opening = -1
        self._typed = False
        """Whether something was typed that is not looked for yet."""

        self._goes_back = False
        """Whether the next piece of older lines is taken over soon."""

        self._pause: Timer | None = None

    def page(self) -> ComposeResult:
        self._opening = self.jitsi.logs.opening
        panes = pane_memory.recall(self.state.destination)
        room = Size(self.app.size.width, max(1, self.app.size.height - FRAME_LINES))
        self._grid = PaneGrid(self.jitsi.logs, panes, self._short_way.send, room)
        self._line = LogLine(self._line_ended)
        yield self._grid
        yield self._line

    @property
    def grid(self) -> PaneGrid:
        """The panes as they stand."""
        return self._grid

    @property
    def line(self) -> LogLine:
        """Where one types."""
        return self._line

    @property
    def panes(self) -> list[LogPane]:
        """All of them, in their order."""
        return self.grid.panes

    @property
    def pane(self) -> LogPane:
        """The one that has focus, or had it last."""
        return self.grid.pane

    @property
    def held(self) -> Held | None:
        return self.pane.held

    def main_focus(self) -> Widget | None:
        return self.pane

    def tabs(self, cells: int) -> tuple[Line, tuple[Spot, ...]]:
        """With how many panes are elsewhere: nothing in those that are in sight tells."""
        line, spots = super().tabs(cells)
        more = 0 if self.grid.together else len(self.panes) - len(self.grid.in_sight)
        for words in (f"+{text.count(more, 'pane')}  ", f"+{more} "):
            right: Line = ((words, "attention"), ("Tab", "key"), (" ", ""))
            if more > 0 and width(line) + 2 + width(right) <= cells:
                return spread(line, right, cells), spots
        return line, spots

    def footer_actions(self) -> list[Action]:
        actions = super().footer_actions()
        return [log_keys.KEEP, *actions] if self.in_input else actions

    def actions(self) -> Iterator[Action]:
        yield from super().actions()
        if self.in_input:
            yield log_keys.KEEP

    def on_mount(self) -> None:
        self.set_interval(_LOOK_SECONDS, self.logs_came)
        self.set_interval(0.5, self._titles)

    def present(self, state: State) -> None:
        lost = state.link.lost
        away = text.span((self.jitsi.now() - lost).total_seconds()) if lost is not None else ""
        cut = f"not connected for {away}" if away else ""
        if cut != self.jitsi.logs.cut:
            self.jitsi.logs.cut = cut
            self._titles()
        if self._opening != self.jitsi.logs.opening:
            self._opening = self.jitsi.logs.opening
            self.forget_finds()
            self.grid.put(pane_memory.recall(self.state.destination))
        self.jitsi.want_logs(self.grid.arrangement.shown)

    def logs_came(self) -> None:
        """Draw what is new, and ask for older lines where one looks at the oldest."""
        if self.ready and self.is_current:
            self._look_back()
            with self._short_way.at_once(self):
                for pane in self.grid.in_sight:
                    pane.catch_up()
            self.look_on()
            self._drop_slow()

    def on_screen_resume(self, event: events.ScreenResume) -> None:  # noqa: ARG002
        """Records may have been marked in what lay over the page."""
        self._titles()

    def do_trace(self) -> None:
        """Follow whoever comes now."""
        from .trace import TraceSheet  # noqa: PLC0415 - sheets load when they are needed

        self.app.push_screen(TraceSheet())

    def _look_back(self) -> None:
        """Fetch older lines where one looks at the oldest that are held."""
        panes = [self.pane] if self.grid.together else self.panes
        if fetch_older(panes, self.session.older_logs if self.session is not None else None):
            self._titles()
            if not self._goes_back:
                # Much may have come at once, and is taken over bit by bit.
                self._goes_back = True
                self.set_timer(REST_SECONDS, self._go_back)

    def _go_back(self) -> None:
        self._goes_back = False
        self.logs_came()

    def _titles(self) -> None:
        if self.ready and self.is_current:
            for pane in self.grid.in_sight:
                pane.redraw()
            # How many match is told now and then: among merged logs it takes milliseconds.
            if self.search is not None and not (self.search.looking or self.line.is_open):
                self.search.look()
                self.tell()

    # --- filters ----------------------------------------------------------------------------

    def _filter(self, filtering: Filtering) -> None:
        if not self.line.is_open:
            filtering = filtering.settled()
        wanted = filtering.wanted
        self.filtering = filtering
        self.grid.filter(wanted, dim=filtering.dim)
        if self.search is not None:
            self.search = Search(self.pane, self.filtering.of_rows, self.search.text)
        self.tell()

    def tell(self) -> None:
        words = [self.filtering.words()]
        if self.search is not None and not self.line.is_open:
            words.insert(0, f"/{visible(self.search.text)}   {self.search.words()}")
        self.line.tell(self.filtering.chips(), "   ".join(one for one in words if one))

    def on_log_line_typed(self, event: LogLine.Typed) -> None:
        """Filter or find as one types, once the letter stands on the screen."""
        event.stop()
        self._typed = True
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(_TYPING_SECONDS, self._take_typed)

    def _take_typed(self) -> bool:
        """False where what was typed can't be looked for; the line says why."""
        if not self._typed or not self.line.is_open:
            return True
        self._typed = False
        words = self.line.field.value
        try:
            if self.line.purpose == "find":
                self.find(words)
            else:
                self._filter(self.filtering.typed(Pattern.typed(words)))
        except PatternError as error:
            self.line.note(visible(error.message), "bad")
            return False
        return not self._drop_slow()

    def _line_ended(self, keep: bool) -> None:
        if not keep:
            self._drop_typing()
            return
        self._typed = True
        if not self._take_typed():
            return
        if self.line.purpose == "filter":
            self._filter(self.filtering.keep())
        self._close_line()

    def on_log_line_took_back(self, event: LogLine.TookBack) -> None:
        """The last filter goes."""
        event.stop()
        self._take_typed()
        self._filter(self.filtering.without_last())

    def _drop_slow(self) -> bool:
        """What takes too long is not looked for any more; say so. Whether there was something."""
        slow = self.filtering.wanted.slow
        if slow:
            self._filter(self.filtering.without(slow))
        elif self.search is not None and self.search.slow:
            slow = (self.search.text,)
            self.end_search()
        else:
            return False
        if self.line.is_open:
            self.line.note(SLOW, "bad")
        else:
            self.jitsi.say(f"{visible(slow[0])}: {SLOW}.", tone="attention")
        return True

    def _close_line(self) -> None:
        self._typed = False
        self.keep_find()
        self.line.close()
        if self.filtering.settled() == self.filtering:
            self.tell()
        else:
            self._filter(self.filtering)
        self.set_focus(self.pane)

    def do_keep(self) -> None:
        """As Enter in the line does."""
        self._line_ended(keep=True)

    def do_filter(self) -> None:
        """Type a filter."""
        self.line.open("filter")

    def do_level(self) -> None:
        """The next least level."""
        self._filter(self.filtering.next_level())

    def do_dim(self) -> None:
        """Dim the rest, or hide it."""
        self._filter(self.filtering.turned())

    def do_leave(self) -> None:
        """Leave the line, drop what was searched for, or show all panes."""
        if self.in_input:
            self._drop_typing()
        elif self.search is not None:
            self.end_search()
        elif self.grid.together:
            self.do_together()
        elif self.grid.zoomed:
            self.do_zoom()

    def _drop_typing(self) -> None:
        if self.line.purpose == "filter":
            self._filter(self.filtering.typed(None))
        else:
            self.drop_find()
        self._close_line()

    # --- records ----------------------------------------------------------------------------

    def do_record(self) -> None:
        """Show a record whole."""
        from .record import RecordSheet  # noqa: PLC0415 - sheets load when they are needed

        if (held := self.held) is not None:
            find = compile_pattern(self.search.text) if self.search is not None else None
            self.app.push_screen(RecordSheet(held, find))

    def marks_changed(self) -> None:
        self._titles()
        self.refresh_frame()

    def do_fold(self) -> None:
        """Its further lines, or not."""
        self.pane.fold()

    def do_fold_all(self) -> None:
        """The further lines of all, or not."""
        self.pane.read(self.pane.reading.unfolded())

    def do_wrap(self) -> None:
        """Wrap, or not."""
        self.pane.read(self.pane.reading.wrapped())

    def do_plain(self) -> None:
        """Bare text."""
        from .plain import PlainScreen  # noqa: PLC0415 - as sheets

        self.app.push_screen(PlainScreen(self.pane, self.filtering.of_rows))

    def do_to_mark(self) -> None:
        """The record marked last, then the ones before."""
        for pane in (self.pane, *self.panes):
            pane.catch_up()
        held = self.held
        keys = self.jitsi.logs.marked.before(held.key if held is not None else None)
        for pane, key in ((pane, key) for key in keys for pane in (self.pane, *self.panes)):
            if pane.go_to_held(key):
                if not self.grid.together:
                    self.grid.focus_on(pane.source)
                return
        hidden = any(source in self.grid.arrangement.hidden for source, _ in keys)
        why = "Its pane is hidden; a brings it back." if hidden else ""
        self.jitsi.say(why or "The filter hides it, or it fell out of memory.", tone="attention")

    def do_save(self) -> None:
        """Ask what to save, and where."""
        from .save import SaveSheet  # noqa: PLC0415 - sheets load when they are needed

        alone = None if self.grid.together else self.pane.source
        found = scopes(
            self.filtering, self.grid.arrangement.shown, alone, self.jitsi.logs.marked.since
        )
        self.app.push_screen(SaveSheet(found, self.state.domain))

    def on_log_pane_moved(self) -> None:
        """Follow or paused: the keys may differ, and older lines may be wanted."""
        self._look_back()
        self.refresh_frame()
