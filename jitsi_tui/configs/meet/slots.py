"""What stands at each path of `config`, and the places that put it there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tree_sitter import Node


@dataclass(slots=True, eq=False)
class Place:
    """One place that sets a property: a pair of an object, or an assignment.

    ``value`` is None for methods. ``owner`` is the object that holds the pair, ``node`` the pair
    or the statement, ``statement`` whether ``node`` is a whole statement.
    """

    form: Literal["pair", "assignment", "delete"]
    node: Node
    value: Node | None
    owner: Node | None
    statement: bool


@dataclass(slots=True, eq=False)
class Slot:
    """What stands at a path: the places since it was last made anew, the newest counts."""

    order: int = -1
    place: Place | None = None
    places: list[Place] = field(default_factory=list)
    object: Node | None = None
    children: dict[str, Slot] | None = None
    doubt: tuple[int, str, int] | None = None

    def is_set(self) -> bool:
        """Whether something stands here."""
        return self.place is not None and self.place.form != "delete"
