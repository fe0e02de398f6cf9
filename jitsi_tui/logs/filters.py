"""What of a log is shown: a least level, patterns that must match, patterns that must not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .levels import Level
from .masking import hides, mask
from .patterns import Expression, SlowPatternError, compile_pattern


@dataclass(frozen=True)
class Filter:
    """Which records are shown; all of its parts must agree. Gaps are always shown."""

    level: Level = Level.NONE
    """The least level; a record that tells none counts as info."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    _included: tuple[Expression, ...] = field(init=False, repr=False, compare=False)
    _excluded: tuple[Expression, ...] = field(init=False, repr=False, compare=False)
    _far: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        included = tuple(compile_pattern(text) for text in self.include)
        excluded = tuple(compile_pattern(text) for text in self.exclude)
        object.__setattr__(self, "_included", included)
        object.__setattr__(self, "_excluded", excluded)
        object.__setattr__(self, "_far", any(one.far for one in (*included, *excluded)))

    @property
    def everything(self) -> bool:
        """Whether it lets every record pass."""
        return self.level <= Level.NONE and not self.include and not self.exclude

    @property
    def by_text(self) -> bool:
        """Whether the text has to be looked at."""
        return bool(self.include or self.exclude)

    @property
    def slow(self) -> tuple[str, ...]:
        """Those of its patterns that took too long: what it lets pass then means nothing."""
        return tuple(one.text for one in self._patterns() if one.slow)

    def check_speed(self) -> None:
        """Raises ``SlowPatternError`` where a pattern took too long."""
        for text in self.slow:
            raise SlowPatternError(text)

    def levels(self) -> frozenset[int]:
        """The levels that pass."""
        return frozenset(one for one in Level if (one or Level.INFO) >= self.level)

    def passes(self, text: str) -> bool:
        """Whether a text passes the patterns."""
        return all(one.search(text) for one in self._included) and not any(
            one.search(text) for one in self._excluded
        )

    def passes_masked(self, text: str) -> bool:
        """Whether a record passes with its credentials hidden.

        They are hidden only where one was found: most records have none, and that takes longer.
        """
        included = [one.span(text) for one in self._included]
        if None in included and not self._far:
            return False
        excluded = [one.span(text) for one in self._excluded]
        found = [span for span in (*included, *excluded) if span is not None]
        if self._far or any(hides(text, *span) for span in found):
            return self.passes(mask(text))
        return len(found) == len(included)

    def passes_record(self, text: str, level: int, *, gap: bool = False) -> bool:
        """Whether a record passes."""
        return gap or (level in self.levels() and self.passes(text))

    def may_pass(self, text: str) -> bool:
        """False if no part of this longer text can pass: then it need not be taken apart."""
        return all(one.search(text) for one in self._included if one.within_lines)

    def _patterns(self) -> Iterator[Expression]:
        yield from self._included
        yield from self._excluded


EVERYTHING = Filter()
"""Lets every record pass."""
