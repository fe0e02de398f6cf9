"""What people type to say from when on: ``10m``, ``-1h 30min``, ``14:05``, an ISO date or time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

from ..ssh.host import HostError

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_PART = re.compile(
    r"(\d{1,6})\s*(s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?|d(?:ays?)?|w(?:eeks?)?)(?![a-z])",
    re.IGNORECASE,
)
_SPAN = re.compile(rf"-?\s*(?:{_PART.pattern}\s*)+(?:ago)?", re.IGNORECASE)
_CLOCK = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d))?")


class SinceError(HostError):
    """What was typed names no time."""

    kind = "usage"

    def __init__(self, text: str) -> None:
        super().__init__(
            f"{text!r} names no time",
            "use 10m, 2h, 3d, 14:05 (the server's time), or 2026-11-24T14:05",
        )


def parse_since(text: str, now: datetime, zone: tzinfo) -> datetime:
    """The moment that is meant, seen from ``now``; ``zone`` is the server's. Raises ``SinceError``.

    A time of day is the last one that has been: before midnight, yesterday's.
    """
    text = text.strip()
    try:
        if _SPAN.fullmatch(text):
            parts = _PART.findall(text)
            return now - sum(
                (timedelta(**{_UNITS[unit[0].lower()]: int(count)}) for count, unit in parts),
                timedelta(),
            )
        if clock := _CLOCK.fullmatch(text):
            hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
            here = now.astimezone(zone)
            then = here.replace(hour=hour, minute=minute, second=second, microsecond=0)
            today = _earliest(then)
            return today if today <= now else _earliest(then - timedelta(days=1))
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else _earliest(moment.replace(tzinfo=zone))
    except (ValueError, OverflowError) as error:
        raise SinceError(text) from error


def _earliest(moment: datetime) -> datetime:
    """In UTC; where the clocks were put forward or back two are meant, and none must be missed."""
    return min(moment.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
