"""PaneCompositor: sends the lines of panes to the terminal as they are.

Textual's compositor draws every widget under a changed line, cuts all at each other's edges and
keeps the uppermost pieces: for four logs that grow, a third of all work. Panes that nothing lies
over need none of it; whatever else has changed goes Textual's way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from textual._compositor import Compositor, CompositorUpdate
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from .log_pane import LogPane

Placed = tuple[int, int, Strip]
"""Column, row, and what stands there."""


class LinesUpdate(CompositorUpdate):
    """Some lines, and then what Textual has to draw beside them."""

    def __init__(self, lines: Sequence[Placed], rest: CompositorUpdate | None) -> None:
        self._lines = lines
        self._rest = rest

    def render_segments(self, console: Console) -> str:
        drawn = [f"\x1b[{y + 1};{x + 1}H{strip.render(console)}" for x, y, strip in self._lines]
        if self._rest is not None:
            drawn.append(self._rest.render_segments(console))
        return "".join(drawn)


class PaneCompositor(Compositor):
    """As Textual's, with a short way for panes."""

    def __init__(self) -> None:
        super().__init__()
        self._looked_at: object = None
        self._panes: Mapping[LogPane, Region] = {}
        self._placed: list[Placed] | None = None
        """What ``at_once`` sends at its end."""

    @contextmanager
    def at_once(self, screen: Screen[Any]) -> Iterator[None]:
        """Panes that are redrawn meanwhile are sent at its end.

        Textual's way there, over a message for each widget, an idle moment and a timer, takes
        longer than to draw them.
        """
        settled = screen.is_current and not screen.app._batch_count
        if not settled or screen._layout_required or screen._repaint_required:
            yield
            return
        self._placed = []
        try:
            yield
        finally:
            placed, self._placed = self._placed, None
            if placed:
                screen.app._display(screen, LinesUpdate(placed, None))  # type: ignore[arg-type]

    def send(self, pane: LogPane, lines: Sequence[tuple[int, Strip]]) -> bool:
        """Send some lines of a pane at once; false where Textual must draw them."""
        place = self._uncovered().get(pane) if self._placed is not None else None
        if self._placed is None or place is None or place.size != pane.size:
            return False
        self._placed += [(place.x, place.y + y, strip) for y, strip in lines]
        return True

    def render_partial_update(self) -> CompositorUpdate | None:  # type: ignore[override]
        """See ``Compositor``."""
        lines: list[Placed] = []
        for region in tuple(self._dirty_regions):
            for pane, place in self._uncovered().items():
                if place.contains_region(region):
                    self._dirty_regions.discard(region)
                    inner = Region(0, region.y - place.y, place.width, region.height)
                    drawn = enumerate(pane.render_lines(inner), region.y)
                    lines += [(place.x, y, strip) for y, strip in drawn]
                    break
        rest = super().render_partial_update()
        return LinesUpdate(lines, rest) if lines else rest

    def _uncovered(self) -> Mapping[LogPane, Region]:
        """The panes that nothing lies over, and where; found once for a layout."""
        visible = self.visible_widgets
        if self._looked_at is not visible:
            self._looked_at = visible
            self._panes = {
                widget: region
                for widget, (region, clip) in visible.items()
                if isinstance(widget, LogPane)
                and clip.contains_region(region)
                and not self._covered(widget, region)
            }
        return self._panes

    def _covered(self, pane: Widget, place: Region) -> bool:
        below = {pane, *pane.ancestors}
        return any(
            place.overlaps(region)
            for widget, (region, _) in self.visible_widgets.items()
            if widget not in below
        )
