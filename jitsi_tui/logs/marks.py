"""What in a record is worth a look or a search: JIDs, rooms, addresses, sessions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from operator import itemgetter
from typing import NamedTuple

_VALUE = r"[^\s\],;&<>)\"']{1,200}"


def _begun(word: str) -> str:
    """A word at its start. What stands before it is looked at last: a letter is tried soonest."""
    return rf"{word}(?<!\w{word})"


_ROOMS = ("room", "conf_name")
_SESSIONS = (
    "meeting_id",
    "conference_id",
    "meetingId",
    "confId",
    "endpoint_id",
    "endpoint",
    "epId",
    "participant",
    "stats_id",
    "conf",
    "ep",
)
_NAMED = re.compile(
    "|".join(
        [
            *(rf"{_begun(name)}=({_VALUE})" for name in (*_ROOMS, *_SESSIONS)),
            rf"{_begun('c2s')}[0-9a-f]{{8,16}}\b",
            rf"{_begun('bosh')}[0-9a-f-]{{8,40}}\b",
            # Of a BOSH session's id the first characters are shown; its records begin with "bosh"
            # and it.
            rf"{_begun('sid')} '([0-9a-f]{{8}})(?=[^0-9a-f])",
        ]
    )
)
_KINDS = ("session", *["room" for _ in _ROOMS], *["session" for _ in _SESSIONS], "bosh")
"""What each group of it is; the first: an id that begins with its name."""

_ENDPOINT = re.compile(r"(?<![\w-])[0-9a-f]{8}(?![\w-])(?<!\d{8})")
"""Jicofo and the videobridge name a participant by eight hexadecimal digits."""

_LOCAL = re.compile(r"[^\s@\"'<>=,;:\[\]()]+")
_ROOM_LOCAL = re.compile(r"[^\s@\"'<>=,;\[\]()]+")
_WORD_EDGE = re.compile(r"\b")
_ROOM_DOMAIN = re.compile(r"@conference\.[\w.-]{1,200}")
_DOMAIN = re.compile(r"@[A-Za-z0-9][A-Za-z0-9.-]{1,200}(?:/[^\s\"'<>,;\])]{1,200})?")
_IPV4 = re.compile(r"\d(?<!\w.)\d{0,2}(?:\.\d{1,3}){3}\b")
_IPV6 = re.compile(
    r"(?<![\w:])(?:(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}"
    r"|(?:[0-9A-Fa-f]{1,4}:){1,6}:(?:[0-9A-Fa-f]{1,4}:){0,5}[0-9A-Fa-f]{1,4})(?![\w:])"
)
_LONGEST_LOCAL = 100
_FIRST = itemgetter(0)

LOOKED_AT = 4096
"""Characters of a record that are searched for marks."""


class Mark(NamedTuple):
    """A part of a record's text, and the value that other records share with it."""

    kind: str
    """``room``, ``session``, ``jid`` or ``address``."""

    start: int
    end: int
    value: str

    @property
    def pattern(self) -> str:
        """A regular expression that finds the records with the same value, in any log."""
        if self.kind == "session" and self.value.startswith("bosh"):
            return rf"(?:(?<![\w.-])bosh|\bsid '){re.escape(self.value[4:12])}"
        return rf"(?<![\w.-]){re.escape(self.value)}(?![\w-])"


def find_marks(text: str) -> tuple[Mark, ...]:
    """The marks of a record's text, in order; they never overlap."""
    return tuple([_mark(text, *span) for span in mark_spans(text)])


def mark_spans(text: str) -> Sequence[tuple[int, int, str]]:
    """Where the marks of a record's text lie, in order, and what they are.

    Called for every line that is drawn: each pattern is tried only where it has something to find.
    """
    text = text[:LOOKED_AT]
    spans: list[tuple[int, int, str]] = []
    if "=" in text or "c2s" in text or "bosh" in text or "sid '" in text:
        for named in _NAMED.finditer(text):
            group = named.lastindex or 0
            spans.append((*named.span(group), _KINDS[group]))
    if "@" in text:
        spans += _around_at(text)
    # What stands in records that name one without saying so.
    if " for " in text or "ember" in text or "ndpoint" in text:
        spans += [(*m.span(), "session") for m in _ENDPOINT.finditer(text)]
    if text.count(".") >= 3:
        spans += [(*m.span(), "address") for m in _IPV4.finditer(text)]
    if "::" in text or text.count(":") >= 7:
        spans += [(*m.span(), "address") for m in _IPV6.finditer(text)]
    if not spans:
        return ()
    found: list[tuple[int, int, str]] = []
    reached = 0
    spans.sort(key=_FIRST)
    for span in spans:
        # A room without a name is none.
        if span[0] >= reached and not (span[2] == "room" and text[span[0]] == "@"):
            found.append(span)
            reached = span[1]
    return found


def _around_at(text: str) -> list[tuple[int, int, str]]:
    """Rooms and JIDs, looked for from their ``@`` on to both sides."""
    spans: list[tuple[int, int, str]] = []
    at = text.find("@")
    while at >= 0:
        # Only the text up to the @ is looked at, as far back as a name may reach.
        before = text[max(0, at - _LONGEST_LOCAL) : at][::-1]
        if (domain := _ROOM_DOMAIN.match(text, at)) is not None:
            local = _ROOM_LOCAL.match(before)
            edge = _WORD_EDGE.search(text, at - local.end(), at) if local else None
            if edge is not None and edge.start() < at:
                spans.append((edge.start(), domain.end(), "room"))
        elif (domain := _DOMAIN.match(text, at)) and (local := _LOCAL.match(before)):
            spans.append((at - local.end(), domain.end(), "jid"))
        at = text.find("@", at + 1)
    return spans


def _mark(text: str, start: int, end: int, kind: str) -> Mark:
    value = text[start:end]
    if kind == "jid":
        # Other logs know the person, not the device.
        value = value.partition("/")[0]
    elif kind == "room":
        value = value.partition("@")[0]
    elif kind == "bosh":
        return Mark("session", start, end, f"bosh{value}")
    return Mark(kind, start, end, value)
