"""What people read, without Textual: harmless text, times, and the sentences about a server.

Everything here is a pure function from values to text, so that the app and the commands say the
same thing in the same words. The sentences about a server are loaded when the first of them is
asked for: they need the values that a look at a server gives.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from jitsi_tui.visible import visible
from jitsi_tui.words import ago, count, exact, listed, short, size, span

from .tones import ASCII_MARKS, MARKS, POSTURE_TONES, SEVERITY_TONES, Sentence, Tone, mark

if TYPE_CHECKING:
    from .change import (
        changed_lines,
        ending,
        mode_words,
        plan_cost,
        plan_size,
        plan_title,
        proof_sentence,
        step_name,
        step_tone,
    )
    from .meetings import calls, waiting, whom_it_hits
    from .posture import (
        findings_summary,
        guest_domain,
        guests_may_join,
        how_to_try,
        posture_sentence,
        posture_words,
        who_may,
    )
    from .services import SERVICE_NAMES, service_state, service_tone

__all__ = [
    "ASCII_MARKS",
    "MARKS",
    "POSTURE_TONES",
    "SERVICE_NAMES",
    "SEVERITY_TONES",
    "Sentence",
    "Tone",
    "ago",
    "calls",
    "changed_lines",
    "count",
    "ending",
    "exact",
    "findings_summary",
    "guest_domain",
    "guests_may_join",
    "how_to_try",
    "listed",
    "mark",
    "mode_words",
    "plan_cost",
    "plan_size",
    "plan_title",
    "posture_sentence",
    "posture_words",
    "proof_sentence",
    "service_state",
    "service_tone",
    "short",
    "size",
    "span",
    "step_name",
    "step_tone",
    "visible",
    "waiting",
    "who_may",
    "whom_it_hits",
]


def __getattr__(name: str) -> object:
    """Find a name of ours that is not there yet (PEP 562)."""
    if name in __all__:
        for part in ("change", "meetings", "posture", "services"):
            module = import_module(f"{__name__}.{part}")
            if hasattr(module, name):
                found = globals()[name] = getattr(module, name)
                return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
