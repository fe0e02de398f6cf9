"""What the proof of a change must show, where the change is not about who may open meetings."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ..model import Expectation, Instance, JicofoAuthority, Verdict
from ..posture import ANONYMOUS_METHODS, Settings, settings


@dataclass(frozen=True)
class Claims:
    """What a change promises beyond what was true before it."""

    guests: bool = False
    """Guests can log in afterwards."""

    closed: bool = False
    """Strangers no longer log in on the main host."""

    rooms: bool = False
    """A guest's own request for a room is answered, and refused."""

    forbidden: frozenset[str] = frozenset()
    """Mechanisms that the main host no longer offers."""


def expected(
    after: Instance, verdict: Verdict | None, restarts: Collection[str], claims: Claims
) -> Expectation:
    """What the running server must show: what the change touches is as its files say, all else as
    it was, and what was not known before is not asked for."""
    now = settings(after)
    guests = _guests(now, verdict, "prosody" in restarts, claims)
    return Expectation(
        strangers_log_in=False
        if claims.closed
        else _strangers(now, verdict, "prosody" in restarts),
        guests=guests,
        authority=_authority(now, verdict, "jicofo" in restarts),
        guest_domain=now.guest_domain if guests else None,
        forbidden=claims.forbidden,
        rooms=claims.rooms or (verdict is not None and verdict.strangers_open_rooms is not None),
    )


def _strangers(now: Settings, verdict: Verdict | None, restarted: bool) -> bool | None:
    if restarted and now.main_authentication is not None and not now.token:
        return now.open
    return verdict.strangers_log_in if verdict is not None else None


def _guests(now: Settings, verdict: Verdict | None, restarted: bool, claims: Claims) -> bool | None:
    before = verdict.guests_log_in if verdict is not None else None
    if claims.guests:
        return True
    there = now.guest_authentication in ANONYMOUS_METHODS
    if restarted and before and not there:
        return False
    return before if before is False and not restarted else before or None


def _authority(now: Settings, verdict: Verdict | None, restarted: bool) -> JicofoAuthority:
    if restarted:
        return now.authority
    return verdict.authority if verdict is not None else "unknown"
