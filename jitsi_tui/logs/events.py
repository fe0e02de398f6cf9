"""What a follower tells, and the place it can be taken up at again.

Named tuples, for the reason that the events of a session are.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import timedelta, timezone, tzinfo
from types import MappingProxyType
from typing import NamedTuple
from zoneinfo import ZoneInfo


class Server(NamedTuple):
    """What the program on the server said of itself when it began."""

    zone_name: str
    """Of the server's time zone database, such as ``Europe/Berlin``; empty where unknown."""

    utc_offset: int
    """Seconds east of UTC at this moment."""

    time: int
    """The server's clock, in seconds since 1970."""

    as_root: bool

    def zone(self) -> tzinfo:
        """The time zone in which its programs write their logs."""
        return _zone(self.zone_name, self.utc_offset)


class ZoneSet(NamedTuple):
    """The server's zone was set, or its clocks were put forward or back."""

    zone_name: str
    utc_offset: int

    def zone(self) -> tzinfo:
        """The time zone in which programs write their logs that start from now on."""
        return _zone(self.zone_name, self.utc_offset)


def _zone(name: str, utc_offset: int) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return timezone(timedelta(seconds=utc_offset))


class ClockSet(NamedTuple):
    """The server's clock was set while it was listened to."""

    time: int
    """What it shows now, in seconds since 1970."""


class Began(NamedTuple):
    """Lines of another file follow: the log itself, or one that rotation has put aside."""

    source: str
    file: int
    """Names these bytes for as long as they exist, whatever the file is called."""

    path: str
    mtime: int
    """When it was last written to, in seconds since 1970."""

    journal: bool = False
    past: bool = False
    """It was asked for as history."""

    offset: int = 0
    """Where reading it begins."""


class Lines(NamedTuple):
    """Whole lines as they stand in a file, from ``offset`` on.

    Only a line of extreme length comes in pieces, and the last line of a file may lack its end.
    """

    source: str
    data: bytes
    offset: int
    file: int


class Ended(NamedTuple):
    """Nothing more comes from this file."""

    source: str
    file: int


class Gap(NamedTuple):
    """Lines may be missing here, and why."""

    source: str
    why: str
    """``copied``, ``emptied``, ``gone``, ``unreadable`` or ``journal``; see ``GAP_TEXT``."""

    file: int
    """0 where it is in none of those that were told of."""

    detail: str = ""
    """For ``unreadable``: which file, and the server's words for why."""


GAP_TEXT: Mapping[str, str] = {
    "copied": "the log was copied and emptied; lines written in that instant are in no file",
    "emptied": "the log was emptied; what was written just before is in no file",
    "gone": "the file that was followed is gone; lines at its end may be missing",
    "unreadable": "a file that rotation put aside can't be read; its lines are missing",
    "journal": "the journal no longer holds the last entry seen; entries may be missing",
}


class State(NamedTuple):
    """How a source stands now."""

    source: str
    state: str
    """``open``, ``missing``, ``unreadable``, ``journal``, ``rotated`` or ``emptied``."""

    detail: str
    """The system's words, for ``missing`` and ``unreadable``; the unit, for ``journal``."""


class History(NamedTuple):
    """The answer to a request for older bytes."""

    request: int
    source: str
    file: int
    offset: int
    """Where ``data`` starts in the file; rarely at the start of a line."""

    data: bytes
    status: str
    """``done``; ``none``: there is no such file, or none before it; ``unreadable``."""

    detail: str = ""
    """For ``unreadable``: which file, and the server's words for why."""


class Elsewhere(NamedTuple):
    """The log lies elsewhere than was thought: what was told of it until now was of another file.

    Told by whoever chooses the files, not by a follower.
    """

    source: str


class CaughtUp(NamedTuple):
    """What the files held at the start has been told; what follows is new."""


Event = (
    Server
    | ZoneSet
    | ClockSet
    | CaughtUp
    | Began
    | Lines
    | Ended
    | Gap
    | State
    | History
    | Elsewhere
)


class Identity(NamedTuple):
    """How a file's bytes are found again, whatever the file is called by then."""

    dev: int
    ino: int
    head: bytes
    """Its first bytes, up to 256."""


class Place(NamedTuple):
    """How far one file was read."""

    file: int
    identity: Identity
    offset: int
    tail: bytes
    """The 64 bytes before the offset, or as many as there are."""

    cursor: str = ""
    """Of the last entry, where it is the journal that was read."""

    copy: bool = False
    """Whether the log was copied into it and then emptied: what came in between is in no file."""


class Position(NamedTuple):
    """Where a follower stands: a new one that starts from here loses and repeats nothing."""

    places: Mapping[str, tuple[Place, ...]]
    """For each source the files still being read, oldest first."""

    known: Mapping[int, Place]
    """Files seen so far, and what tells them from others: their history can be asked for."""

    next_file: int
    time: int
    """The server's clock when something was last heard from it."""

    missing: frozenset[str] = frozenset()
    """Sources without a file: one that is there later is new from its first line on."""

    before: Mapping[str, str] = MappingProxyType({})
    """For each source what tells the file that was the log before, in the program's own words."""

    ended: Mapping[str, tuple[Place, ...]] = MappingProxyType({})
    """For each source the last files that were read to their ends: their names may come back."""

    def without(self, names: Set[str]) -> Position:
        """The same where nothing was read of these sources yet."""
        return self._replace(
            places={name: kept for name, kept in self.places.items() if name not in names},
            before={name: kept for name, kept in self.before.items() if name not in names},
            ended={name: kept for name, kept in self.ended.items() if name not in names},
            missing=self.missing - names,
        )
