"""Who may open meetings by name: the table, and what is known of one of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from jitsi_tui import text
from jitsi_tui.instance.model import Moderator
from jitsi_tui.text import visible
from jitsi_tui.tui.lines import Line, Run, line, marked, pairs, spread, wrap
from jitsi_tui.tui.state import State


def cells(moderator: Moderator, now: datetime, marked_names: frozenset[str]) -> tuple[Run, ...]:
    """One row."""
    enabled = moderator.enabled is not False
    name = visible(moderator.name)
    return (
        ("✓", "accent") if moderator.name in marked_names else (" ", ""),
        (name, "" if enabled else "dim"),
        _state(moderator),
        (text.ago(moderator.last_seen, now) if moderator.last_seen else "", "dim"),
        (text.ago(moderator.created, now) if moderator.created else "", "dim"),
    )


def _state(moderator: Moderator) -> Run:
    if moderator.enabled is False:
        return ("○ disabled", "attention")
    return ("● may open", "good")


def matching(moderators: Sequence[Moderator], typed: str) -> list[Moderator]:
    """Those whose name holds what was typed."""
    wanted = typed.strip().casefold()
    if not wanted:
        return list(moderators)
    return [m for m in moderators if wanted in m.name.casefold()]


def head(state: State, shown: int, now: datetime, cells_wide: int) -> list[Line]:
    """How many there are and how we know, or what is waited for."""
    listing = state.listing
    if listing is None:
        if state.listing_error is not None:
            lines = wrap(visible(state.listing_error.message), cells_wide - 2)
            first, *rest = lines or [line("")]
            return [
                line(marked("bad"), " ", *first),
                *(line("  ", *row) for row in rest),
                *wrap(visible(state.listing_error.hint), cells_wide - 2, "dim", indent="  "),
            ]
        since = state.listing_since
        waited = (now - since).total_seconds() if since else 0
        more = f"   {text.span(waited)}" if waited >= 1 else ""
        return [line((f"reading the accounts …{more}", "dim"))]
    total = len(listing.moderators)
    source = "as Prosody says" if listing.source == "shell" else "by their files"
    counted = text.count(total, "moderator")
    if shown != total:
        counted = f"{shown} of {counted}"
    left = line((counted[:1].upper() + counted[1:], "strong"), (f"   {source}", "dim"))
    return [spread(left, (), cells_wide), *_warning(state, cells_wide)]


def _warning(state: State, cells_wide: int) -> list[Line]:
    if state.status is None or state.status.posture != "open":
        return []
    words = "Everyone may open meetings, so accounts do not matter yet."
    row = line(
        marked("attention"), (f" {words}", ""), "   ", ("c", "key"), ("  close it …", "accent")
    )
    return [row] if len(words) + 20 <= cells_wide else [line(marked("attention"), f" {words}")]


def empty(state: State, typed: str) -> list[Line]:
    """What stands where no row is."""
    if state.listing is None:
        return []
    if typed:
        return [line(("  No name holds what you typed.", "dim"))]
    return [
        line(("  Nobody has an account yet: nobody could open a closed server.", "")),
        line("  ", ("a", "key"), ("  add the first moderator", "accent")),
    ]


def details(
    state: State, moderator: Moderator | None, now: datetime, cells_wide: int
) -> list[Line]:
    """The row under the cursor, in full."""
    if moderator is None:
        return []
    rows = [
        ("address", visible(moderator.jid)),
        ("last seen", _when(moderator.last_seen, now)),
        ("changed", _when(moderator.created, now)),
    ]
    lines: list[Line] = [line((visible(moderator.name), "strong")), ()]
    for (label, kind), (value, _) in pairs(rows):
        first, *rest = wrap(value, cells_wide - len(label))
        lines.append(line((label, kind), *first))
        lines += [line(" " * len(label), *row) for row in rest]
    lines.append(())
    lines += wrap(_may(state, moderator), cells_wide, "dim")
    return lines


def _may(state: State, moderator: Moderator) -> str:
    if moderator.enabled is False:
        return "Can't log in while the account is disabled."
    if state.status is not None and state.status.posture == "open":
        return "Can open meetings, as everyone can while the server is open."
    return (
        "Can log in and open meetings. Who is removed, or gets a new password, can go on until the "
        "login that Jicofo remembers ends: 24 hours after its last use."
    )


def _when(moment: datetime | None, now: datetime) -> str:
    return f"{text.ago(moment, now)}, {text.exact(moment)}" if moment else "not known"
