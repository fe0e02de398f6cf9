"""Whole numbers in texts from others."""

from __future__ import annotations


def whole(text: str, most: int = 9) -> int | None:
    """The number that stands there in at most so many digits; ``None`` for all else.

    ``str.isdigit`` is no guard: it lets "²" pass, and numbers that ``int`` finds too long.
    """
    plain = text.isascii() and text.isdecimal() and len(text) <= most
    return int(text) if plain else None
