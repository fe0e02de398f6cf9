"""The lines around every page: where I am, the tabs, the keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from jitsi_tui import text
from jitsi_tui.text import visible
from jitsi_tui.tui.actions import Action
from jitsi_tui.tui.known import PRACTICE
from jitsi_tui.tui.lines import Line, Run, marked, spread, width
from jitsi_tui.tui.state import State

TABS = (
    ("overview", "Overview"),
    ("auth", "Auth"),
    ("guests", "Guests"),
    ("moderators", "Moderators"),
    ("logs", "Logs"),
    ("history", "History"),
)


def header(state: State, now: datetime, cells: int) -> Line:
    """Where I am and how that stands; what explains leaves first where room is short."""
    right = _standing(state, now)
    who = _who(state) if cells >= 90 or state.destination == PRACTICE else ()
    name = visible(state.domain) or "jitsi-tui"
    left: Line = ((f" {name}", "strong"), *who)
    if state.read_only:
        left = (*left, ("   looking only", "attention"))
    return spread(left, (*right, (" ", "")), cells)


def _who(state: State) -> Line:
    link = state.link
    if state.destination == PRACTICE:
        return (("   practice server", "attention"),)
    if not link.user:
        return ()
    via = f", through {text.listed([visible(hop) for hop in link.via])}" if link.via else ""
    return ((f"   as {visible(link.user)}{via}", "dim"),)


def _standing(state: State, now: datetime) -> Line:
    runs: list[Run] = [*_posture(state, now)]
    if state.latency is not None and state.up:
        runs += [(f"   {text.short(state.latency):>6}", "dim")]
    runs += [(f"   {now.astimezone():%H:%M}", "dim")]
    return tuple(runs)


def _posture(state: State, now: datetime) -> Line:
    if state.applying:
        waits = state.run is not None and state.run.waiting is not None
        words = " waits for meetings" if waits else " being changed"
        return (marked("attention"), (words, "attention"))
    if state.link.kind == "down":
        again = ""
        if state.link.retry_at is not None:
            left = max(0, (state.link.retry_at - now).total_seconds())
            again = f", again in {left:.0f} s"
        what = "connection lost" if state.status else "not connected"
        return (marked("bad"), (f" {what}{again}", "bad"))
    if state.link.kind == "connecting":
        return (marked("attention"), (" connecting", "attention"))
    if state.status is None:
        return ()
    tone = text.POSTURE_TONES[state.status.posture]
    guests = text.guests_may_join(state.status.instance, state.status.verdict)
    return (marked(tone), (f" {text.posture_words(state.status.posture, guests)}", tone))


class Spot(NamedTuple):
    """Part of a line that a click may hit."""

    start: int
    end: int
    target: str


def tabs(current: str, cells: int) -> tuple[Line, tuple[Spot, ...]]:
    """The screens by number; the current one stands out by more than its colour."""
    runs: list[Run] = [(" ", "")]
    spots: list[Spot] = []
    for number, (mode, title) in enumerate(TABS, 1):
        start = width(tuple(runs))
        if mode == current:
            runs += [(f"[{number} {title}]", "cursor")]
        else:
            runs += [(" ", ""), (str(number), "accent"), (f" {title} ", "dim")]
        spots.append(Spot(start, width(tuple(runs)), mode))
        if cells >= 90:
            runs.append((" ", ""))
    return tuple(runs), tuple(spots)


def footer(actions: Sequence[Action], cells: int, lead: int = 1) -> tuple[Line, tuple[Spot, ...]]:
    """The keys that work here and now, as many as fit, in their own order."""
    room = cells - 1
    kept: set[str] = set()
    for action in sorted(actions, key=lambda a: a.rank):
        needs = len(action.key) + 1 + len(action.title) + 3
        if needs <= room:
            kept.add(action.id)
            room -= needs
    runs: list[Run] = [(" " * lead, "")]
    spots: list[Spot] = []
    for action in actions:
        if action.id not in kept:
            continue
        start = width(tuple(runs))
        runs += [(action.key, "key"), (f" {action.title}", "dim")]
        spots.append(Spot(start, width(tuple(runs)), action.id))
        runs.append(("   ", ""))
    return tuple(runs), tuple(spots)
