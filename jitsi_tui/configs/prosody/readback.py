"""Reading an edited Prosody file back: what was asked for holds, and nothing else changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    def index(self) -> Mapping[tuple[str, str], Sequence[Place]]:
        """The places of each option."""

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
    skeletons = _skeleton(before, wanted.removed), _skeleton(after, wanted.added)
    if hosts != set(after.by_host) or skeletons[0] != skeletons[1]:
        raise before.refuse(line, "the change would move options to another host")
    for path, value in wanted.options.items():
        found = after.own(path)
        if not same(found.value if found else None, value):
            where = found.line if found else line
            raise before.refuse(where, f"{path[1]} would not become what was asked for")
    for key in _touched(before, after, edits) - wanted.options.keys():
        if not _alike(before, after, *key):
            owner = key[0] or "the global section"
            raise before.refuse(line, f"the change would alter {key[1]} of {owner} too")


def _skeleton(file: Readable, without: str) -> list[tuple[object, ...]]:
    """What must stay as it is beside options: hosts' kinds, Includes, undecided places."""
    skeleton: list[tuple[object, ...]] = []
    for event in file.events:
        if isinstance(event, Header) and (event.host is None or event.host != without):
            skeleton.append((event.kind, event.host, event.module, event.reason))
        elif isinstance(event, IncludePlace):
            skeleton.append((event.pattern, event.reason))
    return skeleton + [(w.host, w.option, file.value(w)) for w in file.wild]


def _touched(before: Readable, after: Readable, edits: Sequence[Edit]) -> set[tuple[str, str]]:
    """The options whose places are not, one by one, where they were beside the edits.

    Places that stand before the first edit or behind the last one, and did so before, are made
    of the same characters: for a file with many hosts this spares comparing every value.
    """
    first, last = min(edit.start for edit in edits), max(edit.end for edit in edits)
    shift = len(after.text) - len(before.text)
    mine, theirs = _places(before.events), _places(after.events)
    start = 0
    shortest = min(len(mine), len(theirs))
    while start < shortest and _moved(mine[start], theirs[start], 0) and mine[start].end <= first:
        start += 1
    end = 0
    while end < shortest - start and _moved(mine[-1 - end], theirs[-1 - end], shift):
        if mine[-1 - end].start < last:
            break
        end += 1
    between = mine[start : len(mine) - end] + theirs[start : len(theirs) - end]
    return {(p.host, p.option) for p in between if p.host is not None and p.option is not None}


def _places(events: Sequence[Event]) -> list[Place]:
    return [event for event in events if isinstance(event, Place)]


def _moved(a: Place, b: Place, shift: int) -> bool:
    """Whether two places are one and the same, further down by ``shift``."""
    same_option = a.host == b.host and a.option == b.option and a.reason == b.reason
    return same_option and a.start + shift == b.start and a.end + shift == b.end


def _alike(before: Readable, after: Readable, host: str, option: str) -> bool:
    mine, theirs = before.effective(host, option), after.effective(host, option)
    if mine is None or theirs is None:
        return mine is theirs
    a, b = mine.expression, theirs.expression
    if mine.reason != theirs.reason or a is None or b is None:
        return mine.reason == theirs.reason and a is b
    return before.text[a.start_byte : a.end_byte] == after.text[b.start_byte : b.end_byte]
