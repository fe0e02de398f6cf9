"""The local variables of a Prosody file, as far as one constant decides each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..document import ConfigError, Unknown, Value
from .events import OPENERS, Scope
from .functions import ALIASES, HINT, INCLUDES

if TYPE_CHECKING:
    from tree_sitter import Node


class Locals:
    """The locals that are visible at the place where a walk through the file stands.

    ``scope`` is the chain of them; a walk keeps it and puts it back around a block.
    """

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.scope: Scope | None = None

    def declare(self, node: Node, value: Value) -> None:
        """A local variable begins at the identifier ``node``, or gets another value."""
        name = self.text[node.start_byte : node.end_byte]
        if (name in OPENERS and name not in ALIASES) or name in INCLUDES:
            found = f"`{name}` gets another meaning here"
            raise ConfigError(self.file, node.start_point.row + 1, found, HINT)
        if isinstance(value, list | dict) and not self._used_once(name):
            value = Unknown(name)
        self.scope = Scope(name, value, self.scope)

    def _used_once(self, name: str) -> bool:
        uses = re.findall(rf"\b{name}\b(\s*[.\[:,)])?", self.text)
        return len(uses) <= 2 and not any(uses)

    def has(self, name: str) -> bool:
        """Whether a name is a local variable here."""
        scope = self.scope
        while scope is not None:
            if scope.name == name:
                return True
            scope = scope.parent
        return False

    def spoil(self, node: Node, *, every: bool = False) -> None:
        """Forget the locals that code may change which runs no, one or many times."""
        text, scope, seen = self.text[node.start_byte : node.end_byte], self.scope, set[str]()
        while scope is not None:
            if scope.name not in seen and not isinstance(scope.value, Unknown):
                seen.add(scope.name)
                after = r"" if every else r"\s*(?:=(?!=)|[,.\[:])"
                if re.search(rf"\b{scope.name}\b{after}", text) and (
                    not every or isinstance(scope.value, list | dict)
                ):
                    self.scope = Scope(scope.name, Unknown(scope.name), self.scope)
            scope = scope.parent
