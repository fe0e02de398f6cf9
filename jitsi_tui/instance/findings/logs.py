"""Findings from the last minutes of the logs: one for each known line."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..known_lines import KNOWN_LINES, KnownLine
from .subject import Found, Rule, Subject

_LOOP = 60
"""So many login attempts with a token in ten minutes are a loop, not people."""


def _looks_for(line: KnownLine) -> Callable[[Subject], Iterator[Found]]:
    def find(s: Subject) -> Iterator[Found]:
        needed = [one for one in map(s.instance.service, line.needs) if one is not None]
        if any(one.state in ("stopped", "failed") for one in needed):
            return
        for one in s.instance.logged:
            if one.id != line.id or one.count < line.least:
                continue
            minutes = max(1, round(one.minutes(s.instance.taken)))
            times = "once" if one.count == 1 else f"{one.count} times"
            within = "the last minute" if minutes == 1 else f"the last {minutes} minutes"
            yield Found(
                f"{line.says} ({times} in {within})",
                f"{one.path}: {one.record}",
                line.todo,
                "error" if line.id == "token-loop" and one.count >= _LOOP else None,
            )

    return find


RULES = tuple(
    Rule(f"log-{line.id}", line.severity, f"{line.says}.", line.why, _looks_for(line))
    for line in KNOWN_LINES
)
