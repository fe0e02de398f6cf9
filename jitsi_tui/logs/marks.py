"""What in a record is worth a look or a search: JIDs, rooms, addresses, sessions."""

from __future__ import annotations

import re
from dataclasses import dataclass

_VALUE = r"[^\s\],;&<>)\"']{1,200}"

_MARKS = re.compile(
    rf"(?P<room>\b(?:room|conf_name)={_VALUE}"
    r"|\b[^\s@\"'<>=,;\[\]()]{1,100}@conference\.[\w.-]{1,200})"
    r"|(?P<session>\b(?:meeting_id|conference_id|meetingId|confId|endpoint_id|endpoint|epId"
    rf"|participant|stats_id|conf|ep)={_VALUE}"
    r"|\bc2s[0-9a-f]{8,16}\b|\bbosh[0-9a-f-]{8,40}\b"
    # Jicofo and the videobridge name a participant by eight hexadecimal digits.
    r"|(?<![\w-])(?=\d*[a-f])[0-9a-f]{8}(?![\w-]))"
    r"|(?P<jid>[^\s@\"'<>=,;:\[\]()]{1,100}@[A-Za-z0-9][A-Za-z0-9.-]{1,200}(?:/[^\s\"'<>,;\])]{1,200})?)"
    r"|(?P<address>\b(?:\d{1,3}\.){3}\d{1,3}\b"
    r"|(?<![\w:])(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}(?![\w:])"
    r"|(?<![\w:])(?:[0-9A-Fa-f]{1,4}:){1,6}:(?:[0-9A-Fa-f]{1,4}:){0,5}[0-9A-Fa-f]{1,4}(?![\w:]))"
)

_MAY_HOLD = re.compile(r"[@=]|c2s|bosh|[0-9a-f]{8}|\d\.\d|[0-9A-Fa-f]::?[0-9A-Fa-f]")
"""What stands in every mark: most records have none of it, and are done with at once."""

LOOKED_AT = 4096
"""Characters of a record that are searched for marks."""


@dataclass(frozen=True)
class Mark:
    """A part of a record's text, and the value that other records share with it."""

    kind: str
    """``room``, ``session``, ``jid`` or ``address``."""

    start: int
    end: int
    value: str

    @property
    def pattern(self) -> str:
        """A regular expression that finds the records with the same value, in any log."""
        return rf"(?<![\w.-]){re.escape(self.value)}(?![\w-])"


def find_marks(text: str) -> tuple[Mark, ...]:
    """The marks of a record's text, in order; they never overlap."""
    if _MAY_HOLD.search(text, 0, LOOKED_AT) is None:
        return ()
    found = []
    for match in _MARKS.finditer(text, 0, LOOKED_AT):
        kind = match.lastgroup or ""
        start, value = match.start(), match[0]
        name, equals, rest = value.partition("=")
        if equals and kind in ("room", "session"):
            start, value = start + len(name) + 1, rest
        if kind == "jid":
            # Other logs know the person, not the device.
            value = value.partition("/")[0]
        if kind == "room":
            value = value.partition("@")[0]
        if value:
            found.append(Mark(kind, start, match.end(), value))
    return tuple(found)
