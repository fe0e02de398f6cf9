"""What a terminal is sent while logs grow is what Textual itself would draw."""

from __future__ import annotations

import re

import pytest
from rich.ansi import AnsiDecoder
from rich.console import Console
from rich.style import Style
from textual._compositor import CompositorUpdate
from textual.color import Color
from textual.filter import Monochrome
from textual.pilot import Pilot
from textual.strip import Strip

from jitsi_tui.tui.screens.logs import LogsScreen
from jitsi_tui.tui.widgets.log_strips import LogStrip
from jitsi_tui.tui.widgets.pane_compositor import LinesUpdate

from .driving import Driven, shown, tell, until
from .test_logs import opened, pane, prosody

_PIECE = re.compile(r"\x1b\[(\d+);(\d+)H|\x1b\[[\d;?]*[a-zA-Z]|\n|([^\x1b\n]+)")


class Paper:
    """A terminal that knows no more than where text goes."""

    def __init__(self, app: Driven, monkeypatch: pytest.MonkeyPatch) -> None:
        self._app = app
        self.lines = [list(strip.text) for strip in self._whole()]
        self.updates: list[CompositorUpdate] = []
        monkeypatch.setattr(app, "_display", self._display)

    def _whole(self) -> list[Strip]:
        return self._app.screen._compositor.render_strips()

    def _display(self, _screen: object, update: CompositorUpdate | None) -> None:
        if not isinstance(update, CompositorUpdate):
            return
        self.updates.append(update)
        x = y = 0
        for piece in _PIECE.finditer(update.render_segments(self._app.console)):
            row, column, text = piece.groups()
            if row:
                x, y = int(column) - 1, int(row) - 1
            elif text:
                self.lines[y][x : x + len(text)] = text
                x += len(text)

    @property
    def text(self) -> str:
        """What it shows."""
        return "\n".join("".join(line) for line in self.lines)

    @property
    def short(self) -> bool:
        """Whether panes went their short way."""
        return any(isinstance(update, LinesUpdate) for update in self.updates)

    def is_right(self) -> bool:
        """Whether it shows what Textual would draw from nothing."""
        return self.text == "\n".join(strip.text for strip in self._whole())


async def _grown(pilot: Pilot[None], monkeypatch: pytest.MonkeyPatch, *, cover: bool) -> Paper:
    app = pilot.app
    assert isinstance(app, Driven)
    feed = await opened(pilot)
    await tell(pilot, feed.batch("prosody", b"".join(prosody(i) for i in range(60))))
    await until(pilot, lambda: "line 59" in shown(pilot))
    paper = Paper(app, monkeypatch)
    if cover:
        app.say("This lies over a pane.")
        await until(pilot, lambda: "This lies over a pane." in paper.text)
        paper.updates.clear()
    for number in range(60, 66):
        await tell(pilot, feed.batch("prosody", prosody(number)))
        await tell(pilot, feed.batch("nginx", b"2026/11/24 14:02:02 [error] 1#1: *1 open()\n"))
    await until(pilot, lambda: "line 65" in paper.text and paper.is_right())
    return paper


async def test_panes_send_their_lines_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        paper = await _grown(pilot, monkeypatch, cover=False)
        assert paper.short


async def test_what_lies_over_a_pane_stays_there(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Driven()
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        paper = await _grown(pilot, monkeypatch, cover=True)
        assert "This lies over a pane." in paper.text
        screen = app.screen
        assert isinstance(screen, LogsScreen)
        panes = list(screen._compositor._uncovered())  # type: ignore[attr-defined]
        assert pane(pilot, "prosody") in panes
        assert pane(pilot, "nginx") not in panes


def _looks(sent: str, console: Console) -> list[tuple[str, Style]]:
    """Each letter that a terminal shows, and how."""
    shown = AnsiDecoder().decode_line(sent)
    return [
        (letter, shown.get_style_at_offset(console, at)) for at, letter in enumerate(shown.plain)
    ]


def _forget_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A style keeps how it was drawn first, which was for another test's terminal."""
    kept = vars(Style)["_ansi"]
    drawn: dict[int, str | None] = {}

    def put(style: Style, codes: str | None) -> None:
        drawn[id(style)] = codes
        kept.__set__(style, None)  # what was made here is whole for later tests

    monkeypatch.setattr(Style, "_ansi", property(lambda style: drawn.get(id(style)), put))


@pytest.mark.parametrize("name", ["COLORTERM=truecolor", "COLORTERM=", "NO_COLOR=1"])
async def test_a_line_of_a_pane_is_whole_for_who_looks_closer(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(*name.split("="))
    _forget_codes(monkeypatch)
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        feed = await opened(pilot)
        await tell(pilot, feed.batch("prosody", prosody(1, "error")))
        await until(pilot, lambda: "line 1" in shown(pilot))
        strips = [strip for strip in pane(pilot)._lines if "line 1" in strip.text]
        assert len(strips) == 1
        strip = strips[0]
        assert isinstance(strip, LogStrip)
        twin = Strip(list(strip), strip.cell_length)
        console = app.console
        assert _looks(strip.render(console), console) == _looks(twin.render(console), console)
        assert strip.crop(3, 20) == twin.crop(3, 20)
        assert strip.divide([5, strip.cell_length]) == twin.divide([5, twin.cell_length])
        grey = Monochrome()
        assert strip.apply_filter(grey, Color(0, 0, 0)) == twin.apply_filter(grey, Color(0, 0, 0))
