"""Whose are the web server's lines? It knows address, browser and room, and no session.

Lines of one address, browser and room are a trail. A session belongs to a trail that has a line
when it opened (a websocket: when it closed, for then it is written). Where several sessions and
trails fit each other, what can be told apart is, and the rest is said to be one of several.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from .reading import Fact
from .session import Came, Session

NEAR = timedelta(seconds=2)
"""Logs write whole seconds, and the web server writes a line at the end of its request."""

SETTLED = timedelta(seconds=60)
"""After so long no line comes that says more of how a session began."""

_SLACK = timedelta(seconds=1)
_FRESH = timedelta(seconds=10)
_LINES, _TRAILS, _PAGES = 400, 300, 8
_Key: TypeAlias = tuple[str, str, str]


@dataclass
class _Trail:
    """What one browser at one address asked for one room."""

    born: datetime | None = None
    """When the first door was asked for."""

    doors: deque[Fact] = field(default_factory=lambda: deque(maxlen=_LINES))
    pages: deque[Fact] = field(default_factory=lambda: deque(maxlen=_PAGES))

    def near(self, time: datetime, kind: str) -> Fact | None:
        """The first line of a kind that can be of this moment."""
        return next(
            (f for f in self.doors if f.kind == kind and abs(f.line.time - time) <= NEAR), None
        )


class Web:
    """Keeps the lines, and says whose they are."""

    def __init__(self) -> None:
        self._trails: dict[_Key, _Trail] = {}

    def take(self, fact: Fact) -> None:
        """One line: a request at a door, or a page."""
        key = (fact.address, fact.room.lower(), fact.agent)
        trail = self._trails.pop(key, None) or _Trail()
        self._trails[key] = trail  # the newest last
        if len(self._trails) > _TRAILS:
            del self._trails[next(iter(self._trails))]
        if fact.kind == "page":
            trail.pages.append(fact)
            return
        trail.born = trail.born or fact.line.time
        trail.doors.append(fact)

    def settle(self, sessions: Iterable[Session], now: datetime) -> None:
        """Tell each session which lines are its own, as far as that can be known."""
        through = [s for s in sessions if s.door]
        mine = {s.key: list(s.came.trails) for s in through if s.came_for_good}
        mine |= self._assign([s for s in through if not s.came_for_good])
        for session in through:
            if session.came_for_good:
                continue
            session.came = self._came(session, mine, through, now)
            ended = session.door == "BOSH" or session.closed is not None
            session.came_for_good = ended and now - (session.closed or session.began) > SETTLED

    def _assign(self, sessions: Sequence[Session]) -> dict[str, list[_Key]]:
        """The trails that each session may have left."""
        may = {s.key: [k for k, t in self._trails.items() if _fits(s, k, t)] for s in sessions}
        while True:
            found = self._only_one(sessions, may)
            if found is None:
                return may
            may[found[0]] = [found[1]]

    def _only_one(
        self, sessions: Sequence[Session], may: Mapping[str, Sequence[_Key]]
    ) -> tuple[str, _Key] | None:
        """A session that alone can have left a trail that begins with it."""
        taken = {keys[0] for keys in may.values() if len(keys) == 1}
        for session in sessions:
            for key in may[session.key] if len(may[session.key]) > 1 else ():
                born = self._trails[key].born
                begins = born is not None and abs(born - _moment(session)) <= NEAR
                others = [name for name, keys in may.items() if key in keys]
                if begins and key not in taken and others == [session.key]:
                    return session.key, key
        return None

    def _came(
        self,
        session: Session,
        may: Mapping[str, Sequence[_Key]],
        sessions: Sequence[Session],
        now: datetime,
    ) -> Came:
        keys = may[session.key]
        trails = [self._trails[key] for key in keys]
        found = [(t, f) for t in trails if (f := t.near(_moment(session), _kind(session)))]
        if not found:
            return Came()
        there = [
            other for other in sessions if other is not session and set(may[other.key]) & set(keys)
        ]
        firsts = tuple(first for _, first in found)
        pages = [page for _, first in found if (page := self._page(first, session.began + _SLACK))]
        known = len({first.address for first in firsts}) == 1
        lines = [_its_own(session, trail, there, now) for trail, _ in found]
        return Came(
            firsts=firsts,
            pages=tuple(pages[:1]) if known else (),
            counts=tuple(len(some) for some in lines),
            refused=tuple(f for f in lines[0] if f.status >= 400) if len(lines) == 1 else (),
            trails=tuple(keys),
            together=1
            + sum(_at_once(session, other) for other in there)
            + any(_began_before_us(session, trail, there) for trail, _ in found),
        )

    def _page(self, first: Fact, before: datetime) -> Fact | None:
        """The last page that this browser opened before; of that room, if it says which."""
        pages = [
            page
            for (address, room, agent), trail in self._trails.items()
            if address == first.address
            and agent == first.agent
            and (not first.room or room == first.room.lower())
            for page in trail.pages
            if page.line.time <= before
        ]
        return max(pages, key=lambda page: page.line.time, default=None)


def _kind(session: Session) -> str:
    return "bind" if session.door == "BOSH" else "socket"


def _moment(session: Session) -> datetime:
    """When the line that is looked for was written."""
    return session.began if session.door == "BOSH" else session.closed or session.began


def _fits(session: Session, key: _Key, trail: _Trail) -> bool:
    if session.door != "BOSH" and session.closed is None:
        return False
    asked = session.room.partition("@")[0].lower()
    if asked and key[1] and asked != key[1]:
        return False
    return trail.near(_moment(session), _kind(session)) is not None


def _its_own(
    session: Session, trail: _Trail, there: Iterable[Session], now: datetime
) -> list[Fact]:
    """The lines from when it came until it was let in, went, or another came after it."""
    later = [other.began for other in there if other.began > session.began + NEAR]
    last = min([session.closed or now, session.let_in or now, *(time - NEAR for time in later)])
    first = session.began - _SLACK
    return [fact for fact in trail.doors if first <= fact.line.time <= last + _SLACK]


def _began_before_us(session: Session, trail: _Trail, there: Iterable[Session]) -> bool:
    """Whether somebody left lines here whose session is older than the trace."""
    first = min([session.began, *(other.began for other in there)])
    return session.door == "BOSH" and trail.born is not None and trail.born < first - NEAR


def _at_once(session: Session, other: Session) -> bool:
    """Whether lines of the other may be among those of this one."""
    if session.door != other.door:
        return False
    if session.door != "BOSH":
        return abs(_moment(session) - _moment(other)) <= NEAR
    if other.began > session.began + NEAR or (other.closed or session.began) < session.began - NEAR:
        return False
    # Who was let in asks on and on; who was not has asked all that he will.
    return bool(other.jid) or session.began - other.began <= _FRESH
