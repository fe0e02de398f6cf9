"""PaneCompositor: sends the lines of panes to the terminal as they are.

Textual's compositor draws every widget under a changed line, cuts all at each other's edges and
keeps the uppermost pieces: for four logs that grow, a third of all work. Panes that nothing lies
over need none of it; whatever else has changed goes Textual's way.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from textual._compositor import Compositor, CompositorUpdate
from textual.geometry import Region
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
        self._panes: Sequence[tuple[LogPane, Region]] = ()

    def render_partial_update(self) -> CompositorUpdate | None:  # type: ignore[override]
        """See ``Compositor``."""
        lines: list[Placed] = []
        for region in tuple(self._dirty_regions):
            for pane, place in self._uncovered():
                if place.contains_region(region):
                    self._dirty_regions.discard(region)
                    inner = Region(0, region.y - place.y, place.width, region.height)
                    drawn = enumerate(pane.render_lines(inner), region.y)
                    lines += [(place.x, y, strip) for y, strip in drawn]
                    break
        rest = super().render_partial_update()
        return LinesUpdate(lines, rest) if lines else rest

    def _uncovered(self) -> Sequence[tuple[LogPane, Region]]:
        """The panes that nothing lies over, and where; found once for a layout."""
        visible = self.visible_widgets
        if self._looked_at is not visible:
            self._looked_at = visible
            self._panes = [
                (widget, region)
                for widget, (region, clip) in visible.items()
                if isinstance(widget, LogPane)
                and clip.contains_region(region)
                and not self._covered(widget, region)
            ]
        return self._panes

    def _covered(self, pane: Widget, place: Region) -> bool:
        below = {pane, *pane.ancestors}
        return any(
            place.overlaps(region)
            for widget, (region, _) in self.visible_widgets.items()
            if widget not in below
        )
