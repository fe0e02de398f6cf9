"""What the values of options must be; each says what it takes where it gets something else."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable
from pathlib import Path


def there(text: str) -> Path:
    """A file that ssh reads: ssh itself fails without it, our own reading would pass it over."""
    if not (path := Path(text).expanduser()).exists():
        raise argparse.ArgumentTypeError(f"there is no file {text!r}")
    return path


def domain(text: str) -> str:
    """A name."""
    if not text.strip():
        raise argparse.ArgumentTypeError("an empty name is no domain")
    return text


def port(text: str) -> int:
    """A TCP port."""
    return _whole(text, 1, 65535, "a port")


def count(text: str) -> int:
    """How many."""
    return _whole(text, 0, 1_000_000, "a number of records")


def level(text: str) -> str:
    """The name of a level, for every word that servers have for it."""
    from jitsi_tui.logs.levels import level_of  # noqa: PLC0415 - most commands need none of it

    return level_of(text).word or text


def seconds(text: str) -> float:
    """A time in seconds, up to an hour."""
    with contextlib.suppress(ValueError):
        if 0 < (number := float(text)) <= 3600:
            return number
    raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds (up to 3600)")


def strength(text: str) -> float:
    """Bits of a made passphrase."""
    with contextlib.suppress(ValueError):
        if 70 <= (number := float(text)) <= 256:
            return number
    raise argparse.ArgumentTypeError(f"{text!r} is not a number of bits (70 to 256)")


def lifetime(text: str) -> int:
    """How long a login lasts, in seconds."""
    from jitsi_tui.instance.logins import duration  # noqa: PLC0415 - most commands need none of it

    return _span(duration, text)


def validity(text: str) -> int:
    """How long an invitation is valid, in seconds."""
    from jitsi_tui.instance.invitations import validity as read  # noqa: PLC0415

    return _span(read, text)


def _span(read: Callable[[str], int], text: str) -> int:
    from jitsi_tui.instance.model import RefusedError  # noqa: PLC0415

    try:
        return read(text)
    except RefusedError as error:
        raise argparse.ArgumentTypeError(f"{error.message}; {error.hint}") from None


def _whole(text: str, least: int, most: int, what: str) -> int:
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise argparse.ArgumentTypeError(f"{text!r} is not {what} ({least} to {most})")
    return int(text)
