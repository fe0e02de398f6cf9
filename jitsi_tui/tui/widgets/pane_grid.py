"""PaneGrid: the panes of the logs, as many in sight as fit, one of them with focus."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Grid
from textual.geometry import Size

from jitsi_tui.logs.filters import EVERYTHING, Filter
from jitsi_tui.logs.patterns import Expression
from jitsi_tui.tui.log_store import LogStore
from jitsi_tui.tui.present.panes import Panes, shape

from .log_pane import LogPane, Send

MERGED = "all logs"


class PaneGrid(Grid):
    """A pane once made stays, in sight or not: its place in the log is kept."""

    def __init__(self, store: LogStore, panes: Panes, send: Send, room: Size) -> None:
        """``send``: see ``LogPane``. ``room``: what it will have, so that it is laid out once."""
        super().__init__(id="panes")
        self._room = room
        self.arrangement = panes
        self.zoomed = False
        self.together = False
        """Whether one pane shows all logs, ordered by time."""

        self._store = store
        self._send = send
        self._here = panes.shown[0]
        self._all: dict[str, LogPane] = {}
        """Every pane that was made, by its name."""

        self._wanted: tuple[Filter, bool] = (EVERYTHING, False)
        self._find: Expression | None = None

    def compose(self) -> ComposeResult:
        for source in self.arrangement.shown:
            yield self._made(source)
        yield self._merged()

    @property
    def panes(self) -> list[LogPane]:
        """All that are shown, in their order, also those that are not in sight now."""
        return [self._all[name] for name in self.arrangement.shown]

    @property
    def merged(self) -> LogPane:
        """The one that shows all logs."""
        return self._all[MERGED]

    @property
    def in_sight(self) -> list[LogPane]:
        """Those on the screen."""
        return [pane for pane in self._all.values() if pane.display]

    @property
    def pane(self) -> LogPane:
        """The one that has focus, or had it last."""
        if self.together:
            return self.merged
        focused = self.screen.focused
        if isinstance(focused, LogPane) and focused.source in self.arrangement.shown:
            self._here = focused.source
        return self._all[self._here]

    # --- how they stand ---------------------------------------------------------------------

    def put(self, panes: Panes) -> None:
        """Stand otherwise from now on."""
        self.together = False
        here, before = self.pane.source, self.arrangement.shown
        self.arrangement = panes
        if here not in panes.shown:
            self._here = panes.shown[min(before.index(here), len(panes.shown) - 1)]
        fresh = [self._made(source) for source in panes.shown if source not in self._all]
        if set(before) != set(panes.shown):
            self.merged.remove()
            fresh.append(self._merged())
        if fresh:
            self.mount(*fresh)
        self.call_after_refresh(self._arrange, focus=True)

    def focus_on(self, source: str) -> None:
        """Have a pane in sight, with focus."""
        self._here = source
        self._arrange(focus=True)

    def beside(self, step: int) -> None:
        """Focus the next pane, or the one before."""
        self.focus_on(self.arrangement.beside(self.pane.source, step))

    def zoom(self, zoomed: bool) -> None:
        """Let the pane with focus fill the page, or show all again."""
        self._here = self.pane.source
        self.zoomed = zoomed
        self._arrange(focus=True)

    def join(self, together: bool) -> None:
        """Show all logs as one, or each in its pane again."""
        self._here = self.pane.source if together else self._here
        self.together = together
        self._arrange(focus=True)

    def on_mount(self) -> None:
        self._arrange()

    def on_resize(self) -> None:
        self._arrange()

    def _arrange(self, focus: bool = False) -> None:
        self._room = self.size or self._room
        cells, lines = self._room
        here = self._here if focus and not self.together else self.pane.source
        seen: tuple[str, ...] = (here,)
        if not self.zoomed and not self.together:
            seen = self.arrangement.seen(here, cells, lines)
        grid = shape(len(seen), cells, lines)
        self.styles.grid_size_columns = grid.columns if grid else 1
        self.styles.grid_size_rows = grid.rows if grid else len(seen)
        for place, name in enumerate(self.arrangement.shown):
            if self.children[place] is not self._all[name]:
                self.move_child(self._all[name], before=place)
        for name, pane in self._all.items():
            pane.display = name in seen
            if pane.display:
                pane.catch_up()
        if focus:
            self.screen.set_focus(self._all[here])

    # --- what they show ---------------------------------------------------------------------

    def filter(self, wanted: Filter, *, dim: bool) -> None:
        """Show only what passes, in every pane, or dim the rest."""
        self._wanted = (wanted, dim)
        for pane in self._all.values():
            pane.filter(wanted, dim=dim)

    def search(self, pattern: Expression | None) -> None:
        """Let what matches stand out, in every pane."""
        self._find = pattern
        for pane in self._all.values():
            pane.search(pattern)

    def go_to(self, moment: int) -> Sequence[LogPane]:
        """Have every pane stand where a time (microseconds since 1970) was; those that can't."""
        panes = [self.merged] if self.together else self.panes
        for pane in panes:
            pane.catch_up()
        return [pane for pane in panes if not pane.go_to(moment)]

    def _merged(self) -> LogPane:
        pane = self._made(MERGED, self.arrangement.shown)
        pane.display = self.together
        return pane

    def _made(self, source: str, sources: Sequence[str] = ()) -> LogPane:
        pane = LogPane(source, sources or (source,), self._store, self._send)
        wanted, dim = self._wanted
        pane.filter(wanted, dim=dim)
        pane.search(self._find)
        self._all[source] = pane
        return pane
