"""What a journal tells, as steps and an ending."""

from __future__ import annotations

import math
from collections.abc import Callable

from ..model import Applied, Ending, Step, Verdict
from .manifest import is_id

MAX_STEPS = 200
MAX_TEXT = 8000
"""Characters of one text from the server that are kept."""

_ENDINGS = {
    "applied": Ending.APPLIED,
    "refused": Ending.REFUSED,
    "rolled back": Ending.ROLLED_BACK,
    "broken": Ending.BROKEN,
}

_HINTS = {
    "lock": "Try again when it is done; jitsi-tui shows it while it runs.",
    "packages": "Wait until apt is done, then plan again.",
    "files": "Look at the file, then plan again.",
    "baseline": "Repair it first, then plan again.",
    "backup": "Make room below /var/backups and see that /etc can be written, then try again.",
    "stage": "Make room beside the file and see that it can be written, then try again.",
    "check": "This is a fault of ours: please report it with the file's shape.",
    "late": "The server is very busy: look at its load, then try again.",
}
"""By the step that failed, where nothing was changed."""


class Following:
    """Takes records one by one; knows the steps so far, the countdown, and the ending."""

    def __init__(self, on_step: Callable[[Step], None] | None = None) -> None:
        self._on_step = on_step
        self._steps: list[Step] = []
        self._seen = 0
        self._count = 0
        self._ending: tuple[Ending, str, str] | None = None
        self.backup: str | None = None
        self.left: float | None = None
        """Seconds until the server rolls back by itself, once it waits for the proof."""

    @property
    def ended(self) -> bool:
        """Whether the run told its ending."""
        return self._ending is not None

    def take(self, fields: tuple[str, ...]) -> None:
        """One record. What isn't known is left aside: a newer program may say more."""
        match tuple(field[:MAX_TEXT] for field in fields):
            case ("run", backup) if is_id(backup):
                self.backup = backup
                self._count = 0  # told again from its beginning
            case ("begin", name):
                self._tell(Step(name))
            case ("done", name, seconds, detail):
                self._end_step(Step(name, _seconds(seconds), True, detail))
            case ("fail", name, seconds, reason):
                self._end_step(Step(name, _seconds(seconds), False, reason))
            case ("left", seconds):
                self.left = _seconds(seconds)
            case ("end", ending, message, hint) if ending in _ENDINGS:
                self._end(_ENDINGS[ending], message, hint)
            case ("error", why):
                self._end(Ending.REFUSED, why, "")

    def applied(self, verdict: Verdict | None) -> Applied:
        """All of it, once it ended."""
        ending, message, hint = self._ending or (Ending.BROKEN, "it has not ended", "")
        kept = None if ending is Ending.REFUSED else self.backup
        return Applied(ending, message, hint, kept, verdict, tuple(self._steps))

    def _end_step(self, step: Step) -> None:
        if step.name == "proof":
            self.left = None
        self._tell(step)

    def _tell(self, step: Step) -> None:
        """Steps are told once, also when a journal is read again from its beginning."""
        self._count += 1
        if self._count <= self._seen or len(self._steps) >= MAX_STEPS:
            return
        self._seen = self._count
        if step.seconds is not None:
            self._steps.append(step)
        if self._on_step:
            self._on_step(step)

    def _end(self, ending: Ending, message: str, hint: str) -> None:
        self.left = None
        if ending is Ending.REFUSED and not hint:
            failed = next((step.name for step in self._steps if step.ok is False), "")
            late = failed == "check" and "would not be" not in message
            hint = _HINTS.get("late" if late else failed, "")
        self._ending = (ending, message, hint)


def _seconds(text: str) -> float:
    """A number from the server, 0 where it is none."""
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return min(max(value, 0.0), 1e6) if math.isfinite(value) else 0.0
