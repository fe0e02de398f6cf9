"""A record's words with what is worth a look standing out: who, which room, what was searched."""

from __future__ import annotations

from collections.abc import Sequence

from jitsi_tui.logs.marks import find_marks
from jitsi_tui.logs.patterns import Expression
from jitsi_tui.tui.lines import Kind, Run

Span = tuple[int, int]


def highlighted(words: str, find: Expression | None, kind: Kind) -> list[Run]:
    """``words``, harmless already; what was searched for wins over rooms, JIDs and addresses."""
    found = find.spans(words) if find is not None else []
    marks = [(mark.start, mark.end) for mark in find_marks(words)]
    if not found and not marks:
        return [(words, kind)]
    runs: list[Run] = []
    at = 0
    for start, end, one in _merged(found, marks):
        if start > at:
            runs.append((words[at:start], kind))
        runs.append((words[start:end], one))
        at = end
    if at < len(words):
        runs.append((words[at:], kind))
    return runs


def _merged(found: Sequence[Span], marks: Sequence[Span]) -> list[tuple[int, int, Kind]]:
    """All spans in order, those of marks without what was found in them."""
    spans: list[tuple[int, int, Kind]] = [(start, end, "match") for start, end in found]
    for start, end in marks:
        at = start
        for first, last in found:
            if last <= at or first >= end:
                continue
            if first > at:
                spans.append((at, first, "accent"))
            at = max(at, last)
        if at < end:
            spans.append((at, end, "accent"))
    return sorted(spans)
