"""Two weeks of logs that are there before anybody looks: a pure function of a seed and a moment."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from .logbook import Log, LogBook
from .phrases import AGENTS, Phrases, Visitor
from .rooms import Member, Room

DAYS = 14
NAMES = (
    "ada", "boris", "chidi", "dora", "elif", "farid", "greta", "hana",
    "ines", "jonas", "kofi", "lena", "milan", "nour", "olga", "pavel",
)  # fmt: skip
ROOM_NAMES = (
    "Daily", "BoardMeeting", "DesignReview", "SupportDesk", "ChoirPractice",
    "GrannysSunday", "Interviews", "OpenHour",
)  # fmt: skip
_MUC = "conference.meet.example.org"

Lines = dict[Log, list[tuple[datetime, str]]]


def visitor(dice: random.Random, name: str | None = None) -> Visitor:
    """Somebody at a browser, at an address that is nobody's (RFC 5737)."""
    address = f"198.51.100.{dice.randrange(1, 250)}"
    return Visitor(name or dice.choice(NAMES), address, dice.choice(AGENTS))


def room_jid(name: str) -> str:
    return f"{name.lower()}@{_MUC}"


def write_past(now: datetime, seed: int) -> tuple[Lines, dict[Log, tuple[datetime, ...]]]:
    """The lines of each log, and when each log was rotated (newest first)."""
    dice = random.Random(seed)  # noqa: S311 - a story, not a secret
    lines: Lines = {}
    book = LogBook(lambda log, at, line: lines.setdefault(log, []).append((at, line)))
    phrases = Phrases(book, dice)
    _started(book, now - timedelta(days=DAYS))
    for at in _moments(now, dice):
        if dice.random() < 0.35:
            phrases.noise(at)
        else:
            _meeting(phrases, dice, at, now)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    daily = (midnight, midnight - timedelta(days=1))
    sunday = midnight - timedelta(days=(now.weekday() + 1) % 7)
    weekly = (sunday, sunday - timedelta(days=7))
    return lines, {
        "prosody": weekly,
        "prosody.err": weekly,
        "jicofo": daily,
        "jvb": (midnight - timedelta(days=6),),
        "nginx": daily,
        "nginx.access": daily,
    }


def _moments(now: datetime, dice: random.Random) -> Iterator[datetime]:
    """By day every hour or so, by night hardly ever; the last hour is a busy one."""
    at = now - timedelta(days=DAYS)
    last_hour = now - timedelta(hours=1)
    while True:
        by_day = 7 <= at.hour < 20
        minutes = 3.0 if at > last_hour else 75.0 if by_day else 240.0
        at += timedelta(minutes=dice.uniform(0.3, 1.7) * minutes)
        if at >= now:
            return
        yield at


def _started(book: LogBook, at: datetime) -> None:
    book.prosody(at, "general", "info", "Hello and welcome to Prosody version 0.12.3")
    book.jicofo(at, "INFO", "Main.main#31", "Starting Jicofo.", thread=1)
    book.jicofo(
        at, "INFO", "JicofoServices.createAuthenticationAuthority#160",
        "Authentication service disabled.", thread=1,
    )  # fmt: skip
    book.jvb(at, "INFO", "MainKt.main#75", "Starting jitsi-videobridge version 2.3-216", thread=1)
    book.nginx(at, "notice", "start worker processes")


def _meeting(phrases: Phrases, dice: random.Random, at: datetime, now: datetime) -> None:
    """One meeting from its first visitor to its end, as far as it lies in the past."""
    room = Room(room_jid(dice.choice(ROOM_NAMES)))
    come: list[tuple[str, Member, Visitor]] = []
    moment = at
    for number, name in enumerate(dice.sample(NAMES, dice.randrange(2, 5))):
        if moment >= now - timedelta(seconds=5):
            break
        who = visitor(dice, name)
        sid = f"{dice.getrandbits(128):032x}"
        jid = f"{dice.getrandbits(64):016x}@meet.example.org"
        phrases.page(moment, who, room.name)
        phrases.bosh(moment, who, room.name)
        phrases.connected(moment, sid)
        phrases.authenticated(moment, sid, jid)
        if number == 0:
            phrases.opened(moment, room)
        member = Member(f"{dice.getrandbits(32):08x}", name, jid, who.address)
        room.members[member.nick] = member
        phrases.joined(moment, room, member)
        come.append((sid, member, who))
        moment += timedelta(seconds=dice.randrange(5, 90))
    for sid, member, _ in come:
        moment += timedelta(seconds=dice.randrange(20, 900))
        if moment >= now - timedelta(seconds=5):
            return
        phrases.left(moment, room, member)
        phrases.disconnected(moment, sid)
    phrases.ended(moment, room)
