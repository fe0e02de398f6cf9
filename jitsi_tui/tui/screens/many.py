"""Many new moderators at once: a list that is pasted or read, and what is wrong in each line."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Input, TextArea

from jitsi_tui import text
from jitsi_tui.instance.accounts import bulk
from jitsi_tui.instance.accounts.bulk import Preview
from jitsi_tui.instance.model import RefusedError
from jitsi_tui.text import visible
from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.lines import Line, clip, line, wrap
from jitsi_tui.tui.present import bulk as present
from jitsi_tui.tui.widgets.block import Block
from jitsi_tui.tui.widgets.field import Field

from .base import Sheet
from .confirm import ConfirmSheet
from .progress import ProgressSheet

_MOST_BYTES = 8 * 1024 * 1024
_WORDS = 40
"""Cells of a path that can't be: the reason behind it must be in sight."""


def _nobody(sheet: ManySheet) -> str | None:
    if sheet.preview is None or not sheet.preview.good:
        return "The list holds nobody who could be added."
    return None


class ManySheet(Sheet[None]):
    """A list, and under it, as it is typed, what would become of it."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(
            "many.add",
            ("ctrl+g",),
            "add them …",
            "Ask once more, then make the accounts of all good lines.",
            mutates=True,
            rank=1,
            why_not=_nobody,
        ),
        Action(
            "many.next",
            ("tab",),
            "next field",
            "Go to the next of the three fields.",
            rank=3,
        ),
        Action("many.cancel", ("escape",), "cancel", "Add nobody.", rank=2),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    def __init__(self, server: str, taken: frozenset[str]) -> None:
        """``taken`` are the names of accounts that exist."""
        super().__init__()
        self._server = server
        self._taken = taken
        self._wrong = ""
        self.preview: Preview | None = None

    def body(self) -> ComposeResult:
        yield Block(id="many-note")
        yield TextArea(id="names", compact=True, soft_wrap=False, tab_behavior="focus")
        with Horizontal(classes="field"):
            yield Block(((("or a file", "dim"),),), classes="label")
            yield Field(id="from", placeholder="~/moderators.csv")
        with Horizontal(classes="field"):
            yield Block(((("keep in", "dim"),),), classes="label")
            yield Field(id="to", placeholder="empty: the passphrases are shown once")
        yield Block(id="many-preview")

    def title_lines(self, cells: int) -> list[Line]:  # noqa: ARG002
        return [
            line(("Many new moderators", "strong")),
            line(("on ", "dim"), (visible(self._server), "accent")),
        ]

    def on_mount(self) -> None:
        self.query_one("#many-note", Block).put(
            lambda cells: wrap(
                "One name a line, or name,password. A passphrase is made where none is given.",
                cells,
                "dim",
            )
        )
        self.set_focus(self.query_one("#names", TextArea))
        self._look()

    def on_text_area_changed(self) -> None:
        """See what the list would make, as it is typed."""
        self._read(self.query_one("#names", TextArea).text)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in the file's line reads it."""
        event.stop()
        if event.input.id == "from" and event.value.strip():
            self._read_file(event.value.strip())

    def on_input_blurred(self, event: Input.Blurred) -> None:
        """Leaving the file's line reads it too."""
        if event.input.id == "from" and event.value.strip():
            self._read_file(event.value.strip())

    def _read_file(self, words: str) -> None:
        try:
            self._read(bulk.decoded(_content(Path(words).expanduser())))
        except (OSError, RuntimeError, RefusedError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            self.preview, self._wrong = None, f"{clip(words, _WORDS)} can't be read: {why}"
            self._look()

    def _read(self, words: str) -> None:
        self.preview, self._wrong = None, ""
        if words.strip():
            try:
                self.preview = bulk.preview(words, self._server, self._taken)
            except RefusedError as error:
                self._wrong = error.message
        self._look()

    def _look(self) -> None:
        found, wrong = self.preview, self._wrong
        self.query_one("#many-preview", Block).put(
            lambda cells: present.preview_lines(found, wrong, cells)
        )
        self.refresh_keys()

    def do_next(self) -> None:
        """The next field."""
        self.focus_next()

    def do_add(self) -> None:
        """Ask, then begin."""
        found = self.preview
        if found is None:
            return
        words = self.query_one("#to", Input).value.strip()
        try:
            to = Path(words).expanduser() if words else None
            self._wrong = (
                f"{to} exists already: name a file that does not"
                if to is not None and to.exists()
                else ""
            )
        except (OSError, RuntimeError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            self._wrong = f"{clip(words, _WORDS)} can't be written: {why}"
        if self._wrong:
            self._look()
            return
        what = text.count(len(found.good), "moderator")
        sheet = ConfirmSheet(
            f"add {what}",
            self._server,
            lambda cells: present.before_adding(found, to, cells),
            "Add",
        )
        self.app.push_screen(sheet, lambda sure: self._sure(found, to, sure))

    def _sure(self, found: Preview, to: Path | None, sure: bool | None) -> None:
        if not sure or self.session is None:
            return
        session = self.session
        self.dismiss()
        self.app.push_screen(ProgressSheet(self._server, len(found.good)))
        session.accounts.add_many(found.good, to)

    def do_cancel(self) -> None:
        """Leave; what was typed may hold passwords, so it goes."""
        self.query_one("#names", TextArea).text = ""
        self.dismiss()


def _content(path: Path) -> bytes:
    """A plain file's bytes; a pipe or a device would hold the app up."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise RefusedError("it is no plain file", "")
        data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise RefusedError("it is larger than 8 MB", "")
    return data
