"""Where a Prosody file uses the value of an option: from 13 on, Prosody gives it there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .chunk import Chunk
from .events import Event, Header
from .words import begins_word

if TYPE_CHECKING:
    from tree_sitter import Node

_FUNCTIONS = ("function_definition", "function_declaration")
_INDEXED = ("dot_index_expression", "method_index_expression")


def first_read(chunk: Chunk, events: Sequence[Event], host: str, option: str) -> int | None:
    """The first line that may use a host's own option as a value, or None.

    An option of another host, the global section too, is not seen from a host's lines.
    """
    uses = re.finditer(rf"{re.escape(option)}\b(?!\s*=(?!=))", chunk.text)
    starts = (use.start() for use in uses if begins_word(chunk.text, use.start()))
    for position, (*above, node) in chunk.around(starts):
        if node.type != "identifier" or not _is_value(node, above[-1]):
            continue
        function = any(outer.type in _FUNCTIONS for outer in above)
        if function or _current_host(events, position) in (host, None):
            return node.start_point.row + 1
    return None


def _is_value(node: Node, parent: Node) -> bool:
    if parent.type in ("variable_list", "parameters"):
        return False
    if parent.type in _INDEXED:
        return parent.start_byte == node.start_byte
    return parent.type != "field" or parent.end_byte == node.end_byte


def _current_host(events: Sequence[Event], position: int) -> str | None:
    """The host whose lines a position is among, None where that is not certain."""
    opened = (e for e in events if isinstance(e, Header) and e.start <= position)
    last = max(opened, key=lambda header: header.start, default=None)
    if last is None or (last.table is not None and position > last.table.end_byte):
        return ""
    return None if last.reason else last.host
