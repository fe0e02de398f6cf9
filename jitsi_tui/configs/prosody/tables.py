"""Edits inside a Lua table: items and fields come and go in the table's own style."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..document import Edit, indentation, line_end, line_start, merged

if TYPE_CHECKING:
    from tree_sitter import Node


def append(text: str, table: Node, items: Iterable[str], indent: str = "") -> list[Edit]:
    """Add sources of items or fields at the table's end, separated as the others are."""
    items = list(items)
    fields = _fields(table)
    if not fields:
        return [_fill(text, table, items, indent)]
    last = fields[-1]
    separators = _separators(table)
    separator = text[separators[0].start_byte] if separators else ","
    trailing = bool(separators) and separators[-1].start_byte > last.start_byte
    after = separators[-1].end_byte if trailing else last.end_byte
    closing = table.children[-1].start_byte
    alone = not text[line_start(text, last.start_byte) : last.start_byte].strip()
    if alone and "\n" in text[after:closing]:
        edits = [] if trailing else [Edit(last.end_byte, last.end_byte, separator)]
        end = _past_comment(text, table, after)
        newline = "\r\n" if text[end : end + 1] == "\r" else "\n"
        margin = indentation(text, last.start_byte)
        lines = f"{separator}{newline}{margin}".join(items) + (separator if trailing else "")
        return merged([*edits, Edit(end, end, newline + margin + lines)])
    before = separators[-1] if separators and not trailing else None
    if before is not None and not (margin := _before(text, before)).strip():
        end, gap = (
            _past_comment(text, table, last.end_byte),
            text[before.end_byte : last.start_byte],
        )
        if end == line_end(text, last.end_byte) and not gap.strip(" "):
            newline = "\r\n" if text[end : end + 1] == "\r" else "\n"
            lines = "".join(f"{newline}{margin}{separator}{gap}{item}" for item in items)
            return [Edit(end, end, lines)]
    space = " " if len(fields) == 1 or text[separators[0].end_byte :][:1].isspace() else ""
    joined = f"{separator}{space}".join(items)
    if trailing:
        return [Edit(after, after, f"{space}{joined}{separator}")]
    return [Edit(after, after, f"{separator}{space}{joined}")]


def _before(text: str, node: Node) -> str:
    """What stands before a node on its line."""
    return text[line_start(text, node.start_byte) : node.start_byte]


def remove(text: str, table: Node, fields: list[Node]) -> list[Edit]:
    """Take fields out, each with its separator, and with its line where it stands alone."""
    gone = {field.start_byte for field in fields}
    children = [c for c in table.children if c.type != "comment"]
    kept = [c for c in children if c.type == "field" and c.start_byte not in gone]
    edits: list[Edit] = []
    for index, child in enumerate(children):
        if child.type != "field" or child.start_byte not in gone:
            continue
        follows = children[index + 1]
        end = follows.end_byte if follows.type in ",;" else child.end_byte
        start = child.start_byte
        if end == child.end_byte and kept and not edits:
            # The last field has no separator of its own: the one before it goes.
            before = children[index - 1]
            edits.append(Edit(before.start_byte, before.end_byte, ""))
        edits.append(_with_blanks(text, table, start, end))
    return merged(edits)


def _with_blanks(text: str, table: Node, start: int, end: int) -> Edit:
    first = line_start(text, start)
    rest_end = _past_comment(text, table, end)
    whole_line = not text[first:start].strip() and rest_end == line_end(text, end)
    if whole_line and first > table.start_byte:
        newline = text.find("\n", rest_end)
        return Edit(first, newline + 1, "")
    while end < len(text) and text[end] in " \t":
        end += 1
    if text[end : end + 1] == "}":
        while text[start - 1] in " \t" and text[end - 1 : end] in (" ", "\t"):
            start -= 1
        end -= 1 if text[end - 1] in " \t" else 0
    return Edit(start, end, "")


def _past_comment(text: str, table: Node, position: int) -> int:
    """The end of the line where a comment alone, or nothing, follows on it; else ``position``."""
    stop = line_end(text, position)
    rest = text[position:stop].strip()
    if not rest:
        return stop
    for child in table.children:
        if child.type == "comment" and child.start_byte >= position:
            between = text[position : child.start_byte]
            if not between.strip() and child.end_byte in (stop, stop + 1):
                return stop
            break
    return position


def _fill(text: str, table: Node, items: list[str], indent: str) -> Edit:
    start, end = table.children[0].end_byte, table.children[-1].start_byte
    inside = text[start:end]
    if "\n" in inside:
        newline = "\r\n" if "\r\n" in inside else "\n"
        margin = indentation(text, end) + (indent or "    ")
        lines = f",{newline}{margin}".join(items)
        at = start + inside.rstrip(" \t").rfind(newline)
        return Edit(at, at, f"{newline}{margin}{lines}")
    joined = ", ".join(items)
    if inside.strip():
        return Edit(start, start, f" {joined},")
    return Edit(start, end, f" {joined} ")


def _fields(table: Node) -> list[Node]:
    return [child for child in table.children if child.type == "field"]


def _separators(table: Node) -> list[Node]:
    return [child for child in table.children if child.type in (",", ";")]
