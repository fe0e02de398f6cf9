"""What a Prosody file says, statement by statement, in the order in which Lua runs it.

The rules are Prosody's own (core/configmanager.lua): a global assignment sets an option of the
current host, ``VirtualHost``, ``Host`` and ``Component`` switch the current host, and the forms
with a table return to the global section. What depends on something that no constant in the file
decides is kept as undecided, with the reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import syntax
from ..document import Unknown
from . import heads
from .chunk import Chunk
from .events import OPENERS, Event, Header, IncludePlace
from .functions import INCLUDES, Effects
from .recorder import Recorder

if TYPE_CHECKING:
    from tree_sitter import Node

_MAX_DEPTH = 60


def read(chunk: Chunk) -> list[Event]:
    """The events of a file, in order."""
    walk = _Walk(chunk, Effects(chunk))
    for root in chunk.roots():
        walk.statements(root.children)
    walk.effects.check_nested({event.start for event in walk.events if isinstance(event, Header)})
    return walk.events


class _Walk(Recorder):
    """Runs a chunk as far as constants decide it."""

    def __init__(self, chunk: Chunk, effects: Effects) -> None:
        super().__init__(chunk, effects)
        self.stopped = False

    # -- statements

    def statements(self, nodes: list[Node]) -> None:
        """Run a block's statements."""
        if self.depth > _MAX_DEPTH:
            raise self.refusal(nodes[0], "blocks nested too deep to follow")
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
            if self.adds_to_lists:
                self.added_within(node)
            if header is not None and header is self.header and not self._apart(node):
                if header.depth == self.depth:
                    header.end = node.end_byte
                else:
                    header.straddles = True

    def _apart(self, node: Node) -> bool:
        """Whether a statement belongs to no host, wherever it stands.

        What an Include reads begins in the global section, and nothing may follow a return.
        """
        name = node.child_by_field_name("name") if node.type == "function_call" else None
        word = self.slice(name) if name is not None else ""
        return node.type == "return_statement" or (word in INCLUDES and not self.locals.has(word))

    def assignment(self, node: Node, *, declares: bool = False) -> None:
        """``a, b = 1, 2``: options of the current host, or local variables."""
        # `child` and not `children`: a node keeps its list of children alive, with all of them.
        left, right = node.child(0), node.child(node.child_count - 1)
        assert left is not None and right is not None
        if not declares and left.child_count == 1 and right.named_child_count == 1:
            target, expression = left.child(0), right.named_child(0)
            assert target is not None
            self.assign(node, target, expression, single=True, undecided=False)
            if self.calls_matter:
                self.calls_within(node)
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
                value = Unknown("") if undecided else self.value(value_node, outer)
                self.locals.declare(name, value)
            else:
                place = None if undecided else value_node
                self.assign(node, name, place, exact and len(names) == 1, undecided)
        if self.calls_matter:
            self.calls_within(node)

    def declaration(self, node: Node) -> None:
        """``local``."""
        inner = syntax.named(node)[0]
        if inner.type == "assignment_statement":
            self.assignment(inner, declares=True)
            return
        for name in syntax.named(inner) if inner.type == "variable_list" else [inner]:
            if name.type == "identifier":
                self.locals.declare(name, None)

    def function(self, node: Node) -> None:
        """A named function: a local variable, or an option that holds a function."""
        name = node.child_by_field_name("name")
        if name is None:
            return
        self.locals.spoil(node)
        if node.children[0].type == "local":
            self.locals.declare(name, Unknown("function"))
        elif name.type == "identifier" and not self.locals.has(self.slice(name)):
            reason = self.reason or "a function"
            self.place(node, self.slice(name), None, single=False, reason=reason)
        else:
            self.touched(node)

    def call(self, node: Node) -> None:
        """A host, an Include, or a call of something else."""
        plain = heads.plain(self.text, node)
        if plain is not None and not self.locals.has(plain.kind):
            self.opened(node, plain.kind, plain.host, plain.module, None, self.reason)
            return
        chain = [node]
        name = node.child_by_field_name("name")
        while name is not None and name.type == "function_call":
            chain.append(name)
            name = name.child_by_field_name("name")
        word = self.slice(name) if name is not None else ""
        if word in OPENERS and not self.locals.has(word):
            self.open_host(node, OPENERS[word], chain[::-1])
        elif word in INCLUDES and not self.locals.has(word):
            pattern = self.argument(chain[-1])
            value = pattern if isinstance(pattern, str) else None
            self.events.append(IncludePlace(value, self.line(node), self.reason))
        else:
            self.unknown_call(node)

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
            value = self.value(condition, self.locals.scope) if condition is not None else True
            if isinstance(value, Unknown):
                undecided = undecided or "an `if` that no constant decides"
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
            self.locals.declare(name, Unknown(""))
        self._block(body, "a loop")
        self.locals.scope = outer
        self._join([start, (self.host, self.header)])

    def enclosed(self, node: Node) -> None:
        """``do … end``."""
        self._block(node.child_by_field_name("body"), "")

    def leave(self, node: Node) -> None:
        """``return``, ``break``, ``goto``: what follows may not run."""
        if node.type == "return_statement" and self.calls_matter:
            self.calls_within(node)
        if node.type == "return_statement" and not self.reason:
            self.stopped = True
        elif node.type != "break_statement":
            self.reason = f"the `{node.type.split('_')[0]}` before it"

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
