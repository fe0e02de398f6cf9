"""F1: every key in a sentence, this page's first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from jitsi_tui.tui.actions import Action, bindings, key_label
from jitsi_tui.tui.lines import Line, fit, line, wrap
from jitsi_tui.tui.present.finding import found_here, looked_for
from jitsi_tui.tui.present.frame import TABS
from jitsi_tui.tui.screens import MODES, page_class
from jitsi_tui.tui.widgets.line_view import Lines

from .base import LEAVE, Sheet

_KEYS = 10
_TITLE = 19

MOVING = (
    ("↑ ↓", "move in what has focus; in a question, choose"),
    ("← →", "see the rest of long lines"),
    ("Tab", "go to the next part of the page"),
    ("Esc", "leave an input line, close what lies over the page"),
)


class HelpSheet(Sheet[None]):
    """Made from the same actions as the keys themselves, so it can't be wrong about them."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action("help.close", ("escape", "enter", "f1"), "close", "Back to the page.", rank=1),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)
    WIDTH = "wide"

    def body(self) -> ComposeResult:
        yield Lines(id="help-lines")

    def title_lines(self, cells: int) -> list[Line]:  # noqa: ARG002
        return [line(("Keys", "strong"), ("   : finds every one of them by name", "dim"))]

    def on_mount(self) -> None:
        lines = self.query_one("#help-lines", Lines)
        lines.put(self.help_lines)
        lines.focus()

    def help_lines(self, cells: int) -> list[Line]:
        """This page and what is found there, everywhere, then the other pages."""
        page = self.jitsi.page
        here = page.MODE if page else ""
        titles = {**dict(TABS), "connect": "Choosing a server"}
        rows: list[Line] = []
        status = self.state.status
        if here:
            rows += _group(f"On this page: {titles[here]}", page_class(here).ACTIONS, cells)
        if here == "overview" and status is not None:
            rows += found_here({finding.id for finding in status.findings}, cells)
        rows += _group("Everywhere", (*self.jitsi.ACTIONS, LEAVE), cells)
        rows += [line(("Moving", "strong"))]
        rows += [
            line("  ", (fit(key, _KEYS), "key"), (fit("", _TITLE), ""), (what, "dim"))
            for key, what in MOVING
        ]
        rows.append(())
        for mode in MODES:
            if mode != here:
                rows += _group(titles[mode], page_class(mode).ACTIONS, cells)
        if here == "overview":
            rows += looked_for(cells)
        return rows[:-1]

    def do_close(self) -> None:
        """Back to the page."""
        self.dismiss()


def _group(title: str, actions: Iterable[Action], cells: int) -> list[Line]:
    rows = [line((title, "strong"))]
    for action in actions:
        keys = " ".join(key_label(key) for key in action.keys)
        head, *more = wrap(action.help, cells - _KEYS - _TITLE - 2, "dim")
        rows.append(line("  ", (fit(keys, _KEYS), "key"), fit(action.title, _TITLE), *head))
        rows += [line(" " * (_KEYS + _TITLE + 2), *row) for row in more]
    return [*rows, ()]
