"""Finding in logs: words as one types, the next error, a time."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from jitsi_tui.logs.patterns import compile_pattern
from jitsi_tui.logs.rows import Row
from jitsi_tui.text import listed, visible
from jitsi_tui.tui.search import ErrorHunt, Search, TimeJump
from jitsi_tui.tui.widgets.log_pane import LogPane

if TYPE_CHECKING:
    from jitsi_tui.tui.app import JitsiTuiApp
    from jitsi_tui.tui.present.filtering import Filtering
    from jitsi_tui.tui.widgets.log_line import LogLine
    from jitsi_tui.tui.widgets.pane_grid import PaneGrid

REST_SECONDS = 0.01
"""Between two pieces of what takes long, for keys and for drawing."""

_NO_ROOM = "There is no room for so old records; `jitsi-tui logs --since` shows them."


class LogFinding:
    """For a screen with panes and a line in which one types."""

    filtering: Filtering

    if TYPE_CHECKING:

        @property
        def jitsi(self) -> JitsiTuiApp: ...
        @property
        def grid(self) -> PaneGrid: ...
        @property
        def line(self) -> LogLine: ...
        @property
        def panes(self) -> list[LogPane]: ...
        @property
        def pane(self) -> LogPane: ...

        def tell(self) -> None:
            """Say what is filtered and searched for."""

    def __init__(self) -> None:
        super().__init__()
        self.search: Search | None = None
        self._hunt: ErrorHunt | None = None
        self._origin: tuple[LogPane, Row | None] | None = None
        """Where one was when one began to type what to find."""

        self._jump = TimeJump()
        self._goes_on = False
        """Whether the next look will come by itself."""

    def forget_finds(self) -> None:
        """The logs are another server's now."""
        self.end_search()
        self._hunt = None
        self._jump = TimeJump()

    def do_find(self) -> None:
        """Type what to find."""
        self._origin = (self.pane, self.pane.cursor)
        self.line.open("find")

    def find(self, words: str) -> None:
        """Look for what is typed by now, from where one was. Raises ``PatternError``."""
        if self._origin is None:
            return
        pane, row = self._origin
        if not words:
            self.end_search()
            pane.return_to(row)
            return
        self.grid.search(compile_pattern(words))
        self.search = Search(pane, self.filtering.of_rows, words)
        self.search.aim(row, -1, itself=True)
        self.line.note("")
        self.look_on()

    def keep_find(self) -> None:
        """Typing is over: stay where it led."""
        self._origin = None

    def drop_find(self) -> None:
        """Typing was for nothing: be where one was."""
        if self._origin is not None:
            pane, row = self._origin
            self.end_search()
            pane.return_to(row)

    def end_search(self) -> None:
        """Search for nothing any more."""
        self.search = None
        self.grid.search(None)
        self.tell()

    def look_on(self) -> None:
        """Carry on what is looked for: a piece each time, so that keys don't wait."""
        if self._goes_on:
            return
        self._look_on()
        if self._looking:
            self._goes_on = True
            self.jitsi.set_timer(REST_SECONDS, self._go_on)

    def _go_on(self) -> None:
        self._goes_on = False
        if self._looking:
            self.look_on()

    @property
    def _looking(self) -> bool:
        search, hunt = self.search, self._hunt
        return (search is not None and search.looking) or (hunt is not None and hunt.looking)

    def _look_on(self) -> None:
        if short := self._jump.go_on():
            names = listed([visible(pane.source) for pane in short])
            self.jitsi.say(f"{names}: {_NO_ROOM}", tone="attention")
        if self.search is not None and self.search.looking:
            self._show_search(self.search, self.search.look())
        if self._hunt is not None and self._hunt.looking:
            found = self._hunt.look(self.pane)
            if found is False:
                where = "in these logs" if self.filtering.idle else "that passes the filter"
                self.jitsi.say(f"There is no further error {where}.", tone="off")
            elif isinstance(found, LogPane) and not self.grid.together:
                self.grid.focus_on(found.source)

    def _show_search(self, search: Search, found: bool | None) -> None:
        if self.line.is_open:
            words = "looking …" if found is None else search.words()
            if found is False and self._origin is not None:
                # What matched fewer letters is not what is looked for.
                self._origin[0].return_to(self._origin[1])
            self.line.note("nothing older matches" if found is False else words)
        elif found is False:
            self.jitsi.say("Nothing further matches.", tone="off")
        else:
            self.tell()

    def _match(self, step: int) -> None:
        if self.search is None:
            return
        if self.search.pane is not self.pane or self.search.stale:
            self.search = Search(self.pane, self.filtering.of_rows, self.search.text)
        self.search.aim(self.pane.cursor, step)
        self.look_on()

    def do_next_match(self) -> None:
        """The next older match."""
        self._match(-1)

    def do_previous_match(self) -> None:
        """The next newer match."""
        self._match(1)

    def _error(self, step: int) -> None:
        panes = [self.pane] if self.grid.together else self.panes
        if self._hunt is None or self._hunt.stale(panes):
            for pane in panes:
                pane.catch_up()
            self._hunt = ErrorHunt(panes, self.filtering.wanted)
        self._hunt.aim(step)
        self.look_on()

    def do_next_error(self) -> None:
        """The next older error."""
        self._error(-1)

    def do_newer_error(self) -> None:
        """The next newer error."""
        self._error(1)

    def do_jump(self) -> None:
        """Ask for a time, and go there."""
        from .jump import JumpSheet  # noqa: PLC0415 - sheets load when they are needed

        self.jitsi.push_screen(JumpSheet(), self._go_to)

    def _go_to(self, moment: datetime | None) -> None:
        if moment is not None:
            time = int(moment.timestamp() * 1_000_000)
            self._jump.begin(self.grid.go_to(time), time)
