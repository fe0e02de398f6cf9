"""A change: what it would do, its steps, and how it ended."""

from __future__ import annotations

import difflib

from jitsi_tui.instance.model import Applied, Ending, FileChange, Plan, Step, Verdict
from jitsi_tui.instance.transaction import proof
from jitsi_tui.visible import visible
from jitsi_tui.words import count, listed

from .meetings import hit
from .services import SERVICE_NAMES
from .tones import Sentence, Tone


def changed_lines(before: bytes, after: bytes) -> tuple[int, int]:
    """How many lines an edit adds and takes away."""
    matcher = difflib.SequenceMatcher(None, before.splitlines(), after.splitlines(), autojunk=False)
    added = removed = 0
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag != "equal":
            added, removed = added + j2 - j1, removed + i2 - i1
    return added, removed


def mode_words(change: FileChange) -> str:
    """``/etc/x: mode 0644 becomes 0640``."""
    before, after = change.mode_before or 0, change.mode_after or 0
    return visible(f"{change.path}: mode {before:04o} becomes {after:04o}")


def plan_title(plan: Plan) -> str:
    """What a plan does, for a headline: without the id of a backup."""
    summary = visible(
        plan.summary.replace(f" {plan.undoes}:", ":") if plan.undoes else plan.summary
    )
    return summary[:1].upper() + summary[1:]


def plan_size(plan: Plan) -> str:
    """``3 files, 9 lines``."""
    lines = sum(sum(changed_lines(c.before, c.after)) for c in plan.changes)
    return f"{count(len(plan.changes), 'file')}, {count(lines, 'line')}"


def plan_cost(plan: Plan, verdict: Verdict | None) -> list[str]:
    """What a plan does to the running server: what restarts, and whom that hits."""
    starts = [f"starts {listed([SERVICE_NAMES[name] for name in plan.starts])}"]
    if not plan.restarts:
        return starts if plan.starts else ["nothing restarts"]
    lines = [
        *(starts if plan.starts else ()),
        f"restarts {listed([SERVICE_NAMES[name] for name in plan.restarts])}",
    ]
    if verdict is not None and verdict.conferences:
        lines.append(hit(plan.restarts, verdict.conferences, verdict.participants))
    return lines


_STEPS: dict[str, tuple[str, str]] = {
    "lock": ("making sure that nobody else changes it", "nobody else is changing it"),
    "packages": ("looking for a package installation", "no package is being installed"),
    "files": ("comparing the files with what was shown", "the files are as they were shown"),
    "baseline": ("noting how the services run", "how the services run is noted"),
    "backup": ("making a backup", "a backup is made"),
    "stage": ("writing the new files beside the old ones", "the new files lie beside the old ones"),
    "check": ("checking the new files", "the new files can be read"),
    "idle": ("making sure that nobody is in a meeting", "nobody is in a meeting"),
    "replace": ("putting the new files in place", "the new files are in place"),
    "meaning": ("asking what the new files mean", "they mean what was wanted"),
    "health": ("waiting until the services are up and stay up", "the services are up and stay up"),
    "proof": ("asking the server itself", "the server itself proves it"),
    "finish": ("clearing up", "cleared up"),
    "give back files": ("giving the old files back", "the old files are back"),
    "health as before": ("waiting until all runs as before", "the services run as before"),
}


def step_name(name: str, *, running: bool = False) -> str:
    """A step of an apply in an admin's words; its own name where it has no others."""
    if name in _STEPS:
        return _STEPS[name][0 if running else 1]
    service, _, how = name.removeprefix("restart ").partition(" ")
    if not name.startswith("restart ") or not service:
        return name
    service = SERVICE_NAMES.get(service, service)
    as_before = f" {how}" if how else ""
    return f"restarting {service}{as_before}" if running else f"{service} is restarted{as_before}"


def step_tone(step: Step) -> Tone:
    """How a step of an apply went."""
    return "attention" if step.ok is None else "good" if step.ok else "bad"


def proof_sentence(verdict: Verdict | None) -> str:
    """``Now: an account is needed. Guests may join.``"""
    said = proof.sentence(verdict)
    if not said:
        return "Now: it could not be proved who may open meetings."
    return f"Now: {said[:1].lower()}{said[1:]}"


_ENDINGS: dict[Ending, tuple[Tone, str]] = {
    Ending.APPLIED: ("good", "Done, and proved"),
    Ending.NOTHING: ("good", "Nothing was to do"),
    Ending.REFUSED: ("attention", "Nothing was changed"),
    Ending.ROLLED_BACK: ("attention", "It did not work out: everything is as before"),
    Ending.BROKEN: ("bad", "The server needs you"),
}


def ending(result: Applied) -> Sentence:
    """How an apply ended, in plain words."""
    tone, headline = _ENDINGS[result.ending]
    lines = tuple(visible(line) for line in (result.message, result.hint) if line)
    return Sentence(tone, headline, lines)
