"""How each log's records begin: one pattern and one reader of time and level a format."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from functools import cache
from operator import add
from typing import NamedTuple

from .clock import MONTHS, NO_TIME, Clock
from .levels import PRIORITIES, SYSLOG, WORDS, Level, level_of

Match = re.Match[bytes]
Reader = Callable[[Match, Clock], tuple[int, int]]
Columns = tuple[Sequence[int], bytes]
"""Times and levels of many records."""


class Format(NamedTuple):
    """``pattern`` matches at the start of each line that begins a record, and only there."""

    name: str
    pattern: re.Pattern[bytes]
    read: Reader
    """Time in microseconds since 1970 (or ``NO_TIME``), and level."""

    two_lines: bool = False
    """The level stands at the start of the second line."""

    columns: Callable[[Sequence[tuple[bytes, ...]], Clock], Columns | None] | None = None
    """As ``read``, of many matches by their groups; ``None`` where they must be read one by one.

    Of a log that grows fast nearly all lines are read so, in a third of the time.
    """


_levels: dict[bytes, int] = {}
_STDOUT_LEVEL = re.compile(
    rb"(?:[A-Za-z][\w.-]{0,30} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} ([^:\n]{1,40}): )"
    rb"|(?:[^\s]{1,100}[ \t]+(debug|info|warn|error)[ \t])"
)
_GUESS_WITHIN = 100


def _level(word: bytes) -> int:
    level = _levels.get(word)
    if level is None:
        level = int(level_of(word))
        if len(_levels) < 256:
            _levels[word] = level
    return level


@cache
def _level_word() -> re.Pattern[bytes]:
    words = b"|".join(re.escape(word.encode()) for word in sorted(WORDS, key=len, reverse=True))
    return re.compile(rb"(?:^|[\s\[<(])(%s)[\]>):\s]" % words, re.IGNORECASE)


def _guess(match: Match) -> int:
    """The first word near the record's start that names a level."""
    line, start = match.string, match.end()
    stop = line.find(b"\n", start, start + _GUESS_WITHIN) + 1
    found = _level_word().search(line, start, stop or start + _GUESS_WITHIN)
    return _level(found[1]) if found else Level.NONE


def _read_prosody(match: Match, clock: Clock) -> tuple[int, int]:
    stamp, level = match.groups()
    return clock.undated(stamp), _level(level)


def _prosody_columns(found: Sequence[tuple[bytes, ...]], clock: Clock) -> Columns | None:
    return _columns(found, clock.all_of([groups[0] for groups in found], Clock.undated))


def _nginx_columns(found: Sequence[tuple[bytes, ...]], clock: Clock) -> Columns | None:
    return _columns(found, clock.all_of([groups[0] for groups in found], Clock.dated))


def _jitsi_columns(found: Sequence[tuple[bytes, ...]], clock: Clock) -> Columns | None:
    seconds = clock.all_of([groups[0] for groups in found], Clock.dated)
    if seconds is None or NO_TIME in seconds:
        return None
    millis = [int(groups[1] or b"0") * 1000 for groups in found]
    return _columns(found, list(map(add, seconds, millis)))


def _columns(found: Sequence[tuple[bytes, ...]], times: Sequence[int] | None) -> Columns | None:
    """The level is the last group."""
    if times is None:
        return None
    words = [groups[-1] for groups in found]
    levels = {word: _level(word) for word in set(words)}
    return times, bytes([levels[word] for word in words])


def _read_jitsi(match: Match, clock: Clock) -> tuple[int, int]:
    stamp, millis, level = match.groups()
    return _with_fraction(clock.dated(stamp), millis), _level(level)


def _read_java(match: Match, clock: Clock) -> tuple[int, int]:
    month, day, year, hour, minute, second, rest, level = match.groups()
    name = month.decode("utf-8", "replace").lower().rstrip(".")
    number = MONTHS.get(name) or MONTHS.get(name[:3]) or _numbered_month(name)
    hours = int(hour)
    half = rest.decode("utf-8", "replace").lower()
    if half.startswith(_AFTERNOON):
        hours = hours % 12 + 12
    elif half.startswith(_MORNING):
        hours %= 12
    time = clock.at(int(year), number, int(day), hours, int(minute), int(second))
    return time, _level(level) if level else Level.NONE


_AFTERNOON = ("pm ", "p. m.", "p.m.", "p.\u00a0m.", "nachm", "em ", "下午", "午後", "오후")
_MORNING = ("am ", "a. m.", "a.m.", "a.\u00a0m.", "vorm", "fm ", "上午", "午前", "오전")


def _numbered_month(name: str) -> int:
    digits = name.rstrip("月월.")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 3 else 0


def _read_nginx(match: Match, clock: Clock) -> tuple[int, int]:
    stamp, level = match.groups()
    return clock.dated(stamp), _level(level)


def _read_access(match: Match, _clock: Clock) -> tuple[int, int]:
    stamp, zone, status = match.groups()
    return _elsewhere(_utc.named(stamp), zone), _status_level(status)


def _status_level(status: bytes | None) -> int:
    """Of an answer to a request."""
    if not status or status < b"4":
        return Level.INFO
    return Level.ERROR if status >= b"5" else Level.WARNING


def _elsewhere(time: int, zone: bytes) -> int:
    """A time that was read as if it were in UTC, by its own offset."""
    if time == NO_TIME or zone == b"Z":
        return time
    east = (int(zone[1:3]) * 60 + int(zone[3:].lstrip(b":") or b"0")) * 60_000_000
    return time + (east if zone[:1] == b"-" else -east)


def _read_json(match: Match, clock: Clock) -> tuple[int, int]:
    stamp, fraction, zone, named, named_zone, seconds, millis = match.groups()
    if named:
        time = _elsewhere(_utc.named(named), named_zone)
    elif seconds:
        time = _with_fraction(int(seconds) * 1_000_000, millis)
    else:
        time = _elsewhere(_utc.dated(stamp), zone) if zone else clock.dated(stamp)
        time = _with_fraction(time, fraction)
    line = match.string
    stop = line.find(b"\n", match.start()) + 1 or len(line)
    if said := _JSON_LEVEL.search(line, match.start(), stop):
        return time, _level(said[1])
    status = _JSON_STATUS.search(line, match.start(), stop)
    return time, _status_level(status[1]) if status else Level.NONE


def _read_epoch(match: Match, _clock: Clock) -> tuple[int, int]:
    seconds, fraction = match.groups()
    return _with_fraction(int(seconds) * 1_000_000, fraction), _guess(match)


def _read_apache(match: Match, clock: Clock) -> tuple[int, int]:
    month, day, hour, minute, second, fraction, year, level = match.groups()
    number = MONTHS.get(month.decode().lower(), 0)
    time = clock.at(int(year), number, int(day), int(hour), int(minute), int(second))
    return _with_fraction(time, fraction), _level(level)


def _read_iso(match: Match, clock: Clock) -> tuple[int, int]:
    stamp, fraction, zone = match.groups()
    if not zone:
        return _with_fraction(clock.dated(stamp), fraction), _guess(match)
    return _with_fraction(_elsewhere(_utc.dated(stamp), zone), fraction), _guess(match)


def _read_syslog(match: Match, clock: Clock) -> tuple[int, int]:
    return clock.undated(match[1]), _guess(match)


def _read_journal(match: Match, _clock: Clock) -> tuple[int, int]:
    stamp, micros, word = match.groups()
    level: int = SYSLOG[PRIORITIES.index(word.decode())]
    if word == b"info":
        # What a service prints has this priority whatever it says: then its own word counts.
        said = _STDOUT_LEVEL.match(match.string, match.end(), match.end() + _GUESS_WITHIN)
        level = (_level(said[1] or said[2]) if said else 0) or level
    time = _utc.dated(stamp)
    return (time + int(micros) if time > 0 else NO_TIME), level


def _with_fraction(time: int, fraction: bytes | None) -> int:
    if time == NO_TIME or not fraction:
        return time
    return time + int(fraction[:6].ljust(6, b"0"))


_utc = Clock(UTC, lambda: 0.0)
"""For stamps that carry their own offset."""

_M = re.MULTILINE
_TIME = rb"\d\d:\d\d:\d\d"
_ISO = rb"(\d{4}-\d\d-\d\d[T ]" + _TIME + rb")(?:[.,](\d{1,9}))?(Z|[+-]\d\d(?::?\d\d)?)?"
_NAMED = rb"(\d\d/[A-Z][a-z]{2}/\d{4}:" + _TIME + rb") ([+-]\d{4})"
_EPOCH = rb"(1\d{9})(?:[.]?(\d{1,6}))?"
"""Seconds since 1970, with a fraction; or milliseconds."""

_JSON_LEVEL = re.compile(rb'"(?:level|severity)" ?: ?"([a-zA-Z]{1,20})"')
_JSON_STATUS = re.compile(rb'"status" ?: ?"?(\d{3})\b')

PROSODY = Format(
    "prosody",
    re.compile(
        rb"^([A-Z][a-z]{2} [ \d]\d " + _TIME + rb") [^\t\n]{1,300}\t(debug|info|warn|error)\t", _M
    ),
    _read_prosody,
    columns=_prosody_columns,
)
JITSI = Format(
    "jitsi",
    re.compile(
        rb"^[A-Za-z][\w.-]{0,30} (\d{4}-\d\d-\d\d " + _TIME + rb")(?:\.(\d{3}))? ([^:\n]{1,40}): ",
        _M,
    ),
    _read_jitsi,
    columns=_jitsi_columns,
)
JAVA = Format(
    "java",
    re.compile(
        rb"^([^\s\d]{1,16}|\d{1,2}[^\s\d]{1,4}) (\d{1,2}), (\d{4})"
        rb" (\d{1,2}):(\d\d):(\d\d) ([^\n]{1,300})$"
        rb"(?:\n([^:\n]{1,40}): )?",
        _M,
    ),
    _read_java,
    two_lines=True,
)
NGINX = Format(
    "nginx",
    re.compile(rb"^(\d{4}/\d\d/\d\d " + _TIME + rb") \[([a-z]{1,10})\] ", _M),
    _read_nginx,
    columns=_nginx_columns,
)
ACCESS = Format(
    "access",
    re.compile(
        rb"^(?:(?!\d{4}/)\S{1,300} [^\n\[]{1,300})?\["
        + _NAMED
        + rb'\](?: "(?:[^"\\\n]|\\.){0,9000}" (\d{3})(?=\s))?',
        _M,
    ),
    _read_access,
)
APACHE = Format(
    "apache",
    re.compile(
        rb"^\[[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d)"
        rb"(?:\.(\d{1,6}))? (\d{4})\] \[(?:[\w-]{0,40}:)?([a-z]{1,10})\d?\] ",
        _M,
    ),
    _read_apache,
)
ISO = Format(
    "iso",
    re.compile(rb"^\[?" + _ISO + rb"(?![\w:])\]?", _M),
    _read_iso,
)
JSON = Format(
    "json",
    re.compile(
        rb'^\{[^\n]{0,4000}?"(?:@?timestamp|time(?:_local|_iso8601)?|ts|msec|date)" ?: ?"?'
        rb"(?:" + _ISO + rb"|" + _NAMED + rb"|" + _EPOCH + rb')(?=[",}\s])',
        _M,
    ),
    _read_json,
)
EPOCH = Format("epoch", re.compile(rb"^" + _EPOCH + rb"(?=[ \t|,])", _M), _read_epoch)
SYSLOG_FILE = Format(
    "syslog",
    re.compile(
        rb"^([A-Z][a-z]{2} [ \d]\d " + _TIME + rb") [^\s]{1,200} [^\s:]{1,100}(?:\[\d+\])?: ", _M
    ),
    _read_syslog,
)
JOURNAL = Format(
    "journal",
    re.compile(
        rb"^(\d{4}-\d\d-\d\dT" + _TIME + rb")\.(\d{6})Z "
        rb"\[(" + "|".join(PRIORITIES).encode() + rb")\] ",
        _M,
    ),
    _read_journal,
)

FILE_FORMATS = (JITSI, PROSODY, NGINX, ACCESS, JAVA, APACHE, ISO, SYSLOG_FILE, JSON, EPOCH)
"""What may stand in a file, in the order in which a file's first lines are tried."""


def _any_of(formats: tuple[Format, ...]) -> re.Pattern[bytes]:
    patterns = [one.pattern.pattern.removesuffix(rb"(?:\n([^:\n]{1,40}): )?") for one in formats]
    return re.compile(b"|".join(b"(?:%s)" % one for one in patterns), _M)


ANY_START: Mapping[bool, re.Pattern[bytes]] = {
    False: _any_of(FILE_FORMATS),
    True: JOURNAL.pattern,
}
"""Finds every line that begins a record of any format; by whether it is the journal."""
