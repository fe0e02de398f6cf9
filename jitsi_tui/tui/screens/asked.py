"""A question of the connection: an unknown key, a passphrase, a password, a one-time code."""

from __future__ import annotations

from concurrent.futures import InvalidStateError
from contextlib import suppress
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from jitsi_tui.session.events import Asked
from jitsi_tui.ssh.command import Secret
from jitsi_tui.text import visible
from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.deafness import Deafness
from jitsi_tui.tui.lines import Line, clip, line, wrap
from jitsi_tui.tui.state import State
from jitsi_tui.tui.widgets.block import Block
from jitsi_tui.tui.widgets.field import Field
from jitsi_tui.tui.widgets.push_button import PushButton

from .base import Sheet

_LABEL_CELLS = 24


def _is_question(sheet: AskedSheet) -> str | None:
    return None if not sheet.event.prompts else "Type the answer and press Enter."


_NO = Action("asked.no", ("escape",), "do not connect", "Give no answer.", rank=2)


class AskedSheet(Sheet[None]):
    """Yes or no where there is nothing to type; focus is on the answer that is safe."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(
            "asked.trust",
            ("y",),
            "yes, I know it",
            "Trust this key from now on; it is added to known_hosts.",
            why_not=_is_question,
            footer=False,
        ),
        _NO,
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)
    AUTO_FOCUS = "Input, #no"

    def __init__(self, event: Asked) -> None:
        super().__init__()
        self.event = event
        self._deaf = Deafness()

    def body(self) -> ComposeResult:
        yield Block(id="asked-text")
        if not self.event.prompts:
            with Horizontal(classes="buttons"):
                yield PushButton("No", "Esc", id="no")
                yield PushButton("Yes, I know it", "y", id="yes")
            return
        for label, seen in self.event.prompts:
            with Vertical(classes="prompt"):
                name = clip(visible(label).strip().rstrip(":"), _LABEL_CELLS)
                yield Block((((name, "dim"),),))
                yield Field(password=not seen)

    def title_lines(self, cells: int) -> list[Line]:
        return wrap(visible(self.event.title), cells, "strong")

    def footer_actions(self) -> list[Action]:
        if self.event.kind == "sudo-password":
            return [_NO._replace(title="not now")]
        return self.usable() if self.event.prompts else []

    def on_mount(self) -> None:
        self._deaf.begin()

    def show(self, state: State) -> None:
        super().show(state)
        if self.event.answer.done() and self.is_active:
            self.dismiss()
            return
        self.query_one("#asked-text", Block).put(self._text)

    def _text(self, cells: int) -> list[Line]:
        lines: list[Line] = []
        for row in visible(self.event.text, lines=True).split("\n"):
            fingerprint = row.startswith("SHA256:")
            lines += wrap(row, cells, "strong" if fingerprint else "")
        if self.event.kind == "unknown-host-key":
            lines.append(())
            lines += wrap(
                "You have not been on this server from here. Compare the fingerprint with one from "
                "a source you trust: on the server, ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub "
                "prints it.",
                cells,
                "dim",
            )
        elif self.event.kind == "sudo-password":
            lines += wrap("Without it you see what you may read there without root.", cells, "dim")
        elif not self.event.text:
            lines = [line("")]
        return lines

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes to the next line, and from the last one answers."""
        event.stop()
        inputs = list(self.query(Input))
        at = inputs.index(event.input)
        if at + 1 < len(inputs):
            self.set_focus(inputs[at + 1])
            return
        answers = tuple(Secret(field.value) for field in inputs)
        for field in inputs:
            field.value = ""
        self._answer(answers)

    def on_push_button_pressed(self, event: PushButton.Pressed) -> None:
        """One of the two was pressed."""
        event.stop()
        if not self._deaf:
            self._answer(event.button.id == "yes")

    def do_trust(self) -> None:
        """Yes."""
        if not self._deaf:
            self._answer(True)

    def do_no(self) -> None:
        """No answer."""
        self._answer(None if self.event.prompts else False)

    def _answer(self, answer: tuple[Secret, ...] | bool | None) -> None:
        with suppress(InvalidStateError):  # nobody waits for it any more
            self.event.answer.set_result(answer)
        self.dismiss()
