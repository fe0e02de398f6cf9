"""Invitations: who was invited to what, and until when."""

from __future__ import annotations

from datetime import datetime

from jitsi_tui import text
from jitsi_tui.instance.invitations import Invitation
from jitsi_tui.text import visible
from jitsi_tui.tui.lines import Line, Run, line, marked, wrap
from jitsi_tui.tui.state import State

_KINDS = {
    "account": "a new account",
    "reset": "a new password",
    "contact": "an account and a contact",
}


def cells(invitation: Invitation, now: datetime) -> tuple[Run, ...]:
    """One row."""
    name = visible(invitation.name)
    return (
        (name, "") if name else ("whoever has the link", "dim"),
        (_KINDS[invitation.kind], "dim"),
        (left(invitation, now), "dim"),
        (invitation.id, "dim"),
    )


def left(invitation: Invitation, now: datetime) -> str:
    """How long it is still valid."""
    if invitation.expires is None:
        return ""
    seconds = (invitation.expires - now).total_seconds()
    return text.span(seconds) if seconds > 0 else "expired"


def above(state: State, cells_wide: int) -> list[Line]:
    """What stands above the rows, or instead of them."""
    if state.invitations_error is not None:
        error = state.invitations_error
        first, *rest = wrap(visible(error.message), cells_wide - 2) or [line("")]
        return [
            line(marked("attention"), " ", *first),
            *(line("  ", *row) for row in rest),
            *wrap(visible(error.hint), cells_wide - 2, "dim", indent="  "),
        ]
    if state.invitations is None:
        return [line(("reading the invitations …", "dim"))]
    if not state.invitations:
        return [
            line(("No invitation is outstanding.", "")),
            line(("i", "key"), ("  invite somebody …", "accent")),
        ]
    return []


def what(invitation: Invitation) -> str:
    """What it lets its owner do, as a title."""
    name = visible(invitation.name)
    if invitation.kind == "reset":
        return f"A new password for {name}"
    return f"An account for {name}" if name else "An account for whoever opens this link"
