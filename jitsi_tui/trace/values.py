"""What goes in and comes out: lines of logs, and attempts told step by step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Station = Literal["web", "prosody", "jicofo", "bridge"]
Tone = Literal["good", "attention", "bad", "quiet"]


@dataclass(frozen=True)
class Line:
    """One record of a log: its source's name, its time (UTC) and its text. Hostile text."""

    source: str
    time: datetime
    text: str


@dataclass(frozen=True)
class Step:
    """One thing that happened to somebody, in plain words, and the records that say so."""

    time: datetime
    station: Station
    tone: Tone
    words: str
    records: tuple[Line, ...] = ()
    inferred: bool = False
    """No record says it: it follows from what is missing."""


@dataclass(frozen=True)
class Attempt:
    """One session, from its first record to how it stands now."""

    key: str
    """Prosody's name of the session, unique in a trace."""

    began: datetime
    who: str
    door: str
    """``BOSH``, ``websocket``, or empty where it began before the trace."""

    jid: str
    room: str
    tone: Tone
    verdict: str
    """How it stands, in one sentence."""

    advice: str
    """What to do about it; empty where nothing is."""

    steps: tuple[Step, ...]
    ended: bool = False
