"""The rows of a list of people, whatever wrote it: names, CSV, a table drawn with lines. Pure.

Where a heading says what a column is, it is believed. Without one the list is read as people write
such lists by hand, and what could as well be something else is refused, with its line.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from ..model import RefusedError
from . import headings

_BOM = "\ufeff"
_LINE_END = re.compile(r"\r\n|\n|\r")  # what else splits lines for Python may stand in a password
_TOLD_SEPARATOR = re.compile(r"\"?sep=([,;\t|])\"?")
_QUOTED = re.compile(r'"[^"]*"')
_SEPARATORS = frozenset("\t;,|")
_DRAWN = str.maketrans("│┃║", "|||")
_RULE = re.compile(r"[\s|+=:*\-\u2500-\u257f]{3,}")
_NOISE = re.compile(
    r"^(?:OK|Result): |^Showing (?:all )?\d+ |^\(\d+ \w+\)$|^\d+ rows? in set\b"  # psql, mysql
)
_RECORD = re.compile(r"-\[ \w+ \d+ \][-+]*|\*+ \d+\. \w+ \*+")
_ADDRESS = re.compile(r"[^<>]*<[^<>]+>|[^@\s]+@[^@\s]+\.[^@\s.]+")
_PROSODY_FILE = re.compile(r"(\S+)\.dat")


@dataclass(frozen=True)
class Row:
    """One row that names somebody."""

    line: int
    """Its number in what was read, from 1."""

    name: str
    """As it was written."""

    password: str | None = field(repr=False)
    """As it was written, white space kept; ``None``: the row has none."""

    headed: bool
    """A heading says that this is the name, and that the password."""


def read(text: str) -> tuple[Row, ...]:
    """All rows of a list.

    Raises ``RefusedError`` where the whole is no list, or where a column could be anything.
    """
    _refuse_json(text)
    lines = _LINE_END.split(text.removeprefix(_BOM))
    told = _TOLD_SEPARATOR.fullmatch(lines[0].strip(" "))  # a line of Excel's own
    if told:
        lines[0] = ""
    for number, line in enumerate(lines, 1):
        if _RECORD.fullmatch(line.strip()):
            raise RefusedError(
                f"line {number} of the list begins a record that fills several lines",
                "print one person a line: without \\x in psql, without \\G in mysql",
            )
    separator = told[1] if told else _separator(lines)
    if separator is None:
        return tuple(_names(lines))
    drawn = separator == "|" and not told and _is_drawn(lines)
    cells = _drawn(lines) if drawn else _separated("\n".join(lines) + "\n", separator)
    rows = tuple(_people(cells))
    if rows and not rows[0].headed:
        _refuse_doubtful(rows)
    return rows


def _refuse_json(text: str) -> None:
    if not text.lstrip("\ufeff \t\r\n").startswith(("[", "{")):
        return
    try:
        json.loads(text.removeprefix(_BOM))
    except (ValueError, RecursionError):
        return
    raise RefusedError("the list is JSON", "write one name a line, or a CSV with a name")


def _said(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The lines that are neither empty nor a remark, a rule or a count."""
    for number, line in enumerate(lines, 1):
        word = line.strip()
        if word and not (word.startswith("#") or _RULE.fullmatch(word) or _NOISE.search(word)):
            yield number, line


def _separator(lines: Sequence[str]) -> str | None:
    """What separates columns: what comes first in most lines; ``None``: each line is a name.

    A comma may stand in a name, yet what follows it is far more often a password.
    """
    told = [line.translate(_DRAWN) for _, line in _said(lines)][:200]
    firsts = Counter(
        next((c for c in _QUOTED.sub("", line[:4096]) if c in _SEPARATORS), "") for line in told
    )
    del firsts[""]
    if firsts:
        return firsts.most_common(1)[0][0]
    quoted = any('"' in line for line in told)
    return "," if quoted or (told and headings.columns(told[:1])) else None


def _names(lines: Sequence[str]) -> Iterator[Row]:
    said = [(number, line.strip()) for number, line in _said(lines)]
    files = [_PROSODY_FILE.fullmatch(word) for _, word in said]
    if all(files):  # a listing of the folder where Prosody keeps accounts
        said = [(n, unquote(m[1])) for (n, _), m in zip(said, files, strict=True) if m]
    for number, word in said:
        yield Row(number, word, None, headed=False)


def _is_drawn(lines: Sequence[str]) -> bool:
    """Whether this is a table for eyes (psql, mysql, Markdown): its cells are padded."""
    bars = [line.translate(_DRAWN) for line in lines if not line.lstrip().startswith("#")]
    ruled = any("|" in line or "+" in line for line in bars if _RULE.fullmatch(line))
    return ruled or any(re.search(r"^\s*\||\s\|\s", line) for line in bars)


def _drawn(lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """The rows of a table drawn with lines; what pads a cell is no part of it."""
    width = 0
    for number, line in _said(lines):
        bare = line.translate(_DRAWN).strip()
        cells = [cell.strip() for cell in bare.split("|")]
        if bare.startswith("|"):
            cells = cells[1:-1] if bare.endswith("|") else cells[1:]
        width = width or len(cells)
        if len(cells) != width:
            raise RefusedError(
                f"line {number} of the list has {len(cells)} columns, those above it {width}",
                "is there a | inside of a cell? write that list as CSV",
            )
        yield number, cells


def _separated(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text), delimiter=separator, strict=True)
    before = 0
    try:
        for row in reader:
            number, before = before + 1, reader.line_num
            alone = len([cell for cell in row if cell.strip()]) == 1
            if not (alone and (_RULE.fullmatch(row[0]) or _NOISE.search(row[0].strip()))):
                yield number, row
    except csv.Error as error:
        raise RefusedError(
            f"what begins in line {before + 1} of the list is no CSV: {error}",
            "is a quote not closed there?",
        ) from None


def _people(rows: Iterator[tuple[int, list[str]]]) -> Iterator[Row]:
    columns: Mapping[str, int] | None = None
    width = 0
    for number, row in rows:
        cells = [cell.strip() for cell in row]
        if not any(cells) or cells[0].startswith("#"):
            continue
        if columns is None:
            columns = headings.columns(cells)
            if columns is not None:
                _refuse_nameless(columns, number)
                width = len(cells)
                continue
            columns = {"name": 0, "password": 1}
            _refuse_headless(cells, number)
        if width and any(cells[width:]):
            raise RefusedError(
                f"line {number} of the list has {len(cells)} columns, its heading {width}",
                "put quotes around a cell that holds a separator, or call the column something",
            )
        at = columns.get("password", -1)
        password = row[at] or None if 0 <= at < len(row) else None
        name = cells[columns["name"]] if columns["name"] < len(cells) else ""
        yield Row(number, name, password, headed=width > 0)


def _refuse_nameless(columns: Mapping[str, int], line: int) -> None:
    if "name" not in columns:
        raise RefusedError(
            f"line {line} of the list looks like a heading, and none of its columns is called name",
            "call one so; or, if that is a person, choose another password",
        )


def _refuse_headless(cells: Sequence[str], line: int) -> None:
    """Of many columns the second is seldom the password, and nobody must get it for one."""
    if [cell for cell in cells[2:] if cell]:
        raise _headless(line, f"has {len(cells)} columns")


def _refuse_doubtful(rows: Sequence[Row]) -> None:
    """What stands second may be an address, a person's name, another account: no password."""
    given = [(row, row.password) for row in rows if row.password is not None]
    if not given:
        return
    first = given[0][0].line
    if all(_ADDRESS.fullmatch(password.strip()) for _, password in given):
        raise _headless(first, "has two columns, and the second is an address")
    if all(row.name and row.name.casefold() in password.casefold() for row, password in given):
        raise _headless(first, "has two columns, and the second holds the first")
    if [row.name for row, _ in given] == [str(n) for n in range(1, len(given) + 1)]:
        raise _headless(first, "has two columns, and the first counts the lines")
    for row, password in given:
        if password != password.strip():
            raise _headless(row.line, "has a space beside what would be the password")


def _headless(line: int, what: str) -> RefusedError:
    return RefusedError(
        f"line {line} of the list {what}, and no heading above says which is the name",
        "write a first line that calls them name and password",
    )
