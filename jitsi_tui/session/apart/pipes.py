"""Sockets to the process that holds the connection: a command's pipes, and a TCP connection."""

from __future__ import annotations

import contextlib
import select
import socket
import threading

from jitsi_tui.ssh.host import ConnectionLostError, HostError

from .talk import Talk, hang_up, unpack

_WORD_SECONDS = 5.0
"""In which a stream that ended is told to have ended; else its process died under it."""


def ended() -> ConnectionLostError:
    """The error where the process that held the connection is there no more."""
    return ConnectionLostError(
        "the connection broke: the process that held it ended",
        "what ran on the server may go on; connect again to see",
    )


class Ending:
    """How something ended, as its conversation tells: by an exit status, or by an error."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._lock = threading.Lock()
        self._error: HostError | None = None
        self._output_ended = False
        self.status: int | None = None
        self.over = False
        """Nothing more will be told."""

    def fileno(self) -> int:
        """For who waits for news."""
        return self._talk.end.fileno()

    def look(self, *, output_ended: bool = False) -> None:
        """Hear what was told meanwhile. ``output_ended``: there must be a word about that."""
        with self._lock:
            while not self.over:
                known = self._output_ended or self.status is not None
                if not _readable(
                    self._talk.end, _WORD_SECONDS if output_ended and not known else 0
                ):
                    return
                self._take(self._talk.hear())

    def _take(self, heard: tuple[dict[str, object], list[int]] | None) -> None:
        word = {} if heard is None else heard[0]
        match word:
            case {"exit": int(status)}:
                self.status = status
            case {"error": list(error)}:
                self._error = unpack(error)
                self.over = True
            case {"output": "ended"}:
                self._output_ended = True
            case _:
                self.over = True

    def check(self, *, output_ended: bool = False) -> None:
        """Raise what ended it where that was no exit."""
        self.look(output_ended=output_ended)
        if self.over and self.status is None:
            raise self._error or ended()

    def close(self) -> None:
        """Nobody wants to know any more, and so what it is about is ended. Safe to call twice."""
        with self._lock:
            self.over = True
            self._talk.close()


class SocketPipes:
    """``Pipes`` over sockets: one for input and output, one for standard error."""

    def __init__(self, data: socket.socket, said: socket.socket, ending: Ending) -> None:
        self._data, self._said, self._ending = data, said, ending
        self._using = threading.Lock()
        self._out_ended = self._err_ended = self._closed = False
        for end in (data, said):
            end.setblocking(False)

    def mark(self) -> int:
        return 0  # readiness stays until the data is taken

    def wait(
        self,
        mark: int,  # noqa: ARG002 - the protocol's
        seconds: float,
        *,
        to_send: bool = False,
        output: bool = True,
    ) -> None:
        poll = select.poll()
        with self._using:
            if self._closed:
                return
            wanted = select.POLLIN if output and not self._out_ended else 0
            wanted |= select.POLLOUT if to_send else 0
            if wanted:
                poll.register(self._data, wanted)
            if not self._err_ended:
                poll.register(self._said, select.POLLIN)
            if not self._ending.over:
                poll.register(self._ending, select.POLLIN)
        poll.poll(seconds * 1000)
        self._ending.look()

    def take_stdout(self, size: int) -> bytes:
        with self._using:
            data = b"" if self._out_ended or self._closed else _take(self._data, size)
            self._out_ended |= data is None
        return data or b""

    def take_stderr(self, size: int) -> bytes:
        with self._using:
            data = b"" if self._err_ended or self._closed else _take(self._said, size)
            self._err_ended |= data is None
        return data or b""

    @property
    def stdout_ended(self) -> bool:
        return self._out_ended or self._closed

    @property
    def stderr_ended(self) -> bool:
        return self._err_ended or self._closed

    @property
    def ended(self) -> bool:
        return self.stdout_ended and self.stderr_ended

    def send(self, data: memoryview) -> int:
        with self._using:
            if not self._closed:
                try:
                    return self._data.send(data)
                except BlockingIOError:
                    return 0
                except OSError:
                    pass
        self.check()
        raise BrokenPipeError("the command has ended")

    def close_input(self) -> None:
        with self._using, contextlib.suppress(OSError):
            self._data.shutdown(socket.SHUT_WR)

    def exit_status(self) -> int | None:
        self._ending.look()
        return self._ending.status

    @property
    def cut_off(self) -> bool:
        return self._ending.over and self._ending.status is None

    def check(self) -> None:
        if not self._closed:
            self._ending.check(output_ended=self._out_ended)

    def close(self) -> None:
        with self._using:
            self._closed = True
            self._ending.close()
            for end in (self._data, self._said):
                hang_up(end)


class Forwarded:
    """A TCP connection that starts at the server (``Tcp`` of ssh/host.py)."""

    def __init__(self, data: socket.socket, ending: Ending) -> None:
        self._data = data
        self._ending = ending

    def sendall(self, data: bytes) -> None:
        try:
            self._data.sendall(data)
        except TimeoutError:
            raise
        except OSError:
            self._ending.check(output_ended=True)
            raise
        self._ending.check()

    def recv(self, size: int) -> bytes:
        """``b""`` where the other end closed; raises ``ConnectionLostError`` where SSH broke."""
        try:
            data = self._data.recv(size)
        except ConnectionError:
            data = b""
        if not data:
            self._ending.check(output_ended=True)
        return data

    def settimeout(self, seconds: float | None) -> None:
        self._data.settimeout(seconds)

    def close(self) -> None:
        self._ending.close()
        hang_up(self._data)


def _readable(end: socket.socket, seconds: float) -> bool:
    poll = select.poll()
    poll.register(end, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


def _take(end: socket.socket, size: int) -> bytes | None:
    """What is there, ``None`` at its end."""
    try:
        return end.recv(size) or None
    except BlockingIOError:
        return b""
    except OSError:  # it was closed over what we wrote and nobody read
        return None
