"""Lists of people as admins have them: checked line by line, before anything is made. Pure.

Understood are one name a line, ``name@domain`` as ``prosodyctl mod_listusers`` prints them, mail
addresses of that domain, and tables with a name and maybe a password: CSV (comma, semicolon, tab or
bar; with a heading or without), and what psql, mysql and Markdown draw.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from jitsi_tui.ssh.command import Secret
from jitsi_tui.words import count

from ..model import RefusedError
from . import rows
from .names import account
from .program import password_problem
from .rows import Row

MOST_LINES = 20_000
_ODD = re.compile(r"[]|=[{}()*\\`^~#$%;,?!\u2022\u2500-\u257f]|^[^\w\s:]+$")
_BEHIND = re.compile(r"([\s:]).+", re.DOTALL)  # what follows a name may be a password: not repeated
_MAILBOX = re.compile(r"[^<>]*<([^<>]+)>")
_HASH = re.compile(
    r"\$(?:[1256y]|2[abxy]|apr1|argon2\w*|scrypt|pbkdf2[\w-]*)\$|\{[A-Z0-9.-]{3,}\}.|SCRAM-SHA"
)
_SHOWN = 64


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

    @property
    def to_add(self) -> str:
        """How many accounts, and how many passwords the list gives."""
        given = sum(entry.password is not None for entry in self.good)
        known = f", {count(given, 'password')} given" if given else ""
        return f"{count(len(self.good), 'account')} to add{known}"


def preview(text: str, domain: str, existing: Collection[str]) -> Preview:
    """Read a list for the accounts of ``domain``; ``existing`` are the names that are taken.

    Raises ``RefusedError`` where the whole is no list of this kind.
    """
    entries: list[Entry] = []
    seen: dict[str, int] = {}
    for row in rows.read(text):
        line, entry = row.line, _entry(row, domain)
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


def _entry(row: Row, domain: str) -> Entry:
    secret = Secret(row.password) if row.password else None
    given = _address(_unformula(row.name))
    if not row.headed:
        odd = _ODD.search(_BEHIND.sub(r"\1", given))
        if odd:
            given = f"{given[: odd.end()]}…"
            return Entry(row.line, given, "", secret, _oddity(given, odd[0]))
        given = _BEHIND.sub(r"\1…", given)
    try:
        name = account(given, domain)
    except RefusedError as error:
        return Entry(row.line, given, "", secret, error.message)
    return Entry(row.line, given, name, secret, _password_problem(secret))


def _oddity(given: str, odd: str) -> str:
    where = f" in {given!r}" if len(given) <= _SHOWN else ""
    return (
        f"there is {odd!r}{where}: that is seldom in a name; if it is in this one, write a first"
        " line that says name"
    )


def _address(given: str) -> str:
    """``Ada <ada@example.org>`` and ``xmpp:ada@example.org`` as ``ada@example.org``."""
    inside = _MAILBOX.fullmatch(given)
    return re.sub(r"^(?:mailto|xmpp):", "", inside[1].strip() if inside else given)


def _password_problem(password: Secret | None) -> str:
    if password is None:
        return ""
    if _HASH.match(password.reveal()):
        return "its password is a hash, and Prosody would take that for the password itself"
    return password_problem(password)


def _unformula(cell: str) -> str:
    """A name as our own export writes it: an apostrophe keeps spreadsheets from computing it."""
    return cell[1:] if re.match(r"'[=+\-@\t]", cell) else cell
