"""What may stand behind ``jitsi-tui moderators DEST``."""

from __future__ import annotations

import argparse

from jitsi_tui import invitations_arguments


def add(parser: argparse.ArgumentParser) -> None:
    """Every action with its options."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="everyone who may open meetings")
    for name, text in (("add", "a new account"), ("passwd", "a new password for an account")):
        action = actions.add_parser(name, help=text)
        action.add_argument("name", metavar="NAME")
        source = action.add_mutually_exclusive_group()
        source.add_argument(
            "--password-stdin", action="store_true", help="read it from standard input"
        )
        source.add_argument("--generate", action="store_true", help="make one and print it once")
    remove = actions.add_parser("remove", help="remove accounts and close their connections")
    remove.add_argument("names", nargs="+", metavar="NAME")
    remove.add_argument("--yes", action="store_true", help="do not ask")
    check = actions.add_parser("check", help="whether a name and password open a room")
    check.add_argument("name", metavar="NAME")
    check.add_argument("--password-stdin", action="store_true", help="read it from standard input")
    invitations_arguments.add(actions)
    for action in actions.choices.values():
        action.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
