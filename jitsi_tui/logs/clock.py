"""Times in logs: written in the server's time zone, some without a year, some twice a year."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (2, 9999))
_EARLIEST, _LATEST = (second * _SECOND for second in _SECONDS)
"""In any zone these have a date."""


def _keep(known: dict[bytes, int], stamp: bytes, time: int) -> None:
    if len(known) >= _CACHE:
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

        self._second_pass: tuple[int, ...] = ()
        self._seconds: dict[bytes, int] = {}
        self._minutes: dict[bytes, int] = {}

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
            _keep(self._seconds, stamp, time)
        return time

    def _in_minute(
        self, stamp: bytes, read: Callable[[bytes], tuple[int, bool]]
    ) -> tuple[int, bool]:
        """No zone changes its offset within a minute nowadays: its seconds can be counted."""
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

    def _local(self, parts: tuple[int, int, int, int, int, int]) -> tuple[int, bool]:
        """The time, and whether it is the only one with these digits."""
        year, month, day, hour, minute, second = parts
        try:
            # 60 is a leap second.
            first = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=self.zone)
            again = first.replace(fold=1)
            one, two = int(first.timestamp()) * _SECOND, int(again.timestamp()) * _SECOND
        except (ValueError, OverflowError, OSError):
            return NO_TIME, True
        if one >= two:
            return one, True
        if self.last != NO_TIME and one < self.last - _JITTER <= two:
            # Time went back by less than an hour: the clocks were put back.
            self._second_pass = parts[:3]
        return (two if self._second_pass == parts[:3] else one), False
