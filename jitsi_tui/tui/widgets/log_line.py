"""LogLine: the line under the panes in which one types what to find or what to show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input

from jitsi_tui.tui.lines import Kind, Line

from .block import Block
from .field import Field

Purpose = Literal["find", "filter"]
Ended: TypeAlias = Callable[[bool], None]

_HINTS: dict[Purpose, str] = {
    "find": "a word, or a regular expression",
    "filter": "what must stand in a record; !word: what must not",
}


class _Line(Field):
    """Backspace where nothing is typed takes back what was typed before.

    Enter and Esc end it at once: a key that is already on its way is meant for the panes.
    """

    class Emptied(Message):
        """There was nothing left to delete."""

    def __init__(self, ended: Ended) -> None:
        super().__init__(id="log-input")
        self._ended = ended

    async def _took(self, event: events.Key) -> bool:
        if self.has_focus and event.key in ("enter", "escape"):
            self._ended(event.key == "enter")
            return True
        return await super()._took(event)

    def action_delete_left(self) -> None:
        if self.value:
            super().action_delete_left()
        else:
            self.post_message(self.Emptied())


class LogLine(Horizontal):
    """Out of sight while it has nothing to say."""

    class Typed(Message):
        """The words changed."""

    class TookBack(Message):
        """The last filter is not wanted any more."""

    def __init__(self, ended: Ended) -> None:
        """``ended`` is called where typing ends: whether what was typed is to be kept."""
        super().__init__(id="log-line")
        self._ended = ended
        self.purpose: Purpose = "filter"
        self.is_open = False
        self._chips: Line = ()
        self._words = ""

    def compose(self) -> ComposeResult:
        yield Block(id="log-line-label", classes="label")
        yield Block(id="log-chips")
        yield _Line(self._ended)
        yield Block(id="log-note")

    def on_mount(self) -> None:
        self._show()

    @property
    def field(self) -> Input:
        """Where one types."""
        return self.query_one("#log-input", Input)

    def open(self, purpose: Purpose) -> None:
        """Type something new."""
        self.purpose, self.is_open = purpose, True
        self.field.value = ""
        self.field.placeholder = _HINTS[purpose]
        self._show()
        self.screen.set_focus(self.field)

    def close(self) -> None:
        """Typing is over."""
        self.is_open = False
        self._show()

    def tell(self, chips: Line, words: str) -> None:
        """What is filtered, and the note beside it."""
        self._chips, self._words = chips, words
        if self.is_mounted:
            self._show()

    def note(self, words: str, kind: Kind = "attention") -> None:
        """A note for as long as nothing else changes."""
        self.query_one("#log-note", Block).put((((words, kind),),))

    def _show(self) -> None:
        self.display = self.is_open or bool(self._chips) or bool(self._words)
        self.field.display = self.is_open
        self.set_class(self.is_open, "-open")
        finds = self.is_open and self.purpose == "find"
        finds = finds or (not self._chips and self._words.startswith("/"))
        label = "Find" if finds else "Filter"
        self.query_one("#log-line-label", Block).put((((label, "dim"),),))
        chips = self.query_one("#log-chips", Block)
        chips.display = bool(self._chips)
        chips.put((self._chips,))
        self.note(self._words)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if event.input.has_focus and self.is_open:
            self.post_message(self.Typed())

    def on__line_emptied(self, event: _Line.Emptied) -> None:
        event.stop()
        if self.purpose == "filter":
            self.post_message(self.TookBack())
