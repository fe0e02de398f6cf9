"""What ``facts.pl`` says, taken apart: sections with a nonce, a state, fields and their bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import unquote

from ..model import Absent, Fact, Failed, InstanceError, Known, SourceFile

_MAX_HEADER = 64 * 1024
_MAX_DIGITS = 10
_OCTAL = re.compile("[0-7]{1,5}")


class FactsError(InstanceError):
    """The facts did not arrive whole."""

    kind = "facts"


@dataclass(frozen=True)
class Section:
    """One thing that was looked at: known, absent, or impossible to look at."""

    state: Literal["K", "A", "F"]
    name: str
    fields: tuple[str, ...]
    data: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """Its bytes as text; what is no UTF-8 is replaced."""
        return self.data.decode("utf-8", "replace")

    @property
    def pairs(self) -> Mapping[str, str]:
        """Its lines of ``key=value``, values percent-decoded."""
        split = (line.partition("=") for line in self.text.splitlines() if "=" in line)
        return {key: unquote(value, errors="replace") for key, _, value in split}


class Sections:
    """All sections of one look, by name."""

    def __init__(self, raw: bytes, nonce: str) -> None:
        self._all: dict[str, list[Section]] = {}
        for section in _read(raw, nonce):
            self._all.setdefault(section.name, []).append(section)

    def all(self, name: str) -> list[Section]:
        """Every section of that name, in the order in which they came."""
        return self._all.get(name, [])

    def one(self, name: str) -> Section | None:
        """The first section of that name."""
        return next(iter(self.all(name)), None)

    def files(self, role: str) -> list[tuple[str, Fact[SourceFile]]]:
        """The files of a role: the path that was looked at, and what was found."""
        mine = [s for s in self.all("file") if len(s.fields) >= 2 and s.fields[0] == role]
        return [(section.fields[1], _file(section)) for section in mine]

    def file(self, role: str) -> Fact[SourceFile]:
        """The first file of a role."""
        return next((fact for _, fact in self.files(role)), Absent("not looked for"))

    def unread(self) -> dict[str, str]:
        """What could not be looked at, by path, and why."""
        found: dict[str, str] = {}
        for name in ("file", "folder", "accounts", "jicofo-log", "lines"):
            for section in self.all(name):
                if section.state == "F":
                    found[section.fields[-1] if section.fields else name] = section.text
        return found


def _read(raw: bytes, nonce: str) -> Iterator[Section]:
    """Raises ``FactsError`` where a section is damaged or the last one is missing.

    What stands before the first section is skipped: shells and sudo greet.
    """
    mark = nonce.encode() + b" "
    at = raw.find(mark + b"K begin ")
    if at < 0:
        raise FactsError("the server did not say what it is", _HINT)
    while True:
        end = raw.find(b"\n", at, at + _MAX_HEADER)
        words = raw[at:end].split(b" ") if end > 0 else []
        if len(words) < 4 or words[0] + b" " != mark or words[1] not in (b"K", b"A", b"F"):
            raise FactsError("what the server said of itself is damaged", _HINT)
        if not words[-1].isdigit() or len(words[-1]) > _MAX_DIGITS:
            raise FactsError("what the server said of itself is damaged", _HINT)
        size = int(words[-1])
        data = raw[end + 1 : end + 1 + size]
        if len(data) < size:
            raise FactsError("what the server said of itself ends too early", _HINT)
        fields = [_decode(word) for word in words[2:-1]]
        if fields[0] == "end":
            return
        yield Section(_STATES[words[1]], fields[0], tuple(fields[1:]), data)
        at = end + 1 + size + 1


_HINT = "try again; does `perl -v` work on the server?"
_STATES: Mapping[bytes, Literal["K", "A", "F"]] = {b"K": "K", b"A": "A", b"F": "F"}


def _decode(word: bytes) -> str:
    text = word.decode("ascii", "replace")
    return "" if text == "%" else unquote(text, errors="surrogateescape")


def _file(section: Section) -> Fact[SourceFile]:
    if section.state == "A":
        return Absent(section.text)
    if section.state == "F":
        return Failed(section.text)
    if len(section.fields) != 8:
        return Failed("its description is damaged")
    _, path, real, owner, group, mode, modified, public = section.fields
    return Known(
        SourceFile(
            path=path,
            real=real,
            data=section.data,
            owner=owner,
            group=group,
            mode=int(mode, 8) if _OCTAL.fullmatch(mode) else 0,
            modified=moment(modified) or datetime.fromtimestamp(0, UTC),
            public=public == "1",
        )
    )


def moment(text: str | None) -> datetime | None:
    """Seconds since 1970 as a time in UTC; ``None`` for what is none."""
    try:
        seconds = float(text or "")
        return datetime.fromtimestamp(seconds, UTC) if abs(seconds) < 1e11 else None
    except (ValueError, OverflowError, OSError):
        return None
