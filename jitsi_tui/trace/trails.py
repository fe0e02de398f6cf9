"""Who left which trail: what one browser at one address asked for one room, and who opened it.

A trail begins with somebody's session: Prosody writes it just before the web server writes the
first line. So a trail whose beginning was seen has an opener, and a session that alone can be it
is. The web server writes a line when its request ends, which takes its time on a busy machine.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from .reading import Fact
from .session import Session

NEAR = timedelta(seconds=2)
"""Logs write whole seconds, and the web server writes a line at the end of its request."""

LATE = timedelta(seconds=15)
"""So much later a busy machine may write the line of a request."""

_LINES, _PAGES = 400, 8
Key: TypeAlias = tuple[str, str, str]
"""Address, room and browser."""

Candidates: TypeAlias = dict[str, dict[Key, Fact]]
"""Of each session the trails that may be its own, with the line that would have opened it."""


@dataclass
class Trail:
    """What one browser at one address asked for one room."""

    born: datetime | None = None
    """When the first door was asked for."""

    doors: list[Fact] = field(default_factory=list)
    pages: deque[Fact] = field(default_factory=lambda: deque(maxlen=_PAGES))

    def take(self, fact: Fact) -> None:
        """One line more."""
        if fact.kind == "page":
            self.pages.append(fact)
            return
        self.born = self.born or fact.line.time
        insort(self.doors, fact, key=_time)
        if len(self.doors) > 2 * _LINES:
            del self.doors[:_LINES]

    def begins_with_a_page(self) -> bool:
        """Whether its page was opened before its first door was asked for."""
        born = self.born
        return born is not None and any(page.line.time <= born for page in self.pages)

    def lines(self, first: datetime, last: datetime) -> list[Fact]:
        """The lines of its doors from one moment to another."""
        begin = bisect_left(self.doors, first, key=_time)
        return self.doors[begin : bisect_right(self.doors, last, begin, key=_time)]

    def between(self, first: datetime, last: datetime, kind: str) -> Fact | None:
        """The first line of a kind from one moment to another."""
        return next((fact for fact in self.lines(first, last) if fact.kind == kind), None)


def _time(fact: Fact) -> datetime:
    return fact.line.time


def moment(session: Session) -> datetime:
    """When what opened it was asked for; a websocket's line is written when it closes."""
    return session.began if session.door == "BOSH" else session.closed or session.began


def _before(session: Session) -> timedelta:
    """Prosody has written a session before it answers; which end closes a websocket is open."""
    return timedelta() if session.door == "BOSH" else -NEAR


def owners(sessions: Sequence[Session], trails: Mapping[Key, Trail]) -> Candidates:
    """The trails that each session may have left: one, where that can be known."""
    return _Owners(sessions, trails).found()


class _Owners:
    """Rules out what can't be, until nothing more can be ruled out."""

    def __init__(self, sessions: Sequence[Session], trails: Mapping[Key, Trail]) -> None:
        self._sessions = {session.key: session for session in sessions}
        self._trails = trails
        self._may: Candidates = {key: {} for key in self._sessions}
        self._openers: dict[Key, set[str]] = {}
        """Of each trail that began in this time: who may have opened it."""

        self._opened: set[str] = set()
        """Sessions of which it is known which trail they opened."""

        self._begun: set[Key] = set()
        """Trails whose opener is known."""

    def found(self) -> Candidates:
        for session in self._sessions.values():
            for key, trail, line in self._fitting(session, _before(session), NEAR):
                self._may[session.key][key] = line
                if trail.born == line.line.time:
                    self._openers.setdefault(key, set()).add(session.key)
        self._settle()
        in_time = set(self._openers)
        for session in self._sessions.values():
            if session.key in self._opened:
                continue
            for key, trail, line in self._fitting(session, NEAR, LATE):
                if trail.born == line.line.time and key not in in_time:
                    self._may[session.key][key] = line
                    self._openers.setdefault(key, set()).add(session.key)
        self._settle()
        self._leave_to_each_other()
        return self._may

    def _fitting(
        self, session: Session, first: timedelta, last: timedelta
    ) -> Iterator[tuple[Key, Trail, Fact]]:
        """Trails with a line in a time about when it came, for the room that it asked for."""
        if session.door != "BOSH" and session.closed is None:
            return
        kind = "bind" if session.door == "BOSH" else "socket"
        asked = session.room.partition("@")[0].lower()
        came = moment(session)
        for key, trail in self._trails.items():
            if not asked or not key[1] or asked == key[1]:
                line = trail.between(came + first, came + last, kind)
                if line is not None:
                    yield key, trail, line

    def _settle(self) -> None:
        """Who fits one trail alone, or can alone have opened one, did."""
        for name, keys in self._may.items():
            if len(keys) == 1 and name in self._openers.get(next(iter(keys)), ()):
                self._know(name, next(iter(keys)))
        while self._alone():
            pass

    def _alone(self) -> bool:
        alone: dict[str, list[Key]] = {}
        for key, names in self._openers.items():
            left = names - self._opened
            if key not in self._begun and len(left) == 1:
                alone.setdefault(next(iter(left)), []).append(key)
        found = [(name, own) for name, keys in alone.items() if (own := self._newest_of(keys))]
        for name, own in found:
            self._know(name, own)
        return bool(found)

    def _newest_of(self, keys: Sequence[Key]) -> Key | None:
        """The one trail that somebody opened who alone could have opened these.

        The others' openers are older than the trace, and so are the pages that they came from.
        """
        mine = (
            keys
            if len(keys) == 1
            else [key for key in keys if self._trails[key].begins_with_a_page()]
        )
        return mine[0] if len(mine) == 1 else None

    def _leave_to_each_other(self) -> None:
        """As many who came as trails that they may have opened: each opened one of these."""
        left = {key: names - self._opened for key, names in self._openers.items()}
        left = {key: names for key, names in left.items() if names and key not in self._begun}
        while left:
            first, names = left.popitem()
            keys, more = {first}, [first]
            while more:
                more = [key for key, others in left.items() if others & names]
                names = names.union(*(left.pop(key) for key in more))
                keys.update(more)
            if len(keys) == len(names):
                for name in names:
                    mine = self._may[name]
                    self._may[name] = {key: mine[key] for key in mine if key in keys}

    def _know(self, name: str, key: Key) -> None:
        self._may[name] = {key: self._may[name][key]}
        self._opened.add(name)
        self._begun.add(key)
