"""What a Prosody file does, as a row of events: a host opens, an option is set, a file included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from encodings.idna import nameprep
from typing import TYPE_CHECKING, Literal

from ..document import ConfigError, Unknown, Value
from . import lua

if TYPE_CHECKING:
    from tree_sitter import Node

Kind = Literal["VirtualHost", "Component", "Host"]
OPENERS: dict[str, Kind] = {
    "VirtualHost": "VirtualHost",
    "Host": "Host",
    "host": "Host",
    "Component": "Component",
    "component": "Component",
}
"""The functions that open a host, and what they open."""


@dataclass(frozen=True)
class Scope:
    """The local variables that are visible at a place, newest first."""

    name: str
    value: Value
    parent: Scope | None


@dataclass(slots=True, eq=False)
class Place:
    """One place that gives an option of a host a value, or may give it one.

    ``host`` is "" for the global section and None where it is undecided; ``option`` None stands
    for any option. ``reason`` says why the place is undecided, "" where it is not. ``start`` and
    ``end`` span the statement or table field, ``expression`` the value; ``table`` is the host's
    table that holds the field.
    """

    host: str | None
    option: str | None
    expression: Node | None
    node: Node
    reason: str
    form: Literal["statement", "field"]
    single: bool
    scope: Scope | None
    order: int
    table: Node | None

    @property
    def start(self) -> int:
        """Where the statement or field begins."""
        return self.node.start_byte

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.node.end_byte

    @property
    def line(self) -> int:
        """Its first line, from 1."""
        return self.node.start_point.row + 1


@dataclass(slots=True, eq=False)
class Header:
    """A line that names a host. ``end`` is where its last own statement ends."""

    kind: Kind
    host: str | None
    module: str | None
    line: int
    start: int
    head_end: int
    end: int
    depth: int
    reason: str
    table: Node | None = None
    places: list[Place] = field(default_factory=list)
    straddles: bool = False


@dataclass(slots=True, eq=False)
class IncludePlace:
    """An ``Include``: ``pattern`` is None where no constant decides it."""

    pattern: str | None
    line: int
    reason: str


Event = Place | Header | IncludePlace


def host_name(name: str) -> str:
    """A host's name as Prosody stores it; ValueError where Prosody refuses it."""
    if name.isascii():
        return name.lower()
    prepared: str = nameprep(name)
    return prepared


def prepared_name(name: str) -> str:
    """A host's name as Prosody stores it; ConfigError where Prosody refuses it."""
    try:
        return host_name(name)
    except UnicodeError:
        raise ConfigError(name, 0, "a name that Prosody refuses", "use a valid domain") from None


def value_at(text: str, expression: Node | None, scope: Scope | None) -> Value:
    """What an expression is with the locals that are visible there."""
    if expression is None:
        return None

    def lookup(name: str) -> Value:
        return next((s.value for s in scopes(scope) if s.name == name), Unknown(name))

    return lua.evaluate(expression, text, lookup)


def scopes(scope: Scope | None) -> Iterator[Scope]:
    """The scope and those around it, newest first."""
    while scope is not None:
        yield scope
        scope = scope.parent
