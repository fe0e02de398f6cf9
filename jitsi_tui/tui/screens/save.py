"""Asking what of the logs to save, and where; writes it without holding anything up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from jitsi_tui import text
from jitsi_tui.logs.patterns import SlowPatternError
from jitsi_tui.logs.save import SaveError, Saving
from jitsi_tui.ssh.host import HostError
from jitsi_tui.text import visible
from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.lines import Line, Run, line, wrap
from jitsi_tui.tui.saving import Scope, write_scope
from jitsi_tui.tui.widgets.block import Block
from jitsi_tui.tui.widgets.field import Field

from .base import Sheet


def _writing(sheet: SaveSheet) -> str | None:
    return "It is being written." if sheet.writing else None


def _nothing_there(sheet: SaveSheet) -> str | None:
    return None if sheet.there is not None else "There is no such file; Enter saves."


class SaveSheet(Sheet[None]):
    """Tab chooses what, Enter writes; a file that is there is replaced by a key of its own."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(
            "save.write",
            ("enter",),
            "save",
            "Write the file on this machine.",
            rank=1,
            why_not=_writing,
        ),
        Action(
            "save.replace",
            ("ctrl+r",),
            "replace it",
            "Write over the file that is there.",
            rank=4,
            why_not=_nothing_there,
        ),
        Action(
            "save.what",
            ("tab",),
            "something else",
            "Choose what is saved.",
            rank=3,
            why_not=_writing,
        ),
        Action("save.cancel", ("escape",), "cancel", "Write nothing.", rank=2),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    def __init__(self, scopes: Sequence[Scope], server: str) -> None:
        super().__init__()
        self._scopes = tuple(scopes)
        self._server = server
        self._at = 0
        self.there: Path | None = None
        """A file that is there already."""

        self._typed = ""
        """What was typed when that was found."""

        self.writing = False

    def body(self) -> ComposeResult:
        yield Block(id="save-scopes")
        with Horizontal(classes="field"):
            yield Block(((("File", "dim"),),), classes="label")
            yield Field(value=_name(self._server, self.jitsi.now()), id="path")
        yield Block(id="save-note")

    def title_lines(self, cells: int) -> list[Line]:  # noqa: ARG002
        return [line(("Save logs on this machine", "strong"))]

    def on_mount(self) -> None:
        marked = any(scope.since is not None for scope in self._scopes)
        self._note(
            "Credentials stay hidden, as on the screen. Only you may read the file."
            + ("" if marked else " What came since a record can be saved once m marked it.")
        )
        self.query_one("#save-scopes", Block).put(self._choices)
        field = self.query_one("#path", Input)
        self.set_focus(field)
        field.cursor_position = len(field.value)

    def _choices(self, cells: int) -> list[Line]:  # noqa: ARG002
        rows: list[Line] = []
        for at, scope in enumerate(self._scopes):
            chosen: Run = ("› ● ", "cursor") if at == self._at else ("  ○ ", "dim")
            rows.append((chosen, (visible(scope.words), "" if at == self._at else "dim")))
        return [*rows, ()]

    def _note(self, words: str, wrong: bool = False) -> None:
        self.query_one("#save-note", Block).put(
            lambda cells: wrap(words, cells, "attention" if wrong else "dim")
        )

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if not self.writing:
            self.do_write()

    def on_input_changed(self, event: Input.Changed) -> None:
        if self.there is not None and event.value.strip() != self._typed:
            self.there = None
            self.refresh_keys()

    def do_what(self) -> None:
        """The next thing that may be saved."""
        self._at = (self._at + 1) % len(self._scopes)
        self.query_one("#save-scopes", Block).put(self._choices)

    def do_write(self) -> None:
        """Write it, unless the file is there."""
        self._begin(overwrite=False)

    def do_replace(self) -> None:
        """Write over what is there."""
        self._begin(overwrite=True)

    def _begin(self, *, overwrite: bool) -> None:
        words = self.query_one("#path", Input).value.strip()
        if not words:
            self._note("Type where to write it.", wrong=True)
            return
        try:
            path = Path(words).expanduser()
            saving = Saving(path, overwrite=overwrite and path == self.there)
        except (SaveError, RuntimeError) as error:
            self._refused(error)
            return
        self.writing = True
        self.refresh_keys()
        self.run_worker(self._write(saving, self._scopes[self._at]), exclusive=True)

    def _refused(self, error: HostError | RuntimeError) -> None:
        if not isinstance(error, HostError):
            self._note(visible(str(error)), wrong=True)
        elif isinstance(error, SaveError) and error.exists:
            self._typed = self.query_one("#path", Input).value.strip()
            self.there = Path(self._typed).expanduser()
            self._note(f"{visible(error.message)}. Ctrl-R replaces it.", wrong=True)
            self.refresh_keys()
        else:
            self._note(f"{visible(error.message)}: {visible(error.hint)}.", wrong=True)

    async def _write(self, saving: Saving, scope: Scope) -> None:
        try:
            count = await write_scope(saving, scope, self.jitsi.logs, self._progress)
        except (SaveError, SlowPatternError) as error:
            self.writing = False
            self.refresh_keys()
            self._refused(error)
            return
        self.jitsi.say(f"{text.count(count, 'record')} in {visible(str(saving.path))}")
        self.dismiss()

    def _progress(self, count: int) -> None:
        self._note(f"{text.count(count, 'record')} written …")

    def do_cancel(self) -> None:
        """Write nothing; what was begun is taken away."""
        self.dismiss()


def _name(server: str, now: datetime) -> str:
    safe = re.sub(r"[^A-Za-z0-9.-]+", "-", server).strip("-.")[:60] or "server"
    return f"~/logs-{safe}-{now.astimezone():%Y%m%d-%H%M%S}.log"
