"""A running command's three pipes, the same over SSH and on this machine."""

from __future__ import annotations

import threading
from typing import Protocol

from .command import Command
from .deadline import Deadline
from .host import CommandTimeoutError, OutputTooLargeError

_CHUNK = 256 * 1024
_MOST_CHUNKS = 64
"""Of standard error in one go: a server that never stops talking must not hold the caller."""

_KEPT_STDERR = 64 * 1024
_PATIENCE = 0.25
"""Seconds of one wait, so that a close by another thread is seen even if nothing wakes us."""


class Pipes(Protocol):
    """Never blocks but in ``wait``. ``take_*`` gives ``b""`` where nothing is there (yet)."""

    def mark(self) -> int:
        """Taken before looking at what is there, for ``wait`` after nothing was."""

    def wait(
        self, mark: int, seconds: float, *, to_send: bool = False, output: bool = True
    ) -> None:
        """Until something came or ended since ``mark``, can be sent, or for so long.

        Without ``output`` what waits on standard output does not count: its reader is another.
        """

    def take_stdout(self, size: int) -> bytes: ...
    def take_stderr(self, size: int) -> bytes: ...

    @property
    def stdout_ended(self) -> bool:
        """No more output comes, and all of it was taken."""

    @property
    def stderr_ended(self) -> bool:
        """The same of standard error."""

    @property
    def ended(self) -> bool:
        """Both streams ended."""

    def send(self, data: memoryview) -> int:
        """As much as goes at once; raises ``BrokenPipeError`` where nobody reads any more."""

    def close_input(self) -> None: ...

    def exit_status(self) -> int | None:
        """128 + n where signal n ended it; ``None`` while it runs or if it never said."""

    @property
    def cut_off(self) -> bool:
        """No exit status will come any more."""

    def check(self) -> None:
        """Raise ``ConnectionLostError`` where the command was cut off without an exit status."""

    def close(self) -> None:
        """End the command. Safe to call twice and from any thread."""


def title(command: Command) -> str:
    """What to call a command in an error."""
    return command.title or command.argv[0]


def collect(
    pipes: Pipes, command: Command, *, timeout: float | None, limit: int
) -> tuple[int, bytes, bytes]:
    """Send the input, drain both outputs together, wait for the end: (exit, stdout, stderr).

    Raises ``CommandTimeoutError``, ``OutputTooLargeError`` (also for standard error) and
    ``ConnectionLostError``; the command is ended then.
    """
    deadline = Deadline(timeout)
    pending = memoryview(command.stdin)
    out, err = bytearray(), bytearray()
    input_open = True
    try:
        while not pipes.ended:
            mark = pipes.mark()
            if input_open:
                pending = _send_some(pipes, pending)
                if not pending:
                    pipes.close_input()
                    input_open = False
            taken = pipes.take_stdout(_CHUNK)
            said = pipes.take_stderr(_CHUNK)
            out += taken
            err += said
            if len(out) > limit or len(err) > limit:
                raise OutputTooLargeError(
                    f"{title(command)} said more than {limit} bytes", "is this the right server?"
                )
            if not taken and not said and not pipes.ended:
                _wait(pipes, mark, deadline, command, to_send=bool(pending))
        return _exit_status(pipes, deadline, command), bytes(out), bytes(err)
    finally:
        pipes.close()


def _send_some(pipes: Pipes, pending: memoryview) -> memoryview:
    try:
        while pending and (sent := pipes.send(pending)):
            pending = pending[sent:]
    except BrokenPipeError:
        return memoryview(b"")  # it has read enough; its exit status says the rest
    return pending


def _wait(
    pipes: Pipes, mark: int, deadline: Deadline, command: Command, *, to_send: bool = False
) -> None:
    if deadline.over:
        raise CommandTimeoutError(
            f"{title(command)} did not end within {deadline.seconds:g} s",
            "the server may be busy; what it does may go on",
        )
    pipes.wait(mark, deadline.at_most(_PATIENCE), to_send=to_send)


def _exit_status(pipes: Pipes, deadline: Deadline, command: Command) -> int:
    while True:
        mark = pipes.mark()
        status = pipes.exit_status()
        if status is not None:
            return status
        pipes.check()
        _wait(pipes, mark, deadline, command)


class Running:
    """A command that goes on (the ``Stream`` of host.py).

    One thread may read while another writes and a third closes. Reading slowly holds the command
    back: no more is fetched than is read.
    """

    def __init__(self, pipes: Pipes, command: Command, *, as_root: bool) -> None:
        self.as_root = as_root
        self._pipes = pipes
        self._command = command
        self._stderr = bytearray()
        self._draining = threading.Lock()
        self._writing = threading.Lock()
        self._closed = False

    def read(self, size: int = 65536, timeout: float | None = None) -> bytes:
        deadline = Deadline(timeout)
        while not self._closed:
            mark = self._pipes.mark()
            data = self._pipes.take_stdout(size)
            if data:
                return data
            drained = self._drain()
            if self._pipes.stdout_ended:
                if not self._closed:
                    self._pipes.check()
                break
            if drained:
                continue
            if deadline.over:
                raise CommandTimeoutError(f"{title(self._command)} said nothing for {timeout:g} s")
            self._pipes.wait(mark, deadline.at_most(_PATIENCE))
        return b""

    def write(self, data: bytes) -> None:
        """Raises ``BrokenPipeError`` where the command reads no more."""
        pending = memoryview(data)
        with self._writing:
            while pending:
                if self._closed:
                    raise BrokenPipeError("the stream is closed")
                mark = self._pipes.mark()
                sent = self._pipes.send(pending)
                pending = pending[sent:]
                if pending and not sent:
                    self._pipes.check()
                    self._drain()
                    self._pipes.wait(mark, _PATIENCE, to_send=True, output=False)

    def close_input(self) -> None:
        with self._writing:
            self._pipes.close_input()

    def stderr(self) -> bytes:
        for _ in range(_MOST_CHUNKS):
            if not self._drain():
                break
        return bytes(self._stderr)

    def exit_status(self, timeout: float | None = None) -> int | None:
        deadline = Deadline(timeout if timeout is not None else 0.0)
        while True:
            mark = self._pipes.mark()
            status = self._pipes.exit_status()
            if status is not None or self._closed:
                return status
            self._drain()
            if deadline.over or self._pipes.cut_off:
                return None
            self._pipes.wait(mark, deadline.at_most(_PATIENCE), output=False)

    def close(self) -> None:
        self._closed = True
        self._pipes.close()

    def _drain(self) -> bool:
        """Take what came on standard error, and keep its end."""
        with self._draining:
            data = self._pipes.take_stderr(_CHUNK)
            self._stderr += data
            del self._stderr[:-_KEPT_STDERR]
            return bool(data)
