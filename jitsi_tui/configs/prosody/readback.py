"""Reading an edited Prosody file back: what was asked for holds, and nothing else changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Protocol

from ..document import Edit, Setting, Value, line_of, same
from .events import Event, Header, IncludePlace, Place
from .insertion import File


@dataclass(frozen=True)
class Wanted:
    """What a change asks for: values by (host, option), None for none, and a host more or less."""

    options: Mapping[tuple[str, str], Value]
    added: str = ""
    removed: str = ""


class Readable(File, Protocol):
    """The part of a Prosody file that is needed here."""

    @property
    def wild(self) -> Sequence[Place]:
        """The places that may set more than one option."""

    @property
    def by_host(self) -> Mapping[str, Sequence[Header]]:
        """The lines that name each host."""

    def own(self, path: tuple[str, ...]) -> Setting | None:
        """A host's own setting."""

    def value(self, place: Place) -> Value:
        """The value that a place gives."""

    def effective(self, host: str, option: str) -> Place | None:
        """The place whose value holds."""


def check(before: Readable, after: Readable, edits: Sequence[Edit], wanted: Wanted) -> None:
    """ConfigError where ``after`` means anything but ``before`` with what was wanted."""
    line = line_of(before.text, edits[0].start)
    hosts = (set(before.by_host) - {wanted.removed}) | ({wanted.added} if wanted.added else set())
    mine, theirs = _between(before, after, edits)
    skeletons = _skeleton(mine, wanted.removed), _skeleton(theirs, wanted.added)
    wild = _wild(before), _wild(after)
    if hosts != set(after.by_host) or skeletons[0] != skeletons[1] or wild[0] != wild[1]:
        raise before.refuse(line, "the change would move options to another host")
    for path, value in wanted.options.items():
        found = after.own(path)
        if not same(found.value if found else None, value):
            where = found.line if found else line
            raise before.refuse(where, f"{path[1]} would not become what was asked for")
    for key in (_set(mine) | _set(theirs)) - wanted.options.keys():
        if not _alike(before, after, *key):
            owner = key[0] or "the global section"
            raise before.refuse(line, f"the change would alter {key[1]} of {owner} too")


def _skeleton(events: Sequence[Event], without: str) -> list[tuple[object, ...]]:
    """What must stay as it is beside options: hosts' kinds and Includes."""
    rest = (event for event in events if not isinstance(event, Place))
    return [
        _bones(e) for e in rest if not isinstance(e, Header) or e.host is None or e.host != without
    ]


def _bones(event: Header | IncludePlace) -> tuple[object, ...]:
    if isinstance(event, Header):
        return event.kind, event.host, event.module, event.reason
    return event.pattern, event.reason


def _wild(file: Readable) -> list[tuple[object, ...]]:
    """The undecided places, which must stay as well."""
    return [(place.host, place.option, file.value(place)) for place in file.wild]


def _set(events: Sequence[Event]) -> set[tuple[str, str]]:
    places = (event for event in events if isinstance(event, Place))
    return {(p.host, p.option) for p in places if p.host is not None and p.option is not None}


def _between(
    before: Readable, after: Readable, edits: Sequence[Edit]
) -> tuple[Sequence[Event], Sequence[Event]]:
    """The events of both files that are not, one by one, where they were beside the edits.

    What stands before the first edit or behind the last one, and did so before, is made of the
    same characters: for a file with many hosts this spares comparing every value.
    """
    first, last = min(edit.start for edit in edits), max(edit.end for edit in edits)
    size, shift = len(before.text), len(after.text) - len(before.text)
    mine, theirs = before.events, after.events
    pairs = zip(mine, theirs, strict=False)
    start = _how_many(_kept(a, b, 0, 0, first) for a, b in pairs)
    mine, theirs = mine[start:], theirs[start:]
    pairs = zip(reversed(mine), reversed(theirs), strict=False)
    end = _how_many(_kept(a, b, shift, last, size) for a, b in pairs)
    return mine[: len(mine) - end], theirs[: len(theirs) - end]


def _how_many(kept: Iterable[bool]) -> int:
    return sum(1 for _ in takewhile(bool, kept))


def _kept(a: Event, b: Event, shift: int, start: int, end: int) -> bool:
    """Whether two events are one and the same, further down by ``shift``.

    A place also lies between ``start`` and ``end``, where no character changed.
    """
    if isinstance(a, Place):
        if not isinstance(b, Place) or a.host != b.host or a.option != b.option:
            return False
        begins, ends = a.start, a.end
        moved = begins + shift == b.start and ends + shift == b.end
        return moved and a.reason == b.reason and start <= begins and ends <= end
    return type(a) is type(b) and _bones(a) == _bones(b)


def _alike(before: Readable, after: Readable, host: str, option: str) -> bool:
    mine, theirs = before.effective(host, option), after.effective(host, option)
    if mine is None or theirs is None:
        return mine is theirs
    a, b = mine.expression, theirs.expression
    if mine.reason != theirs.reason or a is None or b is None:
        return mine.reason == theirs.reason and a is b
    return before.text[a.start_byte : a.end_byte] == after.text[b.start_byte : b.end_byte]
