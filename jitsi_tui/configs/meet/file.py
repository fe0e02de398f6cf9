"""config.js as a document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Self

from .. import syntax
from ..document import (
    Change,
    ConfigError,
    Document,
    Edit,
    Path,
    Setting,
    Unknown,
    Value,
    excerpt,
    merged,
    same,
)
from .assignments import below_assignment, instead_of_delete, without_statement
from .layout import BESIDE, Layout
from .reader import Reading
from .script import UNDEFINED, Source, literal
from .slots import Place, Slot

if TYPE_CHECKING:
    from tree_sitter import Node

_BY_HAND = "make the change by hand"
_MEND = "mend the syntax first; the browser's console names the line too"
_STRUCTURE = re.compile(r"[{}()\[\]'\"`]|/\*")
_CONFLICT = re.compile(r"^(?:<{7}|>{7}) .*", re.MULTILINE)
_WHOLE_STRING = re.compile(r"'[^'\\\n]*'|\"[^\"\\\n]*\"")


class MeetConfig(Document):
    """A config.js. Paths are property names below `config`: ("hosts", "anonymousdomain").

    Values that the script computes, or that nginx fills in by SSI, are Unknown. A file that is
    broken elsewhere can be read and edited; one that is broken around the place is refused.
    """

    def __init__(self, text: str, file: str, before: syntax.Parsed | None = None) -> None:
        self.text = text
        self.file = file
        self.source = Source(text)
        self._parsed = syntax.parse("javascript", self.source.script, before)
        self.reading = Reading(self.source, self._parsed.root)
        self.errors = list(syntax.errors(self._parsed.root))
        if self.reading.declaration is None or self.reading.root.object is None:
            raise self._no_config()

    @classmethod
    def parse(cls, text: str, file: str) -> Self:
        """Read a file; ConfigError where no `config` object can be made out."""
        return cls(text, file)

    def reparsed(self, text: str) -> Self:
        """Read the text after a change."""
        return type(self)(text, self.file, self._parsed)

    def settings(self) -> list[Setting]:
        """Every property that holds no object, in the order of the objects."""
        found = []
        for path, slot in self.reading.walk():
            for place in slot.places:
                current = place is slot.place
                value = self._value(path, slot) if current else self._past(place)
                line = place.node.start_point.row + 1
                if value != UNDEFINED and place.form != "delete":
                    found.append(Setting(path, value, line, current))
        return sorted(found, key=lambda setting: setting.line)

    def get(self, path: Path) -> Setting | None:
        """The value that a property has when the script is through, or None where it has none.

        An object is a mapping of its own values.
        """
        slot, doubt = self.reading.slot(path)
        if doubt is not None:
            return Setting(path, Unknown(doubt[1]), doubt[2])
        if slot is None or not slot.is_set() or slot.place is None:
            return None
        value = self._value(path, slot)
        if value == UNDEFINED:
            return None
        return Setting(path, value, slot.place.node.start_point.row + 1)

    def set(self, path: Path, value: Value) -> Change[Self]:
        """Give a property a value: where it stands, else below its commented example or kin."""
        self._check_path(path)
        found = self.get(path)
        slot, doubt = self.reading.slot(path)
        if found is not None and doubt is None and same(found.value, value):
            return Change(self)
        if doubt is not None:
            raise self._undecided(doubt, path)
        try:
            if slot is not None and slot.place is not None and slot.is_set():
                edits = self._replaced(path, slot, slot.place, value)
            else:
                edits = self._inserted(path, value)
        except ValueError as error:
            raise ConfigError(self.file, 0, f"cannot write {error}", "") from None
        return self._checked(edits, path, value)

    def remove(self, path: Path) -> Change[Self]:
        """Take out every place that sets the property."""
        self._check_path(path)
        slot, doubt = self.reading.slot(path)
        if doubt is not None:
            raise self._undecided(doubt, path)
        if slot is None or not slot.is_set():
            return Change(self)
        edits: list[Edit] = []
        owners: dict[int, tuple[Node, list[Node]]] = {}
        for place in slot.places:
            self._check_around(place, path)
            if place.form == "pair" and place.owner is not None:
                owners.setdefault(place.owner.id, (place.owner, []))[1].append(place.node)
            elif place.statement:
                edits.append(without_statement(self.text, place.node))
            else:
                line = place.node.start_point.row + 1
                found = f"{'.'.join(path)} is set here among other things"
                raise ConfigError(self.file, line, found, _BY_HAND)
        for owner, members in owners.values():
            edits += Layout(self.source, owner).remove(members)
        return self._checked(edits, path, None, removed=True)

    # -- inside

    def _check_path(self, path: Path) -> None:
        if not path or not all(path):
            raise ConfigError(self.file, 0, f"{path!r} is no path", "name the properties")

    def _undecided(self, doubt: tuple[int, str, int], path: Path) -> ConfigError:
        _, reason, line = doubt
        return ConfigError(self.file, line, f"{'.'.join(path)} depends here on {reason}", _BY_HAND)

    def _no_config(self) -> ConfigError:
        if self.errors:
            node = self.errors[0]
            if (conflict := _CONFLICT.search(self.text)) is not None:
                line = self.text.count("\n", 0, conflict.start()) + 1
                found = f"`{excerpt(conflict[0])}`, which a merge left here"
                return ConfigError(self.file, line, found, "settle the merge first")
            found = f"no `config` object can be made out; {self._breakage(node)}"
            return ConfigError(self.file, node.start_point.row + 1, found, _MEND)
        place = self.reading.root.place
        if place is None:
            return ConfigError(self.file, 0, "no `var config = { … }`", "is this a config.js?")
        found = "`config` is not made of an object that is written here"
        return ConfigError(self.file, place.node.start_point.row + 1, found, _BY_HAND)

    def _value(self, path: Path, slot: Slot) -> Value:
        _, doubt = self.reading.slot(path)
        return Unknown(doubt[1]) if doubt is not None else self.reading.value(slot)

    def _past(self, place: Place) -> Value:
        return self.reading.value(Slot(place=place))

    def _replaced(self, path: Path, slot: Slot, place: Place, value: Value) -> list[Edit]:
        self._check_around(place, path)
        node = place.value
        if slot.object is not None:
            line = place.node.start_point.row + 1
            raise ConfigError(self.file, line, f"{'.'.join(path)} is an object here", _BY_HAND)
        if place.node.type == "shorthand_property_identifier":
            quote = Layout(self.source, place.owner).quote if place.owner is not None else "'"
            end = place.node.end_byte
            return [Edit(end, end, f": {literal(value, quote)}")]
        if node is None:
            line = place.node.start_point.row + 1
            raise ConfigError(self.file, line, f"{'.'.join(path)} is a function here", _BY_HAND)
        first = self.text[node.start_byte]
        owner = place.owner
        quote = first if first in "\"'" else ""
        quote = quote or (Layout(self.source, owner).quote if owner is not None else "'")
        return [Edit(node.start_byte, node.end_byte, literal(value, quote))]

    def _inserted(self, path: Path, value: Value) -> list[Edit]:
        for depth in range(len(path) - 1, -1, -1):
            slot, _ = self.reading.slot(path[:depth])
            if slot is None or not slot.is_set() or slot.place is None:
                continue
            if slot.object is None:
                if self.errors:
                    raise self._broken(self.errors[0])
                line = slot.place.node.start_point.row + 1
                name = ".".join(path[:depth])
                found = f"{name} is not an object that is written here"
                raise ConfigError(self.file, line, found, _BY_HAND)
            if self.errors and depth < len(path) - 1:
                raise self._broken(self.errors[0])
            self._check_inside(slot.object)
            self._check_around(slot.place, path)
            for key in reversed(path[depth + 1 :]):
                value = {key: value}
            return self._into(slot, slot.object, path[depth], value)
        line = self.errors[0].start_point.row + 1 if self.errors else 0
        raise ConfigError(self.file, line, f"no place for {'.'.join(path)}", _MEND)

    def _into(self, slot: Slot, made: Node, key: str, value: Value) -> list[Edit]:
        """A new member of an object: in it, or as an assignment where those make it."""
        children = self.reading.children(slot)
        child = children.get(key)
        if child is not None and child.place is not None and child.place.form == "delete":
            edit = instead_of_delete(self.text, child.place.node, value)
            if edit is None:
                line = child.place.node.start_point.row + 1
                found = f"{key} is deleted again here"
                raise ConfigError(self.file, line, found, "take this line out first")
            return [edit]
        if not syntax.named(made):
            beside = [
                children[name]
                for name in (BESIDE.get(key, ""), *reversed(children))
                if name in children
            ]
            for other in beside:
                if other.place is not None and other.place.statement:
                    edit = below_assignment(self.text, other.place.node, key, value)
                    if edit is not None:
                        return [edit]
        return Layout(self.source, made).insert(key, value)

    def _check_inside(self, node: Node) -> None:
        if node.has_error:
            for error in self.errors:
                if node.start_byte <= error.start_byte <= node.end_byte and (
                    error.parent == node or node != self.reading.root.object
                ):
                    raise self._broken(error)

    def _check_around(self, place: Place, path: Path) -> None:
        """Refuse a place that broken code near it may have torn out of its context."""
        if not self.errors:
            return
        declaration = self.reading.declaration
        end = declaration.end_byte if declaration is not None else 0
        for error in self.errors:
            if error.start_byte >= place.node.end_byte:
                continue
            text = _WHOLE_STRING.sub("", self.source.slice(error))
            structural = error.is_missing and error.type in ("}", "]", ")", "'", '"', "`")
            if error.start_byte < end and (structural or _STRUCTURE.search(text)):
                raise self._broken(error)
        chain: Node | None = place.node
        while chain is not None and chain.parent is not None:
            if chain.is_error or any(
                child.is_error for child in chain.children if chain.type == "pair"
            ):
                raise self._broken(chain)
            for sibling in self._neighbours(chain):
                # What is broken behind the whole statement does not reach into it.
                behind = chain == declaration and sibling.start_byte > end
                if (sibling.is_error or sibling.is_missing) and not behind:
                    raise self._broken(sibling)
            chain = chain.parent
        if (
            place.node.has_error
            and len(path) > 1
            and place.form == "pair"
            and place.value is not None
        ):
            slot, _ = self.reading.slot(path[:1])
            if slot is not None and slot.object is not None and slot.object.has_error:
                raise self._broken(next(syntax.errors(slot.object)))

    def _neighbours(self, node: Node) -> Iterator[Node]:
        for step in ("prev_sibling", "next_sibling"):
            sibling = getattr(node, step)
            while sibling is not None and sibling.type == "comment":
                sibling = getattr(sibling, step)
            if sibling is not None:
                yield sibling

    def _broken(self, node: Node) -> ConfigError:
        return ConfigError(self.file, node.start_point.row + 1, self._breakage(node), _MEND)

    def _breakage(self, node: Node) -> str:
        if node.is_missing:
            return f"broken code: a missing `{node.type}`"
        return f"broken code at `{excerpt(self.source.slice(node).split(chr(10), 1)[0], 30)}`"

    def _checked(
        self, edits: list[Edit], path: Path, value: Value, *, removed: bool = False
    ) -> Change[Self]:
        """Read the edited text back: the property means what was asked, all others the same."""
        edits = merged(edits)
        line = self.text.count("\n", 0, edits[0].start) + 1
        after = self.edited(edits)
        found = after.get(path)
        wrong = found is not None if removed else found is None or not same(found.value, value)
        if wrong:
            what = f"{'.'.join(path)} would not become what was asked for"
            raise ConfigError(self.file, found.line if found else line, what, _BY_HAND)
        self._check_reads(path)
        if len(self.errors) != len(after.errors) or not _alike(
            self, self.reading.root, after, after.reading.root, path
        ):
            raise ConfigError(
                self.file, line, "the change would alter other properties too", _BY_HAND
            )
        return Change(after, tuple(edits))

    def _check_reads(self, path: Path) -> None:
        """Refuse where the script makes something of the property, which would change with it."""
        for read, whole, node in self.reading.reads:
            size = min(len(read), len(path))
            if read[:size] != path[:size]:
                continue
            # What holds the property is an object, before and after, whoever asks for no more.
            slot, _ = self.reading.slot(read)
            if len(read) < len(path) and not whole and slot is not None and slot.is_set():
                continue
            found = f"{'.'.join(path)} is used here, and more than it would change"
            hint = "make the change by hand, and look at this line"
            raise ConfigError(self.file, node.start_point.row + 1, found, hint)


def _alike(a: MeetConfig, slot: Slot, b: MeetConfig, other: Slot, path: Path | None) -> bool:
    """Whether two slots mean the same, but for the property at ``path`` below them."""
    if path == ():
        return True
    if slot.children is not None or other.children is not None:
        # A spread shows when the members are read, which is at first use.
        a.reading.children(slot)
        b.reading.children(other)
    if (slot.doubt is None) is not (other.doubt is None):
        return False
    if slot.object is None or other.object is None:
        return slot.object is other.object and _source(a, slot) == _source(b, other)
    untouched = path is None and not (slot.children or other.children)
    simple = untouched and all(len(s.places) < 2 for s in (slot, other))
    if simple and a.source.slice(slot.object) == b.source.slice(other.object):
        return True
    mine, theirs = a.reading.children(slot), b.reading.children(other)
    for key in mine.keys() | theirs.keys():
        rest = path[1:] if path and path[0] == key else None
        if not _member_alike(a, mine.get(key), b, theirs.get(key), rest):
            return False
    return True


def _member_alike(
    a: MeetConfig, mine: Slot | None, b: MeetConfig, theirs: Slot | None, path: Path | None
) -> bool:
    if path == ():
        return True
    if mine is None or theirs is None:
        return path is not None
    return _alike(a, mine, b, theirs, path)


def _source(config: MeetConfig, slot: Slot) -> str:
    place = slot.place
    if place is None:
        return ""
    node = place.value if place.value is not None else place.node
    return config.source.slice(node)
