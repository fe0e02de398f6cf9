"""What the four dialects have in common: settings, minimal edits, errors, and the protocol.

A document is immutable: it holds one file's text and what that text means. ``get`` and
``settings`` read it. ``set``, ``insert`` and ``remove`` give a :class:`Change`: the document after
it and the edits, as spans of the text before it. An edit touches the bytes it must and no other.
Before a change is handed out, its text is read back: the wanted key must mean what was asked for
and every other key what it meant, else :class:`ConfigError` says which line stands in the way.
A change that is already there has no edits and gives back the same text.

A path is a tuple of strings; each dialect says what its parts are. A value is a constant, a list
or a mapping of values, or :class:`Unknown` where no constant in the file decides it.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Self, TypeAlias, TypeVar

from .diff import unified_diff
from .masking import mask_secrets

__all__ = [
    "BOM",
    "Change",
    "ConfigError",
    "Document",
    "Edit",
    "Path",
    "Setting",
    "Unknown",
    "Value",
    "apply_edits",
    "decode",
    "encode",
    "end_of_line",
    "excerpt",
    "indentation",
    "line_end",
    "line_of",
    "line_start",
    "mask_secrets",
    "merged",
    "same",
    "unified_diff",
]

BOM = "\ufeff"
_EXCERPT = 60


@dataclass(frozen=True)
class Unknown:
    """A value that no constant in the file decides. ``text`` is how the file writes it."""

    text: str


Value: TypeAlias = "str | int | float | bool | Unknown | list[Value] | dict[str, Value] | None"
Path: TypeAlias = tuple[str, ...]


@dataclass(frozen=True)
class Setting:
    """One place where a file sets something.

    ``line`` counts from 1. ``effective`` is false where a later place of the same file wins.
    """

    path: Path
    value: Value
    line: int
    effective: bool = True


@dataclass(frozen=True)
class Edit:
    """Replace the characters ``start`` to ``end`` of the text before the change by ``text``."""

    start: int
    end: int
    text: str


class ConfigError(Exception):
    """A file, or a change to it, that is refused.

    ``line`` counts from 1 and is 0 where no single line is to blame. ``found`` says what stands
    there, ``hint`` what to do. The message is one line and holds no control characters.
    """

    kind = "config"

    def __init__(self, file: str, line: int, found: str, hint: str = "") -> None:
        where = f"{file}, line {line}" if line else file
        self.message = excerpt(f"{where}: {found}", 400)
        super().__init__(self.message)
        self.file = file
        self.line = line
        self.found = found
        self.hint = hint


D_co = TypeVar("D_co", covariant=True)


@dataclass(frozen=True)
class Change(Generic[D_co]):
    """A document after a change, and the edits of the text before it that lead there."""

    document: D_co
    edits: tuple[Edit, ...] = ()


class Document(ABC):
    """What every dialect offers. Every method raises :class:`ConfigError` and nothing else.

    ``text`` is the file's text, as read or as changed; ``file`` is the name that errors give.
    """

    text: str
    file: str

    @classmethod
    @abstractmethod
    def parse(cls, text: str, file: str) -> Self:
        """Read a text; ``file`` is the name that errors give."""

    @abstractmethod
    def settings(self) -> Sequence[Setting]:
        """Every place that sets something, in the order of the file."""

    @abstractmethod
    def get(self, path: Path) -> Setting | None:
        """The place whose value holds for ``path``, or None where nothing sets it."""

    def own(self, path: Path) -> Setting | None:
        """As :meth:`get`, without what the path takes over from another one."""
        return self.get(path)

    @abstractmethod
    def set(self, path: Path, value: Value) -> Change[Self]:
        """Make ``path`` mean ``value``: in place where it is set, else as :meth:`insert` does."""

    def insert(self, path: Path, value: Value) -> Change[Self]:
        """Set what is not set yet, beside its kin; ConfigError where it has another value."""
        found = self.own(path)
        if found is not None and not same(found.value, value):
            what = f"{'.'.join(filter(None, path))} is set here already, to another value"
            raise ConfigError(self.file, found.line, what, "change its value instead")
        return self.set(path, value)

    @abstractmethod
    def remove(self, path: Path) -> Change[Self]:
        """Make the file say nothing about ``path``."""

    def reparsed(self, text: str) -> Self:
        """Read the text after a change; a dialect may use what it knows of the one before."""
        return self.parse(text, self.file)

    def edited(self, edits: Sequence[Edit]) -> Self:
        """The document after edits, read anew; ConfigError where they would break the file."""
        try:
            return self.reparsed(apply_edits(self.text, edits))
        except ConfigError as error:
            line = line_of(self.text, min(edit.start for edit in edits))
            found = f"a change here would break the file: {error.found}"
            raise ConfigError(self.file, line, found, "make the change by hand") from None


def decode(data: bytes) -> str:
    """Bytes as text without loss: bytes that are not UTF-8 become lone surrogates."""
    return data.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    """The bytes that :func:`decode` read."""
    return text.encode("utf-8", "surrogateescape")


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text after edits that do not overlap, in any order."""
    parts: list[str] = []
    position = 0
    for edit in sorted(edits, key=lambda e: (e.start, e.end)):
        parts += (text[position : edit.start], edit.text)
        position = edit.end
    parts.append(text[position:])
    return "".join(parts)


def merged(edits: Iterable[Edit], *, lines: bool = False) -> list[Edit]:
    """Edits in order, those that overlap as one.

    With ``lines`` they take out lines: where the last one of a file that ends without a line end
    wants the line end before it, which went with the line above, the one before that goes.
    """
    result: list[Edit] = []
    for edit in sorted(edits, key=lambda e: (e.start, e.end)):
        if result and edit.start < result[-1].end + lines:
            last = result.pop()
            start = max(0, last.start - (last.end - edit.start)) if lines else last.start
            result.append(Edit(start, max(last.end, edit.end), last.text + edit.text))
        else:
            result.append(edit)
    return result


def line_of(text: str, position: int) -> int:
    """The line, from 1, in which the character at ``position`` stands."""
    return text.count("\n", 0, position) + 1


def line_start(text: str, position: int) -> int:
    """Where the line of ``position`` begins, behind a byte order mark."""
    start = text.rfind("\n", 0, position) + 1
    return 1 if start == 0 and position > 0 and text.startswith(BOM) else start


def line_end(text: str, position: int) -> int:
    """Where the line of ``position`` ends, before its line end."""
    end = text.find("\n", position)
    if end < 0:
        return len(text)
    return end - 1 if end > position and text[end - 1] == "\r" else end


def end_of_line(text: str, position: int) -> str:
    """The line end that the text uses near ``position``."""
    before = text.rfind("\n", 0, position)
    nearest = before if before >= 0 else text.find("\n", position)
    return "\r\n" if nearest > 0 and text[nearest - 1] == "\r" else "\n"


def indentation(text: str, position: int) -> str:
    """The white space that begins the line of ``position``."""
    start = line_start(text, position)
    end = start
    while end < len(text) and text[end] in " \t":
        end += 1
    return text[start:end]


def without_lines(text: str, first: int, last: int) -> Edit:
    """The edit that takes out the lines from the beginning of one to the one that holds ``last``.

    A file that ends without a line end goes on doing so.
    """
    newline = text.find("\n", last)
    if newline >= 0:
        return Edit(first, newline + 1, "")
    before = first
    if before and text[before - 1] == "\n":
        before -= 2 if text[before - 2 : before - 1] == "\r" else 1
    return Edit(before, len(text), "")


def excerpt(text: str, length: int = _EXCERPT) -> str:
    """A short, printable piece of a file's text for a message, secrets masked."""
    flat = re.sub(r"\s+", " ", mask_secrets(text[: 4 * length])).strip()
    safe = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in flat)
    return safe if len(safe) <= length else safe[: length - 1] + "…"


def same(a: Value, b: Value) -> bool:
    """Whether two values are equal and of one type: ``True`` is not ``1``."""
    if isinstance(a, bool) is not isinstance(b, bool):
        return False
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    return a == b
