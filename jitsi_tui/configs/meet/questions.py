"""What a script asks of its own `config`, as in ``if (!config.hasOwnProperty('hosts')) …``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from .. import syntax
from ..document import Path, Value
from .mentions import CHAIN, GLOBALS
from .script import Lookup, Source, evaluate, key_value, truth
from .slots import Slot

if TYPE_CHECKING:
    from tree_sitter import Node

_INHERITED = frozenset((
    "constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString",
    "toString", "valueOf",
))  # fmt: skip


class Read(Protocol):
    """The part of a reading that answers: what the script did before it asks."""

    source: Source

    @property
    def answered(self) -> list[Path]:
        """What was asked about and answered; answers go here."""

    @property
    def lookup(self) -> Lookup:
        """What names of the script stand for."""

    def slot(self, path: Path) -> tuple[Slot | None, tuple[int, str, int] | None]:
        """The slot at a path, and the doubt about it, if any."""

    def value(self, slot: Slot) -> Value:
        """What a slot holds."""


def holds(read: Read, condition: Node) -> bool | None:
    """Whether a condition about `config` is true; None where what is read so far can't tell."""
    if condition.type in ("parenthesized_expression", "unary_expression"):
        inner = syntax.named(condition)
        negated = condition.type == "unary_expression"
        if len(inner) != 1 or (negated and condition.children[0].type != "!"):
            return None
        answer = holds(read, inner[0])
        return (not answer) if negated and answer is not None else answer
    if condition.type == "call_expression":
        return _has_own(read, condition)
    path = path_of(read, condition)
    return truthy(read, path) if path else None


def _has_own(read: Read, call: Node) -> bool | None:
    callee, arguments = (call.child_by_field_name(name) for name in ("function", "arguments"))
    path = path_of(read, callee) if callee is not None else None
    asked = syntax.named(arguments) if arguments is not None else []
    key = evaluate(asked[0], read.source, read.lookup) if len(asked) == 1 else None
    if path is None or path[-1:] != ("hasOwnProperty",) or not isinstance(key, str):
        return None
    return _present(read, (*path[:-1], key))


def truthy(read: Read, path: Path) -> bool | None:
    """Whether JavaScript takes a property for true; None where that is not known."""
    there = _present(read, path)
    if not there:
        return None if path[-1] in _INHERITED else there
    slot, _ = read.slot(path)
    assert slot is not None
    if slot.object is not None:
        return True
    try:
        return truth(read.value(slot))
    except ValueError:
        return None


def _present(read: Read, path: Path) -> bool | None:
    slot, doubt = read.slot(path)
    if doubt is not None:
        return None
    read.answered.append(path)
    if slot is not None:
        return slot.is_set()
    owner, _ = read.slot(path[:-1])
    return False if owner is not None and owner.object is not None else None


def kept(read: Read, left: Node, parent: Node) -> bool:
    """Whether ``left`` is the first part of ``x = x || y``, where x may stay what it is."""
    assignment = parent.parent
    if parent.type != "binary_expression" or parent.children[0] != left or assignment is None:
        return False
    target, path = assignment.child_by_field_name("left"), path_of(read, left)
    return (
        assignment.type == "assignment_expression"
        and parent.children[1].type in ("||", "??")
        and target is not None
        and path is not None
        and path == path_of(read, target)
    )


def path_of(read: Read, node: Node) -> Path | None:
    """The path that an expression such as ``config.a['b']`` stands for; None for any other."""
    if node.type == "identifier":
        return () if read.source.slice(node) == "config" else None
    if node.type not in CHAIN:
        return None
    owner = node.child_by_field_name("object")
    field = "property" if node.type == "member_expression" else "index"
    key_node = node.child_by_field_name(field)
    if owner is None or key_node is None:
        return None
    key = key_value(key_node, read.source, read.lookup)
    if key == "config" and read.source.slice(owner) in GLOBALS:
        return ()
    above = path_of(read, owner)
    return None if above is None or key is None or key == "__proto__" else (*above, key)
