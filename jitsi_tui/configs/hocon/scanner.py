"""HOCON source as a tree of objects, fields and values, each with its span.

After the HOCON specification (lightbend/config, HOCON.md). Where typesafe config and ruby-hocon
read a text in two ways, it is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from ..document import BOM, ConfigError, excerpt, line_of

_MAX_DEPTH = 100
_BLANK = re.compile(r"[^\S\n\x1c-\x1f\x85]+")
_DISPUTED = re.compile(r"[\ufeff\x1c-\x1f\x85]")
"""White space to one of the two parsers and a letter to the other."""
_COMMENT = re.compile(r"(?:#|//)[^\n]*")
_QUOTED = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"')
_TRIPLE = re.compile(r'"""[\s\S]*?"""(?:"*)')
_BARE = re.compile(r"(?:[^\s\ufeff\x1c-\x1f$\"{}\[\]:=,+#`^?!@*&\\/]|/(?!/))+")
_SUBSTITUTION = re.compile(r"\$\{(\??)([^{}\n$]*)\}")
_INCLUDE = re.compile(
    r'include[ \t]+(?P<what>"[^"\n]*"|(?:required|file|url|classpath)\([^\n]*?"[^"\n]*"[ \t]*\)+)'
)
_MEND = "mend the syntax first; `hocon -f FILE get jicofo` names it too"

PartKind = Literal["quoted", "bare", "substitution", "object", "array", "blank"]


@dataclass(slots=True, eq=False)
class Part:
    """A piece of a value: values are made of pieces beside each other."""

    kind: PartKind
    start: int
    end: int
    object: Object | None = None
    items: list[list[Part]] = field(default_factory=list)
    separators: list[int] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Field:
    """``key: value``. ``path`` are the key's parts; ``comma`` is where a comma follows, or -1."""

    path: tuple[str, ...]
    separator: str
    start: int
    key_end: int
    value_start: int
    end: int
    line: int
    parts: list[Part]
    comma: int = -1

    @property
    def object(self) -> Object | None:
        """The object that is the whole value."""
        return self.parts[0].object if len(self.parts) == 1 else None


@dataclass(slots=True, eq=False)
class IncludeField:
    """``include "…"``."""

    what: str
    start: int
    end: int
    line: int
    comma: int = -1


@dataclass(slots=True, eq=False)
class Object:
    """``{ … }``. ``open`` and ``close`` are where its fields begin and end, within braces."""

    open: int
    close: int
    braces: bool
    fields: list[Field | IncludeField] = field(default_factory=list)


def scan(text: str, file: str) -> Object:
    """The root object; ConfigError where the text is no HOCON object."""
    return _Scanner(text, file).root()


class _Scanner:
    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.position = 0
        self.depth = 0
        self._counted = (0, 1)

    def root(self) -> Object:
        if self.text.startswith(BOM):
            self.position = 1
        self._skip()
        if self._peek() == "[":
            raise self._refusal("the file is a list, not an object")
        if self._peek() == "{":
            root = self._object()
            self._skip()
        else:
            root = Object(self.position, len(self.text), braces=False)
            self._fields(root)
            root.close = len(self.text)
        if self.position < len(self.text):
            raise self._refusal(self._here())
        return root

    # -- objects

    def _object(self) -> Object:
        self._enter()
        self.position += 1
        made = Object(self.position, self.position, braces=True)
        self._fields(made)
        if self._peek() != "}":
            self.position = made.open - 1
            raise self._refusal("this `{` is never closed")
        made.close = self.position
        self.position += 1
        self.depth -= 1
        return made

    def _fields(self, made: Object) -> None:
        while True:
            self._skip()
            char = self._peek()
            if char in ("", "}"):
                return
            item = self._include() or self._field()
            made.fields.append(item)
            newline = self._skip()
            if self._peek() == ",":
                item.comma = self.position
                self.position += 1
            elif self._peek() not in ("", "}") and not newline:
                raise self._refusal(self._here())

    def _include(self) -> IncludeField | None:
        word = _BARE.match(self.text, self.position)
        if word is None or word[0] != "include":
            return None
        match = _INCLUDE.match(self.text, self.position)
        if match is None:
            raise self._refusal("`include` without a file name in quotes")
        start, self.position = self.position, match.end()
        return IncludeField(match["what"], start, match.end(), self._line(start))

    def _field(self) -> Field:
        start = self.position
        path, key_end = self._key()
        self._skip()
        separator_start = self.position
        char = self._peek()
        if char == "+" and self.text.startswith("+=", self.position):
            self.position += 2
        elif char in (":", "="):
            self.position += 1
        elif char != "{":
            raise self._refusal(self._here("a key without a value, before "))
        separator = self.text[separator_start : self.position]
        self._skip()
        value_start = self.position
        parts = self._value()
        if not parts:
            found = self._here("a key without a value, before ")
            self.position = start
            raise self._refusal(found)
        end = parts[-1].end
        line = self._line(start)
        return Field(path, separator, start, key_end, value_start, end, line, parts)

    def _key(self) -> tuple[tuple[str, ...], int]:
        """A key, which is a path: dots divide it where they are not in quotes."""
        elements: list[str] = [""]
        filled = [False]
        end = self.position
        pending = ""
        while True:
            char = self._peek()
            if char == '"':
                if self.text.startswith('"""', self.position):
                    raise self._refusal("triple quotes in a key")
                elements[-1] += pending + unquoted(self._take(_QUOTED))
                filled[-1] = True
            elif match := _BARE.match(self.text, self.position):
                first, *others = match[0].split(".")
                elements[-1] += pending + first
                filled[-1] = filled[-1] or bool(first)
                elements += others
                filled += map(bool, others)
                self.position = match.end()
            else:
                break
            end = self.position
            pending = self._blank()
        if not all(filled):
            raise self._refusal(self._here("a key is missing or has an empty part, before "))
        return tuple(elements), end

    # -- values

    def _value(self) -> list[Part]:
        parts: list[Part] = []
        while True:
            start = self.position
            char = self._peek()
            if char == "{":
                part = Part("object", start, start, object=self._object())
            elif char == "[":
                part = self._array()
            elif char == "$":
                part = Part("substitution", start, start)
                self._take(_SUBSTITUTION)
            elif char == '"':
                part = Part("quoted", start, start)
                triple = self.text.startswith('"""', start)
                self._take(_TRIPLE if triple else _QUOTED)
            elif match := _BARE.match(self.text, start):
                part = Part("bare", start, start)
                self.position = match.end()
            else:
                break
            part.end = self.position
            parts.append(part)
            blank_start = self.position
            if self._blank():
                parts.append(Part("blank", blank_start, self.position))
        while parts and parts[-1].kind == "blank":
            parts.pop()
        self._no_mix(parts)
        return parts

    def _no_mix(self, parts: list[Part]) -> None:
        kinds = {part.kind for part in parts if part.kind != "blank"}
        simple = kinds & {"quoted", "bare"}
        if len(kinds & {"object", "array"}) + bool(simple) > 1:
            self.position = parts[0].start
            raise self._refusal(
                "this value mixes objects, lists and text: is a comma or a line end missing?"
            )

    def _array(self) -> Part:
        self._enter()
        part = Part("array", self.position, self.position)
        self.position += 1
        while True:
            self._skip()
            if self._peek() == "]":
                break
            item = self._value()
            if not item:
                raise self._refusal(self._here())
            part.items.append(item)
            newline = self._skip()
            if self._peek() == ",":
                part.separators.append(self.position)
                self.position += 1
            elif self._peek() != "]" and not newline:
                raise self._refusal(self._here())
        self.position += 1
        self.depth -= 1
        return part

    # -- characters

    def _peek(self) -> str:
        return self.text[self.position : self.position + 1]

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.position)
        if match is None:
            raise self._refusal(self._here())
        self.position = match.end()
        return match[0]

    def _blank(self) -> str:
        match = _BLANK.match(self.text, self.position)
        self.position = match.end() if match else self.position
        return match[0] if match else ""

    def _skip(self) -> bool:
        """Pass white space and comments; whether a line ended."""
        newline = False
        while True:
            if match := _BLANK.match(self.text, self.position):
                self.position = match.end()
            elif self._peek() == "\n":
                newline = True
                self.position += 1
            elif match := _COMMENT.match(self.text, self.position):
                self.position = match.end()
            else:
                return newline

    def _line(self, position: int) -> int:
        """The line of a position; counts on from the last one that was asked for."""
        start, line = self._counted
        if position < start:
            return line_of(self.text, position)
        self._counted = (position, line + self.text.count("\n", start, position))
        return self._counted[1]

    def _enter(self) -> None:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise self._refusal("objects or lists nested too deep")

    def _here(self, before: str = "") -> str:
        if _DISPUTED.match(self.text, self.position):
            code = f"U+{ord(self._peek()):04X}"
            return f"{code}, which the parsers of Jicofo and of its package read in two ways"
        rest = self.text[self.position :].split("\n", 1)[0]
        what = f"`{excerpt(rest, 30)}`" if rest else "the end of the line"
        return f"{before}{what}" if before else f"{what} is not expected here"

    def _refusal(self, found: str) -> ConfigError:
        return ConfigError(self.file, line_of(self.text, self.position), found, _MEND)


_ESCAPE = re.compile(r'\\(?:u([0-9A-Fa-f]{4})|(["\\/bfnrt]))')
_NAMED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def unquoted(source: str) -> str:
    """The string in a quoted or triple-quoted literal."""
    if source.startswith('"""') and len(source) >= 6:
        return source[3:-3]
    if "\\" not in source:
        return source[1:-1]
    units = _ESCAPE.sub(
        lambda m: chr(int(m[1], 16)) if m[1] else _NAMED.get(m[2], m[2]), source[1:-1]
    )
    if any("\ud800" <= char <= "\udbff" for char in units):
        return units.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    return units


def substitution_path(source: str) -> tuple[str, ...] | None:
    """The path in ``${…}``; None where it is written in an unusual way."""
    match = _SUBSTITUTION.fullmatch(source)
    if match is None:
        return None
    parts = re.findall(r'"((?:[^"\\]|\\.)*)"|([^".\s]+)', match[2])
    return tuple(a or b for a, b in parts)
