"""What an expression of a script does with an object that stands in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..syntax import named

if TYPE_CHECKING:
    from tree_sitter import Node

    from .script import Source

_ENDS = frozenset((
    "unary_expression", "template_substitution", "if_statement", "while_statement",
    "expression_statement", "switch_statement",
))  # fmt: skip
"""What makes something else of an object, or nothing at all: nobody can change it through these."""
_PATTERNS = frozenset(("array_pattern", "pair_pattern", "rest_pattern"))
_ASSIGNING = frozenset((
    "update_expression", "augmented_assignment_expression", "assignment_expression",
    "assignment_pattern", "for_in_statement",
))  # fmt: skip
_MAX_NESTING = 500


def computes(node: Node) -> bool:
    """Whether something assigns to a place: ``x++``, ``[x] = …``, ``(x) = …``, ``for (x of …)``."""
    parent = node.parent
    while parent is not None and parent.type == "parenthesized_expression":
        node, parent = parent, parent.parent
    if parent is None:
        return False
    if parent.type in _PATTERNS:
        return True
    first = parent.named_children[0] == node if parent.named_children else False
    deleted = parent.type == "unary_expression" and parent.children[0].type == "delete"
    return deleted or (parent.type in _ASSIGNING and first)


def goes_on(node: Node) -> bool:
    """Whether an object may come out of the expression around it, as out of ``a || config``."""
    for _ in range(_MAX_NESTING):
        parent = node.parent
        if parent is None or parent.type in _ENDS:
            return False
        if parent.type == "binary_expression":
            operator, left = parent.children[1].type, parent.children[0] == node
            # An object on the left of `&&` is true, and what comes out is on the right.
            if operator not in ("&&", "||", "??") or (left and operator == "&&"):
                return False
        elif parent.type == "ternary_expression":
            if parent.child_by_field_name("condition") == node:
                return False
        elif parent.type != "parenthesized_expression":
            return True
        node = parent
    return True


def accessor(member: Node) -> bool:
    """Whether a member of an object is a getter or setter."""
    return member.type == "method_definition" and any(
        child.type in ("get", "set") for child in member.children
    )


def merged(source: Source, target: Node, arguments: Node) -> list[Node] | None:
    """The objects of ``Object.assign(target, { … })`` as a statement; None for all else."""
    call = arguments.parent
    statement = call.parent if call is not None else None
    if arguments.type != "arguments" or call is None or statement is None:
        return None
    callee, (first, *made) = call.child_by_field_name("function"), named(arguments)
    plain = first == target and all(node.type == "object" for node in made)
    assigns = callee is not None and source.slice(callee) == "Object.assign"
    return made if plain and assigns and statement.type == "expression_statement" else None
