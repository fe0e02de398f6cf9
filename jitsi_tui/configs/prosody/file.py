"""One Prosody file: its hosts, their options, and changes to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self

from ..document import (
    Change,
    ConfigError,
    Document,
    Edit,
    Path,
    Setting,
    Unknown,
    Value,
    line_of,
    merged,
    same,
)
from . import insertion, lua, readback, reads, tables
from .chunk import Chunk
from .events import Event, Header, IncludePlace, Place, prepared_name, value_at
from .reader import read

if TYPE_CHECKING:
    from tree_sitter import Node

_BY_HAND = "change this line by hand, or write names and values as constants"
_UNIONS = frozenset(("modules_enabled",))
"""Options whose global list Prosody adds to the host's own."""


@dataclass(frozen=True)
class Block:
    """A host or component, all its places in the file taken together.

    ``line`` is its first line and ``lines`` all lines that name it. ``module`` is a component's
    module, None for the others and for external components. ``options`` are the ones that the
    block itself sets, without those it inherits from the global section. ``certain`` is false
    where something that no constant decides chooses whether the host exists.
    """

    kind: Literal["VirtualHost", "Component", "Host"]
    name: str
    line: int
    lines: tuple[int, ...]
    module: str | None
    options: Mapping[str, Value]
    certain: bool = True


class ProsodyFile(Document):
    """A Prosody file. Paths are (host, option); host "" is the global section.

    ``get`` gives the setting that holds for a host, inherited from the global section if need be;
    its path says which. An option that is ``nil`` counts as not set.
    """

    def __init__(self, text: str, file: str, before: Chunk | None = None) -> None:
        self.text = text
        self.file = file
        self._chunk = Chunk(text, file, before)
        self.events: list[Event] = read(self._chunk)
        self._values: dict[int, Value] = {}
        self._last: dict[tuple[str, str], Place] = {}
        self.wild: list[Place] = []
        self.by_host: dict[str, list[Header]] = {}
        for event in self.events:
            if isinstance(event, Place):
                if event.host is None or event.option is None:
                    self.wild.append(event)
                else:
                    self._last[event.host, event.option] = event
            elif isinstance(event, Header) and event.host is not None:
                self.by_host.setdefault(event.host, []).append(event)

    @classmethod
    def parse(cls, text: str, file: str) -> Self:
        """Read a file; ConfigError where it is no Lua that can be followed."""
        return cls(text, file)

    def reparsed(self, text: str) -> Self:
        """Read the text after a change."""
        return type(self)(text, self.file, self._chunk)

    # -- reading

    def settings(self) -> list[Setting]:
        """Every place that sets an option of a host that is known."""
        return [
            Setting(
                (e.host, e.option), self.value(e), e.line, self.effective(e.host, e.option) is e
            )
            for e in self.events
            if isinstance(e, Place) and e.host is not None and e.option is not None
        ]

    def get(self, path: Path) -> Setting | None:
        """The setting that holds for (host, option), the host's own or the global one."""
        host, option = self._path(path)
        for owner in dict.fromkeys((host, "")):
            place = self.effective(owner, option)
            if place is not None and self.value(place) is not None:
                return Setting((owner, option), self.value(place), place.line)
        return None

    def own(self, path: Path) -> Setting | None:
        """As :meth:`get`, without what the global section gives."""
        found = self.get(path)
        return found if found is not None and found.path[0] == self._path(path)[0] else None

    def hosts(self) -> list[Block]:
        """The hosts and components that the file names, in order of their first line."""
        return [self._block(name) for name in self.by_host]

    def host(self, name: str) -> Block | None:
        """The host or component of that name."""
        name = prepared_name(name)
        return self._block(name) if name in self.by_host else None

    def includes(self) -> list[tuple[str, int]]:
        """The file names and globs that the file includes, each with its line."""
        return [
            (e.pattern, e.line)
            for e in self.events
            if isinstance(e, IncludePlace) and e.pattern is not None
        ]

    # -- changing

    def set(self, path: Path, value: Value) -> Change[Self]:
        """Make a host's option mean ``value``: in place, else on a new line in the host's block."""
        host, option = self._path(path)
        found = self.get(path)
        if found is not None and same(found.value, value):
            return Change(self)
        place = self._editable(host, option)
        if value is None:
            return self.remove(path)
        if place is None:
            edits = insertion.option(self, host, option, value)
        else:
            assert place.expression is not None
            start, end = place.expression.start_byte, place.expression.end_byte
            edits = [Edit(start, end, self._literal(value, self.text[start:end], place.line))]
        return self._checked(edits, {(host, option): value})

    def remove(self, path: Path) -> Change[Self]:
        """Take out every place that sets the host's own option; a global one then holds."""
        host, option = self._path(path)
        self._editable(host, option)
        places = self.places(host, option)
        if not places:
            return Change(self)
        for place in places:
            if not place.single or (place.reason and place.expression is None):
                found = f"this statement sets more than {option}"
                raise ConfigError(self.file, place.line, found, _BY_HAND)
        statements = all(place.form == "statement" for place in places)
        single = (e for place in places for e in insertion.without(self.text, place))
        edits = merged(single, lines=statements)
        return self._checked(edits, {(host, option): None})

    def extend_list(
        self, path: Path, items: Sequence[str], default: Sequence[str] = ()
    ) -> Change[Self]:
        """Add the items that a host's list lacks, in place.

        Where nothing sets the list, it becomes ``default`` (what Prosody takes then) and the items.
        """
        host, option = self._path(path)
        found = self.get(path)
        place = self._editable(host, option)
        current = self._list(found)
        inherited = found is not None and found.path[0] != host
        if inherited and option in _UNIONS:
            current, found = [], None
        if found is None:
            current = [] if option in _UNIONS else list(default)
        missing = [item for item in dict.fromkeys(items) if item not in current]
        if not missing:
            return Change(self)
        wanted: list[Value] = [*current, *missing]
        node = place.expression if place is not None else None
        if node is None or node.type != "table_constructor":
            return self.set(path, wanted)
        like = next((f for f in _strings(node, self.text)), '"')
        sources = [lua.quoted(item, like) for item in missing]
        edits = tables.append(self.text, node, sources, insertion.step(self.text))
        return self._checked(edits, {(host, option): wanted})

    def shrink_list(
        self, path: Path, items: Sequence[str], default: Sequence[str] | None = None
    ) -> Change[Self]:
        """Take items out of a host's own list.

        Where what is left is ``default``, the option goes: the list was there for the items only.
        """
        host, option = self._path(path)
        found = self.own(path)
        current = self._list(found)
        left: list[Value] = [item for item in current if item not in items]
        if found is None or len(left) == len(current):
            return Change(self)
        if default is not None and left == list(default):
            return self.remove(path)
        place = self._editable(host, option)
        node = place.expression if place is not None else None
        if node is None or node.type != "table_constructor":
            return self.set(path, left)
        gone = [
            field
            for field, value in zip(_fields(node), current, strict=True)
            if isinstance(value, str) and value in items
        ]
        return self._checked(tables.remove(self.text, node, gone), {(host, option): left})

    def add_virtual_host(self, name: str, options: Mapping[str, Value], after: str) -> Change[Self]:
        """Add a virtual host behind the whole of the host ``after``.

        Nothing changes where the host is there with these options. ConfigError where it has
        others, or where the file has no host ``after``.
        """
        name, after = prepared_name(name), prepared_name(after)
        if name in self.by_host:
            return self._there_already(name, options)
        if after not in self.by_host:
            raise insertion.no_host(self, after)
        wanted = {(name, option): value for option, value in options.items()}
        header = self.by_host[after][-1]
        error: ConfigError | None = None
        for edit in insertion.virtual_host(self, name, options, header):
            try:
                return self._checked([edit], wanted, added=name)
            except ConfigError as refused:
                error = error or refused
        raise error or self.refuse(header.line, f"no place for {name} behind this host")

    def _there_already(self, name: str, options: Mapping[str, Value]) -> Change[Self]:
        own = {option: self.own((name, option)) for option in options}
        if all(found and same(found.value, options[option]) for option, found in own.items()):
            return Change(self)
        line = self.by_host[name][0].line
        found = f"{name} is here already, with other options"
        raise ConfigError(self.file, line, found, "change them by hand, or take another name")

    def remove_virtual_host(self, name: str) -> Change[Self]:
        """Take a host out: its own lines and the blank line that set it apart."""
        name = prepared_name(name)
        headers = self.by_host.get(name, [])
        for header in headers:
            if header.reason or header.straddles or header.depth:
                found = f"{name} stands inside a block of Lua code"
                raise ConfigError(self.file, header.line, found, "take it out by hand")
            last = line_of(self.text, header.end)
            for _, line in self.includes():
                if header.line < line <= last:
                    found = f"an Include among the lines of {name}"
                    raise ConfigError(self.file, line, found, "move it above the host")
        if not headers:
            return Change(self)
        edits = merged(insertion.without_host(self, header) for header in headers)
        options = {option for host, option in self._last if host == name}
        wanted: dict[tuple[str, str], Value] = {(name, option): None for option in options}
        return self._checked(edits, wanted, removed=name)

    # -- for the modules beside this one

    def value(self, place: Place) -> Value:
        """The value that a place gives."""
        if id(place) not in self._values:
            node = place.expression
            text = self.text[node.start_byte : node.end_byte] if node is not None else ""
            value: Value = Unknown(text or place.reason)
            if not place.reason:
                value = value_at(self.text, node, place.scope)
            self._values[id(place)] = value
        return self._values[id(place)]

    def places(self, host: str, option: str) -> list[Place]:
        """The places that set an option of a host, in order."""
        places = (event for event in self.events if isinstance(event, Place))
        return [place for place in places if (place.host, place.option) == (host, option)]

    def headers(self) -> Iterator[Header]:
        """The lines that name a host, in order."""
        return (event for event in self.events if isinstance(event, Header))

    def refuse(self, line: int, found: str, hint: str = _BY_HAND) -> ConfigError:
        """An error about a line of this file."""
        return ConfigError(self.file, line, found, hint)

    # -- inside

    def _path(self, path: Path) -> tuple[str, str]:
        if len(path) != 2 or not path[1]:
            raise ConfigError(self.file, 0, f"{path!r} is no host and option", "give both")
        return prepared_name(path[0]), path[1]

    def _block(self, name: str) -> Block:
        headers = self.by_host[name]
        options: dict[str, Value] = {}
        for header in headers:
            for place in header.places:
                if place.host == name and place.option is not None:
                    winner = self.effective(name, place.option)
                    if winner is not None and self.value(winner) is not None:
                        options[place.option] = self.value(winner)
        first = headers[0]
        modules = [header.module for header in headers if header.module is not None]
        lines = tuple(header.line for header in headers)
        certain = any(not header.reason for header in headers)
        module = modules[-1] if modules else None
        return Block(first.kind, name, first.line, lines, module, options, certain)

    def effective(self, host: str, option: str) -> Place | None:
        """The place whose value holds; an undecided later one takes it over."""
        place = self._last.get((host, option))
        for wild in reversed(self.wild):
            if place is not None and wild.order < place.order:
                break
            if wild.host in (host, None) and wild.option in (option, None):
                return wild
        return place

    def _editable(self, host: str, option: str) -> Place | None:
        place = self.effective(host, option)
        if place is None:
            return None
        if place.reason or place.expression is None:
            reason = place.reason or "a value that is not written here"
            raise self.refuse(place.line, f"{option} depends here on {reason}")
        return place

    def _list(self, setting: Setting | None) -> list[str]:
        if setting is None:
            return []
        value = [setting.value] if isinstance(setting.value, str) else setting.value
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            found = f"{setting.path[1]} is no plain list of strings here"
            raise ConfigError(self.file, setting.line, found, _BY_HAND)
        return [item for item in value if isinstance(item, str)]

    def _literal(self, value: Value, like: str, line: int) -> str:
        try:
            return lua.literal(value, like)
        except ValueError as error:
            raise ConfigError(self.file, line, f"cannot write {error}", "") from None

    def _checked(
        self,
        edits: list[Edit],
        wanted: Mapping[tuple[str, str], Value],
        added: str = "",
        removed: str = "",
    ) -> Change[Self]:
        """Read the edited text back: what was asked for holds, and all else is the same."""
        after = self.edited(edits)
        readback.check(self, after, edits, readback.Wanted(wanted, added, removed))
        for host, option in wanted:
            line = None
            if host not in (added, removed):
                line = reads.first_read(self._chunk, self.events, host, option)
            if line is not None:
                found = f"{option} is used as a value here, which would change too"
                raise self.refuse(line, found, "make the change by hand, and look at this line")
        return Change(after, tuple(sorted(edits, key=lambda e: e.start)))


def _fields(table: Node) -> list[Node]:
    return [child for child in table.children if child.type == "field"]


def _strings(table: Node, text: str) -> Iterator[str]:
    for field in _fields(table):
        source = text[field.start_byte : field.end_byte]
        if source[0] in "\"'[":
            yield source
