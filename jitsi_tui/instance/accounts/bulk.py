"""Lists of people as admins have them: read, checked line by line, before anything is made. Pure.

Understood are one name a line, ``name@domain`` as ``prosodyctl mod_listusers`` prints them, and CSV
(comma, semicolon or tab; with a heading or without) with a name and maybe a password.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from jitsi_tui.ssh.command import Secret

from ..model import RefusedError
from .names import account
from .program import password_problem

MOST_LINES = 20_000
_NAME_HEADINGS = ("name", "username", "user", "jid", "login", "account", "moderator", "benutzer")
_PASSWORD_HEADINGS = ("password", "passphrase", "pass", "passwort", "kennwort")
_NOISE = re.compile(r"^(?:OK|Result): |^Showing all \d+ users|^-+$")
_BOM = "\ufeff"


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
    try:
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return data.decode("utf-16")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RefusedError("the list is no UTF-8 text", "save it as UTF-8, and try again") from None


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
    lines = text.removeprefix(_BOM).splitlines()
    separator = _separator(lines)
    if separator is None:
        for number, raw in enumerate(lines, 1):
            word = raw.strip()
            if word and not word.startswith("#") and not _NOISE.search(word):
                yield number, _unformula(word), None
        return
    yield from _csv_rows("\n".join(lines) + "\n", separator)


def _csv_rows(text: str, separator: str) -> Iterator[tuple[int, str, str | None]]:
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    columns: Mapping[str, int] | None = None
    before = 0
    try:
        for row in reader:
            number, before = before + 1, reader.line_num
            cells = [cell.strip() for cell in row]
            if not any(cells) or cells[0].startswith("#"):
                continue
            if columns is None:
                columns = _columns(cells)
                if columns is not None:
                    continue
                columns = {"name": 0, "password": 1}
            yield number, _unformula(_cell(cells, columns["name"])), _password(row, columns)
    except csv.Error as error:
        raise RefusedError(f"line {reader.line_num} of the list is no CSV: {error}", "") from None


def _password(row: Sequence[str], columns: Mapping[str, int]) -> str | None:
    at = columns.get("password", -1)
    return row[at] or None if 0 <= at < len(row) else None


def _cell(cells: Sequence[str], at: int) -> str:
    return cells[at] if at < len(cells) else ""


def _columns(cells: Sequence[str]) -> dict[str, int] | None:
    """Where name and password stand, if this is a heading."""
    lower = [cell.lower() for cell in cells]
    name = next((lower.index(h) for h in _NAME_HEADINGS if h in lower), None)
    if name is None:
        return None
    found = {"name": name}
    password = next((lower.index(h) for h in _PASSWORD_HEADINGS if h in lower), None)
    if password is not None:
        found["password"] = password
    return found


def _separator(lines: Sequence[str]) -> str | None:
    """What separates columns, where any line has some; ``None``: each line is a name.

    A comma may stand in a name, yet what follows it is far more often a password.
    """
    told = [line for line in lines if line.strip() and not line.lstrip().startswith("#")][:200]
    counts = {mark: sum(mark in line for line in told) for mark in "\t;,"}
    mark = max(counts, key=lambda key: counts[key])
    if counts[mark]:
        return mark
    heading = told[0].lower().strip().strip('"') if told else ""
    return "," if heading in _NAME_HEADINGS or any('"' in line for line in told) else None


def _unformula(cell: str) -> str:
    """A name as our own export writes it: an apostrophe keeps spreadsheets from computing it."""
    return cell[1:] if re.match(r"'[=+\-@\t]", cell) else cell
