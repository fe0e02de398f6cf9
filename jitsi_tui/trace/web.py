"""Whose are the web server's lines? It knows address, browser and room, and no session.

Where several sessions and trails fit each other, what can be told apart is, and the rest is said
to be one of several.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from .reading import Fact
from .session import Came, Session
from .trails import LATE, NEAR, Candidates, Key, Trail, moment, owners

SETTLED = timedelta(seconds=60)
"""After so long no line comes that says more of how a session began."""

_SLACK = timedelta(seconds=1)
_FRESH = timedelta(seconds=10)
_TRAILS = 300


class Web:
    """Keeps the lines, and says whose they are."""

    def __init__(self) -> None:
        self._trails: dict[Key, Trail] = {}

    def take(self, fact: Fact) -> None:
        """One line: a request at a door, or a page."""
        key = (fact.address, fact.room.lower(), fact.agent)
        trail = self._trails.pop(key, None) or Trail()
        self._trails[key] = trail  # the newest last
        if len(self._trails) > _TRAILS:
            del self._trails[next(iter(self._trails))]
        trail.take(fact)

    def settle(self, sessions: Iterable[Session], now: datetime) -> None:
        """Tell each session which lines are its own, as far as that can be known."""
        through = [s for s in sessions if s.door]
        open_ones = [s for s in through if not s.came_for_good]
        may = owners(open_ones, self._trails)
        for session in through:
            if session.came_for_good:
                may[session.key] = dict(zip(session.came.trails, session.came.firsts, strict=True))
        for session in open_ones:
            if now - moment(session) <= NEAR:
                continue  # its own line may not be written yet, and another's seem to be it
            session.came = self._came(session, may, through, now)
            ended = session.door == "BOSH" or session.closed is not None
            session.came_for_good = ended and now - (session.closed or session.began) > SETTLED

    def _came(
        self, session: Session, may: Candidates, sessions: Sequence[Session], now: datetime
    ) -> Came:
        mine = may[session.key]
        if not mine:
            return Came()
        there = [s for s in sessions if s is not session and may[s.key].keys() & mine.keys()]
        began = min([session.began, *(other.began for other in there)])
        trails = [self._trails[key] for key in mine if key in self._trails]
        first, last = _its_time(session, there, now)
        lines = [trail.lines(first, last) for trail in trails]
        return Came(
            firsts=tuple(mine.values()),
            pages=self._pages(mine, session),
            counts=tuple(len(some) for some in lines),
            refused=tuple(f for f in lines[0] if f.status >= 400) if len(lines) == 1 else (),
            trails=tuple(mine),
            together=1
            + sum(_at_once(session, other) for other in there)
            + any(_began_before_us(session, trail, began) for trail in trails),
        )

    def _pages(self, mine: Mapping[Key, Fact], session: Session) -> tuple[Fact, ...]:
        """The page that it opened before, where all that may be its own say the same."""
        found: Fact | None = None
        for line in mine.values():
            page = self._page(line, session)
            if page is None or (found is not None and page != found):
                return ()
            found = page
        return () if found is None else (found,)

    def _page(self, first: Fact, session: Session) -> Fact | None:
        """The last page that this browser opened before; of that room, if it says which."""
        before = session.began + _SLACK
        if session.door == "BOSH":  # written before the line of the door, be it late
            before = max(before, first.line.time)
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


def _its_time(
    session: Session, there: Sequence[Session], now: datetime
) -> tuple[datetime, datetime]:
    """From when it came until it was let in, went, or another came after it."""
    later = [other.began for other in there if other.began > session.began + NEAR]
    last = min([session.closed or now, session.let_in or now, *(time - NEAR for time in later)])
    return session.began - _SLACK, last + (_SLACK if there else LATE)


def _began_before_us(session: Session, trail: Trail, first: datetime) -> bool:
    """Whether somebody left lines here whose session is older than the trace."""
    return session.door == "BOSH" and trail.born is not None and trail.born < first - NEAR


def _at_once(session: Session, other: Session) -> bool:
    """Whether lines of the other may be among those of this one."""
    if session.door != other.door:
        return False
    if session.door != "BOSH":
        return abs(moment(session) - moment(other)) <= NEAR
    if other.began > session.began + NEAR or (other.closed or session.began) < session.began - NEAR:
        return False
    # Who was let in asks on and on; who was not has asked all that he will.
    return bool(other.jid) or session.began - other.began <= _FRESH
