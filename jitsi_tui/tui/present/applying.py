"""A change under way: its steps as they fill, the proof last, how it ended, how to try it."""

from __future__ import annotations

from datetime import datetime

from jitsi_tui import text
from jitsi_tui.instance.model import Applied, Ending, Step
from jitsi_tui.text import visible
from jitsi_tui.tui.lines import Line, line, marked, pairs, spread, wrap
from jitsi_tui.tui.state import Run, State


def title(state: State, run: Run, now: datetime, cells: int) -> list[Line]:
    """What is being done, and for how long."""
    seconds = (now - run.started).total_seconds()
    if run.result is not None:
        seconds = sum(step.seconds or 0.0 for step in run.steps)
    head = line((text.plan_title(run.plan), "strong"))
    return [
        spread(head, ((text.short(max(0.0, seconds)), "dim"),), cells),
        line(("on ", "dim"), (visible(state.domain), "accent")),
    ]


def steps(run: Run, now: datetime, cells: int) -> list[Line]:
    """One line a step; the running one counts its seconds. What is proved needs one line alone."""
    if run.waiting is not None:
        return _waiting(run, cells)
    if run.result is not None and run.result.ending is Ending.APPLIED:
        done = text.count(len(run.steps), "step")
        return [line(marked("good"), f" {done[:1].upper()}{done[1:]} done")]
    lines = [_step(step, run, now, cells) for step in run.steps]
    if run.result is None and not run.steps:
        waited = (now - run.started).total_seconds()
        lines.append(
            spread(
                line(marked("attention"), (" starting on the server …", "")),
                ((text.short(waited), "dim"),),
                cells,
            )
        )
    return lines


def _waiting(run: Run, cells: int) -> list[Line]:
    assert run.waiting is not None
    said = text.waiting(run.waiting.calls, run.waiting.trouble)
    head, *rest = wrap(said, cells - 2)
    return [line(("○", "accent"), " ", *head), *(line("  ", *row) for row in rest)]


def _step(step: Step, run: Run, now: datetime, cells: int) -> Line:
    tone = text.step_tone(step)
    name = visible(text.step_name(step.name, running=step.ok is None))
    if step.ok is None:
        since = run.step_since or run.started
        waited = max(0.0, (now - since).total_seconds())
        return spread(
            line(("○", "accent"), f" {name} …", (f"   {visible(step.detail)}", "dim")),
            ((text.short(waited), "dim"),),
            cells,
        )
    detail = f"   {visible(step.detail)}" if step.detail else ""
    seconds = text.short(step.seconds) if step.seconds is not None else ""
    return spread(
        line(marked(tone), f" {name}", (detail, "dim" if step.ok else "bad")),
        ((seconds, "dim"),),
        cells,
    )


def below(state: State, run: Run, now: datetime, cells: int) -> list[Line]:
    """The countdown, or how it ended."""
    if run.result is not None:
        return _ended(state, run.result, cells)
    if run.waiting is not None:
        return wrap(
            "Nothing is changed yet. It begins by itself once nobody is in a meeting; "
            "c ends the waiting.",
            cells,
            "dim",
        )
    if run.deadline is not None:
        left = max(0.0, (run.deadline - now).total_seconds())
        return [
            line(marked("attention"), (" Changed, not confirmed yet", "strong")),
            *wrap(
                f"Without a proof it goes back by itself in {left:.0f} s.",
                cells - 2,
                "dim",
                indent="  ",
            ),
        ]
    return wrap("If anything fails, everything goes back to how it was.", cells, "dim")


def _ended(state: State, result: Applied, cells: int) -> list[Line]:
    said = text.ending(result)
    lines: list[Line] = []
    if result.ending is Ending.APPLIED:
        lines.append(line(marked("good"), (f" {text.proof_sentence(result.verdict)}", "strong")))
        lines.append(())
        lines.append(line(("Try it", "strong")))
        lines += _try_it(state, result, cells)
        return lines
    lines.append(line(marked(said.tone), (f" {said.headline}", "strong")))
    for sentence in said.why:
        lines += wrap(sentence, cells - 2, "", indent="  ")
    if result.ending is Ending.ROLLED_BACK:
        lines += wrap(
            "Every file is as it was, and the services run as before.",
            cells - 2,
            "dim",
            indent="  ",
        )
    elif result.ending is Ending.REFUSED:
        lines += wrap("Not one file was touched.", cells - 2, "dim", indent="  ")
    return lines


def _try_it(state: State, result: Applied, cells: int) -> list[Line]:
    rows = text.how_to_try(state.domain, result.verdict)
    lines: list[Line] = []
    for row in pairs(rows):
        (label, kind), (value, _) = row
        head, *rest = wrap(value, cells - len(label) - 2)
        if label.strip() == "open":
            head = line((value, "accent"))
        lines.append(line("  ", (label, kind), *head))
        lines += [line("  " + " " * len(label), *more) for more in rest]
    return lines
