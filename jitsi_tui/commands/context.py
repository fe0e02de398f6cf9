"""What every command has: its arguments, the open host, a question before a change."""

from __future__ import annotations

import argparse
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from jitsi_tui.commands.terminal import NoTerminalError, Say, TerminalPrompts, line_of_stdin
from jitsi_tui.instance.model import RefusedError
from jitsi_tui.session import idle
from jitsi_tui.session.target import Target
from jitsi_tui.settings import Settings
from jitsi_tui.ssh.command import Secret
from jitsi_tui.ssh.host import Host

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Context:
    """What a command has beside its arguments."""

    arguments: argparse.Namespace
    settings: Settings
    target: Target
    """Where the command is to be run."""

    prompts: TerminalPrompts
    say: Say
    """Progress for people; silent with ``--json``."""

    on_wait: Callable[[idle.Waiting], None] = lambda _: None
    """Told while a change waits for the last meeting to end."""

    begun: list[str] = field(default_factory=list)
    """What was begun on the server, in words, for whoever is interrupted from then on."""


class InterruptedLateError(Exception):
    """Ctrl-C where something was begun on the server already."""

    kind = "interrupted"

    def __init__(self, begun: Sequence[str]) -> None:
        self.message = f"interrupted, and this was begun: {'; '.join(begun)}"
        self.hint = "see what became of it with: jitsi-tui status DEST"
        super().__init__(self.message)


@contextmanager
def opened(context: Context) -> Iterator[tuple[Host, Target]]:
    """The host of a command, closed at the end."""
    target = context.target
    password = _sudo_password(context)
    if password is not None:
        target = Target(target.access._replace(sudo_password=password))
    host: Host | None = None
    try:
        host = target.open(context.prompts)
        yield host, target
    finally:
        if host is not None:
            host.close()
        target.close()


def _sudo_password(context: Context) -> Secret | None:
    if context.arguments.sudo_password_stdin:
        return line_of_stdin()
    if not context.arguments.ask_sudo:
        return None
    password = context.prompts.secret(f"Password for sudo on {context.arguments.destination}: ")
    if password is None:
        raise NoTerminalError("no password for sudo was given", "use --sudo-password-stdin")
    return password


def show(context: Context, lines: Iterable[str], *, asks: bool = True) -> None:
    """Say what a question is about, which ``asks`` says is to come: with ``--json`` beside it, on
    standard error. Nobody decides on what he has not seen."""
    beside = asks and context.arguments.json and context.prompts.interactive
    for line in lines:
        (context.prompts.show if beside else context.say)(line)


def confirm(context: Context, question: str) -> None:
    """Ask before a change. Raises where nobody is there, or says no."""
    if not context.prompts.interactive:
        raise NoTerminalError("this changes the server, and nobody is there to ask", "add --yes")
    if not context.prompts.confirm(question):
        raise RefusedError("nothing was changed", "answer y to apply, or add --yes")


@contextmanager
def interruptions() -> Iterator[threading.Event]:
    """Ctrl-C, or another end from outside, asks the running apply to roll back."""
    cancel = threading.Event()
    before = {number: signal.getsignal(number) for number in _ENDING}
    ignored = {signal.SIGHUP} if before[signal.SIGHUP] is signal.SIG_IGN else set()
    for number in before.keys() - ignored:
        signal.signal(number, lambda *_: cancel.set())
    try:
        yield cancel
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
