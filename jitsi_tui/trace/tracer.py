"""Records in, attempts out: which record belongs to whom.

The logs share no name for a person. Prosody's session leads to a JID, the JID to Jicofo's request
and room, the room to an endpoint, the endpoint to the bridge. The web server knows none of these:
``trails`` says who left its lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from .reading import Fact, read
from .session import Session
from .trails import NEAR
from .values import Attempt, Line
from .web import Web

MAX_ATTEMPTS = 500
_AT_ONCE = timedelta(seconds=1)
"""Jicofo writes whom it takes right after the request."""

_UNCLAIMED = 50


class Tracer:
    """Follows everybody who comes while it is fed."""

    def __init__(self, domain: str, guest_domain: str = "", *, open_door: bool = False) -> None:
        """``open_door``: people need no account on the main domain."""
        self.open_door = open_door
        self.domain = domain
        self.guest_domain = guest_domain
        self._sessions: dict[str, Session] = {}
        self._web = Web()
        self._nameless: list[Fact] = []
        """Requests for rooms, as Jicofo wrote them until 2023: without the JID."""

        self.newest: datetime | None = None

    def feed(self, lines: Iterable[Line]) -> None:
        """Take more records, of each log in its own order."""
        for line in lines:
            fact = read(line)
            if fact is not None:
                self.newest = max(self.newest or line.time, line.time)
                _TAKES[fact.kind](self, fact)

    def attempts(self, now: datetime | None = None, *, blind: bool = False) -> tuple[Attempt, ...]:
        """Everybody who came, oldest first, as it stands at ``now`` (default: the last record).

        ``blind``: the web server's log can't be read, so who passed it is not known.
        """
        from .telling import Doors, tell  # noqa: PLC0415 - it tells what this module collects

        moment = now or self.newest
        if moment is None:
            return ()
        self._claim_nameless()
        self._web.settle(self._sessions.values(), moment)
        doors = Doors(self.domain, self.guest_domain, self.open_door)
        told = [
            tell(session, doors, moment)
            for session in self._sessions.values()
            if not session.is_a_part(self.domain)
            and not session.is_ours(self.domain, open_door=self.open_door, blind=blind)
        ]
        return tuple(sorted(told, key=lambda attempt: attempt.began))

    # -- Prosody

    def _opened(self, fact: Fact) -> None:
        self._make(fact.sid, "BOSH" if fact.kind == "opened" else "websocket", fact)

    def _make(self, key: str, door: str, fact: Fact) -> Session:
        if len(self._sessions) >= MAX_ATTEMPTS:
            del self._sessions[next(iter(self._sessions))]
        session = Session(key, door, fact.line.time)
        session.take(fact)
        self._sessions[key] = session
        return session

    def _known(self, sid: str) -> Session | None:
        """The session of that name, also where a log shortens it."""
        session = self._sessions.get(sid)
        if session is None and len(sid) >= 6:
            alike = [s for key, s in self._sessions.items() if key.startswith(sid)]
            session = alike[0] if len(alike) == 1 else None
        return session

    def _named(self, fact: Fact) -> Session:
        """The session of that name; else one from before us."""
        session = self._known(fact.sid)
        if session is None:
            return self._make(fact.sid, "", fact)
        session.take(fact)
        return session

    def _authenticated(self, fact: Fact) -> None:
        session = self._named(fact)
        session.jid = fact.jid
        self._adopt(session)

    def _adopt(self, session: Session) -> None:
        """Take over what Jicofo's log said of it, if that was read before Prosody's."""
        for key, other in list(self._sessions.items()):
            early = not other.door and other.jid == session.jid.partition("/")[0]
            if early and other is not session and other.began >= session.began:
                for fact in other.facts:
                    session.take(fact)
                session.room, session.endpoint = other.room, other.endpoint
                del self._sessions[key]

    def _encrypted(self, fact: Fact) -> None:
        """Browsers' encryption ends at the web server: this is a program that speaks XMPP."""
        session = self._known(fact.sid)
        if session is not None:
            session.door = "XMPP"

    def _closed(self, fact: Fact) -> None:
        if self._known(fact.sid) is not None:
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

    # -- Jicofo

    def _request(self, fact: Fact) -> None:
        if not fact.jid:
            self._nameless = [*self._nameless, fact][-_UNCLAIMED:]
            return
        bare = fact.jid.partition("/")[0]
        session = self._of_request(fact.jid) or self._of_jid(bare)
        if session is None:
            session = self._make(fact.jid, "", fact)
            session.jid = bare
        else:
            session.take(fact)
        session.room = fact.room

    def _claim_nameless(self) -> None:
        """A request without a JID is of who got in and asked for nothing yet, if that is one."""
        left = []
        for fact in self._nameless:
            inside = [
                s
                for s in self._sessions.values()
                if s.jid
                and s.closed is None
                and s.room in ("", fact.room)
                and s.began <= fact.line.time + NEAR
                and not s.is_a_part(self.domain)
            ]
            waiting = [s for s in inside if not s.room] or inside
            if len(waiting) == 1:
                waiting[0].take(fact)
                waiting[0].room = fact.room
            elif waiting:
                left.append(fact)
        self._nameless = left

    def _of_request(self, jid: str) -> Session | None:
        """The session whose request named this full JID."""
        for session in self._sessions.values():
            if any(asked.jid == jid for asked in session.all("request")):
                return session
        return None

    def _of_jid(self, bare: str) -> Session | None:
        """The newest session of a JID; of several, one that has asked for no room yet."""
        same = [s for s in self._sessions.values() if s.jid.partition("/")[0] == bare]
        waiting = [s for s in same if not s.room and s.closed is None]
        open_ones = [s for s in same if s.closed is None]
        return next(iter([*waiting[:1], *reversed(open_ones), *reversed(same)]), None)

    def _session(self, fact: Fact) -> None:
        asked = [one for one in self._nameless if fact.line.time - one.line.time <= _AT_ONCE]
        if asked:  # it is written right after the request that it answers
            self._nameless.remove(asked[-1])
            self._request(replace(asked[-1], jid=fact.jid))
        session = self._of_request(fact.jid) or self._of_jid(fact.jid.partition("/")[0])
        if session is not None:
            session.take(fact)

    def _created_room(self, fact: Fact) -> None:
        """The room opens for whoever asked last and may."""
        self._claim_nameless()
        asked = [s for s in self._sessions.values() if s.room == fact.room and s.room]
        allowed = [s for s in asked if "session" in s.seen] or asked
        if allowed:
            allowed[-1].take(fact)

    def _joined(self, fact: Fact) -> None:
        self._claim_nameless()
        asked = [
            s
            for s in self._sessions.values()
            if not s.endpoint and s.room and s.room == (fact.room or s.room)
        ]
        named = [s for s in asked if s.nick == fact.endpoint.lower() and s.host != self.domain]
        # An account's member has any name: not of those whose member's name is known.
        unnamed = [s for s in asked if not s.nick or s.host == self.domain]
        allowed = [s for s in unnamed if "session" in s.seen]
        could = named or allowed or unnamed
        if could:
            could[0].endpoint, could[0].room = fact.endpoint, fact.room or could[0].room
            could[0].one_of = 1 if named else len(could)
            could[0].take(fact)

    def _bridgeless(self, fact: Fact) -> None:
        """The room has no bridge: everybody in it is told, who is not told apart."""
        for session in self._sessions.values():
            mine = not fact.endpoint or session.endpoint == fact.endpoint
            if session.endpoint and mine and _same_room(session.room, fact.room):
                session.take(fact)

    def _of_endpoint(self, fact: Fact) -> None:
        for session in self._sessions.values():
            here = not fact.room or _same_room(session.room, fact.room)
            if session.endpoint and session.endpoint == fact.endpoint and here:
                session.take(fact)

    # -- the web server

    def _at_the_web_server(self, fact: Fact) -> None:
        if fact.kind != "page" and fact.status >= 500:
            self._shut(fact)
        else:
            self._web.take(fact)

    def _shut(self, fact: Fact) -> None:
        """The door itself is shut: an attempt that never reached Prosody."""
        room = f" of {fact.room}" if fact.room else ""
        key = f"{fact.address} at the door{room}"
        session = self._sessions.get(key)
        if session is None:
            session = self._make(key, "", fact)
        elif fact.kind not in session.seen:
            session.take(fact)
        if not session.room:
            session.room = fact.room


def _same_room(one: str, other: str) -> bool:
    return one == other or one.partition("@")[0] == other.partition("@")[0]


_TAKES: dict[str, Callable[[Tracer, Fact], None]] = {
    "opened": Tracer._opened,
    "connected": Tracer._opened,
    "encrypted": Tracer._encrypted,
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
    "unowned": Tracer._of_endpoint,
    "bridgeless": Tracer._bridgeless,
    "endpoint": Tracer._of_endpoint,
    "ice_up": Tracer._of_endpoint,
    "ice_failed": Tracer._of_endpoint,
    "ice_tried": Tracer._of_endpoint,
    "unencrypted": Tracer._of_endpoint,
    "expired": Tracer._of_endpoint,
    "bind": Tracer._at_the_web_server,
    "socket": Tracer._at_the_web_server,
    "page": Tracer._at_the_web_server,
    "upstream": Tracer._shut,
}
