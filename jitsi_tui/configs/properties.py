"""sip-communicator.properties: Java properties, by the rules of ``java.util.Properties.load``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from .document import (
    Change,
    ConfigError,
    Document,
    Edit,
    Path,
    Setting,
    Value,
    end_of_line,
    line_of,
    merged,
)

_BLANK = " \t\f"
_LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n|\Z)")
_JOIN = re.compile(r"\\(?:\r\n|\r|\n)[ \t\f]*")
_KEY_END = re.compile(r"(?:[^\\ \t\f:=\r\n]|\\(?:(?:\r\n|\r|\n)[ \t\f]*|[^\r\n]|\Z))*")
_SEPARATOR = re.compile(
    r"(?:[ \t\f]|\\(?:\r\n|\r|\n)[ \t\f]*)*[:=]?(?:[ \t\f]|\\(?:\r\n|\r|\n)[ \t\f]*)*"
)
_ESCAPE = re.compile(r"\\(?:u(?P<code>[0-9A-Fa-f]{4})|(?P<bad>u)|(?P<char>[\s\S]))|\\\Z")
_NAMED = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}


@dataclass(frozen=True)
class Property:
    """A key and its value: the spans of the whole logical line, of the key, and of the value."""

    key: str
    value: str
    start: int
    key_end: int
    value_start: int
    value_end: int
    line: int


class Properties(Document):
    """A properties file. Paths have one part, the key; values are strings. The last one wins."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self._all = list(_read(text, file))
        self._last = {p.key: p for p in self._all}

    @classmethod
    def parse(cls, text: str, file: str) -> Self:
        """Read a file; ConfigError where Java would refuse it (a malformed \\u escape)."""
        return cls(text, file)

    def settings(self) -> list[Setting]:
        """Every property, in order."""
        return [Setting((p.key,), p.value, p.line, self._last[p.key] is p) for p in self._all]

    def get(self, path: Path) -> Setting | None:
        """The property that holds."""
        found = self._last.get(self._key(path))
        return Setting((found.key,), found.value, found.line) if found else None

    def set(self, path: Path, value: Value) -> Change[Self]:
        """Give a key a value: where it stands, else on a new line behind the last property."""
        key = self._key(path)
        wanted = self._string(value)
        found = self._last.get(key)
        if found is None:
            edit = self._appended(key, wanted)
        elif found.value == wanted:
            return Change(self)
        else:
            separator = "" if found.value_start > found.key_end else "="
            edit = Edit(found.value_start, found.value_end, separator + _escaped_value(wanted))
        return self._checked([edit], {**self._meaning(), key: wanted})

    def remove(self, path: Path) -> Change[Self]:
        """Take out every line that sets the key."""
        key = self._key(path)
        edits = [self._without(p) for p in self._all if p.key == key]
        if not edits:
            return Change(self)
        wanted = {k: v for k, v in self._meaning().items() if k != key}
        return self._checked(merged(edits, lines=True), wanted)

    def _key(self, path: Path) -> str:
        if len(path) != 1 or not path[0]:
            raise ConfigError(self.file, 0, f"{path!r} is no key", "give one name")
        return path[0]

    def _string(self, value: Value) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str | int | float):
            return str(value)
        raise ConfigError(self.file, 0, "a property holds a string", "give a string")

    def _meaning(self) -> dict[str, str]:
        return {key: p.value for key, p in self._last.items()}

    def _appended(self, key: str, value: str) -> Edit:
        text = self.text
        last = self._all[-1] if self._all else None
        if last is not None and _odd_backslash(text, last.start, last.value_end):
            found = "the last line ends in a backslash, which joins the next one to it"
            raise ConfigError(
                self.file, last.line, found, "take the backslash out, or end the line"
            )
        separators = Counter(text[p.key_end : p.value_start] for p in self._all)
        common = separators.most_common(1)[0][0] if separators else "="
        separator = common if common and "\n" not in common and "\r" not in common else "="
        position = last.value_end if last else len(text)
        margin = text[_line_begin(text, last.start) : last.start] if last else ""
        line = margin + _escaped_key(key) + separator + _escaped_value(value)
        newline = "\r" if "\r" in text and "\n" not in text else end_of_line(text, position)
        if last is not None:
            return Edit(position, position, newline + line)
        ended = not text or text.endswith(("\n", "\r"))
        return Edit(position, position, line + newline if ended else newline + line)

    def _without(self, found: Property) -> Edit:
        text = self.text
        start = _line_begin(text, found.start)
        end = found.value_end
        end += len(re.match(r"\r\n|\r|\n|", text[end:])[0])  # type: ignore[index]
        if end == found.value_end and start:
            start -= 2 if text[start - 2 : start] == "\r\n" else 1
        return Edit(start, end, "")

    def _checked(self, edits: list[Edit], wanted: Mapping[str, str]) -> Change[Self]:
        after = self.edited(edits)
        if after._meaning() != wanted:
            line = line_of(self.text, edits[0].start)
            found = "the change would alter another property too"
            raise ConfigError(self.file, line, found, "change this line by hand")
        return Change(after, tuple(edits))


def _read(text: str, file: str) -> Iterator[Property]:
    position, line = 0, 1
    while position < len(text):
        natural = _LINE.match(text, position)
        assert natural is not None
        content = natural[1].lstrip(_BLANK)
        start = natural.end(1) - len(content)
        number = line
        if content == "\\" and (natural.end() < len(text) or natural[2] == "\r\n"):
            # Nothing, continued: what follows begins a line of its own, be it a comment.
            content = ""
        if content and content[0] not in "#!":
            line += "\n" in natural[2]
            while _odd_backslash(text, natural.start(), natural.end(1)):
                following = _LINE.match(text, natural.end())
                if following is None or following.start() == len(text):
                    break
                natural = following
                line += "\n" in natural[2]
            yield _property(text, start, natural.end(1), number, file)
        else:
            line += "\n" in natural[2]
        position = natural.end()


def _odd_backslash(text: str, start: int, end: int) -> bool:
    """Whether the line ends in a backslash that is not itself escaped."""
    first = end
    while first > start and text[first - 1] == "\\":
        first -= 1
    return (end - first) % 2 == 1


def _property(text: str, start: int, end: int, line: int, file: str) -> Property:
    key = _KEY_END.match(text, start, end)
    assert key is not None
    separator = _SEPARATOR.match(text, key.end(), end)
    assert separator is not None
    try:
        name = _unescaped(key[0])
        value = _unescaped(text[separator.end() : end])
    except ValueError:
        found = "`\\u` without four hexadecimal digits: Java refuses the whole file"
        raise ConfigError(
            file, line, found, "write the four digits, or double the backslash"
        ) from None
    return Property(name, value, start, key.end(), separator.end(), end, line)


def _unescaped(source: str) -> str:
    # Java reads these files as ISO 8859-1, whatever their bytes were meant to be.
    joined = _JOIN.sub("", source) if "\n" in source or "\r" in source else source
    latin = (
        joined if joined.isascii() else joined.encode("utf-8", "surrogateescape").decode("latin-1")
    )
    if "\\" not in latin:
        return latin
    units = _ESCAPE.sub(_unescape, latin)
    return units.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def _unescape(match: re.Match[str]) -> str:
    if match["bad"]:
        raise ValueError
    if match["code"]:
        return chr(int(match["code"], 16))
    return _NAMED.get(match["char"], match["char"]) if match["char"] else ""


def _escaped_value(value: str) -> str:
    escaped = _escaped(value)
    return "\\" + escaped if escaped.startswith(" ") else escaped


def _escaped_key(key: str) -> str:
    escaped = re.sub(r"[ :=]", r"\\\g<0>", _escaped(key))
    return "\\" + escaped if escaped[0] in "#!" else escaped


def _escaped(value: str) -> str:
    parts = []
    for char in value:
        if char == "\\":
            parts.append("\\\\")
        elif char in "\t\n\r\f":
            parts.append({"\t": "\\t", "\n": "\\n", "\r": "\\r", "\f": "\\f"}[char])
        elif " " <= char <= "~":
            parts.append(char)
        else:
            units = char.encode("utf-16-be", "surrogatepass")
            parts += (f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
    return "".join(parts)


def _line_begin(text: str, position: int) -> int:
    return max(text.rfind("\n", 0, position), text.rfind("\r", 0, position)) + 1
