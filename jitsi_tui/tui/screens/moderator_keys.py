"""What the Moderators screen can do: its keys, and why one can't act now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jitsi_tui.instance.accounts import changes as account_changes
from jitsi_tui.tui.actions import Action

if TYPE_CHECKING:
    from .moderators import ModeratorsScreen


def _no_row(page: ModeratorsScreen) -> str | None:
    if page.rows.current is None:
        return "Nobody is under the cursor."
    return _not_up(page)


def _not_up(page: ModeratorsScreen) -> str | None:
    if page.state.applying:
        return "A change is under way; wait for its end."
    return None if page.state.up else "The connection does not stand."


def _open(page: ModeratorsScreen) -> str | None:
    status = page.state.status
    if status is not None and status.posture == "open":
        return "Prosody knows no accounts while everyone is let in: close the server first (c)."
    return None


def _cannot_add(page: ModeratorsScreen) -> str | None:
    return _open(page) or _not_up(page)


def _cannot_change(page: ModeratorsScreen) -> str | None:
    return _open(page) or _no_row(page)


def _nothing_kept(page: ModeratorsScreen) -> str | None:
    listing = page.state.listing
    if listing is None or not listing.kept:
        return "No removal is kept that could be undone."
    return _not_up(page)


def _cannot_switch(page: ModeratorsScreen) -> str | None:
    status = page.state.status
    why = account_changes.switch_refusal(status.instance) if status is not None else ""
    return why[:1].upper() + why[1:] + "." if why else _cannot_change(page)


def _not_open(page: ModeratorsScreen) -> str | None:
    status = page.state.status
    if status is None or status.posture != "open":
        return "The server is not open to strangers."
    return None


ACTIONS: tuple[Action, ...] = (
    Action(
        "moderators.close",
        ("c",),
        "close it …",
        "Go to the Auth screen with the server closed to strangers.",
        mutates=True,
        rank=1,
        why_not=_not_open,
    ),
    Action(
        "moderators.add",
        ("a",),
        "add …",
        "Make an account; its password is typed, or made and shown once.",
        mutates=True,
        rank=1,
        why_not=_cannot_add,
    ),
    Action(
        "moderators.invite",
        ("i",),
        "invite …",
        "Make a link with which a person chooses a password that nobody else knows.",
        mutates=True,
        rank=2,
        why_not=_cannot_add,
    ),
    Action(
        "moderators.invitations",
        ("I",),
        "invitations",
        "Show the invitations that are outstanding; each can be taken back.",
        rank=7,
        why_not=_cannot_add,
    ),
    Action(
        "moderators.many",
        ("b",),
        "add many …",
        "Add everyone of a list that is pasted or read from a file.",
        mutates=True,
        rank=4,
        why_not=_cannot_add,
    ),
    Action(
        "moderators.reset",
        ("p",),
        "password …",
        "Give the account under the cursor a new password.",
        mutates=True,
        rank=2,
        why_not=_cannot_change,
    ),
    Action(
        "moderators.remove",
        ("x", "delete"),
        "remove …",
        "Ask once more, then remove the marked accounts, or the one under the cursor.",
        mutates=True,
        rank=3,
        why_not=_cannot_change,
    ),
    Action(
        "moderators.bring-back",
        ("u",),
        "undo removal …",
        "Show who was removed, and bring them back with their passwords.",
        mutates=True,
        rank=6,
        why_not=_nothing_kept,
    ),
    Action(
        "moderators.switch",
        ("d",),
        "disable, enable …",
        "Ask once more, then let the marked accounts log in no more, or again (Prosody 13).",
        mutates=True,
        rank=6,
        why_not=_cannot_switch,
    ),
    Action(
        "moderators.check",
        ("k",),
        "check …",
        "See whether a name and its password open a meeting.",
        rank=5,
        why_not=_no_row,
    ),
    Action(
        "moderators.mark",
        ("space",),
        "mark",
        "Mark the account, to remove several at once.",
        rank=6,
        why_not=_no_row,
    ),
    Action(
        "moderators.mark-all",
        ("asterisk",),
        "mark all",
        "Mark every account that is listed now, or none of them.",
        rank=12,
        why_not=_no_row,
    ),
    Action(
        "moderators.sort",
        ("s",),
        "sort",
        "Sort by the next column: name, state, now, last seen, changed.",
        rank=8,
        why_not=_no_row,
    ),
    Action(
        "moderators.machines",
        ("m",),
        "machines",
        "Show the accounts of other hosts: Jicofo, bridges, recorders. They stay as they are.",
        rank=13,
    ),
    Action(
        "moderators.export",
        ("e",),
        "export …",
        "Write the list as CSV, without secrets, into a file on this machine.",
        rank=11,
        why_not=_no_row,
    ),
    Action(
        "moderators.details",
        ("enter",),
        "details",
        "Show all that is known of the account under the cursor.",
        rank=7,
        why_not=_no_row,
    ),
    Action("moderators.find", ("slash",), "find", "Show only names that hold a word.", rank=4),
)
