"""Attempts and their timelines, as lines."""

from __future__ import annotations

from collections.abc import Sequence

from jitsi_tui import text
from jitsi_tui.text import Tone, visible
from jitsi_tui.trace.telling import summary
from jitsi_tui.trace.values import Attempt, Step
from jitsi_tui.tui.lines import Line, Run, line, marked, wrap
from jitsi_tui.words import addressed

TONES: dict[str, Tone] = {
    "good": "good",
    "attention": "attention",
    "bad": "bad",
    "quiet": "off",
}
_STATIONS = {"web": "web server", "prosody": "Prosody", "jicofo": "Jicofo", "bridge": "videobridge"}
_STATION_CELLS = 12


def head(
    attempts: Sequence[Attempt], domain: str, cells: int, *, practice: bool = False, cut: str = ""
) -> list[Line]:
    """What to do, or how it stands over all. On the practice server nobody needs a browser.

    ``cut``: why nothing comes while the connection is broken.
    """
    if cut:
        told = f"{cut.capitalize()}: who comes meanwhile is told once it stands again."
        return wrap(told, cells, "attention")
    if not attempts and practice:
        return wrap("Wait a little: people come by themselves on this practice server.", cells, "")
    if not attempts:
        told = f"Try it now: open https://{visible(domain)}/any-name in a private window."
        return wrap(told, cells, "")
    return [line((summary(tuple(attempts)), "dim"))]


def cells_of(attempt: Attempt) -> tuple[Run, ...]:
    """Mark, when, who, and how it stands."""
    tone = TONES[attempt.tone]
    return (
        (text.MARKS[tone], tone),
        (f"{attempt.began:%H:%M:%S}", "dim"),
        (visible(attempt.verdict), ""),
    )


def doubts(told: Sequence[str], cells: int) -> list[Line]:
    """What can't be known here."""
    return [row for doubt in told for row in wrap(visible(doubt), cells, "attention")]


def timeline(attempt: Attempt | None, destination: str, cells: int) -> list[Line]:
    """Each step in plain words, its station before it; then what to do."""
    if attempt is None:
        return []
    lines: list[Line] = [*wrap(visible(attempt.verdict), cells, "strong")]
    if attempt.advice:
        lines += wrap(visible(addressed(attempt.advice, destination)), cells, "accent")
    lines.append(())
    for step in attempt.steps:
        lines += _step(step, cells)
    return lines


def _step(step: Step, cells: int) -> list[Line]:
    tone = TONES[step.tone]
    words = visible(step.words) + (" (no record says so; it follows)" if step.inferred else "")
    lead = 9 + 2 + _STATION_CELLS
    first, *rest = wrap(words, max(10, cells - lead), "" if step.tone != "quiet" else "dim")
    station = f"{_STATIONS[step.station]:<{_STATION_CELLS}}"
    when = f"{step.time:%H:%M:%S} "
    return [
        line((when, "dim"), marked(tone), " ", (station, "dim"), *first),
        *(line(" " * lead, *row) for row in rest),
    ]


def records(attempt: Attempt | None, cells: int) -> list[Line]:
    """The records behind the steps, as they stand in the logs."""
    if attempt is None:
        return []
    lines: list[Line] = []
    for step in attempt.steps:
        lines.append(line((visible(step.words), "strong")))
        for record in step.records:
            told = f"{record.source}  {record.text}"
            lines += [line("  ", *row) for row in wrap(visible(told, lines=True), cells - 2, "dim")]
    return lines
