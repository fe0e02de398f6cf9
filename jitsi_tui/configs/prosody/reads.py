"""Where a Prosody file uses the value of an option: from 13 on, Prosody gives it there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .. import syntax
from . import lua
from .events import Event, Header

if TYPE_CHECKING:
    from tree_sitter import Node

_FUNCTIONS = ("function_definition", "function_declaration")
_INDEXED = ("dot_index_expression", "method_index_expression")


def first_read(text: str, events: Sequence[Event], host: str, option: str) -> int | None:
    """The first line that may use a host's own option as a value, or None.

    An option of another host, the global section too, is not seen from a host's lines.
    """
    name = re.compile(rf"\b{re.escape(option)}\b(?!\s*=(?!=))")
    if name.search(text) is None:
        return None
    root = syntax.parse("lua", lua.parseable(text)).root
    for match in name.finditer(text):
        node = root.descendant_for_byte_range(*match.span())
        if node is None or node.type != "identifier" or not _is_value(node):
            continue
        if _inside_function(node) or _current_host(events, match.start()) in (host, None):
            return node.start_point.row + 1
    return None


def _is_value(node: Node) -> bool:
    parent = node.parent
    if parent is None or parent.type in ("variable_list", "parameters"):
        return False
    if parent.type in _INDEXED:
        return parent.children[0] == node
    return parent.type != "field" or parent.children[-1] == node


def _inside_function(node: Node) -> bool:
    above = node.parent
    while above is not None and above.type not in _FUNCTIONS:
        above = above.parent
    return above is not None


def _current_host(events: Sequence[Event], position: int) -> str | None:
    """The host whose lines a position is among, None where that is not certain."""
    opened = (e for e in events if isinstance(e, Header) and e.start <= position)
    last = max(opened, key=lambda header: header.start, default=None)
    if last is None or (last.table is not None and position > last.table.end_byte):
        return ""
    return None if last.reason else last.host
