"""What a mark says: good, to be looked at, bad, or off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from jitsi_tui.instance.model import Posture, Severity

Tone = Literal["good", "attention", "bad", "off"]
"""What a mark says; colour only repeats it."""


MARKS: dict[Tone, str] = {"good": "●", "attention": "▲", "bad": "✖", "off": "○"}


ASCII_MARKS: dict[Tone, str] = {"good": "*", "attention": "!", "bad": "x", "off": "o"}


def mark(tone: Tone, *, ascii_only: bool = False) -> str:
    """The one-cell mark of a tone."""
    return (ASCII_MARKS if ascii_only else MARKS)[tone]


class Sentence(NamedTuple):
    """An answer: what is so, whether that is good, and why, in lines below it."""

    tone: Tone
    headline: str
    why: tuple[str, ...] = ()


POSTURE_TONES: dict[Posture, Tone] = {
    "open": "bad",
    "secure": "good",
    "token": "good",
    "inconsistent": "bad",
    "unknown": "attention",
}


SEVERITY_TONES: dict[Severity, Tone] = {"error": "bad", "warning": "attention", "info": "off"}
