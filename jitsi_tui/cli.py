"""The command line: parses, prints, sets the exit code; decides nothing."""

from __future__ import annotations

import argparse
import gc
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from jitsi_tui import commands
from jitsi_tui.commands import arguments as parser
from jitsi_tui.lean import read_types_late
from jitsi_tui.visible import visible

if TYPE_CHECKING:
    from jitsi_tui.commands.report import Answer
    from jitsi_tui.session.target import Target

_CONNECTION_KINDS = frozenset(
    {"connection", "host-key", "authentication", "sudo", "connection-lost", "timeout", "forward"}
)
_USAGE_KINDS = frozenset({"usage", "settings", "destination"})
_APP = frozenset({"app", "demo"})
_INTERRUPTED = 130
_DRAWN_A_SECOND = "125"
_GARBAGE_AFTER = 50_000
"""Objects more than there were that make Python look for garbage; at 700, as it is set, it would
look again and again while something is loaded."""


class OutputError(Exception):
    """What we say can't be written; ``gone``: whoever read it went away."""

    kind = "output"
    hint = "look at what standard output is"

    def __init__(self, why: OSError) -> None:
        self.gone = isinstance(why, BrokenPipeError)
        self.message = f"standard output can't be written: {why.strerror}"
        super().__init__(self.message)


def entry() -> None:
    """The ``jitsi-tui`` program."""
    gc.disable()
    read_types_late()
    _open_what_is_closed()
    _end_in_order()
    try:
        sys.exit(main(sys.argv[1:]))
    finally:
        _forget_what_is_unwritten()


def _open_what_is_closed() -> None:
    """Where a standard stream is closed, the next socket or file would take its place."""
    streams = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))
    for number, (name, mode) in enumerate(streams):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, os.O_RDWR)
            if null != number:
                os.dup2(null, number)
                os.close(null)
            setattr(sys, name, open(number, mode, closefd=False))  # noqa: SIM115


def _end_in_order() -> None:
    """SIGTERM, and SIGHUP where ``nohup`` does not keep it off, end us as Ctrl-C does: a terminal
    that just hid a password shows again what is typed."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)


def _loaded() -> None:
    """Look for garbage from now on, and not among what was loaded: nothing of that ever is.

    Looking while it is loaded would take a tenth of the time, and looking through it later would
    halt the app for a twentieth of a second each time.
    """
    if not gc.isenabled():
        gc.freeze()
        gc.set_threshold(_GARBAGE_AFTER)
        gc.enable()


def _forget_what_is_unwritten() -> None:
    """It was told already; at exit the interpreter would try again and complain itself."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def main(argv: list[str]) -> int:
    """Run one command line and return its exit code. No error shows a traceback."""
    arguments = argparse.Namespace(json="--json" in argv)
    try:
        arguments = parser.parse(argv)
        return _run(arguments)
    except KeyboardInterrupt:
        _fail(arguments, "interrupted", "interrupted; nothing was changed", "")
        return _INTERRUPTED
    except OutputError as error:
        return _unheard(arguments, error, 0)
    except Exception as error:
        return _report_failure(arguments, error)


def _run(arguments: argparse.Namespace) -> int:
    is_app = arguments.command in _APP
    if is_app:
        from jitsi_tui.commands import terminal  # noqa: PLC0415

        terminal.require()
    target = _set_out(arguments)
    from jitsi_tui import settings  # noqa: PLC0415 - --version needs none

    chosen = settings.load(arguments.config)
    if is_app:
        # Textual reads it once, as it loads: how often what changed is drawn, at most.
        os.environ.setdefault("TEXTUAL_FPS", _DRAWN_A_SECOND)
        from jitsi_tui.tui import lean  # noqa: F401, I001, PLC0415 - only the app loads Textual
        from jitsi_tui.tui import launch  # noqa: PLC0415

        _loaded()
        return launch.run(arguments, chosen, target)
    from jitsi_tui.commands.context import (  # noqa: PLC0415 - --version loads none of it
        Context,
        InterruptedLateError,
    )
    from jitsi_tui.commands.terminal import TerminalPrompts  # noqa: PLC0415
    from jitsi_tui.commands.waiting import WaitTeller  # noqa: PLC0415

    assert target is not None, "every command has a destination"
    context = Context(
        arguments,
        chosen,
        target,
        TerminalPrompts(_ask(arguments)),
        _say(arguments),
        WaitTeller(_beside(arguments, error=False)),
    )
    if arguments.command == "logs":
        from jitsi_tui.commands import logs  # noqa: PLC0415

        _loaded()
        return logs.run(context, _printer(arguments), _beside(arguments, error=True))
    command = commands.find(arguments.command)
    _loaded()
    try:
        return _print_answer(arguments, command(context))
    except KeyboardInterrupt:
        if context.begun:
            raise InterruptedLateError(context.begun) from None
        raise


def _set_out(arguments: argparse.Namespace) -> Target | None:
    """Go to the server at once: what is to be done there is loaded meanwhile."""
    if arguments.destination is None:
        return None
    from jitsi_tui.session.target import Target, access  # noqa: PLC0415

    apart = arguments.command in _APP
    target = Target(access(arguments, arguments.destination), apart=apart)
    if not (arguments.ask_sudo or arguments.sudo_password_stdin):
        target.begin(look=arguments.command in commands.LOOKS)
    return target


def _report_failure(arguments: argparse.Namespace, error: Exception) -> int:
    kind = getattr(error, "kind", None)
    if not isinstance(kind, str):
        if os.environ.get("JITSI_TUI_DEBUG"):
            raise error
        message = f"something of ours failed: {type(error).__name__}"
        _fail(arguments, "internal", message, "run it again with JITSI_TUI_DEBUG=1 and report it")
        return 1
    answer: Answer | None = getattr(error, "answer", None)
    if answer is not None:
        _print_answer(arguments, answer)
    message = getattr(error, "message", str(error))
    _fail(arguments, kind, message, getattr(error, "hint", ""))
    if answer is not None:
        return answer.exit
    if kind in _CONNECTION_KINDS:
        return 3
    return 2 if kind in _USAGE_KINDS else 1


def _fail(arguments: argparse.Namespace, kind: str, message: str, hint: str) -> None:
    hint = _addressed(arguments, hint)
    line = visible(f"jitsi-tui: {message}; {hint}" if hint else f"jitsi-tui: {message}")
    with suppress(OutputError):
        if arguments.json:
            _print_json({"error": {"kind": kind, "message": message, "hint": hint}}, error=True)
        else:
            _print(" ".join(line.split()), error=True)


def _addressed(arguments: argparse.Namespace, words: str) -> str:
    from jitsi_tui.words import addressed  # noqa: PLC0415 - --version needs none

    destination = getattr(arguments, "destination", None)
    return addressed(words, destination) if destination else words


def _print_answer(arguments: argparse.Namespace, answer: Answer) -> int:
    try:
        if arguments.json:
            _print_json(answer.data)
        else:
            for line in answer.lines:
                _print(_addressed(arguments, line))
    except OutputError as error:
        return _unheard(arguments, error, answer.exit)
    return answer.exit


def _unheard(arguments: argparse.Namespace, error: OutputError, ended: int) -> int:
    """What was done counts, heard or not: a reader that had enough is no failure."""
    if error.gone:
        return ended
    done = f"what was asked for ended with exit code {ended} all the same"
    _fail(arguments, error.kind, f"{error.message} ({done})", error.hint)
    return ended or 1


def _say(arguments: argparse.Namespace) -> Callable[[str], None]:
    """Progress goes to standard output for people, nowhere with ``--json``.

    Where nobody hears it, the change under way still goes to its end.
    """

    def say(line: str) -> None:
        with suppress(OutputError):
            _print(visible(_addressed(arguments, line)))

    return (lambda _: None) if arguments.json else say


def _beside(
    arguments: argparse.Namespace, *, error: bool
) -> Callable[[Mapping[str, object], str], None]:
    """Says what is no part of the answer: with ``--json`` always on standard error.

    ``error``: there without it too, where it would be taken for the answer.
    """

    def say(data: Mapping[str, object], line: str) -> None:
        with suppress(OutputError):
            if arguments.json:
                _print_json(data, error=True)
            else:
                _print(visible(line), error=error)

    return say


def _ask(arguments: argparse.Namespace) -> Callable[[str], None]:
    """Says what is asked, and what that is about."""

    def say(line: str) -> None:
        with suppress(OutputError):
            _print(_addressed(arguments, line), error=True)

    return say


def _printer(arguments: argparse.Namespace) -> Callable[[Mapping[str, object], str], None]:
    """Prints one log record, as JSON or as text."""
    if arguments.json:
        return lambda data, _: _print_json(data)
    return lambda _, line: _print(line)


def _print(line: str, *, error: bool = False) -> None:
    """Raises ``OutputError``."""
    stream = sys.stderr if error else sys.stdout
    encoding = stream.encoding or "utf-8"
    whole = f"{line}\n".encode(encoding, "replace").decode(encoding)
    try:
        stream.write(whole)  # print() writes the end apart: Ctrl-C between joins two lines
        stream.flush()
    except OSError as why:
        raise OutputError(why) from None


def _print_json(data: Mapping[str, object], *, error: bool = False) -> None:
    _print(json.dumps(data, ensure_ascii=True), error=error)
