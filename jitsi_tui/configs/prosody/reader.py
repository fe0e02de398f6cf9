"""What a Prosody file says, statement by statement, in the order in which Lua runs it.

The rules are Prosody's own (core/configmanager.lua): a global assignment sets an option of the
current host, ``VirtualHost``, ``Host`` and ``Component`` switch the current host, and the forms
with a table return to the global section. What depends on something that no constant in the file
decides is kept as undecided, with the reason.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from .. import syntax
from ..document import ConfigError, Unknown, Value, excerpt, line_of
from . import heads, lua
from .events import Event, Header, IncludePlace, Kind, Place, Scope, host_name, value_at
from .functions import HINT as _HINT
from .functions import INCLUDES, OPENERS, Effects
from .locals import Locals

if TYPE_CHECKING:
    from tree_sitter import Node

_WORD = re.compile(r"(?<![\w.:])[A-Za-z_]\w*")
_MAX_DEPTH = 60
_MEND = "mend the syntax first; prosodyctl check config names the line too"


def read(text: str, file: str) -> list[Event]:
    """The events of a file, in order; ConfigError where it is no Lua."""
    position = lua.lexical_error(text)
    if position is not None:
        found = f"`{excerpt(text[position : position + 20])}` that Lua cannot read"
        raise ConfigError(file, line_of(text, position), found, _MEND)
    root = syntax.parse("lua", lua.parseable(text))
    for error in syntax.errors(root):
        line = line_of(text, error.start_byte)
        piece = excerpt(text[error.start_byte : error.end_byte].split("\n", 1)[0])
        found = f"`{piece}` where Lua expects something else" if piece else "Lua ends too early"
        raise ConfigError(file, line, found, _MEND)
    walk = _Walk(text, file, Effects(text, file, root))
    walk.statements(root.children)
    walk.effects.check_nested(root, sum(isinstance(event, Header) for event in walk.events))
    return walk.events


class _Walk:
    """Runs a chunk as far as constants decide it, and notes what happens."""

    def __init__(self, text: str, file: str, effects: Effects) -> None:
        self.text = text
        self.file = file
        self.effects = effects
        self.events: list[Event] = []
        self.host: str | None = ""
        self.header: Header | None = None
        self.locals = Locals(text, file)
        self.reason = ""
        self.depth = 0
        self.stopped = False
        self.assigned: set[str] = set()

    # -- statements

    def statements(self, nodes: list[Node]) -> None:
        """Run a block's statements."""
        if self.depth > _MAX_DEPTH:
            raise self._refusal(nodes[0], "blocks nested too deep to follow")
        for node in nodes:
            if self.stopped:
                return
            if not node.is_named:
                continue
            kind = node.type
            if kind == "comment":
                continue
            header = self.header
            handler = _STATEMENTS.get(kind)
            if handler is not None:
                handler(self, node)
            if header is not None and header is self.header:
                if header.depth == self.depth:
                    header.end = node.end_byte
                else:
                    header.straddles = True

    def assignment(self, node: Node, *, declares: bool = False) -> None:
        """``a, b = 1, 2``: options of the current host, or local variables."""
        # `child` and not `children`: a node keeps its list of children alive, with all of them.
        left, right = node.child(0), node.child(node.child_count - 1)
        assert left is not None and right is not None
        if not declares and left.child_count == 1 and right.named_child_count == 1:
            target, expression = left.child(0), right.named_child(0)
            assert target is not None
            self._assign(node, target, expression, single=True, undecided=False)
            if self.effects.any:
                self._calls_within(node)
            return
        targets = syntax.named(node.children[0])
        names = [target for target in targets if target.type != "attribute"]
        values = syntax.named(node.children[-1]) if len(node.children) > 1 else []
        exact = len(names) == len(values)
        outer = self.locals.scope
        for index, name in enumerate(names):
            value_node = values[index] if index < len(values) else None
            spread = bool(values) and not exact and values[-1].type in _SPREADING
            undecided = (value_node is None or index == len(values) - 1) and spread
            if declares:
                value = Unknown("") if undecided else self._value(value_node, outer)
                self.locals.declare(self._slice(name), value)
            else:
                place = None if undecided else value_node
                self._assign(node, name, place, exact and len(names) == 1, undecided)
        if self.effects.any:
            self._calls_within(node)

    def declaration(self, node: Node) -> None:
        """``local``."""
        inner = syntax.named(node)[0]
        if inner.type == "assignment_statement":
            self.assignment(inner, declares=True)
            return
        for name in syntax.named(inner) if inner.type == "variable_list" else [inner]:
            if name.type == "identifier":
                self.locals.declare(self._slice(name), None)

    def function(self, node: Node) -> None:
        """A named function: a local variable, or an option that holds a function."""
        name = node.child_by_field_name("name")
        if name is None:
            return
        self.locals.spoil(node)
        if node.children[0].type == "local":
            self.locals.declare(self._slice(name), Unknown("function"))
        elif name.type == "identifier" and not self.locals.has(self._slice(name)):
            reason = self.reason or "function"
            self._place(node, self._slice(name), None, single=False, reason=reason)
        else:
            self._touched(node)

    def call(self, node: Node) -> None:
        """A host, an Include, or a call of something else."""
        plain = heads.plain(self.text, node)
        if plain is not None and not self.locals.has(plain.kind):
            self._opened(node, plain.kind, plain.host, plain.module, None, self.reason)
            return
        chain = [node]
        name = node.child_by_field_name("name")
        while name is not None and name.type == "function_call":
            chain.append(name)
            name = name.child_by_field_name("name")
        word = self._slice(name) if name is not None else ""
        if word in OPENERS and not self.locals.has(word):
            self._open(node, OPENERS[word], chain[::-1])
        elif word in INCLUDES and not self.locals.has(word):
            pattern = self._argument(chain[-1])
            value = pattern if isinstance(pattern, str) else None
            self.events.append(IncludePlace(value, self._line(node), self.reason))
        else:
            self._unknown_call(node)

    def branch(self, node: Node) -> None:
        """``if``: the branch that constants decide, else every branch as undecided."""
        clauses = [
            node,
            *(c for c in node.children if c.type.endswith(("if_statement", "else_statement"))),
        ]
        undecided = ""
        ends: list[tuple[str | None, Header | None]] = []
        start = (self.host, self.header)
        for clause in clauses:
            condition = clause.child_by_field_name("condition")
            value = self._value(condition, self.locals.scope) if condition is not None else True
            if isinstance(value, Unknown):
                undecided = undecided or "`if` that no constant decides"
            elif value is None or value is False:
                continue
            self.host, self.header = start
            self._block(clause.child_by_field_name(_BODY.get(clause.type, "body")), undecided)
            ends.append((self.host, self.header))
            if not isinstance(value, Unknown):
                break
        else:
            ends.append(start)
        self._join(ends)
        if undecided:
            self.locals.spoil(node)

    def loop(self, node: Node) -> None:
        """A loop: what it does is undecided."""
        self.locals.spoil(node)
        start = (self.host, self.header)
        body = node.child_by_field_name("body")
        if body is not None and self.effects.opens_hosts(body):
            self.host = None
        outer = self.locals.scope
        clause = node.child_by_field_name("clause")
        for name in heads.names(clause) if clause is not None else ():
            self.locals.declare(self._slice(name), Unknown(""))
        self._block(body, "loop")
        self.locals.scope = outer
        self._join([start, (self.host, self.header)])

    def enclosed(self, node: Node) -> None:
        """``do … end``."""
        self._block(node.child_by_field_name("body"), "")

    def leave(self, node: Node) -> None:
        """``return``, ``break``, ``goto``: what follows may not run."""
        if node.type == "return_statement" and not self.reason:
            self.stopped = True
        elif node.type != "break_statement":
            self.reason = f"`{node.type.split('_')[0]}` before it"

    # -- parts of statements

    def _block(self, body: Node | None, reason: str) -> None:
        if body is None:
            return
        outer_scope, outer_reason = self.locals.scope, self.reason
        self.reason = self.reason or reason
        self.depth += 1
        self.statements(body.children)
        self.depth -= 1
        left_early = self.reason != (outer_reason or reason)
        self.locals.scope = outer_scope
        self.reason = self.reason if left_early else outer_reason
        if outer_scope is not None:
            self.locals.spoil(body)

    def _join(self, ends: list[tuple[str | None, Header | None]]) -> None:
        hosts = {host for host, _ in ends}
        headers = {id(header) for _, header in ends}
        self.host = hosts.pop() if len(hosts) == 1 else None
        self.header = ends[0][1] if len(headers) == 1 else None

    def _open(self, node: Node, kind: Kind, chain: list[Node]) -> None:
        name = self._argument(chain[0])
        reason = self.reason
        host: str | None = None
        if isinstance(name, str):
            try:
                host = host_name(name)
            except UnicodeError:
                reason = reason or "a name that Prosody refuses"
        else:
            reason = reason or "host whose name no constant decides"
        module: str | None = None
        table: Node | None = None
        for call in chain[1:]:
            argument = heads.sole_argument(call)
            if argument is not None and argument.type == "table_constructor":
                table = argument
            elif kind == "Component" and module is None and table is None:
                value = self._argument(call)
                module = value if isinstance(value, str) else self._slice(call)
            else:
                reason = reason or "host with something unexpected behind its name"
        self._opened(node, kind, host, module, table, reason)

    def _opened(
        self,
        node: Node,
        kind: Kind,
        host: str | None,
        module: str | None,
        table: Node | None,
        reason: str,
    ) -> None:
        start, end = node.start_byte, node.end_byte
        line = self._line(node)
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
            option = self._value(key, self.locals.scope) if computed else self._slice(key)
            expression = item.child_by_field_name("value")
            name = option if isinstance(option, str) else None
            reason = header.reason or ("" if name is not None else "computed option name")
            if isinstance(option, str | Unknown):
                self._place(item, name, expression, single=True, reason=reason, form="field")

    def _assign(
        self, node: Node, target: Node, expression: Node | None, single: bool, undecided: bool
    ) -> None:
        name = self._slice(target)
        if not name.isidentifier():
            self._touched(node)
        elif self.locals.has(name):
            known = not (self.reason or self.depth or undecided)
            self.locals.declare(
                name, self._value(expression, self.locals.scope) if known else Unknown("")
            )
        elif name in OPENERS or name in INCLUDES or name in lua.KEYWORDS:
            raise self._refusal(node, f"`{name}` is given another meaning")
        else:
            reason = self.reason or ("value that no constant decides" if undecided else "")
            self._place(node, name, expression, single=single, reason=reason)

    def _place(
        self,
        node: Node,
        option: str | None,
        expression: Node | None,
        *,
        single: bool,
        reason: str,
        form: Literal["statement", "field"] = "statement",
    ) -> None:
        if self.host is None:
            reason = reason or "host that no constant decides"
        place = Place(
            self.host, option, expression, node, reason, form, single,
            self.locals.scope, self.header, len(self.events),
        )  # fmt: skip
        self.events.append(place)
        if self.header is not None:
            self.header.places.append(place)
        if option is not None:
            self.assigned.add(option)

    def _unknown_call(self, node: Node) -> None:
        self._touched(node)
        self._functions_run(node)

    def _calls_within(self, node: Node) -> None:
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
        reason = self.reason or "call of a function"
        if self.effects.open_hosts:
            self.host, self.header = None, None
        for option in sorted(self.effects.options):
            self._place(node, option, None, single=False, reason=reason)

    def _touched(self, node: Node) -> None:
        """Something may change the tables of options and locals that it names."""
        self.locals.spoil(node, every=True)
        for word in dict.fromkeys(_WORD.findall(self._slice(node))):
            if word in self.assigned and not self.locals.has(word):
                reason = self.reason or "statement that may change it"
                self._place(node, word, None, single=False, reason=reason)

    # -- values

    def _argument(self, call: Node) -> Value:
        argument = heads.sole_argument(call)
        return Unknown("") if argument is None else self._value(argument, self.locals.scope)

    def _value(self, expression: Node | None, scope: Scope | None) -> Value:
        return value_at(self.text, expression, scope)

    def _slice(self, node: Node) -> str:
        return self.text[node.start_byte : node.end_byte]

    def _line(self, node: Node) -> int:
        return node.start_point.row + 1

    def _refusal(self, node: Node, found: str) -> ConfigError:
        return ConfigError(self.file, self._line(node), found, _HINT)


_SPREADING = frozenset(("function_call", "vararg_expression"))
_BODY = {"if_statement": "consequence", "elseif_statement": "consequence"}
_STATEMENTS = {
    "assignment_statement": _Walk.assignment,
    "variable_declaration": _Walk.declaration,
    "function_declaration": _Walk.function,
    "function_call": _Walk.call,
    "if_statement": _Walk.branch,
    "while_statement": _Walk.loop,
    "repeat_statement": _Walk.loop,
    "for_statement": _Walk.loop,
    "do_statement": _Walk.enclosed,
    "return_statement": _Walk.leave,
    "goto_statement": _Walk.leave,
    "label_statement": _Walk.leave,
    "break_statement": _Walk.leave,
}
