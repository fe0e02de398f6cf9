"""Where a script names `config`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .script import Source

if TYPE_CHECKING:
    from tree_sitter import Node

CHAIN = frozenset(("member_expression", "subscript_expression"))
GLOBALS = frozenset(("window", "globalThis", "self", "this"))
_METHODS = ("method_definition", "function_expression", "function_declaration")
_THIS = re.compile(r"this(?![\w$])")
_NAME = re.compile(r"config(?![\w$])")


def mentions(source: Source, root: Node) -> Iterator[tuple[Node, bool]]:
    """Each node that stands for `config`, and whether it does so for certain.

    Any object with a property of that name may be the window, under another name.
    """
    for match in _NAME.finditer(source.script):
        before = source.script[match.start() - 1 : match.start()]
        if before.isalnum() or before in ("_", "$"):
            continue
        node = root.descendant_for_byte_range(*match.span())
        if node is None or node.end_byte - node.start_byte != len(match[0]):
            continue
        if node.type == "identifier" or node.type.startswith("shorthand"):
            yield node, True
        elif node.type in ("property_identifier", "string_fragment"):
            chain = _chain(node)
            owner = chain.child_by_field_name("object") if chain is not None else None
            if chain is not None and owner is not None:
                name = source.slice(owner)
                if not _NAME.match(name):
                    yield chain, name in GLOBALS


def methods_words(source: Source, root: Node) -> Iterator[tuple[Node, Node]]:
    """Each ``this`` in a method of an object, with the object."""
    for match in _THIS.finditer(source.script):
        node = root.descendant_for_byte_range(*match.span())
        if node is None or node.type != "this":
            continue
        method: Node | None = node
        while method is not None and method.type not in _METHODS:
            method = method.parent
        member = method.parent if method is not None and method.type != _METHODS[0] else method
        if member is not None and member.parent is not None and member.parent.type == "object":
            yield node, member.parent


def _chain(key: Node) -> Node | None:
    """`window.config` or `window["config"]` around its key."""
    node = key.parent
    if node is not None and key.type == "string_fragment":
        key, node = node, node.parent
    if node is None or node.type not in CHAIN or node.children[0] == key:
        return None
    return node
