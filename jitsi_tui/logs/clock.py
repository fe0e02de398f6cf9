"""Times in logs: written in the server's time zone, some without a year, some twice a year."""

from __future__ import annotations

from collections.abc import Callable, MutableSequence, Sequence
from datetime import UTC, datetime, timedelta, tzinfo

NO_TIME = -(2**63)
"""Stands for a time that is not known, where times are counted in microseconds since 1970."""

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan ene gen janv янв",
            "feb fév févr fev fevr фев",
            "mar mär mrz mrt mars març maart мар",
            "apr avr abr апр",
            "may mai mag mei maj maio май мая",
            "jun juin giu juni июн",
            "jul juil lug juli июл",
            "aug aoû août ago авг",
            "sep sept set сен сент",
            "oct okt ott out окт",
            "nov ноя нояб",
            "dec déc dez dic дек",
        ),
        1,
    )
    for name in names.split()
}
"""Months by their usual abbreviations: java.util.logging writes them in the server's language."""

_DAY = timedelta(days=1)
_CACHE = 4096
_SECOND = 1_000_000
_JITTER = 60 * _SECOND
_LATE = 600 * _SECOND
"""Microseconds before now at which what comes live was written at the earliest."""

_Parts = tuple[int, int, int, int, int, int]
"""Year, month, day, hour, minute and second by a clock on the wall."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (2, 9999))
_EARLIEST, _LATEST = (second * _SECOND for second in _SECONDS)
"""In any zone these have a date."""


def _keep(known: dict[bytes, int], stamp: bytes, time: int, most: int = _CACHE) -> None:
    if len(known) >= most:
        known.clear()
    known[stamp] = time


def as_datetime(time: int) -> datetime | None:
    """A time in microseconds since 1970 as an aware UTC datetime."""
    # NO_TIME lies before all that can be.
    return _EPOCH + timedelta(microseconds=time) if _EARLIEST <= time <= _LATEST else None


class Clock:
    """Reads the stamps of one file. Results are kept by stamp, and by minute: logs repeat them."""

    def __init__(self, zone: tzinfo, now: Callable[[], float]) -> None:
        """``now`` gives the latest time that may stand in the file, in seconds since 1970."""
        self.zone = zone
        self.now = now
        self.last = NO_TIME
        """The newest time handed out; tells which of an hour's two passes in autumn is meant."""

        self._live = False
        self._other: tzinfo | None = None
        """The server's zone is another by now; a program that runs may not know that yet."""

        self._second_pass: tuple[int, ...] = ()
        self._seconds: dict[bytes, int] = {}
        self._minutes: dict[bytes, int] = {}

    def hear(self, zone: tzinfo, *, live: bool) -> None:
        """What the server's zone is now; ``live``: what comes next was written just now."""
        self._live = live
        other = zone if zone != self.zone else self._other
        if other != self._other:
            self._other = other
            self._forget()

    def _forget(self) -> None:
        self._seconds.clear()
        self._minutes.clear()

    def settle(self, times: MutableSequence[int], end: float) -> None:
        """Take the last of these times for an hour's second pass where they come so near ``end``.

        ``end`` is when they had been written at the latest, in seconds since 1970.
        """
        last, least = int(end * _SECOND), int(end * _SECOND) - _LATE
        for at in reversed(range(len(times))):
            if times[at] == NO_TIME:
                continue
            again = self._again(times[at])
            if again <= times[at] or not least <= again <= last + _JITTER:
                break
            times[at] = last = again
            least = NO_TIME
            self.last = max(self.last, again)

    def dated(self, stamp: bytes) -> int:
        """``YYYY?MM?DD?hh:mm:ss`` with any separators."""
        return self._cached(stamp, self._dated)

    def undated(self, stamp: bytes) -> int:
        """``Mon DD hh:mm:ss``: the latest such time that is not in the future."""
        return self._cached(stamp, self._undated)

    def named(self, stamp: bytes) -> int:
        """``DD/Mon/YYYY:hh:mm:ss`` as web servers write it."""
        return self._cached(stamp, self._named)

    def all_of(
        self, stamps: Sequence[bytes], read: Callable[[Clock, bytes], int]
    ) -> Sequence[int] | None:
        """The times of many stamps; ``None`` where one must be read in its turn.

        ``read`` is how one is read: ``Clock.dated`` and its like.
        """
        known = self._seconds
        wanted = set(stamps)
        for stamp in wanted.difference(known):
            read(self, stamp)
        if not wanted <= known.keys():
            return None
        return [known[stamp] for stamp in stamps]

    def at(self, year: int, month: int, day: int, hour: int, minute: int, second: int) -> int:
        """A local time; ``NO_TIME`` where there is no such date."""
        return self._local((year, month, day, hour, minute, second))[0]

    def _cached(self, stamp: bytes, read: Callable[[bytes], tuple[int, bool]]) -> int:
        time = self._seconds.get(stamp)
        if time is not None:
            return time
        try:
            time, sure = self._in_minute(stamp, read)
        except ValueError:
            return NO_TIME
        if sure:
            _keep(self._seconds, stamp, time, _CACHE if self._other is None else 1)
        return time

    def _in_minute(
        self, stamp: bytes, read: Callable[[bytes], tuple[int, bool]]
    ) -> tuple[int, bool]:
        """No zone changes its offset within a minute nowadays: its seconds can be counted.

        Digits come again a few hours later where a program takes over another zone.
        """
        if self._other is not None:
            return read(stamp)
        minute, second = stamp[:-2], int(stamp[-2:])
        begin = self._minutes.get(minute)
        if begin is None or second > 59:
            time, sure = read(stamp)
            if sure and time != NO_TIME and second < 60:
                _keep(self._minutes, minute, time - second * _SECOND)
            return time, sure
        return begin + second * _SECOND, True

    def _dated(self, stamp: bytes) -> tuple[int, bool]:
        s = stamp
        return self._local(
            (int(s[:4]), int(s[5:7]), int(s[8:10]), int(s[11:13]), int(s[14:16]), int(s[17:19]))
        )

    def _named(self, stamp: bytes) -> tuple[int, bool]:
        month = MONTHS.get(stamp[3:6].decode("ascii", "replace").lower(), 0)
        s = stamp
        return self._local(
            (int(s[7:11]), month, int(s[:2]), int(s[12:14]), int(s[15:17]), int(s[18:20]))
        )

    def _undated(self, stamp: bytes) -> tuple[int, bool]:
        month = MONTHS.get(stamp[:3].decode("ascii", "replace").lower(), 0)
        day, hour = int(stamp[4:6]), int(stamp[7:9])
        minute, second = int(stamp[10:12]), int(stamp[13:15])
        latest = datetime.fromtimestamp(self.now(), UTC) + _DAY
        for year in range(latest.year, latest.year - 9, -1):
            time, sure = self._local((year, month, day, hour, minute, second))
            if time != NO_TIME and time <= int(latest.timestamp() * 1e6):
                return time, sure
        return NO_TIME, True

    def _local(self, parts: _Parts) -> tuple[int, bool]:
        """The time, and whether these digits mean it until the zone or the hour is another."""
        one, two = _both(self.zone, parts)
        time = self._pass(parts, one, two)
        if self._other is not None and time != NO_TIME and not self._fits(time):
            first, second = _both(self._other, parts)
            other = self._pass(parts, first, second)
            if self._fits(other):
                self.zone, self._other = self._other, self.zone
                self._forget()
                one, two, time = first, second, other
        return time, one >= two

    def _fits(self, time: int) -> bool:
        """Whether a line may have been written then: after the one before, and until now."""
        now = int(self.now() * _SECOND)
        least = now - _LATE if self._live else NO_TIME
        return max(least, self.last - _JITTER) <= time <= now + _JITTER

    def _pass(self, parts: _Parts, one: int, two: int) -> int:
        """Which of an hour's two passes is meant."""
        if one >= two:
            return one
        now = int(self.now() * _SECOND)
        if two > now + _JITTER:
            self._second_pass = ()
            return one
        # Time went back by less than an hour, or it is written now: the clocks were put back.
        back = self.last != NO_TIME and one < self.last - _JITTER <= two
        if back or (self._live and one < now - _LATE):
            self._second_pass = parts[:3]
        return two if self._second_pass == parts[:3] else one

    def _again(self, time: int) -> int:
        """The same digits an hour later, where the clocks were put back in between."""
        here = as_datetime(time)
        if here is None:
            return time
        local = here.astimezone(self.zone)
        return time + int(local.replace(fold=1).timestamp() - local.timestamp()) * _SECOND


def _both(zone: tzinfo, parts: _Parts) -> tuple[int, int]:
    """A local time in both passes; the second is no later where there is one alone."""
    year, month, day, hour, minute, second = parts
    try:
        # 60 is a leap second.
        first = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone)
        again = first.replace(fold=1)
        return int(first.timestamp()) * _SECOND, int(again.timestamp()) * _SECOND
    except (ValueError, OverflowError, OSError):
        return NO_TIME, NO_TIME
