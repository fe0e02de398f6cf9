"""The host protocol: a machine on which commands run, over SSH or on this machine."""

from __future__ import annotations

from typing import NamedTuple, Protocol, runtime_checkable

from .command import Command

MAX_OUTPUT = 64 * 1024 * 1024
"""Bytes of a command's output that are read before the host counts as broken."""


class HostError(Exception):
    """Something between us and the host failed. ``hint`` says what to do next."""

    kind = "host"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ConnectError(HostError):
    """The host could not be reached: name, network, port, or a refusal."""

    kind = "connection"


class HostKeyError(HostError):
    """The host's key is unknown and was not accepted, or has changed, or is revoked."""

    kind = "host-key"


class AuthError(HostError):
    """The host let us in by none of the ways we have."""

    kind = "authentication"


class SudoError(HostError):
    """sudo refused: wrong password, no password to give, or not allowed."""

    kind = "sudo"


class ConnectionLostError(HostError):
    """The connection broke after it stood; what ran on the host may go on."""

    kind = "connection-lost"


class CommandTimeoutError(HostError):
    """A command did not end in its time."""

    kind = "timeout"


class OutputTooLargeError(HostError):
    """A command said more than any sane answer."""

    kind = "output"


class ForwardError(HostError):
    """A TCP connection through the host could not be opened (refused or forbidden)."""

    kind = "forward"

    def __init__(self, message: str, hint: str = "", *, forbidden: bool = False) -> None:
        super().__init__(message, hint)
        self.forbidden = forbidden


class Result(NamedTuple):
    """What a command gave back."""

    exit: int
    """Its exit status; 128 + n where signal n ended it."""

    stdout: bytes
    stderr: bytes
    as_root: bool
    """Whether it ran as root, which ``Root.IF_POSSIBLE`` leaves open."""

    refusal: str = ""
    """Why it did not, with what to do; ``""`` where nothing but a password is missing."""


class Stream(Protocol):
    """A command that goes on: read its output as it comes, write to its input, close it."""

    as_root: bool

    def read(self, size: int = 65536, timeout: float | None = None) -> bytes:
        """At least one byte of standard output, or ``b""`` at its end.

        Raises ``CommandTimeoutError`` after ``timeout`` seconds without a byte (the stream stays
        usable) and ``ConnectionLostError`` where the connection broke.
        """

    def write(self, data: bytes) -> None:
        """Send to standard input; blocks while the host's window is full."""

    def close_input(self) -> None:
        """Tell the command that no more input comes."""

    def stderr(self) -> bytes:
        """What it said on standard error so far (the last 64 KiB of it)."""

    def exit_status(self, timeout: float | None = None) -> int | None:
        """Its exit status once it has ended, ``None`` while it runs or if it never said."""

    def close(self) -> None:
        """End it from our side. Safe to call twice, and from another thread than the reader's."""


class Tcp(Protocol):
    """A TCP connection that starts on the host. What ``socket.socket`` has of the same names."""

    def sendall(self, data: bytes) -> None: ...
    def recv(self, size: int) -> bytes: ...
    def settimeout(self, seconds: float | None) -> None: ...
    def close(self) -> None: ...


@runtime_checkable
class Host(Protocol):
    """A machine on which commands run. Safe to use from several threads at once."""

    @property
    def name(self) -> str:
        """What the user typed: ``local``, an alias, ``user@host:port``."""

    @property
    def user(self) -> str:
        """Who we are there."""

    @property
    def via(self) -> tuple[str, ...]:
        """The jump hosts on the way, nearest first."""

    @property
    def commands_run(self) -> int:
        """How many exec channels were opened so far (forwarded connections don't count)."""

    def run(
        self, command: Command, *, timeout: float | None = None, limit: int = MAX_OUTPUT
    ) -> Result:
        """Run to its end; both output streams are drained. A non-zero exit is no error here."""

    def stream(self, command: Command) -> Stream:
        """Start it and leave its input open (``command.stdin`` is sent first)."""

    def connect_tcp(self, address: str, port: int, *, timeout: float = 5.0) -> Tcp:
        """A TCP connection from the host to ``address:port``. Raises ``ForwardError``."""

    def ping(self, timeout: float = 5.0) -> float:
        """Seconds for one round trip on the open connection; raises ``ConnectionLostError``."""

    def close(self) -> None:
        """Close everything. Safe to call twice."""
