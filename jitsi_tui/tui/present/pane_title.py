"""The title of a pane: how its logs stand, in as many words as there is room for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from jitsi_tui import text
from jitsi_tui.text import visible
from jitsi_tui.tui.lines import Line, Run, sparkline, spread, width

from .logs import ROOMY

_PULSE_CELLS = 30
_ERROR = "✖"


def pane_title(  # noqa: PLR0913 - a title has as many parts
    name: str,
    *,
    rate: float | None,
    following: bool,
    behind: int,
    errors: int,
    warnings: int,
    trouble: str,
    focused: bool,
    cells: int,
    seconds: Sequence[tuple[int, int]] = (),
    count: int = 0,
    day: str = "",
    without: Sequence[str] = (),
) -> Line:
    """Source, rate, follow or paused; at the right what went wrong in it.

    ``rate``: records a second; ``None`` where ``count``, how many there are, tells more.
    ``seconds``: records and errors of each of the last seconds; drawn as far as there is room.
    ``day``: of the record under the cursor, where it is not today. ``without``: the logs that
    should be in it and can't be read.
    """
    right = (*_lacking(without, cells), *_wrong(warnings, errors, cells), (" ", ""))
    speed = text.count(count, "record") if rate is None else _speed(rate)
    named: Line = (("›" if focused else " ", "cursor"), (_short(name, cells), "strong"))
    room = cells - width(named) - width(right) - 2
    left: Line = ()
    for left in _standings(speed, following, behind, trouble, day, cells):
        if width(left) <= room:
            break
    left = (*named, *left)
    left = (*left, *_pulse(seconds, cells - width(left) - width(right) - 4))
    return spread(left, right, cells)


def _speed(rate: float) -> str:
    return f"{rate:>2,.0f}/s" if rate >= 1 or rate == 0 else "<1/s"


def _standings(
    speed: str, following: bool, behind: int, trouble: str, day: str, cells: int
) -> Iterator[Line]:
    """How it is followed, with ever fewer words."""
    fast: Run = (f"  {speed}", "dim")
    key: Run = ("  End", "key")
    then: Line = ((f"  {day}", "attention"),) if day else ()
    paused: Run = (f"  ○ paused, {behind:,} behind", "attention")
    if trouble:
        why = visible(trouble)
        told: Run = (f"  ○ {why}", "attention")
        if not following:
            if behind and cells >= ROOMY:
                yield fast, paused, (f"   {why}", "attention"), *then, key
            yield fast, told, *then, key
            yield fast, told, key
        yield fast, told
        yield (told,)
    elif following:
        yield fast, ("  ●", "good"), (" following", "dim")
        yield fast, ("  ●", "good")
    else:
        far: Run = (f"  ○ {behind:,} behind", "attention")
        if cells >= ROOMY:
            yield fast, paused, *then, key
        yield fast, far, *then, key
        yield fast, far, *then
        yield far, *then
        yield (f"  ○ {behind:,}", "attention"), *then


def _wrong(warnings: int, errors: int, cells: int) -> Line:
    if cells < ROOMY:
        if errors:
            return ((f"✖ {errors:,}", "bad"),)
        return ((f"▲ {warnings:,}", "attention"),) if warnings else ()
    runs: list[Run] = []
    if warnings:
        runs.append((f"▲ {text.count(warnings, 'warning')}", "attention"))
    if errors:
        runs += [("  ", ""), (f"✖ {text.count(errors, 'error')}", "bad")]
    return tuple(runs)


def _lacking(names: Sequence[str], cells: int) -> Line:
    if not names:
        return ()
    words = f"without {text.listed([visible(name) for name in names])}"
    if cell_len(words) > cells // 3:
        words = f"without {text.count(len(names), 'log')}"
    return ((words, "attention"), ("  ", ""))


def _short(name: str, cells: int) -> str:
    """A file's path, or of its end as much as has room: another file may have the same name."""
    shown = visible(name)
    room = cells * 2 // 5
    if "/" not in shown or len(shown) <= room:
        return shown
    *folders, short = shown.split("/")
    while folders and len(f"…/{folders[-1]}/{short}") <= room:
        short = f"{folders.pop()}/{short}"
    return f"…/{short}"


def _pulse(seconds: Sequence[tuple[int, int]], cells: int) -> list[Run]:
    """How fast the log grew, one cell a second or two; a mark stands where errors came.

    Where most cells would be marks, bars in the colour of errors tell more.
    """
    cells = min(cells, _PULSE_CELLS)
    if cells < 6 or not seconds:
        return []
    size = -(-len(seconds) // cells)
    parts = [seconds[at : at + size] for at in range(0, len(seconds), size)]
    bars = sparkline([sum(count for count, _ in part) for part in parts])
    wrong = [any(errors for _, errors in part) for part in parts]
    mark = _ERROR if sum(wrong) * 2 <= len(parts) else ""
    runs: list[Run] = [("  ", "")]
    for bar, bad in zip(bars, wrong, strict=False):
        runs.append((mark or bar, "bad") if bad else (bar, "dim"))
    return runs if bars else []
