"""Writing the list of moderators as CSV."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from jitsi_tui import private_file, text
from jitsi_tui.instance.accounts import export
from jitsi_tui.instance.model import ModeratorList, RefusedError
from jitsi_tui.text import visible
from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.lines import Line, line, wrap
from jitsi_tui.tui.widgets.block import Block
from jitsi_tui.tui.widgets.field import Field

from .base import Sheet


class ExportSheet(Sheet[None]):
    """A place for the file; Enter writes it."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action("export.write", ("enter",), "write", "Write the file on this machine.", rank=1),
        Action("export.cancel", ("escape",), "cancel", "Write nothing.", rank=2),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    def __init__(self, listing: ModeratorList) -> None:
        super().__init__()
        self._listing = listing

    def body(self) -> ComposeResult:
        with Horizontal(classes="field"):
            yield Block(((("File", "dim"),),), classes="label")
            yield Field(value=f"~/moderators-{self._listing.domain}.csv", id="path")
        yield Block(id="export-note")

    def title_lines(self, cells: int) -> list[Line]:  # noqa: ARG002
        count = text.count(len(self._listing.moderators), "moderator")
        return [line((f"Export {count} as CSV", "strong"))]

    def on_mount(self) -> None:
        self._note("Names, states and times; no secrets. No cell is a formula.", wrong=False)
        field = self.query_one("#path", Input)
        self.set_focus(field)
        field.cursor_position = len(field.value)

    def _note(self, words: str, *, wrong: bool) -> None:
        self.query_one("#export-note", Block).put(
            lambda cells: wrap(visible(words), cells, "attention" if wrong else "dim")
        )

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in the line."""
        event.stop()
        self.do_write()

    def do_write(self) -> None:
        """Write it."""
        try:
            path = Path(self.query_one("#path", Input).value.strip()).expanduser()
            private_file.write_new(path, export.as_csv(self._listing))
        except (RefusedError, RuntimeError) as error:
            self._note(str(error), wrong=True)
            return
        self.jitsi.say(f"The list is in {visible(str(path))}")
        self.dismiss()

    def do_cancel(self) -> None:
        """Write nothing."""
        self.dismiss()
