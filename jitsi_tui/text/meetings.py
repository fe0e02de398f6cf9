"""Meetings that run, and what a restart does to them."""

from __future__ import annotations

from collections.abc import Sequence

from jitsi_tui.instance.calls import Calls, hits
from jitsi_tui.instance.model import Verdict
from jitsi_tui.visible import visible
from jitsi_tui.words import count

from .tones import Tone


def calls(verdict: Verdict | None) -> str:
    """``2 calls, 7 people``; empty where it is not known."""
    if verdict is None or verdict.conferences is None:
        return ""
    if not verdict.conferences:
        return "no calls now"
    people = verdict.participants
    more = f", {count(people, 'person', 'people')}" if people is not None else ""
    return f"{count(verdict.conferences, 'call')}{more}"


def whom_it_hits(restarts: Sequence[str], now: Calls | None) -> tuple[Tone, str]:
    """What restarting these services does to people who are in a meeting now."""
    if not hits(restarts):
        return "good", "nobody in a meeting notices it"
    if now is None or now.conferences is None:
        return "attention", f"how many meetings run is not known{_why(now)}"
    if not now.conferences:
        return "good", "nobody is in a meeting now"
    return "attention", hit(restarts, now.conferences, now.participants)


def _why(now: Calls | None) -> str:
    return f": {now.doubt}" if now is not None and now.doubt else ""


def waiting(now: Calls | None, trouble: str = "") -> str:
    """What is waited for: ``Waiting for the last meeting to end: 2 calls with 7 people now``."""
    if trouble or now is None or now.conferences is None:
        return f"Waiting for the last meeting to end: {visible(trouble) or 'counting …'}"
    if not now.conferences:
        return "Nobody is in a meeting"
    said = _meetings(now.conferences, now.participants)
    return f"Waiting for the last meeting to end: {said} now"


def hit(restarts: Sequence[str], conferences: int, people: int | None) -> str:
    """``2 calls with 7 people will drop``; without the bridge they reconnect."""
    drops = "jitsi-videobridge2" in restarts
    return f"{_meetings(conferences, people)} will {'drop' if drops else 'reconnect'}"


def _meetings(conferences: int, people: int | None) -> str:
    more = f" with {count(people, 'person', 'people')}" if people else ""
    return f"{count(conferences, 'call')}{more}"
