"""What may stand on the command line. Nothing here runs anything."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from jitsi_tui import __version__
from jitsi_tui.commands import argument_types as types
from jitsi_tui.commands import moderators_arguments

_COMMON_VALUES = frozenset(
    {"--domain", "--identity", "--port", "--ssh-config", "--known-hosts", "--timeout", "--config"}
)
_COMMON = _COMMON_VALUES | {
    *("--json", "--accept-new", "--ask-sudo", "--sudo-password-stdin"),
    *("--no-color", "--show-secrets"),
}
_TAKES_VALUE = _COMMON_VALUES | {
    *(
        "--restart",
        "--seconds",
        "--guest-domain",
        "--login-lifetime",
        "--prune",
        "-n",
        "--since",
        "--level",
        "--grep",
        "--valid",
    ),
    *moderators_arguments.VALUES,
}
_WITH_ACTIONS = frozenset({"moderators", "services"})
_EPILOG = """\
exit codes: 0 done, nothing to do, or a dry run; 1 findings, a refused change (nothing changed) or a
failed check; 2 usage; 3 connection, authentication or sudo failed; 4 applied and rolled back;
5 could not roll back; 130 interrupted before anything changed"""


class UsageError(Exception):
    """A command line that can't be understood."""

    kind = "usage"

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class _Parser(argparse.ArgumentParser):
    """Raises instead of printing: what goes wrong is told in one place, as JSON too."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        raise UsageError(message, f"see {self.prog.replace(' DEST', '')} --help")


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The parsed command line; ``command`` is ``app`` where no command was named.

    A command's name wins over a destination of that name; ``--`` before it makes it a destination.
    Raises ``UsageError``; ``--help`` and ``--version`` print and exit.
    """
    words = list(argv)
    command = _first_positional(words)
    if command in COMMANDS:
        parsed = _command_parser(command).parse_args(_in_order(words, command))
        _refuse_contradictions(parsed)
        return parsed
    return _app_parser().parse_args(words)


def _refuse_contradictions(parsed: argparse.Namespace) -> None:
    """What argparse can't say: options that go with, or need, one another."""
    command, action = parsed.command, getattr(parsed, "action", None)
    if command == "secure" and parsed.guests is False and parsed.guest_domain is not None:
        raise UsageError("--guest-domain contradicts --no-guests", "see jitsi-tui secure --help")
    if command == "undo" and parsed.id and (parsed.list or parsed.prune is not None):
        raise UsageError("an ID goes with neither --list nor --prune", "see jitsi-tui undo --help")
    if action == "add" and parsed.name is None and parsed.from_file is None:
        raise UsageError("nobody was named", "give a NAME, or a list with --from FILE")
    if action == "add" and parsed.from_file is None:
        for option in ("dry-run", "skip-wrong", "to"):
            if getattr(parsed, option.replace("-", "_")):
                raise UsageError(
                    f"--{option} is for a list, with --from", "see jitsi-tui moderators DEST add -h"
                )


def _first_positional(words: Sequence[str]) -> str | None:
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word == "--":
            return None
        elif _takes_value(word):
            skip = True
        elif not word.startswith("-"):
            return word
    return None


def _takes_value(word: str) -> bool:
    """Whether the next word is its value: also in ``-fn 20``."""
    if word in _TAKES_VALUE:
        return True
    if not word.startswith("-") or word.startswith("--"):
        return False
    values = [f"-{letter}" in _TAKES_VALUE for letter in word[1:]]
    return bool(values) and values[-1] and not any(values[:-1])


def _in_order(words: Sequence[str], command: str) -> list[str]:
    """A command's words as argparse wants them: it takes positionals only where they adjoin."""
    common: list[str] = []
    own: list[str] = []
    positionals: list[str] = []
    rest = iter(words)
    for word in rest:
        if word == "--":
            positionals += [word, *rest]
            break
        if not word.startswith("-") or word == "-":
            positionals.append(word)
            continue
        name = word.partition("=")[0]
        place = common if name in _COMMON else own
        place.append(word)
        if _takes_value(word):
            value = next(rest, None)
            if value is None:
                raise UsageError(
                    f"argument {word}: expected one argument", f"see jitsi-tui {command} --help"
                )
            if word.startswith("--") and value[:1] == "-" and value[1:2].isdigit():
                place[-1] = f"{word}={value}"  # a span of time with its sign is no option
            else:
                place.append(value)
    positionals.remove(command)
    # An action has options of its own, which must follow it.
    at = 2 if command in _WITH_ACTIONS else 0
    return [*common, *positionals[:at], *own, *positionals[at:]]


def _common() -> _Parser:
    common = _Parser(add_help=False)
    group = common.add_argument_group("common options")
    group.add_argument("--json", action="store_true", help="print JSON, errors too")
    group.add_argument("--domain", metavar="D", help="which instance, where a server has several")
    group.add_argument("--identity", type=Path, metavar="FILE", help="the private key to log in by")
    group.add_argument("--port", type=types.port, metavar="N", help="the port of sshd")
    group.add_argument(
        "--ssh-config", type=types.there, metavar="FILE", help="instead of ~/.ssh/config"
    )
    group.add_argument("--known-hosts", type=Path, metavar="FILE", help="instead of ssh's own")
    group.add_argument(
        "--accept-new",
        action="store_true",
        help="add an unknown host key; a changed one is never accepted",
    )
    sudo = group.add_mutually_exclusive_group()
    sudo.add_argument("--ask-sudo", action="store_true", help="ask for sudo's password first")
    sudo.add_argument(
        "--sudo-password-stdin",
        action="store_true",
        help="read sudo's password from the first line of standard input",
    )
    group.add_argument(
        "--timeout",
        type=types.seconds,
        default=10.0,
        metavar="S",
        help="for connecting (default 10)",
    )
    group.add_argument("--config", type=Path, metavar="FILE", help="instead of config.toml")
    group.add_argument("--no-color", action="store_true", help="no colours")
    group.add_argument("--show-secrets", action="store_true", help="diffs with their secrets")
    return common


def _app_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="jitsi-tui",
        parents=[_common()],
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Close a Jitsi Meet server to strangers, and watch it while you test.",
        epilog=f"commands: {', '.join(COMMANDS)} (jitsi-tui COMMAND --help)\n\n{_EPILOG}",
    )
    parser.add_argument("--version", action="version", version=f"jitsi-tui {__version__}")
    parser.add_argument(
        "destination",
        nargs="?",
        metavar="DESTINATION",
        help="an ssh alias, [user@]host[:port], local (this machine) or demo",
    )
    parser.add_argument("--read-only", action="store_true", help="nothing can be changed")
    parser.set_defaults(command="app")
    return parser


def _command_parser(name: str) -> argparse.ArgumentParser:
    """Of one command alone: making all would take longer than loading most of them."""
    what_it_does, add_options = _COMMANDS[name]
    parser = _Parser(
        prog=f"jitsi-tui {name}", parents=[_common()], description=what_it_does, epilog=_EPILOG
    )
    if name == "demo":
        parser.set_defaults(destination="demo")
    else:
        parser.add_argument("destination", metavar="DEST")
    parser.set_defaults(command=name)
    add_options(parser)
    return parser


def _add_demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--read-only", action="store_true", help="nothing can be changed")


def _add_status(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-probe", action="store_true", help="read files only, ask no server")


def _add_open(parser: argparse.ArgumentParser) -> None:
    _add_change(parser)
    _add_auto_owner(parser)


def _add_sudoers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--nopasswd", action="store_true", help="without asking for a password")


def _add_change(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="show the plan, change nothing")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument(
        "--restart",
        choices=("needed", "all"),
        default="needed",
        help="which services restart: those whose settings changed, or all four",
    )
    parser.add_argument(
        "--when-idle",
        action="store_true",
        help="wait until nobody is in a meeting, where restarts would throw people out",
    )
    parser.add_argument(
        "--accept-unproved",
        action="store_true",
        help="keep the change where the proof can't be had; a wrong proof still rolls back",
    )


def _add_secure(parser: argparse.ArgumentParser) -> None:
    _add_change(parser)
    guests = parser.add_mutually_exclusive_group()
    guests.add_argument(
        "--guests",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="whether people without an account may join a meeting that has begun",
    )
    parser.add_argument(
        "--guest-domain",
        type=types.domain,
        metavar="D",
        help="default: guest. before the domain",
    )
    parser.add_argument(
        "--login-lifetime",
        type=types.lifetime,
        metavar="TIME",
        help="how long Jicofo remembers a login that is not used: 45m, 8h, 7d (its default: 24h)",
    )
    parser.add_argument(
        "--auto-login",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="whether Jicofo remembers a login beyond the meeting that it was made for",
    )
    _add_auto_owner(parser)


def _add_auto_owner(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--auto-owner",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="whether the first in a room owns it where no account is needed",
    )


def _add_undo(parser: argparse.ArgumentParser) -> None:
    _add_change(parser)
    parser.add_argument("id", nargs="?", metavar="ID", help="which backup (default: the newest)")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--list", action="store_true", help="list the backups")
    what.add_argument(
        "--prune",
        type=types.count,
        metavar="KEEP",
        help="delete all backups of this domain but the newest KEEP; restores nothing",
    )
    parser.add_argument("--force", action="store_true", help="also over edits that were made since")


def _add_services(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    restart = actions.add_parser("restart", help="restart services, and see that they came back")
    restart.add_argument("names", nargs="+", metavar="NAME")
    restart.add_argument("--json", action="store_true", default=argparse.SUPPRESS)


def _add_mend(parser: argparse.ArgumentParser) -> None:
    _add_change(parser)
    parser.add_argument(
        "ids",
        nargs="*",
        metavar="ID",
        help="which findings, as status --json names them (default: all that can be mended)",
    )


def _add_trace(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--seconds",
        type=types.seconds,
        metavar="N",
        help="how long to follow (default: until Ctrl-C)",
    )


def _add_logs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "sources",
        nargs="*",
        default=[],
        metavar="SOURCE",
        help="prosody prosody.err jicofo jvb nginx nginx.access, or absolute paths (default: all)",
    )
    parser.add_argument("-f", "--follow", action="store_true", help="go on until Ctrl-C")
    parser.add_argument("-n", type=types.count, default=10, metavar="N", help="records a source")
    parser.add_argument(
        "--since", metavar="WHEN", help="instead of -n: 10m, 2h, HH:MM or an ISO time"
    )
    parser.add_argument(
        "--level",
        type=types.level,
        choices=("debug", "info", "warning", "error", "fatal"),
        help="at least this",
    )
    parser.add_argument("--grep", metavar="RE", help="records that match")


_COMMANDS: Mapping[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "status": ("Who may open meetings, how we know, and what is wrong.", _add_status),
    "secure": ("Close the instance: meetings are opened with an account.", _add_secure),
    "open": ("Back to an open instance.", _add_open),
    "undo": ("Restore a backup.", _add_undo),
    "mend": ("Mend what status finds: one change, proved, and looked at again.", _add_mend),
    "moderators": ("The accounts that may open meetings.", moderators_arguments.add),
    "services": ("The services, and a restart that is checked.", _add_services),
    "logs": ("All logs, merged by time.", _add_logs),
    "trace": ("What happens to whoever tries to get in now.", _add_trace),
    "sudoers": ("What sudo must allow on that server.", _add_sudoers),
    "demo": ("The app on the practice server.", _add_demo),
}
COMMANDS = tuple(_COMMANDS)
"""The names that a command line may start with."""
