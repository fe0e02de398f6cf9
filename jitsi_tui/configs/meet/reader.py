"""What happens to `config` in a script, from its first line to its last.

Every mention of the name is looked at once. A declaration with an object, an assignment to a
property and a `delete` that run for certain are followed. Whatever else might change the object
makes what it might change undecided.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from .. import syntax
from ..document import Path, Unknown, Value
from .expressions import accessor, computes, goes_on, merged
from .hazards import hazards
from .mentions import CHAIN, mentions, methods_words
from .questions import holds, kept, truthy
from .script import Source, evaluate, key_value, pair_key, truth
from .slots import Place, Slot
from .variables import Variables

if TYPE_CHECKING:
    from tree_sitter import Node

_WATCHERS = re.compile(r"(?:console\.\w+|Object\.(?:keys)|JSON\.\w+)\Z")
_FREEZERS = re.compile(r"Object\.(?:freeze|seal|preventExtensions)\Z")
_FUNCTIONS = frozenset((
    "function_declaration", "function_expression", "arrow_function", "method_definition",
    "generator_function", "generator_function_declaration", "class_declaration", "class",
))  # fmt: skip
_PLAIN = frozenset(("program", "statement_block", "expression_statement", "else_clause"))
_MAX_PATH = 50
_MAX_NESTING = 500
AT_THE_END = 1 << 60
COMPUTED = "a spread or a computed key"


class Reading:
    """The script's `config`, as far as it is decided."""

    def __init__(self, source: Source, root: Node) -> None:
        self.source = source
        self.root_node = root
        self.variables = Variables(source, root)
        self.lookup = self.variables.lookup
        self._read(asking=True)
        if self._may_answer_otherwise():
            self._read(asking=False)
        for reason, line in hazards(source, root, self.lookup):
            self.root.doubt = (AT_THE_END, reason, line)

    def _read(self, *, asking: bool) -> None:
        """Follow the script; ``asking`` is whether it is known what it asks of `config`."""
        self.root = Slot(children={})
        self.declaration: Node | None = None
        self._asking = asking
        self.answered: list[Path] = []
        self._late: list[tuple[Path, str, Node]] = []
        self._frozen: list[Path] = []
        # Where the script uses a value: its path, whether all below it counts, and the node.
        self.reads: list[tuple[Path, bool, Node]] = []
        self._aliases: list[tuple[Path, str, Node]] = []
        for node, certain in mentions(self.source, self.root_node):
            self._follow(node, certain, self._aliases)
        self._follow_own()
        for path, reason, node in self._late:
            self._doubt(path, reason, node, "maybe", AT_THE_END)
        for path, reason, node in self._aliases:
            self._alias(path, reason, node)

    def _may_answer_otherwise(self) -> bool:
        """Whether code that runs who knows when may change what the script asks about."""
        changes = [path for path, *_ in (*self._late, *self._aliases)]
        return any(
            all(one == other for one, other in zip(asked, changed, strict=False))
            for asked in self.answered
            for changed in changes
        )

    def _follow_own(self) -> None:
        """What the methods of its own objects make of ``this``."""
        objects: dict[int, Path] = {}
        stack: list[tuple[Path, Slot]] = [((), self.root)]
        words = list(methods_words(self.source, self.root_node))
        while stack and words:
            path, slot = stack.pop()
            if slot.object is not None and len(path) < _MAX_PATH:
                objects[slot.object.id] = path
                stack += [((*path, key), child) for key, child in self.children(slot).items()]
        for word, owner in words:
            if owner.id not in objects:
                continue
            chain, below, exact = self._chain(word)
            path = objects[owner.id] + below
            if chain.parent is not None and computes(chain):
                self._late.append((path, "a method that may change it", chain))
            else:
                self.reads.append((path, not exact or not below, chain))

    # -- questions

    def slot(self, path: Path) -> tuple[Slot | None, tuple[int, str, int] | None]:
        """The slot at a path, and the doubt (order, reason, line) about it, if any."""
        slot = self.root
        doubt = slot.doubt
        for key in path:
            children = self._children(slot)
            child = children.get(key) if children is not None else None
            if child is None:
                return None, doubt or self._computed(slot, children)
            if doubt is not None and doubt[0] < child.order:
                doubt = None
            slot = child
            if slot.doubt is not None and (doubt is None or slot.doubt[0] > doubt[0]):
                doubt = slot.doubt
        return slot, doubt

    def _computed(self, slot: Slot, children: object) -> tuple[int, str, int] | None:
        if children is not None or slot.place is None or not slot.is_set():
            return None
        if not isinstance(self.value(slot), Unknown | dict):
            return None
        return AT_THE_END, "a value that is computed", slot.place.node.start_point.row + 1

    def children(self, slot: Slot) -> dict[str, Slot]:
        """The slots of an object's properties."""
        return self._children(slot) or {}

    def value(self, slot: Slot) -> Value:
        """What a slot holds."""
        place = slot.place
        if place is None:
            return Unknown("object")
        if place.value is None:
            return Unknown(self.source.slice(place.node))
        return evaluate(place.value, self.source, self.lookup)

    def walk(self) -> Iterator[tuple[Path, Slot]]:
        """Every slot that holds no object, with its path."""
        stack: list[tuple[Path, Slot]] = [((), self.root)]
        while stack:
            path, slot = stack.pop()
            children = self._children(slot) if len(path) < 60 else None
            if children is None:
                if slot.is_set():
                    yield path, slot
                continue
            stack += [((*path, key), child) for key, child in reversed(children.items())]

    # -- what the script does

    def _follow(self, mention: Node, certain: bool, later: list[tuple[Path, str, Node]]) -> None:
        chain, path, exact = self._chain(mention)
        parent = chain.parent
        if parent is None:
            return
        runs = self._runs(chain)
        if runs == "never":
            return
        if not certain and runs == "once":
            runs = "maybe"
        if not exact:
            prototype = "__proto__" in self.source.slice(chain)
            reason = "its prototype" if prototype else "a property whose name is computed"
            self._doubt(path, reason, chain, runs)
            return
        handler = {
            "variable_declarator": self._declared,
            "assignment_expression": self._assigned,
        }.get(parent.type)
        first = parent.named_children[0] == chain if parent.named_children else False
        if handler is not None and first:
            handler(path, parent, runs)
        elif parent.type == "unary_expression" and parent.children[0].type == "delete":
            self._deleted(path, parent, runs)
        elif computes(chain):
            self._doubt(path, "an assignment that computes the value", chain, runs)
        elif parent.type == "call_expression" and first:
            self._called(path, parent, chain, runs)
        elif kept(self, chain, parent) or not goes_on(chain):
            within = parent.type == "binary_expression" and parent.children[1].type == "in"
            self.reads.append((path, within, chain))
        elif not (self._merged(path, chain, parent, runs) or self._harmless(path, chain, parent)):
            later.append((path, "code that may change it", chain))

    def _called(self, path: Path, call: Node, chain: Node, runs: str) -> None:
        if path[-1:] != ("hasOwnProperty",) or self.slot(path)[0] is not None:
            self._doubt(path[:-1], "a method call that may change it", chain, runs)
            return
        arguments = call.child_by_field_name("arguments")
        asked = syntax.named(arguments) if arguments is not None else []
        key = evaluate(asked[0], self.source, self.lookup) if asked else None
        read = (*path[:-1], key) if isinstance(key, str) else path[:-1]
        self.reads.append((read, not isinstance(key, str), chain))

    def _harmless(self, path: Path, chain: Node, parent: Node) -> bool:
        if parent.type == "assignment_expression":
            left = parent.child_by_field_name("left")
            name = self.source.slice(left) if left is not None else ""
            return name in ("module.exports", "exports.config", "window.config", "self.config")
        if parent.type == "arguments" and parent.parent is not None:
            callee = parent.parent.child_by_field_name("function")
            name = self.source.slice(callee) if callee is not None else ""
            if _FREEZERS.match(name):
                self._frozen.append(path)
                return True
            if _WATCHERS.match(name) and not name.startswith("console"):
                self.reads.append((path, True, chain))
            return bool(_WATCHERS.match(name))
        return parent.type == "ERROR" and chain.type == "identifier"  # broken code elsewhere

    def _alias(self, path: Path, reason: str, node: Node) -> None:
        slot, _ = self.slot(path)
        if slot is not None and path and slot.place is not None and slot.object is None:
            value = self.value(slot)
            if not isinstance(value, Unknown | list | dict):
                self.reads.append((path, True, node))
                return
        self._doubt(path, reason, node, "maybe", AT_THE_END)

    def _chain(self, node: Node) -> tuple[Node, Path, bool]:
        """The longest `config.a['b']` around a mention, its path, and whether that is all."""
        path: list[str] = []
        while (parent := node.parent) is not None and parent.type in CHAIN:
            if parent.child_by_field_name("object") != node:
                break
            field_name = "property" if parent.type == "member_expression" else "index"
            key_node = parent.child_by_field_name(field_name)
            key = key_value(key_node, self.source, self.lookup) if key_node is not None else None
            if key is None or key == "__proto__":
                return parent, tuple(path), False
            path.append(key)
            node = parent
            if len(path) > _MAX_PATH:
                return node, tuple(path), False
        return node, tuple(path), True

    def _runs(self, node: Node) -> Literal["once", "never", "maybe", "later"]:
        """Whether the code at a node runs when the script does."""
        result: Literal["once", "maybe"] = "once"
        child, parent = node, node.parent
        # Each step up costs tree-sitter a walk down from the root: the way up is bounded.
        for _ in range(_MAX_NESTING):
            if parent is None:
                return result
            if parent.type in _FUNCTIONS:
                return "later"
            if parent.type == "if_statement":
                taken = self._taken(parent, child)
                if taken is False:
                    return "never"
                result = result if taken else "maybe"
            elif parent.type.endswith("statement") or parent.type in (
                "catch_clause",
                "switch_case",
            ):
                result = result if parent.type in _PLAIN else "maybe"
            child, parent = parent, parent.parent
        return "later"

    def _taken(self, branch: Node, child: Node) -> bool | None:
        condition = branch.child_by_field_name("condition")
        if condition is None or child == condition:
            return True
        try:
            value = truth(evaluate(condition, self.source, self.lookup))
        except ValueError:
            answer = holds(self, condition) if self._asking else None
            if answer is None:
                return None
            value = answer
        return value is (child == branch.child_by_field_name("consequence"))

    def _declared(self, path: Path, node: Node, runs: str) -> None:
        value = node.child_by_field_name("value")
        statement = node.parent
        if path or statement is None:
            return
        local = statement.type == "lexical_declaration" and statement.parent != self.root_node
        if local:
            self._late.append(((), "another `config` inside a block", node))
        if runs == "later" or local:
            return
        if runs != "once":
            self._doubt((), "a declaration that may not run", node, runs)
        elif value is not None:
            self.declaration = statement
            self._put((), Place("assignment", statement, value, None, statement=False), node)

    def _assigned(self, path: Path, node: Node, runs: str) -> None:
        value, statement = node.child_by_field_name("right"), node.parent
        alone = statement is not None and statement.type == "expression_statement"
        if runs != "once" or value is None or not self._straight(node):
            self._doubt(path, "an assignment that may not run", node, runs)
            return
        left = value.child_by_field_name("left")
        if left is not None and kept(self, left, value) and path:
            if there := truthy(self, path) if self._asking else None:
                return
            operator, alternative = value.children[1].type, value.child_by_field_name("right")
            absent = there is False and (operator == "||" or self.slot(path)[0] is None)
            value = alternative if absent and alternative is not None else value
        if not path:
            self.declaration = self.declaration or statement
        place_node = statement if alone and statement is not None else node
        self._put(path, Place("assignment", place_node, value, None, statement=alone), node)

    def _merged(self, path: Path, chain: Node, arguments: Node, runs: str) -> bool:
        """``Object.assign(config, { … })`` as a statement, which assigns each member."""
        if (made := merged(self.source, chain, arguments)) is None:
            return False
        for owner in made:
            for member in syntax.named(owner):
                key = pair_key(member, self.source, self.lookup)
                if key is None or key == "__proto__" or member.type == "ERROR":
                    self._doubt(path, COMPUTED, member, runs)
                elif runs != "once":
                    self._doubt((*path, key), "an assignment that may not run", member, runs)
                else:
                    value = member.child_by_field_name("value") if member.type == "pair" else None
                    if member.type == "shorthand_property_identifier":
                        value = self.variables.sole_object(key)
                    place = Place("pair", member, value, owner, statement=False)
                    self._put((*path, key), place, member)
        return True

    def _deleted(self, path: Path, node: Node, runs: str) -> None:
        statement = node.parent
        alone = statement is not None and statement.type == "expression_statement"
        if (
            runs != "once"
            or not alone
            or statement is None
            or not path
            or path[:-1] in self._frozen
        ):
            self._doubt(path, "a delete that may not run", node, runs)
            return
        slot = self._reach(path[:-1])
        children = self._children(slot) if slot is not None else None
        if children is not None:
            old = children.get(path[-1])
            place = Place("delete", statement, None, None, statement=True)
            places = [*(old.places if old else []), place]
            children[path[-1]] = Slot(node.start_byte, place, places)

    def _straight(self, node: Node) -> bool:
        """Whether an assignment is a statement, or one of several in a row or a chain."""
        parent = node.parent
        while parent is not None and parent.type in (
            "sequence_expression",
            "assignment_expression",
        ):
            parent = parent.parent
        return parent is not None and parent.type == "expression_statement"

    def _put(self, path: Path, place: Place, node: Node) -> None:
        order = node.start_byte
        if not path:
            self.root = Slot(order, place, [place])
            self._fill(self.root)
            return
        parent = self._reach(path[:-1])
        children = self._children(parent) if parent is not None else None
        if path[:-1] in self._frozen:
            self._doubt(path, "an assignment to what is frozen", node, "maybe")
            return
        if children is None:
            self._doubt(
                path[:-1], "an assignment below something that may be no object", node, "maybe"
            )
            return
        old = children.get(path[-1])
        if old is not None and old.place is not None and accessor(old.place.node):
            self._doubt(path, "an assignment to a getter or setter", node, "maybe")
            return
        slot = Slot(order, place, [*(old.places if old else []), place])
        self._fill(slot)
        children[path[-1]] = slot

    def _reach(self, path: Path) -> Slot | None:
        slot = self.root
        for key in path:
            children = self._children(slot)
            child = children.get(key) if children is not None else None
            if child is None:
                return None
            slot = child
        return slot

    def _fill(self, slot: Slot) -> None:
        value = slot.place.value if slot.place is not None else None
        while value is not None and value.type == "parenthesized_expression":
            inner = syntax.named(value)
            value = inner[0] if len(inner) == 1 else None
        if value is not None and value.type == "identifier":
            value = self.variables.sole_object(self.source.slice(value))
        if value is not None and value.type == "object":
            slot.object = value

    def _children(self, slot: Slot) -> dict[str, Slot] | None:
        """The properties of an object, read at first use."""
        if slot.children is None and slot.object is not None:
            slot.children = {}
            for pair in syntax.named(slot.object):
                self._member(slot, pair)
        return slot.children

    def _member(self, slot: Slot, pair: Node) -> None:
        assert slot.children is not None
        key = pair_key(pair, self.source, self.lookup)
        line = pair.start_point.row + 1
        if pair.type == "ERROR":
            return
        if key is None or key == "__proto__" or pair.type == "spread_element":
            # Only what the object said before it is in doubt: later members win.
            doubt = (slot.order, COMPUTED, line)
            for child in slot.children.values():
                child.doubt = doubt
            slot.doubt = slot.doubt or doubt
            return
        value = pair.child_by_field_name("value") if pair.type == "pair" else None
        if pair.type == "shorthand_property_identifier":
            value = self.variables.sole_object(key)
        place = Place("pair", pair, value, slot.object, statement=False)
        old = slot.children.get(key)
        child = Slot(slot.order, place, [*(old.places if old else []), place])
        self._fill(child)
        if slot.doubt is not None and slot.doubt[1] == COMPUTED:
            child.order = slot.order + 1
        slot.children[key] = child

    def _doubt(
        self, path: Path, reason: str, node: Node, runs: str, order: int | None = None
    ) -> None:
        if runs == "later":
            self._late.append((path, reason, node))
            return
        order = node.start_byte if order is None else order
        slot = self.root
        for key in path:
            children = self._children(slot)
            if children is None:
                break
            if key not in children:
                children[key] = Slot()
            slot = children[key]
        slot.doubt = (order, reason, node.start_point.row + 1)
