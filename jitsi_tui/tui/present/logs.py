"""Log records as lines: one line each in a pane, whole where one is opened."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import tzinfo
from functools import lru_cache

from rich.cells import cell_len

from jitsi_tui import text
from jitsi_tui.logs.clock import as_datetime
from jitsi_tui.logs.levels import PRIORITIES, Level
from jitsi_tui.logs.marks import find_marks
from jitsi_tui.logs.patterns import Expression
from jitsi_tui.logs.records import Record
from jitsi_tui.text import visible
from jitsi_tui.tui.lines import (
    Kind,
    Line,
    Run,
    clip,
    clip_line,
    fit,
    line,
    plain,
    width,
    wrap,
)

from .log_words import highlighted

_LEVELS: dict[Level, tuple[str, Kind]] = {
    Level.NONE: ("     ", ""),
    Level.DEBUG: ("debug", "faint"),
    Level.INFO: ("info ", "dim"),
    Level.WARNING: ("warn ", "attention"),
    Level.ERROR: ("error", "bad"),
    Level.FATAL: ("fatal", "bad"),
}
_MARKS: dict[Level, str] = {Level.WARNING: "▲", Level.ERROR: "✖", Level.FATAL: "✖"}

ROOMY = 56
"""Cells from which a pane has room for words beside its marks."""

_WIDE = 80
"""Cells from which there is room for who speaks, too."""

_ROOM_CELLS = 24
"""Of a room's name before the words of what happened in it."""

_JITSI = re.compile(
    r"\w+ \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [^:]{1,40}: (?:\[\d+\] )?"
    r"(?:\[(?P<context>[^\]\n]*)\] )?"
    # Until 2020: org.jitsi.jicofo.FocusManager.createConference().497
    r"(?:[\w$]+\.){0,20}?(?P<who>[\w$]+)\.[\w$<>]+(?:#\d+: |\(\)(?:\.\d+)? )"
)
_FROM_JOURNAL = rf"\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{{6}}Z \[(?:{'|'.join(PRIORITIES)})\] "

_TWO_LINES = re.compile(
    r"(?:[^\s\d]{1,16}|\d{1,2}[^\s\d]{1,4}) \d{1,2}, \d{4} \d{1,2}:\d\d:\d\d "
    r"(?:[^\n]{1,20} )?(?:[\w$-]{1,100}\.){0,20}(?P<who>[\w$-]{1,100}) \S{1,100}\n"
    r"(?:[^:\n]{1,40}: )?"
)
"""Of java.util.logging: what happened stands in the second line, behind the level."""

_HEADS = (
    re.compile(r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d (?P<who>\S+)[\t ]+\w+[\t ]+"),
    _JITSI,
    re.compile(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[\w+\] \d+#\d+: (?:\*\d+ )?(?P<who>)"),
    re.compile(r"(?P<who>\S{1,45}) \S+ \S+ \[[^\]\n]{20,30}\] "),
    re.compile(rf"(?:{_FROM_JOURNAL}|\[?\d{{4}}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S* )(?P<who>)"),
    re.compile(r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S+ (?P<who>[^\s:\[]+)(?:\[\d+\])?: "),
    re.compile(
        r"\[[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d [\d:.]{8,15} \d{4}\]"
        r" \[(?:(?P<who>[\w-]{1,40}):)?[a-z]{1,10}\d?\] (?:\[pid [^\]\n]{1,40}\] )?"
    ),
    _TWO_LINES,
)
"""What stands before a record's own words, and who says them."""

_HEADS_DIGIT = (_HEADS[2], _HEADS[4], _HEADS[3], _TWO_LINES)
"""The ones that may begin with a digit."""


@lru_cache(maxsize=4096)
def _head(second: int, zone: tzinfo, level: Level, who: str, roomy: bool) -> Line:
    """Time, level and who speaks: the same for many records, thousands of times a second."""
    time = as_datetime(second * 1_000_000)
    runs: list[Run] = []
    if time is not None:
        runs.append((f"{time.astimezone(zone):%H:%M:%S} ", "dim"))
    word, kind = _LEVELS[level]
    runs.append((f"{word if roomy else _MARKS.get(level, ' ')} ", kind))
    if who:
        runs.append((f"{visible(who)[:24]}  ", "accent" if find_marks(who) else "dim"))
    return tuple(runs)


_IN_ROOM = re.compile(r"\b(?:room|conf_name|conf)=([^\s@,]{1,200})")


@lru_cache(maxsize=256)
def _room(context: str, cells: int) -> Sequence[Run]:
    """The room in which it happened: several conferences write into one log."""
    found = _IN_ROOM.search(context)
    return ((clip(visible(found[1]), cells), "accent"), ("  ", "")) if found else ()


def head_of(record: Record, zone: tzinfo, cells: int) -> tuple[Line, str, int]:
    """Time, level, who speaks and in which room, as far as they fit; and the words behind them.

    Also says how many of the record's lines that tells of: two where the words are in the second.
    """
    words, _, rest = record.text.partition("\n")
    forms = _HEADS_DIGIT if words[:1].isdigit() else _HEADS
    who, lines = "", 1
    room: Sequence[Run] = ()
    for form in forms:
        if form is _TWO_LINES:
            if not rest or (head := form.match(record.text)) is None:
                break
            words, lines = record.text[head.end() :].partition("\n")[0], 2
        elif (head := form.match(words)) is not None:
            words = words[head.end() :]
        if head is not None:
            if cells >= _WIDE:
                who = head["who"] or ""
            if form is _JITSI and cells >= ROOMY and (context := head["context"]):
                room = _room(context, _ROOM_CELLS if cells >= _WIDE else _ROOM_CELLS // 2)
            break
    runs = _head(record.moment // 1_000_000, zone, record.level, who, cells >= ROOMY)
    return (*runs, *room), words, lines


def strong_kind(record: Record) -> Kind:
    """The colour of a record's words."""
    return _LEVELS[record.level][1] if record.level >= Level.WARNING else ""


def one_line(
    record: Record,
    zone: tzinfo,
    cells: int,
    find: Expression | None = None,
    pan: int = 0,
    *,
    room: int = 0,
    fold: bool = True,
) -> Line:
    """Time, level and words; further lines of the record are only counted.

    ``pan``: characters that stand left of the pane. ``room``: of so many characters at least there
    will be room; without it of those in the line.
    """
    if record.gap:
        return line((f"┄┄ {visible(record.text)}", "attention"))
    head, words, lines = head_of(record, zone, cells)
    further = False
    if find is not None and not pan and not room:
        words, further = _with_match(record.text, words, lines, find, cells - width(head))
    shown = visible(words[: pan + max(room, cells * 2)])
    if pan:
        shown = f"…{shown[pan + 1 :]}" if len(shown) > pan else "…"
    runs = (*head, *highlighted(shown, find, strong_kind(record)))
    if not fold or "\n" not in record.text:
        return runs
    more = record.text.count("\n") + 1 - lines
    if not more:
        return runs
    note = f"  +{text.count(more, 'line')}" if cells >= ROOMY else f" +{more}"
    kind: Kind = "match" if further else "faint"
    return (*(runs if room else clip_line(runs, cells - len(note))), (note, kind))


def _with_match(
    record: str, words: str, lines: int, find: Expression, cells: int
) -> tuple[str, bool]:
    """The words in sight such that the match is among them; whether it is in further lines.

    ``lines``: so many tell of themselves. A match in what stands before the words, such as the
    room's full name, brings all of the line.
    """
    first, *further = record.split("\n", lines)
    rest = further[-1] if len(further) == lines else ""
    spans = find.spans(words)
    if not spans and (spans := find.spans(first)):
        words = first
    if not spans:
        return words, bool(rest) and find.search(rest)
    start, end = spans[0]
    if end <= cells - 1:
        return words, False
    return f"…{words[max(1, start - cells // 3) :]}", False


_TAGS: tuple[Kind, ...] = ("tag-1", "tag-2", "tag-3", "tag-4", "tag-5", "tag-6")
_TAG_CELLS = 12
_WIDEST_TAG = 24


def tag(names: Sequence[str], which: int) -> Run:
    """Which of several logs a record is from: its name, in a colour of its own."""
    return (f"{_tags(tuple(names))[which]} ", _TAGS[which % len(_TAGS)])


@lru_cache(maxsize=32)
def _tags(names: tuple[str, ...]) -> tuple[str, ...]:
    """All of one width; wider than usual where only that tells them apart."""
    shown = [visible(name) for name in _apart(names)]
    longest = max(map(cell_len, shown))
    cells = min(_TAG_CELLS, longest)
    while cells < min(_WIDEST_TAG, longest) and len({clip(one, cells) for one in shown}) < len(
        names
    ):
        cells += 1
    return tuple(fit(one, cells) for one in shown)


def _apart(names: tuple[str, ...]) -> Iterator[str]:
    """The names of files, each with as many of its folders as tell it from the others."""
    paths = [name.split("/") for name in names]
    for path in paths:
        count = 1
        while count < len(path) and sum(one[-count:] == path[-count:] for one in paths) > 1:
            count += 1
        yield "/".join(path[-count:])


def whole(record: Record, zone: tzinfo, cells: int, find: Expression | None = None) -> list[Line]:
    """Every line of a record, as it stands in the log; what was searched for stands out."""
    when = f"{record.time.astimezone(zone):%Y-%m-%d %H:%M:%S.%f}"[:-3] if record.time else "no time"
    word, kind = _LEVELS[record.level]
    lines: list[Line] = [line((when, "dim"), "   ", (word.strip() or "no level", kind)), ()]
    for row in visible(record.text.replace("\t", "    "), lines=True).split("\n"):
        words = row.lstrip(" ")
        indent = " " * min(len(row) - len(words), cells // 4)
        lines += [
            tuple(highlighted(plain(one), find, "")) for one in wrap(words, cells, indent=indent)
        ]
    if record.cut:
        lines.append(line((f"… and {record.cut:,} bytes more, which are not kept", "dim")))
    return lines
