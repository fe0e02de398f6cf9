"""A record's words with what is worth a look standing out: who, which room, what was searched."""

from __future__ import annotations

from collections.abc import Sequence

from jitsi_tui.logs.marks import mark_spans
from jitsi_tui.logs.patterns import Expression
from jitsi_tui.tui.lines import Kind, Run

_MARK: Kind = "accent"


def highlighted(words: str, find: Expression | None, kind: Kind) -> list[Run]:
    """``words``, harmless already; what was searched for wins over rooms, JIDs and addresses."""
    found = find.spans(words) if find is not None else ()
    marks = mark_spans(words)
    runs: list[Run] = []
    at = 0
    spans = _merged(found, marks) if found else [(start, end, _MARK) for start, end, _ in marks]
    for start, end, one in spans:
        if start > at:
            runs.append((words[at:start], kind))
        runs.append((words[start:end], one))
        at = end
    if at < len(words) or not runs:
        runs.append((words[at:], kind))
    return runs


def _merged(
    found: Sequence[tuple[int, int]], marks: Sequence[tuple[int, int, str]]
) -> list[tuple[int, int, Kind]]:
    """All spans in order, those of marks without what was found in them."""
    spans: list[tuple[int, int, Kind]] = [(start, end, "match") for start, end in found]
    for start, end, _ in marks:
        at = start
        for first, last in found:
            if last <= at or first >= end:
                continue
            if first > at:
                spans.append((at, first, _MARK))
            at = max(at, last)
        if at < end:
            spans.append((at, end, _MARK))
    return sorted(spans)
