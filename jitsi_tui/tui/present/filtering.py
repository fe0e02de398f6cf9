"""Several filters at once, as they are typed and as they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from jitsi_tui.logs.filters import EVERYTHING, Filter
from jitsi_tui.logs.levels import Level
from jitsi_tui.text import visible
from jitsi_tui.tui.lines import Line, Run, clip

LEVELS = (Level.NONE, Level.INFO, Level.WARNING, Level.ERROR)
_LEVEL_WORDS = {
    Level.NONE: "",
    Level.INFO: "info and worse",
    Level.WARNING: "warnings and worse",
    Level.ERROR: "errors only",
}
_CHIP = 24


class Pattern(NamedTuple):
    """One filter: what must stand in a record, or must not."""

    text: str
    exclude: bool = False

    @staticmethod
    def typed(words: str) -> Pattern | None:
        """``!word`` excludes; ``\\!word`` means the mark itself. ``None`` for nothing yet."""
        exclude = words.startswith("!")
        text = words[1:] if exclude else words
        return Pattern(text, exclude) if text else None

    def __str__(self) -> str:
        return f"!{self.text}" if self.exclude else self.text


class Filtering(NamedTuple):
    """What passes: every kept filter, the one being typed, and the least level must agree."""

    kept: tuple[Pattern, ...] = ()
    typing: Pattern | None = None
    level: Level = Level.NONE
    dim: bool = False
    """Whether the rest is dimmed instead of hidden."""

    @property
    def wanted(self) -> Filter:
        """As the panes take it. Raises ``PatternError``."""
        patterns = self._patterns()
        return Filter(
            self.level,
            include=tuple(one.text for one in patterns if not one.exclude),
            exclude=tuple(one.text for one in patterns if one.exclude),
        )

    @property
    def of_rows(self) -> Filter:
        """What the rows of a pane have passed: all where the rest is dimmed."""
        return EVERYTHING if self.dim else self.wanted

    @property
    def idle(self) -> bool:
        """Whether everything passes."""
        return not self.level and not self._patterns()

    def settled(self) -> Filtering:
        """With nothing dimmed any more where nothing is filtered: the next filter hides again."""
        return self._replace(dim=self.dim and not self.idle)

    def without(self, texts: Sequence[str]) -> Filtering:
        """Without these expressions."""
        kept = tuple(one for one in self.kept if one.text not in texts)
        typing = self.typing
        return self._replace(
            kept=kept, typing=typing if typing and typing.text not in texts else None
        )

    def typed(self, pattern: Pattern | None) -> Filtering:
        """With another one that is being typed."""
        return self._replace(typing=pattern)

    def turned(self) -> Filtering:
        """Dim the rest instead of hiding it, or the other way round."""
        return self._replace(dim=not self.dim)

    def keep(self) -> Filtering:
        """Make the one that was typed one of those that stay."""
        return self._replace(kept=self._patterns(), typing=None)

    def without_last(self) -> Filtering:
        """Take the last one back."""
        return self._replace(kept=self.kept[:-1], typing=None)

    def next_level(self) -> Filtering:
        """The next least level, after the highest none."""
        at = LEVELS.index(self.level)
        return self._replace(level=LEVELS[(at + 1) % len(LEVELS)])

    def chips(self) -> Line:
        """The kept filters, each with its sign."""
        runs: list[Run] = []
        for one in self.kept:
            runs += _chip(one)
        return tuple(runs)

    def words(self) -> str:
        """What else holds: the level, and what becomes of the rest."""
        parts = [_LEVEL_WORDS[self.level]] if self.level else []
        if self.dim and not self.idle:
            parts.append("rest dimmed")
        return ", ".join(parts)

    def _patterns(self) -> tuple[Pattern, ...]:
        added = self.typing is not None and self.typing not in self.kept
        return (*self.kept, self.typing) if added and self.typing else self.kept


def _chip(pattern: Pattern) -> list[Run]:
    sign: Run = ("−", "bad") if pattern.exclude else ("+", "good")
    return [sign, (clip(visible(pattern.text), _CHIP), "strong"), ("  ", "")]
