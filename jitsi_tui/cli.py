"""The command line: parses, prints, sets the exit code; decides nothing."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from jitsi_tui import commands
from jitsi_tui.commands import arguments as parser
from jitsi_tui.visible import visible

if TYPE_CHECKING:
    from jitsi_tui.commands.report import Answer

_CONNECTION_KINDS = frozenset(
    {"connection", "host-key", "authentication", "sudo", "connection-lost", "timeout", "forward"}
)
_USAGE_KINDS = frozenset({"usage", "settings", "destination"})
_INTERRUPTED = 130
_DRAWN_A_SECOND = "125"


def entry() -> None:
    """The ``jitsi-tui`` program."""
    sys.exit(main(sys.argv[1:]))


def main(argv: list[str]) -> int:
    """Run one command line and return its exit code. No error shows a traceback."""
    arguments = argparse.Namespace(json="--json" in argv)
    try:
        arguments = parser.parse(argv)
        return _run(arguments)
    except KeyboardInterrupt:
        _fail(arguments, "interrupted", "interrupted; nothing was changed", "")
        return _INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output is gone; the interpreter must not complain about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        return _report_failure(arguments, error)


def _run(arguments: argparse.Namespace) -> int:
    from jitsi_tui import settings  # noqa: PLC0415 - --version needs none

    chosen = settings.load(arguments.config)
    if arguments.command in ("app", "demo"):
        from jitsi_tui.commands import terminal  # noqa: PLC0415

        terminal.require()
        # Textual reads it once, as it loads: how often what changed is drawn, at most.
        os.environ.setdefault("TEXTUAL_FPS", _DRAWN_A_SECOND)
        from jitsi_tui.tui import launch  # noqa: PLC0415 - only the app loads Textual

        return launch.run(arguments, chosen)
    from jitsi_tui.commands.context import Context  # noqa: PLC0415 - --version loads none of it
    from jitsi_tui.commands.terminal import TerminalPrompts  # noqa: PLC0415
    from jitsi_tui.commands.waiting import WaitTeller  # noqa: PLC0415

    context = Context(
        arguments,
        chosen,
        TerminalPrompts(lambda line: _print(line, error=True)),
        _say(arguments),
        WaitTeller(_say_waiting(arguments)),
    )
    if arguments.command == "logs":
        from jitsi_tui.commands import logs  # noqa: PLC0415

        return logs.run(context, _printer(arguments))
    return _print_answer(arguments, commands.find(arguments.command)(context))


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
    if arguments.json:
        _print_json({"error": {"kind": kind, "message": message, "hint": hint}}, error=True)
        return
    line = visible(f"jitsi-tui: {message}; {hint}" if hint else f"jitsi-tui: {message}")
    _print(" ".join(line.split()), error=True)


def _print_answer(arguments: argparse.Namespace, answer: Answer) -> int:
    if arguments.json:
        _print_json(answer.data)
    else:
        for line in answer.lines:
            _print(line)
    return answer.exit


def _say(arguments: argparse.Namespace) -> Callable[[str], None]:
    """Progress goes to standard output for people, nowhere with ``--json``."""
    if arguments.json:
        return lambda _: None
    return lambda line: _print(visible(line))


def _say_waiting(arguments: argparse.Namespace) -> Callable[[str, Mapping[str, object]], None]:
    """A wait is never silent: with ``--json`` it is told on standard error."""
    if arguments.json:
        return lambda _, data: _print_json(data, error=True)
    return lambda line, _: _print(visible(line))


def _printer(arguments: argparse.Namespace) -> Callable[[Mapping[str, object], str], None]:
    """Prints one log record, as JSON or as text."""
    if arguments.json:
        return lambda data, _: _print_json(data)
    return lambda _, line: _print(line)


def _print(line: str, *, error: bool = False) -> None:
    stream = sys.stderr if error else sys.stdout
    encoding = stream.encoding or "utf-8"
    print(line.encode(encoding, "replace").decode(encoding), file=stream, flush=True)


def _print_json(data: Mapping[str, object], *, error: bool = False) -> None:
    _print(json.dumps(data, ensure_ascii=True), error=error)
