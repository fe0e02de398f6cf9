"""What is known of one attempt while it goes on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .reading import Fact

OUR_ROOMS = "jitsi-tui-"
"""Rooms that our own looks at a server ask for."""


@dataclass(frozen=True)
class Came:
    """What the web server wrote of a session. Several of something: it can't be told which."""

    firsts: tuple[Fact, ...] = ()
    """The request that opened it; of a websocket the line that ends it."""

    pages: tuple[Fact, ...] = ()
    """The page that was opened before, where it is known who did."""

    counts: tuple[int, ...] = ()
    """How many requests it made while it was not logged in, of each that it may be."""

    refused: tuple[Fact, ...] = ()
    """Requests that the web server answered itself, with an error."""

    trails: tuple[tuple[str, str, str], ...] = ()
    """Address, room and browser of the lines."""

    together: int = 1
    """Sessions that the same lines may belong to, this one among them."""


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
    came: Came = field(default_factory=Came)
    came_for_good: bool = False
    """Nothing that comes later changes ``came``."""

    loops: int = 0
    shared_loops: bool = False
    """Other sessions stood at the same door while the loop ran."""

    one_of: int = 1
    """So many asked for the room, and any of them may be this member of the meeting."""

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

    def all(self, *kinds: str) -> list[Fact]:
        """Every fact of these kinds, in the order of their times."""
        return sorted((f for f in self.facts if f.kind in kinds), key=lambda f: f.line.time)

    @property
    def let_in(self) -> datetime | None:
        """When Prosody took it in."""
        fact = self.first("authenticated")
        return fact.line.time if fact is not None else None

    @property
    def host(self) -> str:
        """The domain that let it in; empty before."""
        return self.jid.partition("/")[0].rpartition("@")[2]

    @property
    def nick(self) -> str:
        """How Jitsi's client names its member of a room, where the JID says so; else empty.

        An anonymous user's member has the first eight digits of the name that Prosody made up.
        """
        user = self.jid.partition("@")[0].lower()
        begin = user[:8]
        return begin if len(begin) == 8 and all(c in "0123456789abcdef" for c in begin) else ""

    def is_a_part(self, domain: str) -> bool:
        """One of Jitsi's own parts: Jicofo and the videobridges log in on ``auth.``."""
        return self.host == f"auth.{domain}"

    def is_ours(self, domain: str, *, open_door: bool, blind: bool) -> bool:
        """A look of jitsi-tui itself, that nobody asked for: no check of somebody's account.

        It does not pass the web server. ``blind``: nobody knows who does. ``open_door``: there are
        no accounts to check.
        """
        if self.host == domain and not open_door:
            return False
        if self.room.startswith(OUR_ROOMS):
            return True
        brief = self.closed is not None and self.closed - self.began <= timedelta(seconds=1)
        return brief and not blind and not self.came.firsts and not self.room
