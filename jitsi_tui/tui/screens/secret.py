"""A secret, shown once."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from jitsi_tui.ssh.command import Secret
from jitsi_tui.tui import clipboard
from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.lines import Line, wrap
from jitsi_tui.tui.widgets.block import Block

from .base import Sheet


class SecretSheet(Sheet[None]):
    """Gone for good once it is closed; nothing else in the app holds it."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(
            "secret.copy",
            ("c",),
            "copy",
            "Copy the password through tmux and SSH; tmux forgets it again soon.",
            rank=1,
        ),
        Action(
            "secret.close",
            ("escape",),
            "done, forget it",
            "Close; the password can't be shown again.",
            rank=2,
        ),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    def __init__(self, message: str, secret: Secret) -> None:
        super().__init__()
        self._message = message
        self._secret: Secret | None = secret

    def body(self) -> ComposeResult:
        yield Block(id="secret-text")

    def title_lines(self, cells: int) -> list[Line]:
        return wrap(self._message, cells, "strong")

    def on_mount(self) -> None:
        self.query_one("#secret-text", Block).put(self._text)

    def _text(self, cells: int) -> list[Line]:
        secret = self._secret.reveal() if self._secret else ""
        return [
            (("The password", "dim"),),
            (),
            *wrap(secret, cells, "accent", indent="  "),
            (),
            *wrap(
                "It is shown this once and kept nowhere. Hand it over on a way that you trust.",
                cells,
                "dim",
            ),
        ]

    def do_copy(self) -> None:
        """Copy it, and see to it that tmux forgets it."""
        if self._secret is None:
            return
        self.app.copy_to_clipboard(self._secret.reveal())
        self.app.set_timer(clipboard.SECRET_SECONDS, clipboard.forget_in_tmux)
        self.jitsi.say(
            "The password was sent to your terminal's clipboard. "
            f"tmux forgets it in {clipboard.SECRET_SECONDS:.0f} s."
        )

    def do_close(self) -> None:
        """Forget it."""
        self._secret = None
        self.query_one("#secret-text", Block).put(())
        self.dismiss()
