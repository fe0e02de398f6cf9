"""Statements of config.js that assign a property: what new ones look like, how they go away."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..document import Edit, Value, end_of_line, indentation, line_end, line_start, without_lines
from .script import NAME, literal, quoted

if TYPE_CHECKING:
    from tree_sitter import Node

_DELETE = re.compile(r"delete\s+")
_KEY = re.compile(
    r"(?:\.\s*[\w$]+|\[\s*(?P<quote>[\"'])(?:(?!(?P=quote))[^\\\n])*(?P=quote)\s*\])\Z"
)


def instead_of_delete(text: str, statement: Node, value: Value) -> Edit | None:
    """The edit that makes an assignment of ``delete config.a.b``, and leaves its semicolon."""
    start, end = statement.start_byte, statement.named_children[0].end_byte
    target = _DELETE.sub("", text[start:end], count=1)
    if "?." in target:
        return None
    return Edit(start, end, f"{target} = {literal(value, _quote(target))}")


def below_assignment(text: str, statement: Node, key: str, value: Value) -> Edit | None:
    """The edit that assigns a sibling's property on the next line, in the same words."""
    made = statement.named_children[0]
    left, right = made.child_by_field_name("left"), made.child_by_field_name("right")
    end = statement.end_byte
    if (
        left is None
        or right is None
        or text[line_start(text, statement.start_byte) : statement.start_byte].strip()
    ):
        return None
    source = text[left.start_byte : left.end_byte]
    last, rest = _KEY.search(source), text[end : line_end(text, end)].strip()
    if last is None or (rest and not rest.startswith("//")):
        return None
    first = text[right.start_byte]
    quote = first if first in "\"'" else _quote(source)
    plain = last["quote"] is None and NAME.match(key)
    member = f".{key}" if plain else f"[{quoted(key, last['quote'] or quote)}]"
    equals = text[left.end_byte : right.start_byte]
    equals = equals if equals.strip() == "=" and "\n" not in equals else " = "
    line = f"{source[: last.start()]}{member}{equals}{literal(value, quote)}"
    line += ";" if text[end - 1] == ";" else ""
    position = line_end(text, end)
    margin = indentation(text, statement.start_byte)
    return Edit(position, position, end_of_line(text, position) + margin + line)


def _quote(target: str) -> str:
    return '"' if '"' in target else "'"


def without_statement(text: str, node: Node) -> Edit:
    """The edit that takes a statement out, with its line where it stands alone there."""
    start, end = node.start_byte, node.end_byte
    if text[end : end + 1] == ";" and text[end - 1] != ";":
        end += 1
    first, stop = line_start(text, start), line_end(text, end)
    rest = text[end:stop].strip()
    if text[first:start].strip() or (rest and not rest.startswith("//")):
        while end < len(text) and text[end] in " \t":
            end += 1
        return Edit(start, end, "")
    return without_lines(text, first, stop)
