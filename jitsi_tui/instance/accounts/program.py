"""Talking to ``accounts.pl`` on the server: its command line, its answers, its secrets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from urllib.parse import quote, unquote

from jitsi_tui.digits import whole
from jitsi_tui.resources import remote_modules
from jitsi_tui.ssh.command import Command, Root, Secret
from jitsi_tui.ssh.handover import handover
from jitsi_tui.ssh.host import Host
from jitsi_tui.ssh.shipped import shipped

from ..layout import Layout
from ..model import InstanceError, RefusedError

KEEP_DAYS = 30
"""How long a removal can be undone unless a setting says otherwise."""

_TIMEOUT = 60.0
_TIME_A_NAME = 0.5
"""Seconds more for each name: prosodyctl starts anew for it."""

_DONE = {
    "list": "listed",
    "settled": "listed",
    "add": "added to",
    "add-many": "added to",
    "passwd": "changed",
    "remove": "removed",
    "disable": "disabled",
    "enable": "enabled",
    "kept": "looked through",
    "restore": "restored",
}

Answer = tuple[str, list[str]]
"""A word and its fields."""


class AccountError(InstanceError):
    """Prosody did not do what was asked of an account."""

    kind = "account"


def command(
    layout: Layout,
    action: str,
    domain: str,
    *rest: str,
    names: Sequence[str] = (),
    who: str = "",
    keep_days: int = KEEP_DAYS,
) -> Command:
    """The command that does ``action``; what is kept of removals longer than that is wiped.

    ``names`` go with the program: there may be more of them than arguments can hold.
    """
    of_whom = "".join(quote(name, safe="") + "\n" for name in names).encode()
    return shipped(
        "accounts.pl",
        f"--root={layout.root}",
        f"--path-first={layout.path_first}",
        f"--backups={layout.backups}",
        f"--keep-days={keep_days}",
        f"--who={who}",
        action,
        domain,
        *rest,
        root=Root.YES,
        parts=(*remote_modules("Accounts"), "accounts.lua", "people.lua", "change.lua"),
        told={"names": of_whom},
    )


def ask(
    host: Host,
    layout: Layout,
    action: str,
    domain: str,
    *rest: str,
    names: Sequence[str] = (),
    keep_days: int = KEEP_DAYS,
) -> list[Answer]:
    """Run an action to its end. Raises ``AccountError`` where it failed as a whole."""
    asked = command(layout, action, domain, *rest, names=names, keep_days=keep_days)
    result = host.run(asked, timeout=_TIMEOUT + _TIME_A_NAME * len(names))
    if result.exit != 0:
        raise failed(action, domain, result.stderr, result.exit)
    return list(answers(result.stdout))


def ask_with_secret(
    host: Host, layout: Layout, action: str, domain: str, name: str, password: Secret
) -> list[Answer]:
    """Run an action that gets a password through a FIFO. Raises as ``ask``, and for no password."""
    check_password(password)
    with handover(host, password) as fifo:
        return ask(host, layout, action, domain, name, fifo)


def answers(output: bytes) -> Iterator[Answer]:
    """What the program's lines say."""
    for line in filter(None, output.decode("utf-8", "replace").splitlines()):
        word, *fields = line.split(" ")
        if "%" in line:
            fields = [unquote(field, errors="replace") for field in fields]
        yield word, fields


def failed(action: str, domain: str, stderr: bytes, status: int | None) -> AccountError:
    """The program ended badly: its own last words."""
    text = stderr.decode("utf-8", "replace")
    said = last_line(text) if text.strip() else f"exit {status}"
    return AccountError(f"the accounts of {domain} could not be {_DONE[action]}: {said}")


def check_password(password: Secret) -> None:
    """Raises ``RefusedError`` for what prosodyctl can't take: it reads lines."""
    problem = password_problem(password)
    if problem:
        raise RefusedError(problem, "choose another one, or let it be generated")


def password_problem(password: Secret) -> str:
    """Why a password can't be one, ``""`` where it can."""
    text = password.reveal()
    if not text:
        return "an empty password is none"
    if any(ord(c) < 0x20 or ord(c) == 0x7F for c in text):
        return "a password can't hold control characters"
    if len(text.encode("utf-8", "surrogatepass")) > 1023:
        return "a password has at most 1023 bytes"
    return ""


def last_line(said: str) -> str:
    """The last thing that a program said."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1][:200] if lines else "it said nothing"


def moment(text: str) -> datetime | None:
    """Unix time as people of this program have it."""
    seconds = whole(text, 11)
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
