"""The people of the story: they come, meet and leave, under the rules of this moment."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from .focus import FOCUS, Refused
from .loading import guest_domain
from .past import NAMES, ROOM_NAMES, room_jid, visitor
from .phrases import Phrases, Visitor
from .rooms import Member, Room
from .services import Bridge, Jicofo, Machine, Prosody, WebServer, now
from .settings import ANONYMOUS, VirtualHost
from .tree import DOMAIN

_PACE = (1.2, 3.2)
"""Seconds between two events."""

_DAY = 45
_BREAK = 7
"""Of so many events the last so many are a break: nobody is in a meeting then."""

_CALLS = 3
_PEOPLE = 9
_EMPTY_ROOM = 20.0
"""Seconds until Jicofo ends a room that nobody entered."""

_AT_THE_DOOR = 4
"""How often a guest asks whether the meeting has begun before he goes."""


@dataclass
class Waiting:
    """Somebody who is not in yet: he tries again."""

    who: Visitor
    room: str
    tries: int = 0


@dataclass
class Crowd:
    """Acts now and then, and at once when a service goes or comes."""

    machine: Machine
    prosody: Prosody
    jicofo: Jicofo
    bridge: Bridge
    web: WebServer
    dice: random.Random
    waiting: list[Waiting] = field(default_factory=list)
    _sids: dict[str, str] = field(default_factory=dict)
    _visitors: dict[str, Visitor] = field(default_factory=dict)
    _events: int = 0

    def __post_init__(self) -> None:
        self.phrases = Phrases(self.machine.book, self.dice)
        self.machine.meetings.opened = self._opened
        self.machine.cut_off = self._cut_off

    async def live(self) -> None:
        """Until cancelled: one event at a time."""
        self._settle()
        while True:
            await asyncio.sleep(self.dice.uniform(*_PACE))
            self._act()

    # -- what happens ----------------------------------------------------------------------------

    def _settle(self) -> None:
        """Two meetings are on when somebody looks for the first time."""
        for room, size in ((ROOM_NAMES[0], 4), (ROOM_NAMES[2], 3)):
            for name in self.dice.sample(NAMES, size):
                self._arrive(Waiting(visitor(self.dice, name), room_jid(room)))

    def _act(self) -> None:
        self._events += 1
        if self._events % _DAY >= _DAY - _BREAK:
            self._have_a_break()
            return
        meetings = self.machine.meetings
        if self._moderator_comes():
            return
        if self.waiting and self.dice.random() < 0.6:
            self._arrive(self.waiting.pop(self.dice.randrange(len(self.waiting))))
        elif self.dice.random() < 0.3:
            self._noise()
        elif meetings.people() > _PEOPLE or (meetings.people() > 2 and self.dice.random() < 0.45):
            self._leave(self.dice.choice([r for r in meetings.rooms() if r.members]))
        else:
            rooms = [room.jid for room in meetings.rooms()]
            if len(rooms) < _CALLS and self.dice.random() < 0.3:
                rooms = [room_jid(self.dice.choice(ROOM_NAMES))]
            room = self.dice.choice(rooms or [room_jid(self.dice.choice(ROOM_NAMES))])
            self._arrive(Waiting(visitor(self.dice, self._somebody()), room))

    def _have_a_break(self) -> None:
        """All leave: who waits for the last meeting to end sees it end."""
        for room in self.machine.meetings.rooms():
            for _ in list(room.members):
                self._leave(room)
            if self.machine.meetings.get(room.jid) is room:
                self._end(room)

    def _moderator_comes(self) -> bool:
        """One of two times, where guests wait at a door: a moderator opens it."""
        accounts = self.machine.accounts.names(DOMAIN)
        shut = [w.room for w in self.waiting if not self.machine.meetings.exists(w.room)]
        if not accounts or not shut or self.dice.random() < 0.5:
            return False
        who = visitor(self.dice, self.dice.choice(accounts))
        self._arrive(Waiting(who, self.dice.choice(shut)))
        return True

    def _somebody(self) -> str:
        """A moderator in one of three cases, once there are any; else one of the people."""
        accounts = self.machine.accounts.names(DOMAIN)
        if accounts and self.dice.random() < 0.34:
            return self.dice.choice(accounts)
        return self.dice.choice(NAMES)

    def _noise(self) -> None:
        if self.web.pid is not None and self.bridge.pid is not None:
            self.phrases.noise(now())

    def _arrive(self, waiting: Waiting) -> None:
        """Somebody opens a room's page, logs in as config.js says, and asks Jicofo."""
        if self.web.pid is None:
            return
        who = waiting.who
        if waiting.tries == 0:
            self.phrases.page(now(), who, waiting.room.partition("@")[0])
        bosh = self.prosody.bosh
        page = waiting.room.partition("@")[0]
        self.phrases.bosh(now(), who, page, 502 if bosh is None else 200)
        if bosh is None:
            self._again(waiting)
            return
        if self.machine.accounts.exists(who.name, DOMAIN):
            host, user = bosh.settings.hosts.get(DOMAIN), who.name
        else:
            host = bosh.settings.hosts.get(guest_domain(self.machine.root) or DOMAIN)
            user = f"{self.dice.getrandbits(64):016x}"
        if host is None or bosh.offered(host) == []:
            return
        self._log_in(waiting, host, user)

    def _log_in(self, waiting: Waiting, host: VirtualHost, user: str) -> None:
        sid = f"{self.dice.getrandbits(128):032x}"
        self.phrases.connected(now(), sid)
        anonymous = host.authentication in ANONYMOUS
        if not anonymous and not self.machine.accounts.exists(user, host.name):
            # Asked for a password that he doesn't have.
            self.phrases.disconnected(now(), sid)
            return
        if anonymous and self.machine.accounts.exists(user, host.name):
            user = f"{self.dice.getrandbits(64):016x}"
        jid = f"{user}@{host.name}/{self.dice.getrandbits(48):012x}"
        self.phrases.authenticated(now(), sid, jid.partition("/")[0])
        focus = self.prosody.focus()
        if focus is None:
            self._again(waiting)
            return
        iq = Element(f"{{{FOCUS}}}conference", {"room": waiting.room, "machine-uid": sid})
        if isinstance(focus.request(jid, iq), Refused):
            self.phrases.disconnected(now(), sid)
            self._again(waiting)
            return
        room = self.machine.meetings.get(waiting.room)
        if room is not None:
            self._enter(room, waiting.who, jid, sid)

    def _enter(self, room: Room, who: Visitor, jid: str, sid: str) -> None:
        member = Member(f"{self.dice.getrandbits(32):08x}", who.name, jid, who.address)
        room.members[member.nick] = member
        self._sids[member.nick] = sid
        self._visitors[member.nick] = who
        self.phrases.joined(now(), room, member)

    def _again(self, waiting: Waiting) -> None:
        waiting.tries += 1
        if waiting.tries < _AT_THE_DOOR:
            self.waiting.append(waiting)

    def _leave(self, room: Room) -> None:
        member = room.members.pop(self.dice.choice(list(room.members)))
        self.phrases.left(now(), room, member)
        self.phrases.disconnected(now(), self._forget(member))
        if not room.members:
            self._end(room)

    def _forget(self, member: Member) -> str:
        self._visitors.pop(member.nick, None)
        return self._sids.pop(member.nick, "0" * 32)

    def _end(self, room: Room) -> None:
        self.machine.meetings.close(room.jid)
        self.phrases.ended(now(), room)

    def _opened(self, room: Room) -> None:
        self.phrases.opened(now(), room)
        asyncio.get_running_loop().call_later(_EMPTY_ROOM, self._end_if_empty, room)

    def _end_if_empty(self, room: Room) -> None:
        if not room.members and self.machine.meetings.get(room.jid) is room:
            self._end(room)

    def _cut_off(self) -> None:
        """A service went: whoever was in a meeting tries to come back."""
        for room in self.machine.meetings.clear():
            for member in room.members.values():
                who = self._visitors.get(member.nick)
                self._forget(member)
                if who is not None:
                    self.waiting.append(Waiting(who, room.jid, tries=1))
