"""What came of a list: the passphrases, shown once, and what became of every name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from jitsi_tui import private_file
from jitsi_tui.instance.accounts.bulk_add import BulkResult, Made
from jitsi_tui.instance.model import RefusedError
from jitsi_tui.session.events import BulkDone
from jitsi_tui.text import visible
from jitsi_tui.tui import clipboard
from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.lines import Line, Run
from jitsi_tui.tui.present import bulk as present
from jitsi_tui.tui.widgets.block import Block
from jitsi_tui.tui.widgets.field import Field
from jitsi_tui.tui.widgets.row_list import Column, RowList

from .base import Sheet


def _nothing_secret(sheet: HandoutSheet) -> str | None:
    return None if sheet.secrets else "There are no passphrases here to hand out."


class HandoutSheet(Sheet[None]):
    """Gone for good once it is closed; nothing else in the app holds the passphrases."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(
            "handout.copy",
            ("c",),
            "copy all",
            "Copy names and passphrases, one a line; tmux forgets them again soon.",
            rank=1,
            why_not=_nothing_secret,
        ),
        Action(
            "handout.save",
            ("w",),
            "write to a file",
            "Write names and passphrases into a file of yours alone (0600) on this machine.",
            rank=2,
            why_not=_nothing_secret,
        ),
        Action(
            "handout.close",
            ("escape",),
            "done, forget them",
            "Close; the passphrases can't be shown again.",
            rank=3,
        ),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    def __init__(self, done: BulkDone) -> None:
        super().__init__()
        self._domain = done.domain
        self._file = done.file
        self._result: BulkResult | None = done.result
        self._note = ""

    @property
    def secrets(self) -> tuple[Made, ...]:
        """The accounts whose passphrases we made."""
        return present.generated(self._result) if self._result else ()

    def body(self) -> ComposeResult:
        yield Block(id="handout-summary")
        yield RowList[Made](
            (Column("name"), Column("passphrase", weight=4)),
            _cells,
            key=lambda made: made.name,
            id="handout",
        )
        with Horizontal(classes="field", id="handout-file"):
            yield Block(((("File", "dim"),),), classes="label")
            yield Field(id="path")

    def title_lines(self, cells: int) -> list[Line]:
        return present.result_title(self._result, self._domain, cells)

    def on_mount(self) -> None:
        if not self.query("#handout-file"):
            return  # closed by a key before it was there
        rows = self.query_one("#handout", RowList)
        rows.put(self.secrets)
        rows.display = bool(self.secrets)
        self.query_one("#handout-file").display = False
        self._look()
        self.set_focus(rows)

    def _look(self) -> None:
        result, file, note = self._result, self._file, self._note
        self.query_one("#handout-summary", Block).put(
            lambda cells: present.result_lines(result, file, note, cells)
        )

    def do_copy(self) -> None:
        """Copy them all."""
        self.app.copy_to_clipboard(present.as_lines(self.secrets))
        self.app.set_timer(clipboard.SECRET_SECONDS, clipboard.forget_in_tmux)
        self.jitsi.say(
            "Names and passphrases were sent to your terminal's clipboard. "
            f"tmux forgets them in {clipboard.SECRET_SECONDS:.0f} s."
        )

    def do_save(self) -> None:
        """Ask where; Enter writes."""
        field = self.query_one("#path", Input)
        field.value = f"~/moderators-{self._domain}-{self.jitsi.now():%Y%m%d-%H%M%S}.txt"
        self.query_one("#handout-file").display = True
        self.set_focus(field)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Write the file."""
        event.stop()
        try:
            path = _write(event.value.strip(), self.secrets)
        except RefusedError as error:
            self._note = error.message
        else:
            self._note, self._file = "", str(path)
            self.query_one("#handout-file").display = False
            self.set_focus(self.query_one("#handout", RowList))
        self._look()

    def do_close(self) -> None:
        """Leave the line first; then forget them."""
        if self.in_input:
            self.query_one("#handout-file").display = False
            self.set_focus(self.query_one("#handout", RowList))
            return
        self._result = None
        self.query_one("#handout", RowList).put(())
        self.dismiss()


def _cells(made: Made) -> tuple[Run, ...]:
    return (visible(made.name), ""), (made.password.reveal(), "accent")


def _write(words: str, made: Sequence[Made]) -> Path:
    """Write them into a new file, 0600. Raises ``RefusedError``."""
    if not words:
        raise RefusedError("type where to write it", "")
    try:
        path = Path(words).expanduser()
    except RuntimeError as error:
        raise RefusedError(str(error), "") from None
    private_file.write_new(path, present.as_lines(made))
    return path
