"""Syntax trees by tree-sitter, with offsets in characters.

tree-sitter counts bytes. The text that it gets here has exactly one byte for each character, so
its offsets are offsets of the text, and this module is the only one that knows about bytes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import tree_sitter_javascript
import tree_sitter_lua
from tree_sitter import Language, Parser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

LanguageName = Literal["lua", "javascript"]

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")


_LANGUAGES = {
    "lua": Language(tree_sitter_lua.language()),
    "javascript": Language(tree_sitter_javascript.language()),
}


def parse(name: LanguageName, text: str) -> Node:
    """The root of the text's syntax tree; offsets of its nodes count characters of ``text``."""
    return Parser(_LANGUAGES[name]).parse(one_byte_each(name, text)).root_node


def one_byte_each(name: LanguageName, text: str) -> bytes:
    """The text with each character beyond ASCII replaced by one byte of the same class."""
    if text.isascii():
        return text.encode("ascii")
    stand_in = _lua_byte if name == "lua" else _javascript_byte
    return _BEYOND_ASCII.sub(stand_in, text).encode("ascii")


def _lua_byte(match: re.Match[str]) -> str:
    # Lua knows bytes beyond ASCII in strings and comments alone: `$` is as wrong elsewhere.
    return " " if match[0] == "\ufeff" and match.start() == 0 else "$"


def _javascript_byte(match: re.Match[str]) -> str:
    char = match[0]
    if char in "\u2028\u2029":
        return "\n"
    if char == "\ufeff" or char.isspace():
        return " "
    # A letter may be part of a name; anything else is as wrong outside strings as `#` is.
    return "_" if ("a" + char).isidentifier() else "#"


def errors(root: Node) -> Iterator[Node]:
    """The nodes at which the text is no program, in the order of the file."""
    stack = [root] if root.has_error else []
    while stack:
        node = stack.pop()
        if node.is_error or node.is_missing:
            yield node
        else:
            stack += reversed([child for child in node.children if child.has_error])


def named(node: Node) -> list[Node]:
    """A node's children without punctuation and comments."""
    return [child for child in node.children if child.is_named and child.type != "comment"]
