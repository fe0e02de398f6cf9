"""Who may open meetings by name: the table, and what is known of one of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Literal, get_args

from jitsi_tui import text
from jitsi_tui.instance.logins import logins, written
from jitsi_tui.instance.model import Moderator
from jitsi_tui.text import visible
from jitsi_tui.tui.lines import Line, Run, line, pairs, spread, wrap
from jitsi_tui.tui.lines import marked as _mark
from jitsi_tui.tui.state import State

Order = Literal["name", "state", "now", "last seen", "changed"]
_ORDERS: tuple[Order, ...] = get_args(Order)
_NEVER = datetime.min.replace(tzinfo=UTC)
_WAYS = {"shell": "as Prosody says", "files": "by Prosody's account files"}


def next_order(order: Order) -> Order:
    """The order that follows."""
    return _ORDERS[(_ORDERS.index(order) + 1) % len(_ORDERS)]


def ordered(moderators: Sequence[Moderator], order: Order) -> Sequence[Moderator]:
    """Sorted; what is of interest comes first, names decide between equals."""
    if order == "name":
        return moderators  # as the server lists them
    keys: dict[Order, Callable[[Moderator], object]] = {
        "state": lambda m: m.enabled is not False,
        "now": lambda m: (-len(m.rooms or ()), -(m.connected or 0)),
        "last seen": lambda m: -(m.last_seen or _NEVER).timestamp() if m.last_seen else 0.0,
        "changed": lambda m: -m.created.timestamp() if m.created else 0.0,
    }
    return sorted(moderators, key=keys[order])  # type: ignore[arg-type]


def cells(moderator: Moderator, now: datetime, marked_names: frozenset[str]) -> tuple[Run, ...]:
    """One row."""
    enabled = moderator.enabled is not False
    name = visible(moderator.name)
    return (
        ("✓", "accent") if moderator.name in marked_names else (" ", ""),
        (name, "" if enabled else "dim"),
        _state(moderator),
        _now(moderator),
        (text.ago(moderator.last_seen, now) if moderator.last_seen else "", "dim"),
        (text.ago(moderator.created, now) if moderator.created else "", "dim"),
    )


def _state(moderator: Moderator) -> Run:
    if moderator.enabled is False:
        return ("○ disabled", "attention")
    return ("● may open", "good")


def _now(moderator: Moderator) -> Run:
    if moderator.rooms:
        rooms = visible(moderator.rooms[0])
        more = f" +{len(moderator.rooms) - 1}" if len(moderator.rooms) > 1 else ""
        return (f"in {rooms}{more}", "accent")
    return ("connected", "") if moderator.connected else ("", "")


def matching(moderators: Sequence[Moderator], typed: str) -> list[Moderator]:
    """Those whose name holds what was typed."""
    wanted = typed.strip().casefold()
    if not wanted:
        return list(moderators)
    return [m for m in moderators if wanted in m.name.casefold()]


def head(
    state: State,
    shown: int,
    now: datetime,
    cells_wide: int,
    *,
    marked: int = 0,
    order: Order = "name",
) -> list[Line]:
    """How many there are and how we know, or what is waited for."""
    listing = state.listing
    if listing is None:
        if state.listing_error is not None:
            lines = wrap(visible(state.listing_error.message), cells_wide - 2)
            first, *rest = lines or [line("")]
            return [
                line(_mark("bad"), " ", *first),
                *(line("  ", *row) for row in rest),
                *wrap(visible(state.listing_error.hint), cells_wide - 2, "dim", indent="  "),
            ]
        since = state.listing_since
        waited = (now - since).total_seconds() if since else 0
        more = f"   {text.span(waited)}" if waited >= 1 else ""
        return [line((f"reading the accounts …{more}", "dim"))]
    total = len(listing.moderators)
    source = _WAYS[listing.source]
    counted = text.count(total, "moderator")
    if shown != total:
        counted = f"{shown} of {counted}"
    left = line(
        (counted[:1].upper() + counted[1:], "strong"),
        (f"   {marked} marked" if marked else "", "accent"),
        ("   reading it again …" if state.listing_since else f"   {source}", "dim"),
        (f"   by {order}" if order != "name" else "", "dim"),
    )
    return [spread(left, (), cells_wide), *_old(state, cells_wide), *_warning(state, cells_wide)]


def _old(state: State, cells_wide: int) -> list[Line]:
    if state.listing_error is None:
        return []
    words = f"It could not be read again: {state.listing_error.message}"
    first, *rest = wrap(visible(words), cells_wide - 2)
    return [line(_mark("attention"), " ", *first), *(line("  ", *row) for row in rest)]


def _warning(state: State, cells_wide: int) -> list[Line]:
    if state.status is None or state.status.posture != "open":
        return []
    words = "Everyone may open meetings, so accounts do not matter yet."
    row = line(
        _mark("attention"), (f" {words}", ""), "   ", ("c", "key"), ("  close it …", "accent")
    )
    return [row] if len(words) + 20 <= cells_wide else [line(_mark("attention"), f" {words}")]


def empty(state: State, typed: str) -> list[Line]:
    """What stands where no row is."""
    if state.listing is None:
        return []
    if typed:
        return [line(("  No name holds what you typed.", "dim"))]
    nobody = line(("  Nobody has an account yet: nobody could open a closed server.", ""))
    if state.status is not None and state.status.posture == "open":
        return [nobody, line(("  Once it is closed, the first moderator is added here.", "dim"))]
    return [nobody, line("  ", ("a", "key"), ("  add the first moderator", "accent"))]


def details(
    state: State, moderator: Moderator | None, now: datetime, cells_wide: int
) -> list[Line]:
    """The row under the cursor, in full."""
    if moderator is None:
        return []
    rows = [
        ("address", visible(moderator.jid)),
        ("connected", _connected(moderator)),
        ("owner of", _owns(moderator)),
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


def _connected(moderator: Moderator) -> str:
    if moderator.connected is None:
        return "not known (Prosody 0.11 does not tell)"
    return text.count(moderator.connected, "connection") if moderator.connected else "no"


def _owns(moderator: Moderator) -> str:
    if moderator.rooms is None:
        return "not known (Jicofo does not tell)"
    return ", ".join(visible(room) for room in moderator.rooms) or "no meeting now"


def whom(names: Sequence[str], cells_wide: int) -> list[Line]:
    """Who is meant, where it is more than one."""
    if len(names) < 2:
        return []
    shown = [visible(name) for name in names[:12]]
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    return wrap(", ".join(shown) + more, cells_wide)


def _last_one(last: bool) -> list[Line]:
    words = " Nobody is left then who could open a meeting."
    return [line(_mark("attention"), words)] if last else []


def removing(*, last: bool) -> Callable[[int], list[Line]]:
    """What a removal does."""
    words = (
        "The account, its password and its connections are gone; for some time it can be brought "
        "back (u). What Jicofo still lets these people do is said next."
    )
    return lambda cells_wide: [*_last_one(last), *wrap(words, cells_wide, "dim")]


def switching(*, enable: bool, last: bool) -> Callable[[int], list[Line]]:
    """What disabling or enabling does."""
    words = (
        "They may log in again, with the passwords they had."
        if enable
        else "They can't log in any more, and are disconnected; passwords are kept."
    )
    return lambda cells_wide: [*_last_one(last), *wrap(words, cells_wide, "dim")]


def machines(state: State, cells_wide: int) -> list[Line]:
    """Accounts of other hosts, which are nobody's to change here."""
    listed = state.listing.machines if state.listing else ()
    lines = [line(("Accounts of machines", "strong")), ()]
    lines += [line((visible(jid), "")) for jid in listed] or [line(("None is known.", "dim"))]
    words = (
        "Jicofo, bridges and recorders log in with these. They open no meetings for people, and "
        "are never changed or removed here."
    )
    return [*lines, (), *wrap(words, cells_wide, "dim")]


def _may(state: State, moderator: Moderator) -> str:
    if moderator.enabled is False:
        return "Can't log in while the account is disabled."
    if state.status is not None and state.status.posture == "open":
        return "Can open meetings, as everyone can while the server is open."
    first = "Can log in and open meetings. Who is removed, or gets a new password, can go on until "
    if state.status is None:
        return first + "Jicofo forgets the login."
    found = logins(state.status.instance)
    if found.auto_login is False:
        return first + "the meeting ends in which he is."
    if found.lifetime is None:
        return first + "Jicofo forgets the login."
    lasts = written(found.lifetime, words=True)
    return f"{first}the login that Jicofo remembers ends: {lasts} after its last use."


def _when(moment: datetime | None, now: datetime) -> str:
    return f"{text.ago(moment, now)}, {text.exact(moment)}" if moment else "not known"
