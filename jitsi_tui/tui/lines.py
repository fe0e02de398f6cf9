"""A line as a value: runs of text, each with the kind of thing it says.

Presentation is pure functions from what we know to lines; widgets only give kinds their colour.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias, get_args

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from jitsi_tui.text import MARKS, Tone

Kind = Literal[
    "",
    "strong",
    "dim",
    "faint",
    "accent",
    "key",
    "good",
    "attention",
    "bad",
    "off",
    "added",
    "removed",
    "hunk",
    "match",
    "cursor",
    "tag-1",
    "tag-2",
    "tag-3",
    "tag-4",
    "tag-5",
    "tag-6",
]
"""What a run says; ``tui/theme.py`` and ``styles/base.tcss`` say how that looks."""

Run: TypeAlias = tuple[str, Kind]
Line: TypeAlias = tuple[Run, ...]

KINDS: tuple[Kind, ...] = tuple(kind for kind in get_args(Kind) if kind)

_STYLES: dict[Kind, str] = {
    "": "",
    "strong": "bold",
    "dim": "$dim",
    "faint": "$faint",
    "accent": "$accent",
    "key": "bold $accent",
    "good": "$good",
    "attention": "$attention",
    "bad": "$bad",
    "off": "$dim",
    "added": "$good on $good-tint",
    "removed": "$bad on $bad-tint",
    "hunk": "$dim",
    "match": "bold $attention",
    "cursor": "bold $accent",
    "tag-1": "$tag-1",
    "tag-2": "$tag-2",
    "tag-3": "$tag-3",
    "tag-4": "$tag-4",
    "tag-5": "$tag-5",
    "tag-6": "$tag-6",
}


def line(*runs: Run | str) -> Line:
    """A line from runs; plain text is a run of no kind."""
    return tuple((run, "") if isinstance(run, str) else run for run in runs)


def marked(tone: Tone) -> Run:
    """The mark of a tone, in its colour."""
    return (MARKS[tone], tone)


def content(lines: Iterable[Line]) -> Content:
    """Lines as what Textual's widgets show; never markup."""
    rows = [
        Content.assemble(*((text, _STYLES[kind]) if kind else text for text, kind in row))
        for row in lines
    ]
    return Content("\n").join(rows)


def plain(row: Line) -> str:
    """Its text alone."""
    return "".join(text for text, _ in row)


def width(row: Line) -> int:
    """In cells."""
    return sum([cells_of(text) for text, _ in row])


def cells_of(text: str) -> int:
    """How wide a text is."""
    return len(text) if text.isascii() else cell_len(text)


def clip(text: str, cells: int) -> str:
    """The text in so many cells at most, with ``…`` where something is missing."""
    if cells_of(text) <= cells:
        return text
    if cells <= 0:
        return ""
    kept = text[: cells - 1] if text.isascii() else set_cell_size(text, cells - 1)
    return kept.rstrip() + "…"


def fit(text: str, cells: int, *, right: bool = False) -> str:
    """The text in exactly so many cells."""
    clipped = clip(text, cells)
    gap = " " * (cells - cell_len(clipped))
    return gap + clipped if right else clipped + gap


def spread(left: Line, right: Line, cells: int, *, gap: int = 2) -> Line:
    """One line with something at both its ends; where room is short the left gives way."""
    room = cells - width(right) - gap
    left = clip_line(left, max(0, room))
    return (*left, (" " * max(0, cells - width(left) - width(right)), ""), *right)


def clip_line(row: Line, cells: int) -> Line:
    """The line in so many cells at most."""
    kept: list[Run] = []
    room = cells
    for at, (text, kind) in enumerate(row):
        size = cells_of(text)
        if size < room or (size == room and not any(words for words, _ in row[at + 1 :])):
            kept.append((text, kind))
            room -= size
            continue
        kept.append((clip(text + "…" if size == room else text, room), kind))
        break
    return tuple(kept)


def fill(row: Line, cells: int) -> Line:
    """The line in exactly so many cells: clipped, or with blanks at its end."""
    text = "".join([text for text, _ in row])
    room = cells - (len(text) if text.isascii() else width(row))
    if room < 0:
        row = clip_line(row, cells)
        room = cells - width(row)
    return (*row, (" " * room, "")) if room else row


def wrap(text: str, cells: int, kind: Kind = "", *, indent: str = "") -> list[Line]:
    """Plain words in lines of so many cells, broken at spaces, inside a word only if it must."""
    room = max(8, cells - cell_len(indent))
    rows: list[str] = []
    for paragraph in text.split("\n"):
        row = ""
        for word in paragraph.split(" "):
            candidate = f"{row} {word}" if row else word
            if cells_of(candidate) <= room:
                row = candidate
                continue
            if row:
                rows.append(row)
            *whole, row = _pieces(word, room)
            rows += whole
        rows.append(row)
    return [((indent + row, kind),) for row in rows]


def _pieces(word: str, cells: int) -> list[str]:
    """A word in pieces of so many cells, each looked at once: it may be a record's 65,536."""
    pieces: list[str] = []
    at = 0
    while at < len(word) or not pieces:
        end = at + (fitting(word, cells, at) or 1)
        pieces.append(word[at:end])
        at = end
    return pieces


def fitting(text: str, cells: int, start: int = 0) -> int:
    """How many characters from ``start`` on have room."""
    if text.isascii():
        return max(0, min(len(text) - start, cells))
    used = 0
    for at in range(start, len(text)):
        used += cell_len(text[at])
        if used > cells:
            return at - start
    return len(text) - start


def pairs(rows: Sequence[tuple[str, str]], *, gap: int = 3) -> list[Line]:
    """What and who, in two columns."""
    left = max((cell_len(name) for name, _ in rows), default=0)
    return [((fit(name, left + gap), "dim"), (value, "")) for name, value in rows]


SPARKS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[int]) -> str:
    """One cell a value, in order of time; the tallest is the most there was."""
    top = max(values, default=0)
    if not top:
        return ""
    return "".join(SPARKS[min(7, value * 7 // top)] for value in values)
