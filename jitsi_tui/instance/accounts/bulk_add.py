"""Making many accounts at once: followed as it goes, stopped at any account, told to the last."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from jitsi_tui.ssh.command import Secret
from jitsi_tui.ssh.handover import MOST_BYTES, handover
from jitsi_tui.ssh.host import Host, HostError

from ..layout import Layout
from ..model import InstanceError
from . import passphrase
from .bulk import Entry
from .following import Reopen, follow, settled, to_the_end
from .program import command

_BATCH_BYTES = MOST_BYTES // 2


@dataclass(frozen=True)
class Made:
    """An account that was made."""

    name: str
    password: Secret = field(repr=False)
    generated: bool


@dataclass(frozen=True)
class BulkResult:
    """How it ended: every name of the list stands in exactly one of these."""

    made: tuple[Made, ...]
    existing: tuple[str, ...]
    failed: tuple[tuple[str, str], ...]
    """Name and why."""

    left: tuple[str, ...]
    """Not made: it was stopped, or broke off, before them."""

    stopped: str = ""
    """Why it did not come to its end, in a sentence; ``""``: it did."""

    unwritten: str = ""
    """Why ``on_made`` could not take all that were made; ``""``: it did."""


class _Stop(threading.Event):
    """Set by itself, or by whoever may cancel."""

    def __init__(self, cancel: threading.Event | None) -> None:
        super().__init__()
        self._cancel = cancel

    def is_set(self) -> bool:
        return super().is_set() or (self._cancel is not None and self._cancel.is_set())


@dataclass
class _Run:
    wanted: dict[str, Made]
    made: list[Made] = field(default_factory=list)
    existing: list[str] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    unwritten: str = ""

    def take(self, word: str, fields: list[str]) -> Made | None:
        account = self.wanted.pop(fields[0], None) if fields else None
        if account is None:
            return None
        if word == "made":
            self.made.append(account)
            return account
        if word == "exists":
            self.existing.append(account.name)
        else:
            why = fields[1] if len(fields) > 1 else "Prosody did not say why"
            self.failed.append((account.name, why[:200]))
        return None


def add_many(
    host: Host,
    domain: str,
    layout: Layout,
    entries: Sequence[Entry],
    *,
    bits: float,
    on_made: Callable[[Made, int], None] = lambda _made, _count: None,
    cancel: threading.Event | None = None,
    reopen: Reopen | None = None,
) -> BulkResult:
    """Make the accounts of ``entries``; passphrases of ``bits`` bits where none was given.

    ``on_made`` is told each account and how many are done; where it raises ``InstanceError`` no
    more are made, and the result has all that were. Setting ``cancel`` stops at the next
    account; whatever happens the result says of each name what became of it, by asking the server
    again where its last words were lost (over a new connection from ``reopen``, which may raise
    ``HostError``); where even that fails, ``stopped`` says that it is not known. Raises
    ``AccountError`` or ``HostError`` only where nothing was made.
    """
    accounts = [_account(entry, bits) for entry in entries]
    run = _Run({account.name: account for account in accounts})
    stop = _Stop(cancel)

    def heard(made: Made, count: int) -> None:
        try:
            on_made(made, count)
        except InstanceError as error:
            run.unwritten = error.message
            stop.set()

    def work() -> None:
        for batch in _batches(accounts):
            if stop.is_set():
                break
            _one_batch(host, domain, layout, batch, run, heard, stop)

    stopped = to_the_end(
        work,
        recount=lambda: _recount(host, domain, layout, run, heard, reopen),
        done=lambda: (*run.made, *run.existing, *run.failed),
        left=lambda: run.wanted,
        cancel=stop,
    )
    return BulkResult(
        tuple(run.made),
        tuple(run.existing),
        tuple(run.failed),
        tuple(run.wanted),
        run.unwritten or stopped,
        run.unwritten,
    )


def _account(entry: Entry, bits: float) -> Made:
    if entry.password is not None:
        return Made(entry.name, entry.password, generated=False)
    return Made(entry.name, passphrase.generate(bits), generated=True)


def _line(account: Made) -> bytes:
    words = (account.name, account.password.reveal())
    return (" ".join(quote(word, safe="") for word in words) + "\n").encode()


def _batches(accounts: Sequence[Made]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    size = 0
    for account in accounts:
        line = _line(account)
        if size + len(line) > _BATCH_BYTES and batch:
            yield batch
            batch, size = [], 0
        batch.append(line)
        size += len(line)
    if batch:
        yield batch


def _one_batch(
    host: Host,
    domain: str,
    layout: Layout,
    batch: Sequence[bytes],
    run: _Run,
    on_made: Callable[[Made, int], None],
    cancel: threading.Event | None,
) -> None:
    secret = Secret(b"".join(batch).decode("ascii"))
    with handover(host, secret) as fifo:
        asked = command(layout, "add-many", domain, fifo)
        for word, fields in follow(host, asked, "add-many", domain, cancel):
            made = run.take(word, fields)
            if made is not None:
                on_made(made, len(run.made))


def _recount(
    host: Host,
    domain: str,
    layout: Layout,
    run: _Run,
    on_made: Callable[[Made, int], None],
    reopen: Reopen | None,
) -> bool:
    """Which of the accounts without an answer are there all the same; false: can't be told."""
    try:
        there = {m.name for m in settled(host, domain, layout, reopen).moderators}
    except (HostError, InstanceError):
        return False
    for name in [name for name in run.wanted if name in there]:
        run.made.append(run.wanted.pop(name))
        on_made(run.made[-1], len(run.made))
    return True
