"""The variables of a script that hold one constant, or one object that goes to one place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .. import syntax
from ..document import Unknown, Value
from .script import UNDEFINED, Source, evaluate

if TYPE_CHECKING:
    from tree_sitter import Node

_ASSIGNS = re.compile(r"(?:[-+*/%&|^]|\*\*|<<|>>>?|&&|\|\||\?\?)?=(?!=)")
_DESTRUCTURED = re.compile(r"[^;\n]{0,40}?[\]}]\s*(?:=(?!=)|of\b|in\b|\))")
_JOINS = ("_", "$", ".")
_WINDOW = 60


class Variables:
    """Looks up names that a script declares once, at its top level, and never assigns again."""

    def __init__(self, source: Source, root: Node) -> None:
        self.source = source
        self.root_node = root
        self._declared: dict[str, list[Node]] | None = None
        self._known: dict[str, Node | None] = {}

    def lookup(self, name: str) -> Value:
        """The constant that a variable of the script holds from its declaration on."""
        if name in ("undefined", "NaN", "Infinity"):
            return UNDEFINED if name == "undefined" else Unknown(name)
        node = self._variable(name)
        if node is None or node.type in ("object", "array"):
            return Unknown(name)
        return evaluate(node, self.source, Unknown)

    def _variable(self, name: str) -> Node | None:
        """The value of a variable that is declared once, at the top, and never assigned again."""
        if name not in self._known:
            values = self._declarations().get(name, [])
            constant = len(values) == 1 and not self._changes(name)
            self._known[name] = values[0] if constant else None
        return self._known[name]

    def _declarations(self) -> dict[str, list[Node]]:
        """The values that the script's top level declares each variable with."""
        if self._declared is None:
            self._declared = {}
            for statement in self.root_node.children:
                if statement.type in ("variable_declaration", "lexical_declaration"):
                    self._note_variables(statement, self._declared)
        return self._declared

    def _note_variables(self, statement: Node, declared: dict[str, list[Node]]) -> None:
        for declarator in syntax.named(statement):
            target = declarator.child_by_field_name("name")
            value = declarator.child_by_field_name("value")
            if target is not None and target.type == "identifier" and value is not None:
                declared.setdefault(self.source.slice(target), []).append(value)

    def _changes(self, name: str) -> bool:
        """Whether the script may give a variable another value than its declaration does."""
        assignments = 0
        for before, after in self._uses(name):
            if before.endswith(("++", "--", "function")) or after.startswith(("++", "--")):
                return True
            if before.endswith(("[", "{", ",")) and _DESTRUCTURED.match(after):
                return True
            assignments += _ASSIGNS.match(after) is not None
        return assignments > 1

    def _uses(self, name: str) -> Iterator[tuple[str, str]]:
        """What stands before and behind each mention of a name that is no property's."""
        script = self.source.script
        for match in re.finditer(re.escape(name), script):
            before, after = (
                script[match.start() - 1 : match.start()],
                script[match.end() : match.end() + 1],
            )
            if before.isalnum() or after.isalnum() or before in _JOINS or after in ("_", "$"):
                continue
            yield (
                script[max(0, match.start() - _WINDOW) : match.start()].rstrip(),
                script[match.end() : match.end() + _WINDOW].lstrip(),
            )

    def sole_object(self, name: str) -> Node | None:
        """The object of a variable that is named once more, where the object goes."""
        node = self._variable(name)
        if node is None or node.type != "object":
            return None
        uses = [after for _, after in self._uses(name) if not after.startswith(":")]
        return node if len(uses) == 2 else None
