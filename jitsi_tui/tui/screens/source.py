"""Asking for one more log: one of the usual ones, or any file of the server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.suggester import SuggestFromList
from textual.widgets import Input

from jitsi_tui.logs.sources import UnknownSourceError, choose
from jitsi_tui.text import listed, visible
from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.lines import Line, line, wrap
from jitsi_tui.tui.widgets.block import Block
from jitsi_tui.tui.widgets.field import Field

from .base import Sheet


class SourceSheet(Sheet[str | None]):
    """One line to fill."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action("source.add", ("enter",), "show it", "Give it a pane.", rank=1),
        Action("source.cancel", ("escape",), "cancel", "Leave the panes as they are.", rank=2),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    def __init__(
        self, hidden: Sequence[str], shown: Sequence[str], names: Mapping[str, str]
    ) -> None:
        """``hidden``: logs that can be had by name; ``shown``: those that have a pane.

        ``names``: of the paths of those that have one: as two logs, all of it would stand twice.
        """
        super().__init__()
        self._names = names
        self._hidden = tuple(hidden)
        self._shown = tuple(shown)

    def body(self) -> ComposeResult:
        with Horizontal(classes="field"):
            yield Block(((("Log", "dim"),),), classes="label")
            yield Field(
                id="source",
                placeholder="a name, or a path on the server: /var/log/syslog",
                suggester=SuggestFromList(self._hidden),
            )
        yield Block(id="source-note")

    def title_lines(self, cells: int) -> list[Line]:  # noqa: ARG002
        return [line(("One more log", "strong"))]

    def on_mount(self) -> None:
        self._note()
        self.set_focus(self.query_one("#source", Input))

    def _note(self, wrong: str = "") -> None:
        names = [visible(name) for name in self._hidden]
        words = f"By name: {listed(names)}." if names else "Any file that you may read there."
        self.query_one("#source-note", Block).put(
            lambda cells: wrap(wrong or words, cells, "attention" if wrong else "dim")
        )

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.do_add()

    def on_input_changed(self) -> None:
        self._note()

    def do_add(self) -> None:
        """Hand over what was typed, if there can be such a log."""
        words = self.query_one("#source", Input).value.strip()
        words = self._names.get(words, words)
        if words in self._shown:
            self._note("It has a pane already.")
            return
        if words in self._hidden:
            self.dismiss(words)
            return
        try:
            chosen = choose((words,))
        except UnknownSourceError as error:
            self._note(f"{visible(error.message)}: {visible(error.hint)}.")
        else:
            self.dismiss(chosen[0].name)

    def do_cancel(self) -> None:
        """Leave."""
        self.dismiss(None)
