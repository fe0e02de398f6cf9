"""What may stand behind ``jitsi-tui moderators DEST invite``, ``invitations`` and ``revoke``."""

from __future__ import annotations

import argparse
from typing import Any

from jitsi_tui.commands import argument_types as types


def add(actions: argparse._SubParsersAction[Any]) -> None:
    """The three actions with their options."""
    invite = actions.add_parser(
        "invite",
        help="make a link with which a person chooses a password that nobody else knows",
        description="Make a link with which a person chooses a password that nobody else knows. "
        "What the server lacks for it (a page, modules of Prosody's) is shown and asked about.",
    )
    invite.add_argument(
        "name", nargs="?", default="", metavar="NAME", help="for this name (default: any)"
    )
    invite.add_argument(
        "--reset", action="store_true", help="a new password for an account that exists"
    )
    invite.add_argument(
        "--valid",
        type=types.validity,
        metavar="TIME",
        help="30m, 12h, 7d or 2w (default 7d, for --reset 1d)",
    )
    invite.add_argument("--dry-run", action="store_true", help="show what would be installed")
    invite.add_argument("--yes", action="store_true", help="install it without asking")
    invite.add_argument(
        "--accept-unproved",
        action="store_true",
        help="keep what is installed where the proof can't be had; a wrong proof still rolls back",
    )
    invite.add_argument(
        "--when-idle",
        action="store_true",
        help="install it once nobody is in a meeting: Prosody restarts for it",
    )
    invite.set_defaults(restart="needed")
    actions.add_parser("invitations", help="the invitations that are outstanding")
    revoke = actions.add_parser("revoke", help="take invitations back")
    revoke.add_argument("ids", nargs="+", metavar="ID", help="as invitations lists them")
