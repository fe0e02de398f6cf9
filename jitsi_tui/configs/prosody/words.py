"""The words of a Lua text: where one begins, and keywords that stand where only a name may."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .lua import KEYWORDS

if TYPE_CHECKING:
    from tree_sitter import Node

_OPENING = ("break", "do", "else", "end", "for", "function", "goto", "local", "repeat", "then")
_BEHIND = r"|[\"'\[{]"
# What only a name has behind it. One word a pattern: to look for a plain string is many times as
# fast as for one of several.
_STRAY = {
    word: re.compile(rf"{word}\b(\s*(?:[.:]|=(?!=){_BEHIND if word in _OPENING else ''}))?")
    for word in sorted(KEYWORDS - {"true", "false", "nil"})
}
_OPERATORS = frozenset("=(,{[+*/%^#<>~.-")
_BEGIN_VALUE = ("function", "not")


def stray_keyword(text: str, root: Node) -> Node | None:
    """The first keyword that stands for a name, which the grammar allows; None if none does."""
    found = (start for word, pattern in _STRAY.items() for start in _stray(text, word, pattern))
    for start in sorted(found):
        node = root.descendant_for_byte_range(start, start + 1)
        if node is not None and node.type == "identifier":
            return node
    return None


def _stray(text: str, word: str, pattern: re.Pattern[str]) -> Iterator[int]:
    """Where a keyword stands as a name would: to look at each in the tree would take long."""
    for match in pattern.finditer(text):
        start = match.start()
        if not begins_word(text, start):
            continue
        if match[1] is not None or (word not in _BEGIN_VALUE and _behind_operator(text, start)):
            yield start


def _behind_operator(text: str, position: int) -> bool:
    while text[position - 1 : position].isspace():
        position -= 1
    return text[position - 1 : position] in _OPERATORS


def begins_word(text: str, start: int) -> bool:
    """Whether the word that stands at a position does not begin before it."""
    return not in_word(text[start - 1 : start])


def in_word(char: str) -> bool:
    """Whether a character is a letter, digit or underscore."""
    return char.isalnum() or char == "_"
