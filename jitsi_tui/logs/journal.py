"""Journal entries as ``journalctl -o json`` writes them, turned into lines like those of a file.

A line reads ``2026-11-24T04:00:01.123456Z [err] text``, the word being the entry's priority;
further lines of a message start with a tab. See systemd.journal-fields(7) and the "JSON Format" of
systemd's journal export formats.
"""

from __future__ import annotations

import json

from .clock import as_datetime
from .levels import PRIORITIES

MAX_ENTRY = 1024 * 1024
"""Bytes of one entry in JSON; longer ones are passed over."""


class JournalReader:
    """Collects entries from a stream of bytes, and remembers the last cursor."""

    def __init__(self, cursor: str = "") -> None:
        self.cursor = cursor
        self.lost = False
        """Whether the journal no longer held the entry to continue from."""

        self._expect = cursor
        self._rest = b""
        self._skipping = False

    def feed(self, data: bytes) -> bytes:
        """The lines of the entries that are complete with these bytes."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        if self._skipping and whole:
            del whole[0]
            self._skipping = False
        if len(self._rest) > MAX_ENTRY:
            self._rest, self._skipping = b"", True
        return b"".join(self._line(entry) for entry in whole)

    def _line(self, raw: bytes) -> bytes:
        try:
            entry = json.loads(raw)
        except (ValueError, RecursionError):
            return b""
        if not isinstance(entry, dict):
            return b""
        cursor = entry.get("__CURSOR")
        if self._expect:
            # Reading starts at the entry seen last; journalctl doesn't say if that is gone.
            expected, self._expect = self._expect, ""
            if cursor == expected:
                return b""
            self.lost = True
        # It is handed to the next program; others than ASCII are none of the journal's.
        if isinstance(cursor, str) and cursor.isascii():
            self.cursor = cursor
        stamp = _stamp(str(entry.get("__REALTIME_TIMESTAMP", "")))
        priority = str(entry.get("PRIORITY", ""))
        word = PRIORITIES[int(priority) if priority in set("01234567") else 6]
        text = _message(entry.get("MESSAGE")).replace(b"\n", b"\n\t")
        return f"{stamp} [{word}] ".encode() + text + b"\n"


def _stamp(micros: str) -> str:
    """A time in UTC; the beginning of 1970 where none can be read."""
    known = micros.isascii() and micros.isdigit() and len(micros) < 20
    time = as_datetime(int(micros)) if known else None
    return f"{time:%Y-%m-%dT%H:%M:%S.%f}Z" if time else "1970-01-01T00:00:00.000000Z"


def _message(value: object) -> bytes:
    """A message: text, a list of bytes where it isn't UTF-8, null where it is too long."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    if isinstance(value, list):
        if value and all(isinstance(byte, int) and 0 <= byte < 256 for byte in value):
            return bytes(value)
        return b"\n".join(_message(part) for part in value if isinstance(part, str))
    return b""
