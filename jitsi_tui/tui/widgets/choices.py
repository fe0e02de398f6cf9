"""Choices: a question with its answers in plain words, one of them chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from jitsi_tui.tui.lines import Line, wrap

from .block import Block


@dataclass(frozen=True)
class Choice:
    """One answer."""

    key: str
    title: str
    note: str = ""
    """What it means, below its title."""

    blocked: str = ""
    """Why it can't be chosen; shown beside it."""


class Choices(Block, can_focus=True):
    """Arrows choose, as they do in every group of radio buttons."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "step(-1)", "", show=False),
        Binding("down", "step(1)", "", show=False),
    ]

    class Changed(Message):
        """The user chose another answer."""

        def __init__(self, choices: Choices, key: str) -> None:
            super().__init__()
            self.choices = choices
            self.key = key

        @property
        def control(self) -> Choices:
            """The group it came from."""
            return self.choices

    def __init__(
        self,
        *,
        id: str | None = None,  # noqa: A002 - Textual's name for it
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._choices: tuple[Choice, ...] = ()
        self._chosen: str | None = None
        self._rows: list[str] = []

    @property
    def chosen(self) -> str | None:
        """The key of the answer that is chosen."""
        return self._chosen

    def offer(self, choices: Sequence[Choice], chosen: str | None) -> None:
        """Show these answers, one chosen or none."""
        self._choices = tuple(choices)
        self._chosen = chosen
        self.put(self._lines)

    def _lines(self, cells: int) -> list[Line]:
        lines: list[Line] = []
        self._rows = []
        for choice in self._choices:
            chosen = choice.key == self._chosen
            pointer = "› " if chosen and self.has_focus else "  "
            if choice.blocked:
                title: Line = ((choice.title, "dim"), (f"   {choice.blocked}", "dim"))
            else:
                title = ((choice.title, "strong" if chosen else ""),)
            mark: Line = (("● ", "accent"),) if chosen else (("○ ", "dim"),)
            rows: list[Line] = [((pointer, "cursor"), *mark, *title)]
            if choice.note:
                rows += wrap(choice.note, cells, "dim", indent="    ")
            lines += rows
            self._rows += [choice.key] * len(rows)
        return lines

    def action_step(self, by: int) -> None:
        """Choose the next answer that can be chosen."""
        keys = [choice.key for choice in self._choices if not choice.blocked]
        if not keys:
            return
        if self._chosen not in keys:
            self._choose(keys[0 if by > 0 else -1])
            return
        at = keys.index(self._chosen) + by
        if 0 <= at < len(keys):
            self._choose(keys[at])

    def on_click(self, event: events.Click) -> None:
        """A click chooses."""
        offset = event.get_content_offset(self)
        if offset is not None and offset.y < len(self._rows):
            key = self._rows[offset.y]
            if not next(choice for choice in self._choices if choice.key == key).blocked:
                self._choose(key)

    def _choose(self, key: str) -> None:
        if key != self._chosen:
            self._chosen = key
            self.put(self._lines)
            self.post_message(self.Changed(self, key))

    def on_focus(self) -> None:
        self.put(self._lines)

    def on_blur(self) -> None:
        self.put(self._lines)
