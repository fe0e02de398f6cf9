"""What in a script may do anything, so that no reading of it can be relied on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .mentions import GLOBALS
from .script import Lookup, Source, key_value

if TYPE_CHECKING:
    from tree_sitter import Node

_OLD_COMMENTS = ("<!--", "-->")
_RUNS_TEXT = ("eval", "Function")
_BEFORE = (*GLOBALS, "?.")
_GLOBAL_BEFORE = re.compile(rf"\b(?:{'|'.join(sorted(GLOBALS))})\s*(?:\?\.)?\s*\Z")
_GLOBALS_GIVEN = re.compile(
    rf"Object\s*\.\s*(?:assign|define\w+)\s*(?:\?\.\s*)?\(\s*(?:{'|'.join(sorted(GLOBALS))})\b"
    r"(?!\s*[.\[])"
)
_MADE_ANEW = re.compile(r"Object\s*(?:\.\s*\w+\s*)?=(?!=)")
_DECLARES = ("var ", "let ", "const ", "function ", "class ")
_WINDOW = 40


def hazards(source: Source, root: Node, lookup: Lookup) -> Iterator[tuple[str, int]]:
    """Each of them: what it is, and its line."""
    for reason, position in (
        *_bare_directives(source, root),
        *_old_comments(source, root),
        *_hidden_code(source, root, lookup),
    ):
        yield reason, source.script.count("\n", 0, position) + 1


def _bare_directives(source: Source, root: Node) -> Iterator[tuple[str, int]]:
    """A directive outside strings and comments may become any code."""
    for start, end in source.directives:
        kind = _kind(root, start, end)
        if kind and "string" not in kind and "comment" not in kind:
            yield "an SSI directive among the code", start


def _old_comments(source: Source, root: Node) -> Iterator[tuple[str, int]]:
    """``<!--`` and ``-->`` begin comments too, in browsers, which the grammar does not know."""
    script = source.script
    for position, mark in sorted(_found(script, *_OLD_COMMENTS)):
        before = script[script.rfind("\n", 0, position) + 1 : position].strip()
        if mark == "-->" and before and not before.startswith("/*"):
            continue
        kind = _kind(root, position, position + 1)
        if not kind.startswith(("string", "template", "comment", "regex")):
            yield "an HTML comment among the code", position


def _hidden_code(source: Source, root: Node, lookup: Lookup) -> Iterator[tuple[str, int]]:
    """Code in a string, and a global whose name is put together."""
    script = source.script
    for position, word in _found(script, *_RUNS_TEXT):
        node = root.descendant_for_byte_range(position, position + len(word))
        if node is not None and node.type.endswith("identifier") and source.slice(node) == word:
            yield f"`{word}`, which may run any code", position
    for position, word in _found(script, "Object"):
        if _kind(root, position, position + len(word)) == "identifier":
            if _GLOBALS_GIVEN.match(script, position):
                yield "globals that are given other values", position
            if _MADE_ANEW.match(script, position) or script[:position].endswith(_DECLARES):
                yield "`Object`, which gets another meaning", position
    for position, _ in _found(script, "\\u"):
        if _kind(root, position, position + 1).endswith("identifier"):
            yield "a name that is written with an escape", position
    for position, _ in _found(script, "["):
        before = script[max(0, position - _WINDOW) : position]
        if not before.rstrip().endswith(_BEFORE) or not _GLOBAL_BEFORE.search(before):
            continue
        index = _index(root, position)
        key = key_value(index, source, lookup) if index is not None else None
        plain = index is not None and index.type == "string"
        if index is not None and (key is None or (key == "config" and not plain)):
            yield "a global whose name is put together", position


def _found(text: str, *words: str) -> Iterator[tuple[int, str]]:
    """Where plain strings stand, and which: many times as fast as a pattern for one of several."""
    for word in words:
        position = text.find(word)
        while position >= 0:
            yield position, word
            position = text.find(word, position + 1)


def _index(root: Node, bracket: int) -> Node | None:
    """What stands in brackets behind a name; None where the bracket is no such one."""
    node = root.descendant_for_byte_range(bracket, bracket + 1)
    node = node.parent if node is not None and node.type == "[" else None
    return node.child_by_field_name("index") if node is not None else None


def _kind(root: Node, start: int, end: int) -> str:
    node = root.descendant_for_byte_range(start, end)
    return node.type if node is not None else ""
