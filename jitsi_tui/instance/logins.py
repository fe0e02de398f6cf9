"""How long Jicofo remembers a login, and who becomes owner where nobody logs in: three settings.

``jicofo.authentication.authentication-lifetime`` and ``enable-auto-login``, and
``jicofo.conference.enable-auto-owner``; in the older properties file
``org.jitsi.jicofo.auth.AUTH_LIFETIME`` (milliseconds), ``…auth.DISABLE_AUTOLOGIN`` and
``org.jitsi.jicofo.DISABLE_AUTO_OWNER``, each of which wins where it is present (AuthConfig,
ConferenceConfig of Jicofo).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jitsi_tui.digits import whole

from .model import Instance, RefusedError

if TYPE_CHECKING:
    from .readings import JicofoReading

LIFETIME = ("jicofo", "authentication", "authentication-lifetime")
AUTO_LOGIN = ("jicofo", "authentication", "enable-auto-login")
AUTO_OWNER = ("jicofo", "conference", "enable-auto-owner")
OLD_LIFETIME = "org.jitsi.jicofo.auth.AUTH_LIFETIME"
OLD_NO_AUTO_LOGIN = "org.jitsi.jicofo.auth.DISABLE_AUTOLOGIN"
OLD_NO_AUTO_OWNER = "org.jitsi.jicofo.DISABLE_AUTO_OWNER"

USUAL_LIFETIME = 86_400
LEAST, MOST = 60, 30 * 86_400
"""Seconds that a login may be remembered: what people can mean."""

_TRUE = frozenset({"true", "yes", "on"})
_DURATION = re.compile(r"\s*(\d{1,19}(?:\.\d+)?)\s*([a-zµ]*)\s*")
_SPOKEN = re.compile(r"\s*(\d{1,7})\s*(s|m|h|d|seconds?|minutes?|hours?|days?)\s*")
_UNITS = {
    **dict.fromkeys(("", "ms", "milli", "millis", "millisecond", "milliseconds"), 0.001),
    **dict.fromkeys(("ns", "nano", "nanos", "nanosecond", "nanoseconds"), 1e-9),
    **dict.fromkeys(("us", "micro", "micros", "microsecond", "microseconds"), 1e-6),
    **dict.fromkeys(("s", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hour", "hours"), 3600.0),
    **dict.fromkeys(("d", "day", "days"), 86_400.0),
}
_WRITTEN = ((86_400, "d", "days"), (3600, "h", "hours"), (60, "m", "minutes"), (1, "s", "seconds"))


@dataclass(frozen=True)
class Logins:
    """What Jicofo's files say; its own defaults where they say nothing."""

    lifetime: float | None
    """Seconds without use after which a login is forgotten; ``None``: not understood."""

    auto_login: bool | None
    """Whether a login outlives the meeting that it was made for."""

    auto_owner: bool | None
    """Whether the first person in a room owns it where no account is needed."""


def logins(instance: Instance) -> Logins:
    """Read the three settings."""
    from .readings import JicofoReading  # noqa: PLC0415 - parsers

    jicofo = JicofoReading(instance)
    old_lifetime = jicofo.property(OLD_LIFETIME)
    if old_lifetime is not None:
        milliseconds = whole(old_lifetime, 19)  # a long of Java's
        lifetime = None if milliseconds is None else milliseconds / 1000
    else:
        lifetime = _seconds(jicofo.text(*LIFETIME), jicofo.is_set(*LIFETIME))
    return Logins(
        lifetime,
        _flag(jicofo, AUTO_LOGIN, OLD_NO_AUTO_LOGIN),
        _flag(jicofo, AUTO_OWNER, OLD_NO_AUTO_OWNER),
    )


def _seconds(text: str | None, is_set: bool) -> float | None:
    if text is None:
        return None if is_set else float(USUAL_LIFETIME)
    found = _DURATION.fullmatch(text)
    unit = _UNITS.get(found[2]) if found else None
    return float(found[1]) * unit if found and unit is not None else None


def _flag(jicofo: JicofoReading, path: tuple[str, ...], turned_off_by: str) -> bool | None:
    old = jicofo.property(turned_off_by)
    if old is not None:
        return old.strip().lower() not in _TRUE
    text = jicofo.text(*path)
    if text is None:
        return None if jicofo.is_set(*path) else True
    return text.strip().lower() in _TRUE


def duration(text: str) -> int:
    """Seconds of ``45m``, ``8h``, ``7d`` or ``24 hours``.

    Raises ``RefusedError`` for what is none, or none that a login can last.
    """
    found = _SPOKEN.fullmatch(text.lower())
    seconds = int(found[1]) * int(_UNITS[found[2]]) if found else 0
    if not LEAST <= seconds <= MOST:
        raise RefusedError(
            f"{text!r} is no time that a login can last", "write one from 1m to 30d: 45m, 8h, 7d"
        )
    return seconds


def written(seconds: float, *, words: bool = False) -> str:
    """``8h``, or in words ``8 hours``: in the largest unit that it is a whole number of."""
    whole = round(seconds)
    for size, letter, name in _WRITTEN:
        if whole >= size and whole % size == 0:
            number = whole // size
            if not words:
                return f"{number}{letter}"
            return f"{number} {name if number != 1 else name[:-1]}"
    return f"{seconds:g} seconds" if words else f"{seconds:g}s"
