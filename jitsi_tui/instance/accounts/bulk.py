"""Lists of people as admins have them: read, checked line by line, before anything is made. Pure.

Understood are one name a line, ``name@domain`` as ``prosodyctl mod_listusers`` prints them, and CSV
(comma, semicolon or tab; with a heading or without) with a name and maybe a password.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from jitsi_tui.ssh.command import Secret

from ..model import RefusedError
from . import headings
from .names import account
from .program import password_problem

MOST_LINES = 20_000
_NOISE = re.compile(r"^(?:OK|Result): |^Showing (?:all )?\d+ |^[-=*]+$")
_BOM = "\ufeff"
_LINE_END = re.compile(r"\r\n|\n|\r")  # what else splits lines for Python may stand in a password
_TOLD_SEPARATOR = re.compile(r"\"?sep=([,;\t|])\"?")
_QUOTED = re.compile(r'"[^"]*"')
_SEPARATORS = frozenset("\t;,")


@dataclass(frozen=True)
class Entry:
    """One line that names an account."""

    line: int
    """Its number in what was read, from 1."""

    given: str
    """The name as it was written."""

    name: str
    """The name as Prosody stores it; ``""`` where it can't be one."""

    password: Secret | None = field(repr=False)
    """The one that the line gave; ``None``: one is to be made."""

    problem: str = ""
    """What is wrong with it, in a sentence; ``""``: nothing."""

    exists: bool = False
    """There is such an account already: it is left as it is."""

    @property
    def good(self) -> bool:
        """Whether an account is to be made of it."""
        return not self.problem and not self.exists


@dataclass(frozen=True)
class Preview:
    """What would be made of a list."""

    entries: tuple[Entry, ...]

    @property
    def good(self) -> tuple[Entry, ...]:
        """The lines of which accounts are to be made."""
        return tuple(entry for entry in self.entries if entry.good)

    @property
    def wrong(self) -> tuple[Entry, ...]:
        """The lines with which something is wrong."""
        return tuple(entry for entry in self.entries if entry.problem)

    @property
    def existing(self) -> tuple[Entry, ...]:
        """The lines whose accounts exist already."""
        return tuple(entry for entry in self.entries if entry.exists)


def preview(text: str, domain: str, existing: Collection[str]) -> Preview:
    """Read a list for the accounts of ``domain``; ``existing`` are the names that are taken.

    Raises ``RefusedError`` where the whole is no list of this kind.
    """
    entries: list[Entry] = []
    seen: dict[str, int] = {}
    for line, given, password in _rows(text):
        entry = _entry(line, given, password, domain)
        if entry.name and not entry.problem:
            first = seen.setdefault(entry.name, line)
            if first != line:
                entry = _with(entry, f"the same account as line {first}")
            elif entry.name in existing:
                entry = _with(entry, "", exists=True)
        entries.append(entry)
        if len(entries) > MOST_LINES:
            raise RefusedError(
                f"the list has more than {MOST_LINES} names", "split it into several"
            )
    if not entries:
        raise RefusedError("the list names nobody", "write one name a line, or a CSV with a name")
    return Preview(tuple(entries))


def decoded(data: bytes) -> str:
    """The text of a file: UTF-8, UTF-16 with its mark, else refused."""
    marked = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        text = data.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError:
        raise _no_text() from None
    begin = text[:4096]
    if begin.count("\0") > len(begin) // 3:  # UTF-16 without its mark, UTF-32
        raise _no_text()
    return text


def _no_text() -> RefusedError:
    return RefusedError("the list is no UTF-8 text", "save it as UTF-8, and try again")


def _with(entry: Entry, problem: str, *, exists: bool = False) -> Entry:
    return Entry(entry.line, entry.given, entry.name, entry.password, problem, exists)


def _entry(line: int, given: str, password: str | None, domain: str) -> Entry:
    secret = Secret(password) if password else None
    try:
        name = account(given, domain)
    except RefusedError as error:
        return Entry(line, given, "", secret, error.message)
    problem = password_problem(secret) if secret is not None else ""
    return Entry(line, given, name, secret, problem)


def _rows(text: str) -> Iterator[tuple[int, str, str | None]]:
    """Line number, name, and password where there is one."""
    lines = _LINE_END.split(text.removeprefix(_BOM))
    told = _TOLD_SEPARATOR.fullmatch(lines[0].strip(" "))  # a line of Excel's own
    if told:
        lines[0] = ""
    separator = told[1] if told else _separator(lines)
    if separator is None:
        for number, raw in enumerate(lines, 1):
            word = raw.strip()
            if word and not word.startswith("#") and not _NOISE.search(word):
                yield number, _unformula(word), None
        return
    yield from _csv_rows("\n".join(lines) + "\n", separator)


def _csv_rows(text: str, separator: str) -> Iterator[tuple[int, str, str | None]]:
    reader = csv.reader(io.StringIO(text), delimiter=separator, strict=True)
    columns: Mapping[str, int] | None = None
    before = 0
    try:
        for row in reader:
            number, before = before + 1, reader.line_num
            cells = [cell.strip() for cell in row]
            if not any(cells) or cells[0].startswith("#"):
                continue
            if columns is None:
                columns = headings.columns(cells)
                if columns is not None:
                    _refuse_nameless(columns, number)
                    continue
                columns = {"name": 0, "password": 1}
                _refuse_headless(cells, number)
            yield number, _unformula(_cell(cells, columns["name"])), _password(row, columns)
    except csv.Error as error:
        raise RefusedError(
            f"what begins in line {before + 1} of the list is no CSV: {error}",
            "is a quote not closed there?",
        ) from None


def _refuse_nameless(columns: Mapping[str, int], line: int) -> None:
    if "name" not in columns:
        raise RefusedError(
            f"line {line} of the list looks like a heading, and none of its columns is called name",
            "call one so; or, if that is a person, choose another password",
        )


def _refuse_headless(cells: Sequence[str], line: int) -> None:
    """Of many columns the second is seldom the password, and nobody must get it for one."""
    if [cell for cell in cells[2:] if cell]:
        raise RefusedError(
            f"line {line} of the list has {len(cells)} columns, and no heading above says which is"
            " the name",
            "write a first line that calls them name and password",
        )


def _password(row: Sequence[str], columns: Mapping[str, int]) -> str | None:
    at = columns.get("password", -1)
    return row[at] or None if 0 <= at < len(row) else None


def _cell(cells: Sequence[str], at: int) -> str:
    return cells[at] if at < len(cells) else ""


def _separator(lines: Sequence[str]) -> str | None:
    """What separates columns: what comes first in most lines; ``None``: each line is a name.

    A comma may stand in a name, yet what follows it is far more often a password.
    """
    told = [line for line in lines if line.strip() and not line.lstrip().startswith("#")][:200]
    firsts = Counter(
        next((c for c in _QUOTED.sub("", line[:4096]) if c in _SEPARATORS), "") for line in told
    )
    del firsts[""]
    if firsts:
        return firsts.most_common(1)[0][0]
    quoted = any('"' in line for line in told)
    return "," if quoted or (told and headings.columns(told[:1])) else None


def _unformula(cell: str) -> str:
    """A name as our own export writes it: an apostrophe keeps spreadsheets from computing it."""
    return cell[1:] if re.match(r"'[=+\-@\t]", cell) else cell
