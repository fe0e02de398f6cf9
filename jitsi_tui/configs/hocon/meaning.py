"""What a HOCON tree means: which field gives each path its value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..document import Path, Unknown, Value
from .scanner import Field, IncludeField, Object, Part, substitution_path
from .values import value_of

_MAX_STEPS = 20


@dataclass(slots=True, eq=False)
class Leaf:
    """A field that gives ``path`` a value that is no object."""

    path: Path
    field: Field
    order: int
    before: Leaf | None = None


@dataclass(slots=True, eq=False)
class _Node:
    children: dict[str, _Node] = field(default_factory=dict)
    leaf: Leaf | None = None
    include: IncludeField | None = None
    include_order: int = -1
    is_object: bool = False


@dataclass(frozen=True)
class Found:
    """What holds for a path: the leaf, and the include that may say otherwise."""

    leaf: Leaf | None
    include: IncludeField | None = None


class Meaning:
    """Resolves a tree: later fields win, objects merge, substitutions stand for constants."""

    def __init__(self, root: Object, text: str) -> None:
        self.text = text
        self.leaves: list[Leaf] = []
        self.objects: list[tuple[Path, Object, Field | None]] = []
        self.references: list[tuple[Path | None, int, int]] = []
        self.keys: list[tuple[Path, Field, Object]] = []
        self._root = _Node()
        self._order = 0
        self._values: dict[int, Value] = {}
        self._walk(root, (), None)

    def find(self, path: Path) -> Found:
        """What holds for a path."""
        node, include, include_order = self._root, None, -1
        undecided: Leaf | None = None
        for key in path:
            if node.include_order > include_order:
                include, include_order = node.include, node.include_order
            if node.leaf is not None and isinstance(self.value(node.leaf), Unknown):
                undecided = node.leaf
            child = node.children.get(key)
            if child is None:
                return Found(undecided, include)
            node = child
        if node.leaf is None:
            return Found(None, include)
        return Found(node.leaf, include if include_order > node.leaf.order else None)

    def is_object(self, path: Path) -> bool:
        """Whether an object stands at a path."""
        node: _Node | None = self._root
        for key in path:
            node = node.children.get(key) if node else None
        return node is not None and (bool(node.children) or node.is_object)

    def effective(self) -> Iterator[Leaf]:
        """The leaves that hold."""
        stack = [self._root]
        while stack:
            node = stack.pop()
            if node.leaf is not None:
                yield node.leaf
            stack += node.children.values()

    def value(self, leaf: Leaf, steps: int = 0) -> Value:
        """A leaf's value, with substitutions of constants in this file put in."""
        if id(leaf) in self._values:
            return self._values[id(leaf)]

        def resolve(source: str) -> Value:
            path = substitution_path(source)
            if path is None or steps > _MAX_STEPS or self._order < 0:
                return Unknown(source)
            found = self.find(path)
            if found.leaf is None or found.include or found.leaf.path != path:
                return Unknown(source)
            return self.value(found.leaf, steps + 1)

        value = value_of(leaf.field.parts, self.text, resolve)
        if leaf.field.separator == "+=":
            value = self._appended(leaf, value, steps)
        if steps == 0:
            self._values[id(leaf)] = value
        return value

    def _appended(self, leaf: Leaf, value: Value, steps: int) -> Value:
        """What `+=` makes of the list before it."""
        if isinstance(value, Unknown):
            return value
        if leaf.before is None:
            return [value]
        before = Unknown("+=") if steps > _MAX_STEPS else self.value(leaf.before, steps + 1)
        return [*before, value] if isinstance(before, list) else Unknown("+=")

    def _walk(self, made: Object, prefix: Path, owner: Field | None) -> None:
        self.objects.append((prefix, made, owner))
        for item in made.fields:
            self._order += 1
            if isinstance(item, IncludeField):
                node = self._descend(prefix)
                node.include, node.include_order = item, self._order
                continue
            path = prefix + item.path
            self.keys.append((path, item, made))
            self._note_references(item.parts, item.line)
            inner = item.object
            if inner is not None and item.separator != "+=":
                node = self._descend(path)
                node.leaf, node.is_object = None, True
                self._walk(inner, path, item)
            else:
                node = self._descend(path)
                leaf = Leaf(path, item, self._order, node.leaf)
                self.leaves.append(leaf)
                node.leaf, node.is_object = leaf, False
                node.children = {}

    def _descend(self, path: Path) -> _Node:
        node = self._root
        for key in path:
            if node.leaf is not None and not _undecided(node.leaf):
                node.leaf = None
            node = node.children.setdefault(key, _Node())
        return node

    def _note_references(self, parts: list[Part], line: int) -> None:
        for part in parts:
            if part.kind == "substitution":
                path = substitution_path(self.text[part.start : part.end])
                self.references.append((path, part.start, line))
            for item in part.items:
                self._note_references(item, line)
            if part.object is not None and len(parts) > 1:
                self._note_object(part.object)
            elif part.object is not None and part.items == []:
                continue

    def _note_object(self, made: Object) -> None:
        for item in made.fields:
            if isinstance(item, Field):
                self._note_references(item.parts, item.line)
                if item.object is not None:
                    self._note_object(item.object)


def _undecided(leaf: Leaf) -> bool:
    """Whether a value may be an object, into which later fields are merged."""
    if leaf.field.separator == "+=":
        return False  # always a list
    return any(part.kind in ("substitution", "object") for part in leaf.field.parts)
