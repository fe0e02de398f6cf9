"""What the functions of a Prosody file would do if something called them."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import TYPE_CHECKING

from .. import syntax
from ..document import ConfigError
from .chunk import Chunk
from .events import OPENERS

if TYPE_CHECKING:
    from tree_sitter import Node

ALIASES = frozenset(("host", "component"))
"""Old names for two of them, which files also use for local variables."""
INCLUDES = frozenset(("Include", "include"))
HINT = "write it as a constant, or change the file by hand"

_STATEMENTS = ("chunk", "block")
_FUNCTIONS = ("function_definition", "function_declaration")
_INDEXED = ("dot_index_expression", "method_index_expression")


class Effects:
    """What calls that no constant decides may do: open hosts, and set options.

    ``open_hosts`` is also true where a function such as ``VirtualHost`` is handed on as a value.
    ConfigError where the file changes what its global names mean.
    """

    def __init__(self, chunk: Chunk) -> None:
        self.text = chunk.text
        self.file = chunk.file
        self.open_hosts = False
        self.options: set[str] = set()
        self._chunk = chunk
        self._shadowed = _shadowed(chunk)
        for _, nodes in chunk.around(chunk.found(lambda section: section.mentioned)):
            if nodes[-1].type == "identifier":
                self._look_at_name(nodes[-1], nodes[-2])
        seen = 0
        for position, nodes in chunk.around(chunk.found(lambda section: section.functions)):
            function = next((node for node in nodes if node.type in _FUNCTIONS), None)
            if function is not None and position >= seen:
                self._look_inside(function)
                seen = function.end_byte

    def opens_hosts(self, body: Node) -> bool:
        """Whether code may open a host when it runs."""
        stack = [body]
        while stack:
            node = stack.pop()
            if node.type == "function_call" and self._opener(node):
                return True
            stack += node.children
        return self.open_hosts

    def check_nested(self, met: Set[int]) -> None:
        """Refuse a host that is opened inside an expression, as behind a missing value.

        ``met`` are the positions at which hosts were opened by statements.
        """
        names = self._chunk.found(lambda section: section.names)
        for position, nodes in self._chunk.around(name for name in names if name not in met):
            *above, node = nodes
            call = None
            while above[-1].type == "function_call" and above[-1].start_byte == position:
                call = above.pop()
            if call is not None and above[-1].type not in _STATEMENTS and self._opener(call):
                found = "a host inside an expression: is a value missing before it?"
                raise ConfigError(self.file, node.start_point.row + 1, found, HINT)

    def _look_inside(self, function: Node) -> None:
        """What a function would do."""
        stack = [(function, function)]
        while stack:
            node, parent = stack.pop()
            kind = node.type
            if kind == "identifier":
                self._look_at_name(node, parent)
            elif kind == "assignment_statement":
                names = syntax.named(node.children[0])
                self.options.update(self._slice(n) for n in names if n.type == "identifier")
            elif kind == "function_call" and self._opener(node):
                self.open_hosts = True
            stack += [(child, node) for child in node.children]

    def _look_at_name(self, node: Node, parent: Node) -> None:
        name = self._slice(node)
        if name in ("_ENV", "setfenv"):
            found = f"`{name}` changes what every line below it means"
            raise ConfigError(self.file, node.start_point.row + 1, found, HINT)
        if name not in OPENERS or parent.type == "function_call" or parent.type in _INDEXED:
            return
        if node.start_byte >= self._shadowed.get(name, len(self.text)):
            return
        # The name of a table's field is no value; what stands behind it is.
        self.open_hosts |= parent.type != "field" or parent.end_byte == node.end_byte

    def _opener(self, call: Node) -> bool:
        name = call.child_by_field_name("name")
        while name is not None and name.type == "function_call":
            name = name.child_by_field_name("name")
        if name is None or self._slice(name) not in OPENERS:
            return False
        return name.start_byte < self._shadowed.get(self._slice(name), len(self.text))

    def _slice(self, node: Node) -> str:
        return self.text[node.start_byte : node.end_byte]


def _shadowed(chunk: Chunk) -> dict[str, int]:
    """Where the old names become local variables that hold to the end of the file."""
    found: dict[str, int] = {}
    for section, root in zip(chunk.sections, chunk.roots(), strict=True):
        for statement in root.children if section.may_alias else ():
            if statement.type == "variable_declaration":
                for name in _declared(chunk.text, statement):
                    if name in ALIASES:
                        found.setdefault(name, statement.end_byte)
    return found


def _declared(text: str, statement: Node) -> Iterator[str]:
    inner = syntax.named(statement)[0]
    targets = inner.children[0] if inner.type == "assignment_statement" else inner
    for target in syntax.named(targets) if targets.type == "variable_list" else [targets]:
        yield text[target.start_byte : target.end_byte]
