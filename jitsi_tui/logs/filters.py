"""What of a log is shown: a least level, patterns that must match, patterns that must not."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ..ssh.host import HostError
from .levels import Level

MAX_PATTERN = 1000


class PatternError(HostError):
    """What was typed is no regular expression."""

    kind = "usage"

    def __init__(self, pattern: str, reason: str) -> None:
        super().__init__(
            f"{pattern!r} is no regular expression: {reason}",
            "put a backslash before characters that are meant as they stand, such as ( [ + ?",
        )


def compile_pattern(text: str) -> re.Pattern[str]:
    """A regular expression with smart case: small letters alone match capitals too.

    Raises ``PatternError``.
    """
    if len(text) > MAX_PATTERN:
        raise PatternError(text[:20] + "…", f"it is longer than {MAX_PATTERN} characters")
    letters = re.sub(r"\\.", "", text)
    flags = re.MULTILINE | (re.IGNORECASE if letters == letters.lower() else 0)
    try:
        return re.compile(text, flags)
    except (re.error, OverflowError, RecursionError) as error:
        raise PatternError(text, str(error)) from error


@dataclass(frozen=True)
class Filter:
    """Which records are shown; all of its parts must agree. Gaps are always shown."""

    level: Level = Level.NONE
    """The least level; a record that tells none counts as info."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    _included: tuple[re.Pattern[str], ...] = field(init=False, repr=False, compare=False)
    _excluded: tuple[re.Pattern[str], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        included = tuple(compile_pattern(text) for text in self.include)
        excluded = tuple(compile_pattern(text) for text in self.exclude)
        object.__setattr__(self, "_included", included)
        object.__setattr__(self, "_excluded", excluded)

    @property
    def everything(self) -> bool:
        """Whether it lets every record pass."""
        return self.level <= Level.NONE and not self.include and not self.exclude

    @property
    def by_text(self) -> bool:
        """Whether the text has to be looked at."""
        return bool(self.include or self.exclude)

    def levels(self) -> frozenset[int]:
        """The levels that pass."""
        return frozenset(one for one in Level if (one or Level.INFO) >= self.level)

    def passes(self, text: str, start: int = 0, end: int | None = None) -> bool:
        """Whether the text between ``start`` and ``end`` passes the patterns."""
        stop = len(text) if end is None else end
        return all(one.search(text, start, stop) for one in self._included) and not any(
            one.search(text, start, stop) for one in self._excluded
        )

    def passes_record(self, text: str, level: int, *, gap: bool = False) -> bool:
        """Whether a record passes."""
        return gap or (level in self.levels() and self.passes(text))

    def may_pass(self, text: str) -> bool:
        """False if no part of this longer text can pass: then it need not be taken apart."""
        return all(one.search(text) for one in self._included)


EVERYTHING = Filter()
"""Lets every record pass."""
