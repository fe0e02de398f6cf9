"""Which panes of logs there are, in what order, and which of them one sees."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from jitsi_tui.logs.sources import configured
from jitsi_tui.tui import pane_memory

if TYPE_CHECKING:
    from jitsi_tui.tui.app import JitsiTuiApp
    from jitsi_tui.tui.present.panes import Panes
    from jitsi_tui.tui.state import State
    from jitsi_tui.tui.widgets.log_pane import LogPane
    from jitsi_tui.tui.widgets.pane_grid import PaneGrid


class LogPanes:
    """For a screen with a grid of panes."""

    if TYPE_CHECKING:

        @property
        def jitsi(self) -> JitsiTuiApp: ...
        @property
        def state(self) -> State: ...
        @property
        def grid(self) -> PaneGrid: ...
        @property
        def panes(self) -> list[LogPane]: ...
        @property
        def pane(self) -> LogPane: ...
        def call_after_refresh(
            self, callback: Callable[..., Any], *args: Any, **kwargs: Any
        ) -> bool: ...

    def _put(self, panes: Panes) -> None:
        if panes != self.grid.arrangement:
            self.grid.put(panes)
            self.jitsi.want_logs(panes.shown)
            pane_memory.keep(self.state.destination, panes)

    def do_zoom(self) -> None:
        """One pane, or all."""
        if self.grid.together:
            self.grid.join(False)
        else:
            self.grid.zoom(not self.grid.zoomed)

    def do_together(self) -> None:
        """All logs as one, or panes."""
        self.grid.join(not self.grid.together)

    def do_layout(self) -> None:
        """More panes in sight, after the most one."""
        panes, size = self.grid.arrangement, self.grid.size
        if self.grid.zoomed:
            self.grid.zoom(False)
        self._put(panes.counting(panes.next_count(size.width, size.height)))

    def do_add(self) -> None:
        """Ask which log gets a pane."""
        from .source import SourceSheet  # noqa: PLC0415 - sheets load when they are needed

        panes, status = self.grid.arrangement, self.state.status
        known = configured(status.instance.log_paths if status is not None else {})
        names = {source.path: name for name, source in known.items() if source.path}
        self.jitsi.push_screen(SourceSheet(panes.hidden, panes.shown, names), self._add)

    def _add(self, name: str | None) -> None:
        if name is not None:
            here = self.pane.source
            self._put(self.grid.arrangement.showing([name], after=here))
            self.call_after_refresh(self.grid.focus_on, name)

    def do_hide(self) -> None:
        """Without this pane."""
        self._put(self.grid.arrangement.hiding(self.pane.source))

    def do_earlier(self) -> None:
        """One place back."""
        self._put(self.grid.arrangement.moved(self.pane.source, -1))

    def do_later(self) -> None:
        """One place on."""
        self._put(self.grid.arrangement.moved(self.pane.source, 1))

    def do_next_pane(self) -> None:
        """Focus the next pane."""
        self.grid.beside(1)

    def do_previous_pane(self) -> None:
        """Focus the pane before."""
        self.grid.beside(-1)

    def do_pause(self) -> None:
        """Stop here, or follow."""
        self.pane.pause()

    def do_follow(self) -> None:
        """Follow again; where the pane does already, have all others follow too."""
        for pane in self.panes if self.pane.following else [self.pane]:
            pane.follow()
