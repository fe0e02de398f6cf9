"""Times, numbers, lists and commands as people write them."""

from __future__ import annotations

from datetime import UTC, datetime


def addressed(words: str, destination: str) -> str:
    """Words with the commands in them as they are typed for this server, not for DEST."""
    return words.replace(" DEST", f" {destination}")


def span(seconds: float) -> str:
    """A length of time with its unit, one figure: ``3 s``, ``5 min``, ``2 h``, ``61 d``."""
    seconds = max(0.0, seconds)
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    if seconds < 36 * 3600:
        return f"{seconds / 3600:.0f} h"
    return f"{seconds / 86400:.0f} d"


def short(seconds: float) -> str:
    """Seconds of a step or a round trip: ``12 ms``, ``0.4 s``, ``12 s``."""
    if seconds < 0.0995:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"


def ago(then: datetime, now: datetime) -> str:
    """``just now``, ``3 s ago``, ``2 h ago``; what lies ahead (clocks differ) is ``just now``."""
    seconds = (now - then).total_seconds()
    return "just now" if seconds < 1.5 else f"{span(seconds)} ago"


def exact(time: datetime) -> str:
    """A moment in full, in UTC: ``2026-11-24 14:02:01 UTC``."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def count(number: int, one: str, many: str = "") -> str:
    """``1 call``, ``2,000 calls``, ``no calls``."""
    noun = one if number == 1 else many or f"{one}s"
    return f"{number:,} {noun}" if number else f"no {noun}"


def listed(words: list[str] | tuple[str, ...]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def size(number: int) -> str:
    """Bytes as people write them: ``512 bytes``, ``12 kB``, ``3.4 MB``."""
    if number < 1000:
        return count(number, "byte")
    value, unit = (number / 1e3, "kB") if number < 999_500 else (number / 1e6, "MB")
    return f"{value:.1f} {unit}" if value < 9.95 else f"{value:.0f} {unit}"
