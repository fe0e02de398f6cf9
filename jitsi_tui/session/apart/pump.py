"""What moves between a command on the server and the sockets of whoever ran it."""

from __future__ import annotations

import contextlib
import select
import socket
from collections.abc import Callable

from jitsi_tui.ssh.channel import ChannelPipes
from jitsi_tui.ssh.host import Tcp

from .talk import Talk

_CHUNK = 256 * 1024
_LOOK_AGAIN = 0.25
"""Seconds after which one looks whether an exit status came: nothing else tells."""

_FULL_WINDOW_POLL = 0.01
"""Seconds between looks whether the host reads again."""


class Pump:
    """Moves a command's input, output and standard error, and tells how it ended."""

    def __init__(
        self, pipes: ChannelPipes, data: socket.socket, said: socket.socket, talk: Talk
    ) -> None:
        self._pipes, self._data, self._talk = pipes, data, talk
        self._out = _Outlet(data, pipes.take_stdout, lambda: pipes.stdout_ended)
        self._err = _Outlet(said, pipes.take_stderr, lambda: pipes.stderr_ended)
        self._input = memoryview(b"")
        self._input_open = True
        self._told = self._output_told = False
        self._woken, self._waker = socket.socketpair()
        for end in (data, said, self._woken, self._waker):
            end.setblocking(False)

    def run(self) -> None:
        """Until all was moved and told, or whoever ran it wants no more.

        Raises ``HostError`` where the connection broke, and ``OSError`` where nobody is there to
        whom it could be told.
        """
        with self._woken, self._waker, self._pipes.also_ringing(self._wake):
            while not self._step():
                pass

    def _step(self) -> bool:
        """One round; whether it was the last."""
        with contextlib.suppress(BlockingIOError):
            self._woken.recv(64)
        moved = [self._out.move(), self._err.move(), self._take_input()]
        over = self._out.over and self._err.over
        if over and not self._output_told:
            # Who saw the end of the one has all of the other: so it is in SSH too.
            self._pipes.check()
            self._output_told = True
            self._talk.say({"output": "ended"})
            self._err.shut()
            self._out.shut()
        status = self._pipes.exit_status()
        if status is not None and not self._told:
            self._told = True
            self._talk.say({"exit": status})
        if over and not self._told:
            self._pipes.check()
            self._pipes.wait(self._pipes.mark(), _LOOK_AGAIN / 10)
        return self._left(0 if any(moved) else None) or (over and self._told)

    def _take_input(self) -> bool:
        if not self._input and self._input_open:
            try:
                self._input = memoryview(self._data.recv(_CHUNK))
            except BlockingIOError:
                return False
            if not self._input:
                self._no_more_input()
        if not self._input:
            return False
        try:
            sent = self._pipes.send(self._input)
        except BrokenPipeError:
            sent = len(self._input)
            self._input_open = False
            # Who still writes shall be told.
            with contextlib.suppress(OSError):
                self._data.shutdown(socket.SHUT_RD)
        self._input = self._input[sent:]
        return sent > 0

    def _no_more_input(self) -> None:
        self._input_open = False
        self._pipes.close_input()

    def _left(self, seconds: float | None) -> bool:
        """Wait for news; whether whoever ran the command wants no more of it."""
        poll = select.poll()
        wanted = select.POLLIN if self._input_open and not self._input else 0
        wanted |= select.POLLOUT if self._out.waiting else 0
        if wanted:
            poll.register(self._data, wanted)
        if self._err.waiting:
            poll.register(self._err.end, select.POLLOUT)
        poll.register(self._woken, select.POLLIN)
        poll.register(self._talk.end, select.POLLIN)
        if seconds is None:
            seconds = _FULL_WINDOW_POLL if self._input else _LOOK_AGAIN
        return any(handle == self._talk.end.fileno() for handle, _ in poll.poll(seconds * 1000))

    def _wake(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._waker.send(b"x")


class _Outlet:
    """One stream on its way from the server into a socket."""

    def __init__(
        self, end: socket.socket, take: Callable[[int], bytes], ended: Callable[[], bool]
    ) -> None:
        self.end = end
        self.waiting = memoryview(b"")
        """What the socket did not take yet; while there is any, no more is fetched."""

        self._take = take
        self._ended = ended

    def move(self) -> bool:
        """Whether anything moved."""
        if not self.waiting:
            self.waiting = memoryview(self._take(_CHUNK))
        if not self.waiting:
            return False
        try:
            sent = self.end.send(self.waiting)
        except BlockingIOError:
            return False
        self.waiting = self.waiting[sent:]
        return True

    @property
    def over(self) -> bool:
        return not self.waiting and self._ended()

    def shut(self) -> None:
        with contextlib.suppress(OSError):
            self.end.shutdown(socket.SHUT_WR)


def fetch(tcp: Tcp, data: socket.socket) -> None:
    """What comes by a TCP connection, to its end. Raises ``ConnectionLostError``, ``OSError``."""
    while more := tcp.recv(_CHUNK):
        data.sendall(more)


def feed(tcp: Tcp, data: socket.socket) -> None:
    """What is to be sent by it, until nobody sends any more, which closes it."""
    with contextlib.closing(tcp):
        while more := data.recv(_CHUNK):
            tcp.sendall(more)
