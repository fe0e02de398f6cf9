"""What the functions of a Prosody file would do if something called them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .. import syntax
from ..document import ConfigError
from .events import Kind

if TYPE_CHECKING:
    from tree_sitter import Node

OPENERS: dict[str, Kind] = {
    "VirtualHost": "VirtualHost",
    "Host": "Host",
    "host": "Host",
    "Component": "Component",
    "component": "Component",
}
ALIASES = frozenset(("host", "component"))
"""Old names for two of them, which files also use for local variables."""
INCLUDES = frozenset(("Include", "include"))
HINT = "write it as a constant, or change the file by hand"

# Without \b in front, which would cost the search its speed: a hit too many only means a look at
# the tree.
_ESCAPES = re.compile(
    r"(?:VirtualHost|[Hh]ost|[Cc]omponent)\b(?!\s*(?:[\"'({\[]|--))|_ENV\b|setfenv\b"
)
_NAMES = re.compile(r"(?:VirtualHost|[Hh]ost|[Cc]omponent)\b")
_STATEMENTS = ("chunk", "block", "function_call")
_INDEXED = ("dot_index_expression", "method_index_expression")


class Effects:
    """What calls that no constant decides may do: open hosts, and set options.

    ``open_hosts`` is also true where a function such as ``VirtualHost`` is handed on as a value.
    ConfigError where the file changes what its global names mean.
    """

    def __init__(self, text: str, file: str, root: Node) -> None:
        self.text = text
        self.file = file
        self.open_hosts = False
        self.options: set[str] = set()
        self._shadowed = _shadowed(text, root)
        if "function" in text or _ESCAPES.search(text):
            self._look(root)

    @property
    def any(self) -> bool:
        """Whether calls matter at all."""
        return self.open_hosts or bool(self.options)

    def opens_hosts(self, body: Node) -> bool:
        """Whether code may open a host when it runs."""
        stack = [body]
        while stack:
            node = stack.pop()
            if node.type == "function_call" and self._opener(node):
                return True
            stack += node.children
        return self.open_hosts

    def check_nested(self, root: Node, seen: int) -> None:
        """Refuse a host that is opened inside an expression, as behind a missing value.

        ``seen`` is how many calls that open hosts were met as statements.
        """
        if len(_NAMES.findall(self.text)) == seen:
            return
        # A node is asked for its parent nowhere here: each such question starts at the root.
        stack = [(root, "chunk")]
        while stack:
            node, parent = stack.pop()
            kind = node.type
            if kind == "function_call" and parent not in _STATEMENTS and self._opener(node):
                found = "a host inside an expression: is a value missing before it?"
                raise ConfigError(self.file, node.start_point.row + 1, found, HINT)
            stack += [(child, kind) for child in node.children]

    def _look(self, root: Node) -> None:
        stack = [(root, "chunk", False, False)]
        while stack:
            node, parent, last, inside = stack.pop()
            kind = node.type
            if kind == "identifier":
                self._look_at_name(node, parent, last)
            inside = inside or kind in ("function_definition", "function_declaration")
            if inside and kind == "assignment_statement":
                names = syntax.named(node.children[0])
                self.options.update(self._slice(n) for n in names if n.type == "identifier")
            if inside and kind == "function_call" and self._opener(node):
                self.open_hosts = True
            children = node.children
            final = len(children) - 1
            stack += [(child, kind, n == final, inside) for n, child in enumerate(children)]

    def _look_at_name(self, node: Node, parent: str, last: bool) -> None:
        name = self._slice(node)
        if name in ("_ENV", "setfenv"):
            found = f"`{name}` changes what every line below it means"
            raise ConfigError(self.file, node.start_point.row + 1, found, HINT)
        if name not in OPENERS or parent == "function_call" or parent in _INDEXED:
            return
        if node.start_byte >= self._shadowed.get(name, len(self.text)):
            return
        # The name of a table's field is no value; what stands behind it is.
        self.open_hosts |= parent != "field" or last

    def _opener(self, call: Node) -> bool:
        name = call.child_by_field_name("name")
        while name is not None and name.type == "function_call":
            name = name.child_by_field_name("name")
        if name is None or self._slice(name) not in OPENERS:
            return False
        return name.start_byte < self._shadowed.get(self._slice(name), len(self.text))

    def _slice(self, node: Node) -> str:
        return self.text[node.start_byte : node.end_byte]


def _shadowed(text: str, root: Node) -> dict[str, int]:
    """Where the old names become local variables that hold to the end of the file."""
    found: dict[str, int] = {}
    if re.search(r"\blocal\b[^\n=]*\b(?:host|component)\b", text) is None:
        return found
    for statement in root.children:
        if statement.type == "variable_declaration":
            inner = syntax.named(statement)[0]
            targets = inner.children[0] if inner.type == "assignment_statement" else inner
            for target in syntax.named(targets) if targets.type == "variable_list" else [targets]:
                name = text[target.start_byte : target.end_byte]
                if name in ALIASES:
                    found.setdefault(name, statement.end_byte)
    return found
