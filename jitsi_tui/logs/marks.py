"""What in a record is worth a look or a search: JIDs, rooms, addresses, sessions."""

from __future__ import annotations

import re
from typing import NamedTuple

_VALUE = r"[^\s\],;&<>)\"']{1,200}"

_NAMED = re.compile(
    rf"\b(?:(?P<room>(?:room|conf_name)={_VALUE})"
    r"|(?P<session>(?:meeting_id|conference_id|meetingId|confId|endpoint_id|endpoint|epId"
    rf"|participant|stats_id|conf|ep)={_VALUE}|c2s[0-9a-f]{{8,16}}\b|bosh[0-9a-f-]{{8,40}}\b)"
    # Of a BOSH session's id the first characters are shown; its records begin with "bosh" and it.
    r"|sid '(?P<bosh>[0-9a-f]{8})(?=[^0-9a-f]))"
)
_ENDPOINT = re.compile(r"(?<![\w-])(?=\d*[a-f])[0-9a-f]{8}(?![\w-])")
"""Jicofo and the videobridge name a participant by eight hexadecimal digits."""

_NEAR_ENDPOINTS = ("ndpoint", "ember", " for ")
"""What stands in records that name one without saying so."""

_LOCAL = re.compile(r"[^\s@\"'<>=,;:\[\]()]{1,100}\Z")
_ROOM_LOCAL = re.compile(r"\b[^\s@\"'<>=,;\[\]()]{1,100}\Z")
_ROOM_DOMAIN = re.compile(r"@conference\.[\w.-]{1,200}")
_DOMAIN = re.compile(r"@[A-Za-z0-9][A-Za-z0-9.-]{1,200}(?:/[^\s\"'<>,;\])]{1,200})?")
_IPV4 = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b")
_IPV6 = re.compile(
    r"(?<![\w:])(?:(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}"
    r"|(?:[0-9A-Fa-f]{1,4}:){1,6}:(?:[0-9A-Fa-f]{1,4}:){0,5}[0-9A-Fa-f]{1,4})(?![\w:])"
)
_LONGEST_LOCAL = 100

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
    """The marks of a record's text, in order; they never overlap.

    Called for every line that is drawn: each pattern is tried only where it has something to find.
    """
    text = text[:LOOKED_AT]
    spans: list[tuple[int, int, str]] = []
    if "=" in text or "c2s" in text or "bosh" in text or "sid '" in text:
        spans += [(*m.span(m.lastgroup or 0), m.lastgroup or "") for m in _NAMED.finditer(text)]
    if "@" in text:
        spans += _around_at(text)
    if any(word in text for word in _NEAR_ENDPOINTS):
        spans += [(*m.span(), "session") for m in _ENDPOINT.finditer(text)]
    if text.count(".") >= 3:
        spans += [(*m.span(), "address") for m in _IPV4.finditer(text)]
    if "::" in text or text.count(":") >= 7:
        spans += [(*m.span(), "address") for m in _IPV6.finditer(text)]
    if not spans:
        return ()
    found: list[Mark] = []
    reached = 0
    for start, end, kind in sorted(spans, key=lambda span: span[0]):
        mark = _mark(text, start, end, kind)
        if start >= reached and mark.value:
            found.append(mark)
            reached = end
    return tuple(found)


def _around_at(text: str) -> list[tuple[int, int, str]]:
    """Rooms and JIDs, looked for from their ``@`` on to both sides."""
    spans: list[tuple[int, int, str]] = []
    at = text.find("@")
    while at >= 0:
        local, domain = _ROOM_LOCAL, _ROOM_DOMAIN.match(text, at)
        kind = "room"
        if domain is None:
            local, domain, kind = _LOCAL, _DOMAIN.match(text, at), "jid"
        if domain is not None:
            # Only the text up to the @ is looked at, as far back as a name may reach.
            begin = max(0, at - _LONGEST_LOCAL)
            if (before := local.search(text, begin, at)) is not None:
                spans.append((before.start(), domain.end(), kind))
        at = text.find("@", at + 1)
    return spans


def _mark(text: str, start: int, end: int, kind: str) -> Mark:
    value = text[start:end]
    name, equals, rest = value.partition("=")
    if equals and kind in ("room", "session"):
        start, value = start + len(name) + 1, rest
    if kind == "bosh":
        return Mark("session", start, end, f"bosh{value}")
    if kind == "jid":
        # Other logs know the person, not the device.
        value = value.partition("/")[0]
    if kind == "room":
        value = value.partition("@")[0]
    return Mark(kind, start, end, value)
