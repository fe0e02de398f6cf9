"""The shapes of the calls that open a host, and of what they are given."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from .. import syntax
from .events import OPENERS, Kind

if TYPE_CHECKING:
    from tree_sitter import Node

_PLAIN_HEAD = re.compile(
    r"""(VirtualHost|Component)[ \t]*"""
    r"""(?:"([\w.-]+)"|'([\w.-]+)'|\("([\w.-]+)"\)|\('([\w.-]+)'\))"""
    r"""(?:[ \t]*"([\w.-]+)")?\Z""",
    re.ASCII,
)


class Head(NamedTuple):
    """A host's first line, in the common form."""

    kind: Kind
    host: str
    module: str | None


def plain(text: str, node: Node) -> Head | None:
    """The call as ``VirtualHost "name"`` or ``Component "name" "module"``; None if unlike that.

    Nearly all are, and to match the text is much cheaper than to walk the tree.
    """
    match = _PLAIN_HEAD.match(text, node.start_byte, node.end_byte)
    if match is None or (match[6] is not None and match[1] != "Component"):
        return None
    host = match[2] or match[3] or match[4] or match[5]
    return Head(OPENERS[match[1]], host.lower(), match[6])


def names(clause: Node) -> list[Node]:
    """The variables of a loop."""
    found = [c for c in syntax.named(clause) if c.type == "identifier"]
    for inner in syntax.named(clause):
        if inner.type == "variable_list":
            found += syntax.named(inner)
    return found


def sole_argument(call: Node) -> Node | None:
    """The first argument of a call."""
    arguments = call.child_by_field_name("arguments")
    if arguments is None:
        return None
    named = syntax.named(arguments)
    return named[0] if named else None
