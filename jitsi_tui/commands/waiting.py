"""What a command says while it waits for the last meeting to end. Prints nothing itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from jitsi_tui import text
from jitsi_tui.session.idle import Waiting

_AGAIN = 60.0
"""Seconds after which the same is said again: a wait is never silent."""


class WaitTeller:
    """Says each new count once, and that it still waits every minute."""

    def __init__(self, say: Callable[[Mapping[str, object], str], None]) -> None:
        """``say`` takes the same as an object for programs and as a line for people."""
        self._say = say
        self._said: Waiting | None = None
        self._began = time.monotonic()
        self._last = 0.0

    def __call__(self, now: Waiting) -> None:
        """The newest count."""
        clock = time.monotonic()
        idle = now.calls is not None and now.calls.idle
        if idle or (self._alike(now) and clock - self._last < _AGAIN):
            return
        self._said, self._last = now, clock
        waited = clock - self._began
        line = f"○ {text.waiting(now.calls, now.trouble)}"
        if waited >= _AGAIN:
            line += f"   (for {text.span(waited)}; Ctrl-C ends the waiting)"
        self._say(
            {
                "waiting": {
                    "conferences": now.calls.conferences if now.calls else None,
                    "participants": now.calls.participants if now.calls else None,
                    "trouble": now.trouble,
                    "seconds": round(waited, 1),
                }
            },
            line,
        )

    def _alike(self, now: Waiting) -> bool:
        if self._said is None or self._said.trouble != now.trouble:
            return False
        before, after = self._said.calls, now.calls
        if before is None or after is None:
            return before is after
        return (before.conferences, before.participants) == (after.conferences, after.participants)
