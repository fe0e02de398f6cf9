"""Regular expressions that people type, and an end to those that backtrack without one.

``re`` knows no limit, but lets signals be handled while it searches: a timer of processor time,
which a busy machine doesn't shorten, ends a search from within. Signals are handled in the main
thread alone; searches in another one are not limited.
"""

from __future__ import annotations

import re
import signal
import warnings
from collections.abc import Callable, Sequence
from functools import lru_cache
from threading import get_ident, main_thread
from types import FrameType, TracebackType
from typing import ParamSpec, TypeVar

from ..ssh.host import HostError
from .masking import MASK

P = ParamSpec("P")
T = TypeVar("T")

MAX_PATTERN = 1000

SECONDS = 0.25
"""Processor time of all searches of one piece; usual ones take some hundredths of it."""

_AGAIN_SECONDS = 0.02
"""Where the time was up between two searches: the next one is asked so soon after."""

SLOW = "this expression takes too long"


class PatternError(HostError):
    """What was typed is no regular expression, or none that can be used."""

    kind = "usage"

    def __init__(self, pattern: str, reason: str) -> None:
        super().__init__(
            f"{pattern!r} is no regular expression: {reason}",
            "put a backslash before characters that are meant as they stand, such as ( [ + ?",
        )


class SlowPatternError(PatternError):
    """Looking for it would take very long."""

    def __init__(self, pattern: str) -> None:
        HostError.__init__(
            self, f"{pattern!r}: {SLOW}", "leave out a + or * that stands within another"
        )


class _TimeUpError(Exception):
    """Raised in the middle of a search."""


class _Watch:
    """Counts the processor time of searches in the main thread."""

    def __init__(self) -> None:
        self.searching = False
        """Whether a search is under way: only that is broken off."""

        self._depth = 0

    def __enter__(self) -> _Watch:
        self._depth += 1
        if self._depth == 1:
            signal.signal(signal.SIGVTALRM, self._time_up)
            signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS, _AGAIN_SECONDS)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._depth -= 1
        if not self._depth:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)

    def _time_up(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        if self.searching:
            self.searching = False
            raise _TimeUpError


class _NoWatch(_Watch):
    """Of another thread: nothing ends its searches."""

    def __enter__(self) -> _Watch:
        return self

    def __exit__(self, *error: object) -> None:
        pass


_WATCH = _Watch()


def patience() -> _Watch:
    """A context in which searches together may take ``SECONDS`` of processor time.

    It may stand within another one, whose time then counts.
    """
    return _WATCH if get_ident() == main_thread().ident else _NoWatch()


class Expression:
    """A regular expression that finds nothing any more once looking for it took too long."""

    def __init__(self, text: str, flags: int) -> None:
        """Raises what ``re.compile`` does."""
        self.text = text
        self.slow = False
        """Whether looking for it took too long: then what it finds means nothing."""

        self.far = _FAR.search(text) is not None
        """Whether it asks for more than what it finds, and a letter beside that."""

        self.within_lines = not self.far and not _REPEATS.search(_HARMLESS.sub("", text))
        """Whether what it finds in one of many lines it finds in all of them together, as fast."""

        with warnings.catch_warnings(action="ignore", category=FutureWarning):
            self._pattern = re.compile(text, flags)
        words = flags & re.IGNORECASE and text.isascii() and _SPECIAL.isdisjoint(text)
        self._words = text if words else ""
        """What it looks for where it is nothing but small letters: much sooner found as such."""

    def search(self, text: str) -> bool:
        """Whether it matches somewhere."""
        return self.span(text) is not None

    def span(self, text: str) -> tuple[int, int] | None:
        """Where its first match lies."""
        # Beyond ASCII there are letters whose small ones are not what ``re`` takes for them.
        if self._words and text.isascii():
            at = text.lower().find(self._words)
            return (at, at + len(self._words)) if at >= 0 else None
        match = self._in_time(self._pattern.search, text)
        return match.span() if match is not None else None

    def spans(self, text: str) -> Sequence[tuple[int, int]]:
        """Where it matches; empty matches are left out."""
        if self._words and text.isascii() and self._words not in text.lower():
            return ()
        return self._in_time(self._spans, text) or ()

    def _spans(self, text: str) -> list[tuple[int, int]]:
        spans = (match.span() for match in self._pattern.finditer(text))
        return [(start, end) for start, end in spans if end > start]

    def _in_time(self, look: Callable[P, T], *where: P.args, **more: P.kwargs) -> T | None:
        """What ``look`` finds; ``None`` once looking took too long."""
        if self.slow:
            return None
        with patience() as watch:
            try:
                watch.searching = True
                try:
                    return look(*where, **more)
                finally:
                    watch.searching = False
            except _TimeUpError:
                self.slow = True
                return None


_SPECIAL = frozenset(r"\.^$*+?{}[]|()")
"""Characters that ``re`` does not take as they stand."""

_FAR = re.compile(rf"\\[AZ]|\(\?(?!:|<?!\[\\w[.-]*\])|{MASK[0]}")
"""What may find something else where other records stand around one, or its credentials are
hidden elsewhere; that no letter stands beside a match is as true there."""

_HARMLESS = re.compile(r"\\.|\.[*+]\??|\[[^\]]*\](?![*+{])")
"""What repeats nothing, or nothing beyond a line's end."""

_REPEATS = re.compile(r"[*+{]")


@lru_cache(maxsize=256)
def compile_pattern(text: str) -> Expression:
    """A regular expression with smart case: small letters alone match capitals too.

    The same text gives the same object: what took too long is not tried again. Raises
    ``PatternError``.
    """
    if len(text) > MAX_PATTERN:
        raise PatternError(text[:20] + "…", f"it is longer than {MAX_PATTERN} characters")
    letters = re.sub(r"\\.", "", text)
    flags = re.MULTILINE | (re.IGNORECASE if letters == letters.lower() else 0)
    try:
        return Expression(text, flags)
    except (re.error, OverflowError, RecursionError) as error:
        raise PatternError(text, str(error)) from error
