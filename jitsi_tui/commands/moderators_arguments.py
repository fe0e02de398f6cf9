"""What may stand behind ``jitsi-tui moderators DEST``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from jitsi_tui.commands import argument_types as types
from jitsi_tui.commands import invitations_arguments

VALUES = frozenset({"--from", "--to", "--id", "--bits"})
"""Options of these actions that take a value."""

_Actions = Any  # argparse's own type has no public name


def add(parser: argparse.ArgumentParser) -> None:
    """Every action with its options."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listed = actions.add_parser("list", help="everyone who may open meetings")
    listed.add_argument(
        "--machines", action="store_true", help="name the accounts of other hosts (auth.) too"
    )
    _add_add(actions)
    _add_passwd(actions)
    _add_by_names(actions)
    _add_restore(actions)
    check = actions.add_parser("check", help="whether a name and password log in")
    check.add_argument("name", metavar="NAME")
    check.add_argument("--password-stdin", action="store_true", help="read it from standard input")
    check.add_argument(
        "--room",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="ask Jicofo for a random room too (an empty one comes to be, and goes)",
    )
    export = actions.add_parser("export", help="the list as CSV, without secrets")
    export.add_argument("--to", type=Path, metavar="FILE", help="default: standard output")
    invitations_arguments.add(actions)
    for action in actions.choices.values():
        action.add_argument("--json", action="store_true", default=argparse.SUPPRESS)


def _add_add(actions: _Actions) -> None:
    action = actions.add_parser("add", help="a new account, or many from a list")
    action.add_argument("name", nargs="?", metavar="NAME")
    _password_source(action)
    action.add_argument(
        "--from",
        dest="from_file",
        metavar="FILE",
        help="many: one name a line, CSV, or what mod_listusers prints; - is standard input",
    )
    action.add_argument(
        "--to",
        type=Path,
        metavar="FILE",
        help="write the made passphrases into this new file (0600) instead of showing them",
    )
    action.add_argument("--dry-run", action="store_true", help="say what is wrong in each line")
    action.add_argument(
        "--skip-wrong", action="store_true", help="leave out wrong lines instead of refusing all"
    )
    action.add_argument("--yes", action="store_true", help="do not ask")
    _bits(action)


def _add_passwd(actions: _Actions) -> None:
    action = actions.add_parser("passwd", help="a new password for an account")
    action.add_argument("name", metavar="NAME")
    _password_source(action)
    _bits(action)
    _restart_jicofo(action)


def _add_by_names(actions: _Actions) -> None:
    remove = actions.add_parser("remove", help="remove accounts and close their connections")
    disable = actions.add_parser("disable", help="let accounts log in no more (Prosody 13)")
    enable = actions.add_parser("enable", help="let disabled accounts log in again")
    for action in (remove, disable, enable):
        action.add_argument("names", nargs="+", metavar="NAME")
        action.add_argument("--yes", action="store_true", help="do not ask")
    for action in (remove, disable):
        _restart_jicofo(action)


def _add_restore(actions: _Actions) -> None:
    restore = actions.add_parser("restore", help="bring removed accounts back, passwords and all")
    restore.add_argument("names", nargs="*", metavar="NAME")
    restore.add_argument("--id", metavar="ID", help="which removal (default: the newest)")
    restore.add_argument("--list", action="store_true", help="list the removals that are kept")


def _password_source(action: argparse.ArgumentParser) -> None:
    source = action.add_mutually_exclusive_group()
    source.add_argument("--password-stdin", action="store_true", help="read it from standard input")
    source.add_argument("--generate", action="store_true", help="make one and print it once")


def _bits(action: argparse.ArgumentParser) -> None:
    action.add_argument(
        "--bits",
        type=types.strength,
        metavar="N",
        help="strength of made passphrases (default: 70)",
    )


def _restart_jicofo(action: argparse.ArgumentParser) -> None:
    action.add_argument(
        "--restart-jicofo",
        action="store_true",
        help="then restart Jicofo, which forgets every login; running meetings rejoin",
    )
