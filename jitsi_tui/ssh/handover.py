"""Giving a secret to a root command through a FIFO.

sudo's ``log_input`` writes down what comes by standard input, and arguments and environment are
seen by others. So a program of the user's own, not under sudo, makes a folder that is his alone
with a FIFO in it, and writes there what it gets on its own standard input; the root command reads
the path.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from jitsi_tui.visible import visible

from .command import Secret
from .host import CommandTimeoutError, Host, HostError, Stream
from .shipped import shipped

_READY_TIME = 60.0
_READER_TIME = 120
"""Seconds that the root command may take until it opens the path."""

_CLEAN_UP_TIME = 10.0
MOST_BYTES = 256 * 1024
"""The longest secret: a list of some thousand passwords."""

_LONGEST_PATH = 4096
_MOST_TALK = 64 * 1024


class HandoverError(HostError):
    """The FIFO could not be made, or the secret is none that fits."""

    kind = "handover"


@contextmanager
def handover(host: Host, secret: Secret) -> Iterator[str]:
    """A path on the host from which one reader gets ``secret``, once, to its end of file.

    Name it in the arguments of a command that runs as the same user or as root while the block
    lasts. The FIFO is removed when it was read, at the block's end, after two minutes without a
    reader, or when the connection breaks. Raises ``HandoverError`` and what ``host.stream`` raises.
    """
    data = secret.reveal().encode()
    if len(data) > MOST_BYTES:
        raise HandoverError(f"a secret of {len(data)} bytes is too long to hand over")
    name = secrets.token_hex(8)
    giver = host.stream(shipped("handover.pl", name, str(_READER_TIME)))
    try:
        path = _path(giver, name)
        try:
            giver.write(f"{len(data)}\n".encode() + data)
        except BrokenPipeError:
            raise _ended(giver, "the secret was not taken", "try again") from None
        yield path
    finally:
        # Its input's end makes it clean up; the exit status says that it did.
        with suppress(HostError, OSError):
            giver.close_input()
            giver.exit_status(_CLEAN_UP_TIME)
        giver.close()


def _path(giver: Stream, name: str) -> str:
    ending = f"/.jitsi-tui-{name}/secret\n".encode()
    heard = b""
    try:
        # A login shell may greet first, on a line of its own or not: .bashrc is read here too.
        while not heard.endswith(ending) and len(heard) <= _MOST_TALK:
            more = giver.read(_LONGEST_PATH, timeout=_READY_TIME)
            if not more:
                break
            heard += more
    except CommandTimeoutError:
        raise HandoverError("the host does not get a FIFO ready", "it may be overloaded") from None
    line = heard.removesuffix(b"\n").rpartition(b"\n")[2]
    path = line.decode("utf-8", "surrogateescape")
    if not path.startswith("/") or not heard.endswith(ending):
        hint = "your home folder on the host must be writable, and perl there"
        raise _ended(giver, "no FIFO could be made", hint)
    return path


def _ended(giver: Stream, what: str, hint: str) -> HandoverError:
    giver.exit_status(_CLEAN_UP_TIME)
    said = giver.stderr().decode("utf-8", "replace").strip().splitlines()
    return HandoverError(f"{what}: {visible(said[-1])[:200] if said else 'no word why'}", hint)
