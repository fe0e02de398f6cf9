"""What one does with a record, wherever it is seen: mark it, copy it, see what belongs to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from jitsi_tui.logs.marked import Held
from jitsi_tui.text import visible
from jitsi_tui.tui.actions import Action

if TYPE_CHECKING:
    from jitsi_tui.tui.app import JitsiTuiApp


def no_record(screen: OnRecord) -> str | None:
    """Why nothing can be done with a record."""
    if screen.in_input:
        return "Leave the line first, with Esc."
    held = screen.held
    return None if held is not None and held.record is not None else "There is no record yet."


def actions_on_record(prefix: str, rank: int) -> tuple[Action, ...]:
    """The same keys on every screen that shows records."""
    return (
        Action(
            f"{prefix}.mark",
            ("m",),
            "mark",
            "Mark the record, or take its mark away; what came since can be saved.",
            rank=rank,
            why_not=no_record,
        ),
        Action(
            f"{prefix}.copy",
            ("c",),
            "copy",
            "Copy the record through tmux and SSH.",
            rank=rank + 1,
            why_not=no_record,
        ),
        Action(
            f"{prefix}.same",
            ("x",),
            "same …",
            "Show all records of all logs with the same session, room, JID or address.",
            rank=rank + 2,
            why_not=no_record,
        ),
    )


class OnRecord:
    """For a screen that has ``held``."""

    @property
    def held(self) -> Held | None:
        """The record that is meant."""
        raise NotImplementedError

    if TYPE_CHECKING:

        @property
        def in_input(self) -> bool:
            """Whether keys go into an input line."""

    def do_mark(self) -> None:
        """Mark it, or not."""
        app, held = self._app, self.held
        record = held.record if held is not None else None
        if held is None or record is None:
            return
        now = int(app.logs.book.server_time() * 1_000_000)
        if app.logs.marked.toggle(held, record.moment if record.time else now):
            app.say("Marked. s saves what came since; ' comes back here.")
        else:
            app.say("The mark is gone.", tone="off")
        self.marks_changed()

    def do_copy(self) -> None:
        """Copy it."""
        record = self.held.record if self.held is not None else None
        if record is not None:
            self._app.copy_to_clipboard(visible(record.text, lines=True, tabs=True))
            self._app.say("The record was sent to your terminal's clipboard.")

    def do_same(self) -> None:
        """All records that belong together."""
        from .same import SameSheet, things  # noqa: PLC0415 - sheets load when they are needed

        held = self.held
        record = held.record if held is not None else None
        if held is None or record is None:
            return
        if things(record):
            self._app.push_screen(SameSheet(held))
        else:
            self._app.say("This record names no session, room, JID or address.", tone="attention")

    def marks_changed(self) -> None:
        """A mark came or went."""

    @property
    def _app(self) -> JitsiTuiApp:
        return cast("JitsiTuiApp", self.jitsi)  # type: ignore[attr-defined]
