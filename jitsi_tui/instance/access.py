"""Access that goes on: Jicofo remembers logins, whatever became of the account and its password."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from .logins import Logins, logins
from .model import Instance, Verdict
from .posture import settings


@dataclass(frozen=True)
class Remembered:
    """What somebody whose account is gone, or has another password, can still do."""

    until: datetime | None
    """Until when at the latest if he stays away; each use begins it anew. ``None``: not at all, or
    no time can be told."""

    sentence: str
    """The same for people; ``""`` where nothing goes on."""


def remembered(instance: Instance, verdict: Verdict | None, now: datetime) -> Remembered:
    """How long Jicofo would let somebody in who was logged in a moment ago."""
    authority = verdict.authority if verdict is not None else "unknown"
    if authority == "unknown":
        authority = instance.jicofo.logged_authority
    if authority == "unknown":
        authority = settings(instance).authority
    if authority == "off":
        return Remembered(None, "The server is open: everyone may open meetings, with or without.")
    if authority != "xmpp":
        return Remembered(None, "")
    return _by(logins(instance), now)


def _by(found: Logins, now: datetime) -> Remembered:
    if found.auto_login is False:
        return Remembered(
            None,
            "Who is in a meeting keeps it until it ends; Jicofo remembers no login beyond that.",
        )
    if found.lifetime is None:
        return Remembered(
            None,
            "Who was logged in can open meetings for as long as Jicofo remembers the login.",
        )
    try:
        until = now + timedelta(seconds=found.lifetime)
    except OverflowError:  # beyond every calendar: somebody meant for ever
        return Remembered(
            datetime.max.replace(tzinfo=UTC),
            "Who was logged in can open meetings for ever, unless Jicofo restarts.",
        )
    return Remembered(
        until,
        f"Who was logged in can open meetings until {until:%Y-%m-%d %H:%M} UTC, and longer by "
        "using it, unless Jicofo restarts.",
    )
