"""Questions on a terminal, for the commands. Asks nobody where standard input is no terminal."""

from __future__ import annotations

import getpass
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from jitsi_tui.ssh.command import Secret
from jitsi_tui.visible import visible

Say = Callable[[str], None]


class NoTerminalError(Exception):
    """A question came up and nobody is there to answer it."""

    kind = "usage"

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def require() -> None:
    """Raise ``NoTerminalError`` where the app has no terminal to read keys from and to draw on."""
    for stream, what in ((sys.stdin, "standard input"), (sys.stderr, "standard error")):
        if stream is None or not stream.isatty():
            raise NoTerminalError(
                f"the app needs a terminal, and {what} is none",
                "for scripts there are commands: jitsi-tui --help",
            )


class TerminalPrompts:
    """Answers what a connection asks, from the terminal. ``say`` writes to standard error."""

    def __init__(self, say: Say) -> None:
        self._say = say

    @property
    def interactive(self) -> bool:
        """Whether somebody is there."""
        return sys.stdin is not None and sys.stdin.isatty()

    def show(self, line: str) -> None:
        """Say what a question is about."""
        self._say(visible(line))

    def unknown_host_key(self, host: str, key_type: str, fingerprint: str) -> bool:
        """Show the key and ask."""
        if not self.interactive:
            return False
        self._say(visible(f"The key of {host} is unknown: {key_type} {fingerprint}"))
        return self.confirm("Trust it and go on?")

    def passphrase(self, path: str) -> Secret | None:
        """The passphrase of an encrypted key."""
        return self.secret(f"Passphrase of {path}: ")

    def password(self, user: str, host: str) -> Secret | None:
        """The login password."""
        return self.secret(f"Password of {user} on {host}: ")

    def sudo_password(self, user: str, host: str, again: bool) -> Secret | None:
        """sudo's password."""
        start = "That was wrong. " if again else ""
        return self.secret(f"{start}Password of {user} for sudo on {host}: ")

    def answers(
        self, title: str, instructions: str, prompts: Sequence[tuple[str, bool]]
    ) -> list[Secret] | None:
        """Keyboard-interactive questions (RFC 4256)."""
        if not self.interactive:
            return None
        for line in (title, instructions):
            if line:
                self._say(visible(line))
        found: list[Secret] = []
        for label, _ in prompts:
            # An empty line is an answer: some ask for Enter alone.
            answer = self._typed(f"{label.strip()} ")
            if answer is None:
                return None
            found.append(answer)
        return found

    def secret(self, prompt: str) -> Secret | None:
        """One line that is not shown; ``None`` where nobody is there or it is empty."""
        typed = self._typed(prompt)
        return typed if typed is not None and typed.reveal() else None

    def _typed(self, prompt: str) -> Secret | None:
        if not self.interactive:
            return None
        try:
            with _ctrl_c_ends_it():
                return Secret(getpass.getpass(visible(prompt)))
        except EOFError:
            return None
        except KeyboardInterrupt:
            self._say("")  # the question's own line has no end yet
            raise

    def line(self, prompt: str) -> str:
        """One line that may be seen."""
        self._say(visible(prompt))
        with _ctrl_c_ends_it():
            return sys.stdin.readline()

    def confirm(self, question: str) -> bool:
        """Yes or no; anything but yes is no."""
        self._say(f"{visible(question)} [y/N] ")
        with _ctrl_c_ends_it():
            return sys.stdin.readline().strip().lower() in ("y", "yes")


@contextmanager
def _ctrl_c_ends_it() -> Iterator[None]:
    """Also while a change runs, where Ctrl-C is only noted: a read that goes on would hide that."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def new_password(prompts: TerminalPrompts, name: str) -> Secret:
    """A password typed twice. Raises ``NoTerminalError``."""
    first = prompts.secret(f"Password for {name}: ")
    if first is None:
        raise NoTerminalError("no password was given", "use --generate or --password-stdin")
    if prompts.secret("Once more: ") != first:
        raise NoTerminalError("the two passwords differ", "nothing was changed; try again")
    return first


def line_of_stdin() -> Secret:
    """The next line of standard input, without its line end.

    Not one byte more is read: a list may follow.
    """
    data = sys.stdin.buffer.readline()
    try:
        line = data.decode(sys.stdin.encoding, sys.stdin.errors or "strict").rstrip("\r\n")
    except UnicodeDecodeError:
        raise NoTerminalError(
            f"the password on standard input is no {sys.stdin.encoding}", "see the locale"
        ) from None
    if not line:
        raise NoTerminalError("standard input held no password", "send it as one line")
    return Secret(line)
