"""Syntax trees by tree-sitter, with offsets in characters.

tree-sitter counts bytes. The text that it gets here has exactly one byte for each character, so
its offsets are offsets of the text, and this module is the only one that knows about bytes.
"""

from __future__ import annotations

import codecs
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import tree_sitter_javascript
import tree_sitter_lua
from tree_sitter import Language, Parser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tree_sitter import Node, Tree

LanguageName = Literal["lua", "javascript"]

_LANGUAGES = {
    "lua": Language(tree_sitter_lua.language()),
    "javascript": Language(tree_sitter_javascript.language()),
}


@dataclass(frozen=True)
class Parsed:
    """A text's syntax tree, with the bytes that it was made of."""

    data: bytes
    tree: Tree

    @property
    def root(self) -> Node:
        """The tree's root; offsets of its nodes count characters of the text."""
        return self.tree.root_node


def parse(name: LanguageName, text: str, before: Parsed | None = None) -> Parsed:
    """Parse a text; what it has in common with a text ``before`` it is not parsed again.

    How a tree goes on behind an error depends on how it was come by: where either text has one,
    the text is parsed from its start.
    """
    data, parser = one_byte_each(name, text), Parser(_LANGUAGES[name])
    if before is not None and not before.root.has_error:
        tree = parser.parse(data, _edited(before, data))
        if not tree.root_node.has_error:
            return Parsed(data, tree)
    return Parsed(data, parser.parse(data))


def _edited(before: Parsed, data: bytes) -> Tree:
    """The tree of the text before, told where ``data`` differs."""
    old, shortest = before.data, min(len(before.data), len(data))
    start = _alike(shortest, lambda size: old[:size] == data[:size])
    rest = _alike(shortest - start, lambda size: old[-size:] == data[-size:])
    end, new_end = len(old) - rest, len(data) - rest
    tree = before.tree.copy()
    points = (_point(old, start), _point(old, end), _point(data, new_end))
    tree.edit(start, end, new_end, *points)
    return tree


def _alike(most: int, same: Callable[[int], bool]) -> int:
    """The greatest size up to ``most`` at which two texts are the same."""
    return bisect_left(range(1, most + 1), True, key=lambda size: not same(size))


def _point(data: bytes, position: int) -> tuple[int, int]:
    return data.count(b"\n", 0, position), position - data.rfind(b"\n", 0, position) - 1


def one_byte_each(name: LanguageName, text: str) -> bytes:
    """The text with each character beyond ASCII replaced by one byte of the same class."""
    return text.encode("ascii", f"jitsi_tui.{name}")


def _lua_bytes(error: UnicodeError) -> tuple[bytes, int]:
    # Lua knows bytes beyond ASCII in strings and comments alone: `$` is as wrong elsewhere.
    assert isinstance(error, UnicodeEncodeError)
    data = b"$" * (error.end - error.start)
    starts_with_mark = error.start == 0 and error.object.startswith("\ufeff")
    return b" " + data[1:] if starts_with_mark else data, error.end


def _javascript_bytes(error: UnicodeError) -> tuple[bytes, int]:
    assert isinstance(error, UnicodeEncodeError)
    chars = error.object[error.start : error.end]
    return "".join(map(_javascript_byte, chars)).encode("ascii"), error.end


def _javascript_byte(char: str) -> str:
    if char in "\u2028\u2029":
        return "\n"
    if char == "\ufeff" or char.isspace():
        return " "
    # A letter may be part of a name; anything else is as wrong outside strings as `#` is.
    return "_" if ("a" + char).isidentifier() else "#"


codecs.register_error("jitsi_tui.lua", _lua_bytes)
codecs.register_error("jitsi_tui.javascript", _javascript_bytes)


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
