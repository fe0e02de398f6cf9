"""Records in, attempts out: which record belongs to whom.

The logs share no name for a person. Prosody's session leads to a JID, the JID to Jicofo's request
and room, the room to an endpoint, the endpoint to the bridge. The web server knows none of these:
its lines are matched by time and address, and only where one session can be meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .reading import Fact, read
from .values import Attempt, Line

NEAR = timedelta(seconds=2)
"""The web server writes whole seconds, and a line at the end of its request."""

FRESH = timedelta(seconds=10)
"""In which the requests from an address are those of the session that began there last."""

MAX_ATTEMPTS = 500
OUR_ROOMS = "jitsi-tui-"
"""Rooms that our own looks at a server ask for."""


@dataclass
class Session:
    """What is known of one attempt so far."""

    key: str
    door: str
    began: datetime
    facts: list[Fact] = field(default_factory=list)
    jid: str = ""
    room: str = ""
    endpoint: str = ""
    address: str = ""
    binds: int = 0
    loops: int = 0
    shared_loops: bool = False
    """Other sessions stood at the same door while the loop ran."""

    closed: datetime | None = None
    seen: set[str] = field(default_factory=set)

    def take(self, fact: Fact) -> None:
        """Keep a fact of its own."""
        self.facts.append(fact)
        self.seen.add(fact.kind)
        self.began = min(self.began, fact.line.time)

    def first(self, *kinds: str) -> Fact | None:
        """The first fact of these kinds."""
        return next((fact for fact in self.facts if fact.kind in kinds), None)

    def all(self, kind: str) -> list[Fact]:
        """Every fact of a kind, in the order of their times."""
        return sorted((f for f in self.facts if f.kind == kind), key=lambda f: f.line.time)

    def is_ours(self, domain: str) -> bool:
        """A look of jitsi-tui itself, that nobody asked for: no check of somebody's account."""
        if self.jid.partition("@")[2] == domain:
            return False
        if self.room.startswith(OUR_ROOMS):
            return True
        brief = self.closed is not None and self.closed - self.began <= timedelta(seconds=1)
        return brief and not self.address and not self.room


class Tracer:
    """Follows everybody who comes while it is fed."""

    def __init__(self, domain: str, guest_domain: str = "", *, open_door: bool = False) -> None:
        """``open_door``: people need no account on the main domain."""
        self.open_door = open_door
        self.domain = domain
        self.guest_domain = guest_domain
        self._sessions: dict[str, Session] = {}
        self._binds: list[Fact] = []
        self._pages: list[Fact] = []
        self._created: dict[str, Fact] = {}
        self.newest: datetime | None = None

    def feed(self, lines: Iterable[Line]) -> None:
        """Take more records, of each log in its own order."""
        for line in lines:
            fact = read(line)
            if fact is not None:
                self.newest = max(self.newest or line.time, line.time)
                _TAKES[fact.kind](self, fact)

    def attempts(self, now: datetime | None = None) -> tuple[Attempt, ...]:
        """Everybody who came, oldest first, as it stands at ``now`` (default: the last record)."""
        from .telling import Doors, tell  # noqa: PLC0415 - it tells what this module collects

        moment = now or self.newest
        if moment is None:
            return ()
        told = [
            tell(session, Doors(self.domain, self.guest_domain, self.open_door), moment)
            for session in self._sessions.values()
            if not session.is_ours(self.domain)
        ]
        return tuple(sorted(told, key=lambda attempt: attempt.began))

    # -- Prosody

    def _opened(self, fact: Fact) -> None:
        door = "BOSH" if fact.kind == "opened" else "websocket"
        session = self._make(fact.sid, door, fact)
        claimed = self._nearest(self._binds, fact.line.time)
        if claimed is not None:
            self._binds.remove(claimed)
            self._came_from(session, claimed)
            # More from there, read before Prosody's record was.
            more = [bind for bind in self._binds if bind.address == claimed.address]
            self._binds = [bind for bind in self._binds if bind not in more]
            session.binds += len(more)

    def _make(self, key: str, door: str, fact: Fact) -> Session:
        if len(self._sessions) >= MAX_ATTEMPTS:
            del self._sessions[next(iter(self._sessions))]
        session = Session(key, door, fact.line.time)
        session.take(fact)
        self._sessions[key] = session
        return session

    def _named(self, fact: Fact) -> Session:
        """The session of that name, also where a log shortens it; else one from before us."""
        session = self._sessions.get(fact.sid)
        if session is None and len(fact.sid) >= 6:
            alike = [s for key, s in self._sessions.items() if key.startswith(fact.sid)]
            session = alike[0] if len(alike) == 1 else None
        if session is not None:
            session.take(fact)
            return session
        return self._make(fact.sid, "", fact)

    def _authenticated(self, fact: Fact) -> None:
        self._named(fact).jid = fact.jid

    def _closed(self, fact: Fact) -> None:
        known = fact.sid in self._sessions or any(k.startswith(fact.sid) for k in self._sessions)
        if known:
            self._named(fact).closed = fact.line.time

    def _refused(self, fact: Fact) -> None:
        self._named(fact)

    def _loop(self, fact: Fact) -> None:
        """The line names no session: it is of those who stand at the door unnamed."""
        at_door = [s for s in self._sessions.values() if not s.jid and s.closed is None]
        for session in at_door:
            session.loops += 1
            session.shared_loops |= len(at_door) > 1
            if "loop" not in session.seen:
                session.take(fact)

    # -- Jicofo and the bridge

    def _request(self, fact: Fact) -> None:
        bare = fact.jid.partition("/")[0]
        session = self._of_jid(bare)
        if session is None:
            session = self._make(fact.jid, "", fact)
            session.jid = bare
        else:
            session.take(fact)
        session.room = fact.room

    def _of_jid(self, bare: str) -> Session | None:
        """The newest session of a JID; of several, one that has asked for no room yet."""
        same = [s for s in self._sessions.values() if s.jid.partition("/")[0] == bare]
        waiting = [s for s in same if not s.room and s.closed is None]
        open_ones = [s for s in same if s.closed is None]
        return next(iter([*waiting[:1], *reversed(open_ones), *reversed(same)]), None)

    def _session(self, fact: Fact) -> None:
        session = self._of_full_jid(fact.jid)
        if session is not None:
            session.take(fact)

    def _of_full_jid(self, jid: str) -> Session | None:
        for session in self._sessions.values():
            asked = session.first("request")
            if asked is not None and asked.jid == jid:
                return session
        bare = jid.partition("/")[0]
        same = [s for s in self._sessions.values() if s.jid.partition("/")[0] == bare]
        return same[-1] if same else None

    def _created_room(self, fact: Fact) -> None:
        """The room opens for whoever asked last and may."""
        asked = [s for s in self._sessions.values() if s.room == fact.room and s.room]
        allowed = [s for s in asked if "session" in s.seen] or asked
        if allowed:
            allowed[-1].take(fact)

    def _joined(self, fact: Fact) -> None:
        session = self._of_full_jid(fact.jid) if fact.jid else None
        if session is None:
            waiting = [s for s in self._sessions.values() if s.room == fact.room and not s.endpoint]
            # Who was let in stands before those who were refused.
            session = next(iter(sorted(waiting, key=lambda s: "session" not in s.seen)), None)
        if session is not None and session.room in ("", fact.room):
            session.endpoint, session.room = fact.endpoint, fact.room
            session.take(fact)

    def _of_endpoint(self, fact: Fact) -> None:
        for session in self._sessions.values():
            here = not fact.room or _same_room(session.room, fact.room)
            if session.endpoint and session.endpoint == fact.endpoint and here:
                session.take(fact)

    # -- the web server

    def _bind(self, fact: Fact) -> None:
        fresh = [s for s in self._sessions.values() if _may_begin_with(s, fact)]
        mine = self._at(fact)
        if fresh:
            self._came_from(fresh[0], fact)
        elif len(mine) == 1:
            mine[0].binds += 1
            if fact.status >= 400:
                mine[0].take(fact)
        elif not mine:
            self._binds = [*self._binds, fact][-200:]

    def _at(self, fact: Fact) -> list[Session]:
        """The sessions from an address whose request this may be."""
        time = fact.line.time
        there = [
            s
            for s in self._sessions.values()
            if s.address == fact.address and (s.closed is None or time <= s.closed + NEAR)
        ]
        young = [s for s in there if time - s.began <= FRESH]
        # Who is in polls now and then; who is at the door asks often.
        return [s for s in young if not s.jid] or young or there

    def _came_from(self, session: Session, fact: Fact) -> None:
        session.address = fact.address
        session.binds += 1
        page = next((p for p in reversed(self._pages) if p.address == fact.address), None)
        if page is not None and page.line.time <= fact.line.time:
            session.take(page)
        session.take(fact)

    def _page(self, fact: Fact) -> None:
        self._pages = [*self._pages, fact][-200:]

    def _upstream(self, fact: Fact) -> None:
        """The door itself is shut: an attempt that never reached Prosody."""
        key = f"{fact.address} at the door"
        session = self._sessions.get(key)
        if session is None:
            session = self._make(key, "", fact)
            session.address = fact.address
        else:
            session.take(fact)

    @staticmethod
    def _nearest(facts: list[Fact], time: datetime) -> Fact | None:
        near = [fact for fact in facts if abs(fact.line.time - time) <= NEAR]
        return near[0] if near else None


def _may_begin_with(session: Session, fact: Fact) -> bool:
    """Whether this can be the request that opened a session."""
    if session.address or not session.door or session.began - fact.line.time > NEAR:
        return False
    last = session.began + NEAR
    if session.closed is not None:
        last = min(last, session.closed + timedelta(seconds=1))
    return fact.line.time <= last


def _same_room(one: str, other: str) -> bool:
    return one == other or one.partition("@")[0] == other.partition("@")[0]


_TAKES: dict[str, Callable[[Tracer, Fact], None]] = {
    "opened": Tracer._opened,
    "connected": Tracer._opened,
    "authenticated": Tracer._authenticated,
    "closed": Tracer._closed,
    "refused": Tracer._refused,
    "loop": Tracer._loop,
    "request": Tracer._request,
    "session": Tracer._session,
    "created": Tracer._created_room,
    "joined": Tracer._joined,
    "left": Tracer._of_endpoint,
    "owner": Tracer._of_endpoint,
    "endpoint": Tracer._of_endpoint,
    "ice": Tracer._of_endpoint,
    "bind": Tracer._bind,
    "page": Tracer._page,
    "upstream": Tracer._upstream,
}
