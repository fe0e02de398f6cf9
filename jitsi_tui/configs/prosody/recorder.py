"""Notes what the statements of a Prosody file do, one after another, as its events."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from ..document import ConfigError, Unknown, Value, excerpt
from . import heads, lua
from .chunk import Chunk
from .events import OPENERS, Event, Header, Kind, Place, Scope, host_name, value_at
from .functions import HINT, INCLUDES, Effects
from .locals import Locals

if TYPE_CHECKING:
    from tree_sitter import Node

_ADDS = re.compile(r"(?<![A-Za-z_])([A-Za-z_]\w*+)\s*+(?::\s*append\b|\(?\s*\{)")
_TAKEN = lua.KEYWORDS | INCLUDES | OPENERS.keys()
_WORD = re.compile(r"(?<![\w.:])[A-Za-z_]\w*")


class Recorder:
    """Where a walk through a file stands, and what it has met.

    ``host`` is the current host, "" for the global section and None where that is undecided;
    ``header`` is the line that named it. ``reason`` says why it is undecided whether the place
    runs, "" where it runs for certain.
    """

    def __init__(self, chunk: Chunk, effects: Effects) -> None:
        self.text = chunk.text
        self.file = chunk.file
        self.effects = effects
        self.calls_matter = effects.open_hosts or bool(effects.options)
        self.events: list[Event] = []
        self.host: str | None = ""
        self.header: Header | None = None
        self.locals = Locals(chunk.text, chunk.file)
        self.reason = ""
        self.depth = 0
        self.assigned: set[str] = set()
        self.adds_to_lists = any(section.may_add for section in chunk.sections)

    def open_host(self, node: Node, kind: Kind, chain: list[Node]) -> None:
        """A call that opens a host; ``chain`` are its calls, the one with the name first."""
        name = self.argument(chain[0])
        reason = self.reason
        host: str | None = None
        if isinstance(name, str):
            try:
                host = host_name(name) or None
            except UnicodeError:
                reason = reason or "a name that Prosody refuses"
            # "" is the global section here.
            reason = reason or ("" if host else "a host without a name")
        else:
            reason = reason or "a host whose name is not a constant"
        module: str | None = None
        table: Node | None = None
        for call in chain[1:]:
            argument = heads.sole_argument(call)
            if argument is not None and argument.type == "table_constructor":
                table = argument
            elif kind == "Component" and module is None and table is None:
                value = self.argument(call)
                module = value if isinstance(value, str) else self.slice(call)
            else:
                reason = reason or "a host with something unexpected behind its name"
        self.opened(node, kind, host, module, table, reason)

    def opened(
        self,
        node: Node,
        kind: Kind,
        host: str | None,
        module: str | None,
        table: Node | None,
        reason: str,
    ) -> None:
        """A host was opened."""
        start, end = node.start_byte, node.end_byte
        line = self.line(node)
        header = Header(kind, host, module, line, start, end, end, self.depth, reason, table)
        self.events.append(header)
        self.host, self.header = host, header
        if table is not None:
            self._fields(table, header)
            self.host, self.header = "", None

    def _fields(self, table: Node, header: Header) -> None:
        for item in table.children:
            if item.type != "field":
                continue
            key, computed = item.child_by_field_name("name"), item.children[0].type == "["
            if key is None:
                continue
            option = self.value(key, self.locals.scope) if computed else self.slice(key)
            expression = item.child_by_field_name("value")
            name = option if isinstance(option, str) else None
            reason = header.reason or ("" if name is not None else "a computed option name")
            if isinstance(option, str | Unknown):
                self.place(item, name, expression, single=True, reason=reason, form="field")

    def assign(
        self, node: Node, target: Node, expression: Node | None, single: bool, undecided: bool
    ) -> None:
        """``target = expression``; ``single`` where the statement does nothing else."""
        name = self.slice(target)
        if not name.isidentifier():
            self.touched(node)
        elif self.locals.has(name):
            known = not (self.reason or self.depth or undecided)
            self.locals.declare(
                target, self.value(expression, self.locals.scope) if known else Unknown("")
            )
        elif name in _TAKEN:
            raise self.refusal(node, f"`{name}` gets another meaning here")
        else:
            reason = self.reason or ("a value that no constant decides" if undecided else "")
            self.place(node, name, expression, single=single, reason=reason)

    def place(
        self,
        node: Node,
        option: str | None,
        expression: Node | None,
        *,
        single: bool,
        reason: str,
        form: Literal["statement", "field"] = "statement",
    ) -> None:
        """Something gives an option of the current host a value, or may do so."""
        if self.host is None:
            reason = reason or "the host above, whose name is not a constant"
        place = Place(
            self.host, option, expression, node, reason, form, single,
            self.locals.scope, len(self.events), self.header.table if self.header else None,
        )  # fmt: skip
        self.events.append(place)
        if self.header is not None:
            self.header.places.append(place)
        if option is not None:
            self.assigned.add(option)

    def unknown_call(self, node: Node) -> None:
        """A call of something that no constant decides."""
        self._appended(node)
        self.touched(node)
        self._functions_run(node)

    def _appended(self, node: Node) -> None:
        """``option { … }`` and ``option:append { … }``: Prosody 13 adds to the list.

        That may stand in another file.
        """
        called = node.child_by_field_name("name")
        if called is not None and called.type == "method_index_expression":
            called = called.child_by_field_name("table")
        name = self.slice(called) if called is not None and called.type == "identifier" else ""
        if not name or name in lua.LIBRARY or self.locals.has(name):
            return
        argument = node.child_by_field_name("arguments")
        quoted = argument is not None and self.text[argument.start_byte] in "\"'["
        if quoted and name not in self.assigned and not self.reason:
            # Nobody but this file and Prosody gives it functions: the call fails.
            found = f"`{excerpt(self.slice(node))}`, which calls nothing: is a `=` missing?"
            raise ConfigError(self.file, self.line(node), found, "mend this line first")
        self.assigned.add(name)

    def calls_within(self, node: Node) -> None:
        """What the calls inside a statement may do."""
        stack = list(node.children)
        while stack:
            child = stack.pop()
            if child.type in ("function_definition", "function_declaration"):
                continue
            if child.type == "function_call":
                self._functions_run(node)
                return
            stack += child.children

    def _functions_run(self, node: Node) -> None:
        reason = self.reason or "a function call"
        if self.effects.open_hosts:
            self.host, self.header = None, None
        for option in sorted(self.effects.options):
            self.place(node, option, None, single=False, reason=reason)

    def added_within(self, node: Node) -> None:
        """What the same calls add inside of a statement, as in ``x = option:append { … }``."""
        for name in dict.fromkeys(_ADDS.findall(self.slice(node))):
            if name in self.assigned and not self.locals.has(name):
                reason = self.reason or "code that may change it"
                self.place(node, name, None, single=False, reason=reason)

    def touched(self, node: Node) -> None:
        """Something may change the tables of options and locals that it names."""
        self.locals.spoil(node, every=True)
        for word in dict.fromkeys(_WORD.findall(self.slice(node))):
            if word in self.assigned and not self.locals.has(word):
                reason = self.reason or "code that may change it"
                self.place(node, word, None, single=False, reason=reason)

    # -- values

    def argument(self, call: Node) -> Value:
        """The value of a call's first argument."""
        argument = heads.sole_argument(call)
        return Unknown("") if argument is None else self.value(argument, self.locals.scope)

    def value(self, expression: Node | None, scope: Scope | None) -> Value:
        """What an expression is with the locals of a scope."""
        return value_at(self.text, expression, scope)

    def slice(self, node: Node) -> str:
        """A node's text."""
        return self.text[node.start_byte : node.end_byte]

    def line(self, node: Node) -> int:
        """The line in which a node begins, from 1."""
        return node.start_point.row + 1

    def refusal(self, node: Node, found: str) -> ConfigError:
        """An error about the line of a node."""
        return ConfigError(self.file, self.line(node), found, HINT)
