"""A Prosody file as Lua: its statements, and where it names what opens hosts.

A long file is cut in sections at lines that open a host, and each section is parsed on its own.
What a change leaves alone is neither parsed nor searched again.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate, pairwise, starmap
from typing import TYPE_CHECKING

from .. import syntax
from ..document import BOM, ConfigError, excerpt, line_of
from . import lua, words
from .events import OPENERS

if TYPE_CHECKING:
    from tree_sitter import Node

_MEND = "mend the syntax first; prosodyctl check config names the line too"
_SECTION = 1 << 15
_OPENS = re.compile(r"^(?:VirtualHost|Component)\b", re.MULTILINE)

# One word a pattern, and without \b in front: so the search is as fast as one for a plain string.
_NAMES = [re.compile(rf"{name}\b") for name in (*OPENERS, "_ENV", "setfenv")]
_CALLED = re.compile(r"\w+\s*(?:[\"'({]|\[=*\[)")
_BLANK_OR_OPEN = " \t\n\v\f\r("
_ALIASES = re.compile(r"local\b[^\n=]*\b(?:host|component)\b")


class _BrokenError(Exception):
    """What is no Lua: ``position`` is where, ``found`` what stands there."""

    def __init__(self, position: int, found: str) -> None:
        super().__init__(found)
        self.position = position
        self.found = found


class Section:
    """Some whole statements of a file. Positions count from the section's start."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = text.count("\n")
        position = lua.lexical_error(text)
        if position is not None:
            raise _BrokenError(position, _no_token(text, position))
        self.parsed = syntax.parse("lua", lua.parseable(text))
        root = self.parsed.root
        for error in syntax.errors(root):
            raise _BrokenError(error.start_byte, _syntax_error(text, error))
        stray = words.stray_keyword(text, root)
        if stray is not None:
            raise _BrokenError(stray.start_byte, _syntax_error(text, stray))

    @property
    def ends(self) -> bool:
        """Whether no statement may follow, as behind a ``return``."""
        root = self.parsed.root
        for index in reversed(range(root.child_count)):
            statement = root.child(index)
            if statement is not None and statement.type != "comment":
                return statement.type == "return_statement"
        return False

    @cached_property
    def names(self) -> list[int]:
        """Where a name stands that opens hosts, or changes all names, in code or not."""
        found = (match.start() for name in _NAMES for match in name.finditer(self.text))
        return sorted(start for start in found if words.begins_word(self.text, start))

    @cached_property
    def mentioned(self) -> list[int]:
        """Those of the names that are not called right there."""
        return [start for start in self.names if _CALLED.match(self.text, start) is None]

    @cached_property
    def functions(self) -> list[int]:
        """Where the word ``function`` stands, in code or not."""
        return [match.start() for match in re.finditer("function", self.text)]

    @cached_property
    def may_add(self) -> bool:
        """Whether something may be added to a list, as by ``option:append { … }``."""
        before = (part.rstrip(_BLANK_OR_OPEN)[-1:] for part in self.text.split("{")[:-1])
        return "append" in self.text or any(map(words.in_word, before))

    @cached_property
    def may_alias(self) -> bool:
        """Whether a local variable may have the old name of an opener."""
        return _ALIASES.search(self.text) is not None


class Chunk:
    """The whole file. Positions of nodes and of what is found count from the file's start.

    ``before`` is the file before a change. ConfigError where the text is no Lua.
    """

    def __init__(self, text: str, file: str, before: Chunk | None = None) -> None:
        self.text = text
        self.file = file
        if text.startswith("#", text.startswith(BOM)):
            # Lua's own interpreter takes such a line; Prosody does not.
            sign = "#!" if text.startswith("#!", text.startswith(BOM)) else "#"
            found = f"`{sign}` where Lua expects something else"
            raise ConfigError(file, 1, found, "take this line out")
        known = before.sections if before is not None else ()
        try:
            self.sections: Sequence[Section] = _sections(text, known)
        except _BrokenError as broken:
            line = line_of(text, broken.position)
            raise ConfigError(file, line, broken.found, _MEND) from None
        self._starts = [0, *accumulate(len(section.text) for section in self.sections)]
        self._rows = [0, *accumulate(section.lines for section in self.sections)]

    def roots(self) -> Iterator[Node]:
        """The nodes that hold the statements, in order."""
        for section, start, row in zip(self.sections, self._starts, self._rows, strict=False):
            root = section.parsed.tree.root_node_with_offset(start, (row, 0))
            assert root is not None
            yield root

    def around(self, positions: Iterable[int]) -> Iterator[tuple[int, list[Node]]]:
        """Rising positions, each with the nodes around it, from the one that holds the statements.

        A node is asked for its parent nowhere: each such question starts at the root.
        """
        roots = self.roots()
        nodes = [next(roots)]
        for position in positions:
            while not _holds(nodes[-1], position):
                nodes.pop()
                nodes = nodes or [next(roots)]
            while children := nodes[-1].children:
                child = children[bisect_right(children, position, key=_start) - 1]
                if not _holds(child, position):
                    break
                nodes.append(child)
            yield position, list(nodes)

    def found(self, what: Callable[[Section], Iterable[int]]) -> Iterator[int]:
        """The positions of what every section is asked for, in order."""
        for start, section in zip(self._starts, self.sections, strict=False):
            for position in what(section):
                yield start + position


def _start(node: Node) -> int:
    return node.start_byte


def _holds(node: Node, position: int) -> bool:
    return node.start_byte <= position < node.end_byte


def _sections(text: str, before: Sequence[Section]) -> list[Section]:
    """The sections of a text, with those that it has in common with the text before it.

    It is one section where its parts are not Lua, each on its own, that may stand in a row.
    """
    head: list[Section] = []
    tail: list[Section] = []
    start, end = 0, len(text)
    for section in before:
        if not text.startswith(section.text, start):
            break
        head.append(section)
        start += len(section.text)
    for section in reversed(before[len(head) :]):
        if not text.endswith(section.text, start, end):
            break
        tail.insert(0, section)
        end -= len(section.text)
    pieces = list(_cut(text[start:end]))
    if len(head) + len(pieces) + len(tail) > 1:
        try:
            sections = [*head, *map(Section, pieces), *tail]
        except _BrokenError:
            sections = []
        if sections and all(starmap(_may_follow, pairwise(sections))):
            return sections
    return [Section(text)]


def _cut(text: str) -> Iterator[str]:
    start = 0
    while (opens := _OPENS.search(text, start + _SECTION)) is not None:
        yield text[start : opens.start()]
        start = opens.start()
    if start < len(text):
        yield text[start:]


def _may_follow(one: Section, other: Section) -> bool:
    """Whether two sections in a row are what they are apart: a host's name goes on nothing."""
    return not one.ends and one.text.endswith("\n") and _OPENS.match(other.text) is not None


def _no_token(text: str, position: int) -> str:
    char = text[position]
    if char in "-\"'[":
        shown = excerpt(text[position:].split("\n", 1)[0], 30)
        return f"`{shown}` begins a string or comment that does not end"
    if char.isascii():
        return f"`{excerpt(char)}`, which is no part of Lua"
    if "\udc80" <= char <= "\udcff":
        return f"the byte 0x{ord(char) & 0xFF:X}, which is no part of Lua"
    shown = f"`{char}` (U+{ord(char):04X})" if char.isprintable() else f"U+{ord(char):04X}"
    return f"{shown}, which is no part of Lua: was this line copied from a web page?"


def _syntax_error(text: str, error: Node) -> str:
    if error.is_missing:
        missing = "a name" if error.type == "identifier" else f"`{error.type}`"
        return f"{missing} is missing here"
    piece = excerpt(text[error.start_byte : error.end_byte].split("\n", 1)[0])
    return f"`{piece}` where Lua expects something else" if piece else "Lua ends too early"
