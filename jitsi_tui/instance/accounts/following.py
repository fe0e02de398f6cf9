"""Following ``accounts.pl`` through many accounts: told as it goes, stopped before any of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sized
from dataclasses import dataclass

from jitsi_tui.ssh.command import Command
from jitsi_tui.ssh.host import CommandTimeoutError, Host, HostError

from ..layout import Layout
from ..model import InstanceError, ModeratorList
from .moderators import listing
from .program import Answer, answers, failed

Reopen = Callable[[], Host]
"""A connection that stands again; may raise ``HostError``."""


@dataclass(frozen=True)
class Listener:
    """Who hears how a change of many accounts goes on, and may stop it."""

    on_done: Callable[[int], None] = lambda _: None
    """Told how many accounts are done."""

    cancel: threading.Event | None = None
    """Set: no further account is touched."""

    reopen: Reopen | None = None


NOBODY = Listener()

_UNTOLD = "what became of these could not be asked: look at the list"

_SILENCE = 60.0
"""Seconds without a word after which the server counts as stuck; the first comes in 0.1 s."""

_LOOK = 0.2


def follow(
    host: Host, command: Command, action: str, domain: str, cancel: threading.Event | None
) -> Iterator[Answer]:
    """What the program says, as it says it. Setting ``cancel`` ends its input, and so its work.

    Raises ``AccountError`` where it ended badly, and ``HostError``.
    """
    stream = host.stream(command)
    try:
        rest, quiet, stopping = b"", 0.0, False
        while True:
            if cancel is not None and cancel.is_set() and not stopping:
                stopping = True
                stream.close_input()
            try:
                piece = stream.read(timeout=_LOOK)
            except CommandTimeoutError:
                quiet += _LOOK
                if quiet > _SILENCE:
                    raise
                continue
            if not piece:
                break
            quiet = 0.0
            *lines, rest = (rest + piece).split(b"\n")
            yield from answers(b"\n".join(lines))
        if cancel is not None and cancel.is_set():
            return
        status = stream.exit_status(5.0)
        if status:
            raise failed(action, domain, stream.stderr(), status)
    finally:
        stream.close()


def settled(host: Host, domain: str, layout: Layout, reopen: Reopen | None) -> ModeratorList:
    """The accounts once nothing works on them any more. Raises ``HostError``, ``AccountError``."""
    try:
        return listing(host, domain, layout, settled=True)
    except HostError:
        if reopen is None:
            raise
        return listing(reopen(), domain, layout, settled=True)


def to_the_end(
    work: Callable[[], None],
    *,
    recount: Callable[[], bool],
    done: Callable[[], Sized],
    left: Callable[[], Sized],
    cancel: threading.Event | None,
) -> str:
    """Do ``work`` on many accounts; why it came to no end, in a sentence, ``""``: it did.

    Where names are ``left`` without an answer, ``recount`` asks the server what became of them;
    false from it: that can't be told. Raises what ``work`` raises where nothing was ``done``.
    """
    try:
        work()
    except (HostError, InstanceError) as error:
        told = recount()
        if told and not done():
            raise
        why = error.message
    else:
        if not left():
            return ""
        why = "stopped as asked" if cancel is not None and cancel.is_set() else "it broke off"
        told = recount()
    return why if told else f"{why}; {_UNTOLD}"
