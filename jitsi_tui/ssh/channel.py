"""A command's pipes over an SSH channel, and the limited number of channels."""

from __future__ import annotations

import contextlib
import errno
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from time import monotonic, sleep

import paramiko

from .deadline import Deadline
from .host import ConnectionLostError, HostError
from .link import GONE, Link, OpenRefused

_MOST_CHANNELS = 9
"""sshd allows ten sessions a connection (MaxSessions); one stays free for whoever looks in."""

_FULL_WINDOW_POLL = 0.01
"""Seconds between looks whether the host reads again: paramiko tells only its own writers."""

_REFUSED_PATIENCE = 10.0
"""Seconds in which a session that ended here may still count for sshd."""

_OTHERS_PATIENCE = 20.0
"""Seconds in which some command of ours should end where sshd refuses one more. A password is
handed over by one that waits for another: they would wait for each other."""

_FREE_PATIENCE = 120.0
_OPEN_TIMEOUT = 15.0
_PACKET = 32 * 1024


class Slots:
    """Who may open an exec channel now; whoever comes when all are taken waits."""

    def __init__(self) -> None:
        self._free = threading.Condition()
        self._taken = 0
        self._lowered = _MOST_CHANNELS
        self._lowered_until = 0.0
        self.ended = 0
        """How many were given back after use."""

    def take(self, link: Link) -> None:
        """Wait for a free one. Raises ``ConnectionLostError``; ``HostError`` if none gets free."""
        patience = Deadline(_FREE_PATIENCE)
        with self._free:
            while self._taken >= self._limit():
                if link.gone:
                    raise link.lost()
                if patience.over:
                    raise HostError(
                        f"{self._taken} commands still run on the server", "wait for one to end"
                    )
                self._free.wait(0.25)
            self._taken += 1

    def give_back(self) -> None:
        with self._free:
            self._taken -= 1
            self.ended += 1
            self._free.notify()

    def refused(self) -> bool:
        """Give back one that sshd did not grant; whether others of ours are open, to wait for.

        For a while no more are asked for than are open now: MaxSessions may be lower than usual, or
        commands that we left behind may still run.
        """
        with self._free:
            self._taken -= 1
            self._lowered = max(1, self._taken)
            self._lowered_until = monotonic() + _REFUSED_PATIENCE
            return self._taken > 0

    def _limit(self) -> int:
        return self._lowered if monotonic() < self._lowered_until else _MOST_CHANNELS


class _Bell:
    """Rung by paramiko whenever a channel's buffers change (it calls it like an event)."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._also: Callable[[], None] | None = None
        self.count = 0

    def set(self) -> None:
        with self._condition:
            self.count += 1
            self._condition.notify_all()
            if self._also is not None:
                self._also()

    @contextlib.contextmanager
    def also(self, ring: Callable[[], None]) -> Iterator[None]:
        """Something else that is rung too; not once this is over."""
        with self._condition:
            self._also = ring
        try:
            yield
        finally:
            with self._condition:
                self._also = None

    def clear(self) -> None:
        """Nothing to do: what counts is whether it rang since one last looked."""

    def wait(self, seen: int, seconds: float) -> None:
        with self._condition:
            self._condition.wait_for(lambda: self.count != seen, seconds)


def open_pipes(link: Link, slots: Slots, line: str) -> ChannelPipes:
    """Start ``line`` in a channel of its own. Raises ``ConnectionLostError`` and ``HostError``."""
    pipes = ChannelPipes(link, slots, _session(link, slots))
    try:
        pipes.start(line)
    except GONE as error:
        pipes.close()
        if link.gone or not isinstance(error, paramiko.SSHException):
            raise link.lost() from None
        raise HostError("the server runs no command for us", "is the account limited?") from None
    return pipes


def _session(link: Link, slots: Slots) -> paramiko.Channel:
    patience, for_others = Deadline(_REFUSED_PATIENCE), Deadline(_OTHERS_PATIENCE)
    ended = slots.ended
    while True:
        slots.take(link)
        try:
            return link.open_session(timeout=_OPEN_TIMEOUT)
        except OpenRefused as refusal:
            others = slots.refused()
            if slots.ended != ended:
                ended, for_others = slots.ended, Deadline(_OTHERS_PATIENCE)
            elif others and for_others.over:
                raise HostError(
                    "the server opens no further session while a command of ours runs",
                    "raise MaxSessions in its sshd_config: 10 is usual",
                ) from None
            if not others and (patience.over or refusal.code == 0):
                raise HostError(
                    f"the server opens no session: {refusal.why}",
                    "look at MaxSessions in its sshd_config",
                ) from None
            sleep(0.1)
        except BaseException:
            slots.give_back()
            raise


class ChannelPipes:
    """``Pipes`` over one session channel."""

    def __init__(self, link: Link, slots: Slots, channel: paramiko.Channel) -> None:
        self._link = link
        self._slots = slots
        self._channel = channel
        self._bell = _Bell()
        self._closing = threading.Lock()
        self._closed = False
        channel.settimeout(0.0)
        channel.in_buffer.set_event(self._bell)  # type: ignore[arg-type]
        channel.in_stderr_buffer.set_event(self._bell)  # type: ignore[arg-type]

    def start(self, line: str) -> None:
        """Ask the server to run ``line`` by the user's login shell."""
        self._channel.exec_command(line)

    def also_ringing(self, ring: Callable[[], None]) -> AbstractContextManager[None]:
        """``ring`` is called, in paramiko's thread, when output comes or ends."""
        return self._bell.also(ring)

    def mark(self) -> int:
        return self._bell.count

    def wait(
        self, mark: int, seconds: float, *, to_send: bool = False, output: bool = True
    ) -> None:
        if not to_send and self._no_more and (self.ended or not output):
            self._channel.status_event.wait(seconds)
        else:
            self._bell.wait(mark, min(seconds, _FULL_WINDOW_POLL) if to_send else seconds)

    def take_stdout(self, size: int) -> bytes:
        return self._take(self._channel.recv, size) if self._channel.recv_ready() else b""

    def take_stderr(self, size: int) -> bytes:
        if not self._channel.recv_stderr_ready():
            return b""
        return self._take(self._channel.recv_stderr, size)

    def _take(self, receive: Callable[[int], bytes], size: int) -> bytes:
        try:
            return receive(size)
        except TimeoutError:  # another thread took it first
            return b""
        except GONE:  # the window could not be opened again: the connection went meanwhile
            raise self._link.lost() from None

    @property
    def stdout_ended(self) -> bool:
        return self._no_more and not self._channel.recv_ready()

    @property
    def stderr_ended(self) -> bool:
        return self._no_more and not self._channel.recv_stderr_ready()

    @property
    def ended(self) -> bool:
        return self.stdout_ended and self.stderr_ended

    @property
    def _no_more(self) -> bool:
        return bool(self._channel.eof_received) or self._channel.closed

    def send(self, data: memoryview) -> int:
        if self._channel.closed:
            self.check()
            raise BrokenPipeError(errno.EPIPE, "the command has ended")
        try:
            return self._channel.send(bytes(data[:_PACKET]))
        except TimeoutError:
            return 0
        except GONE:
            if self._link.gone:
                raise self._link.lost() from None
            raise BrokenPipeError(errno.EPIPE, "the command has ended") from None

    def close_input(self) -> None:
        with contextlib.suppress(*GONE):
            self._channel.shutdown_write()

    def exit_status(self) -> int | None:
        status = self._channel.exit_status
        return None if status == -1 else status

    @property
    def cut_off(self) -> bool:
        return self._channel.closed and self._channel.exit_status == -1

    def check(self) -> None:
        if self._channel.exit_status != -1:
            return
        if self._link.gone:
            raise self._link.lost()
        if self._channel.closed:
            raise ConnectionLostError("the server ended the command without a word")

    def close(self) -> None:
        with self._closing:
            if self._closed:
                return
            self._closed = True
        try:
            with contextlib.suppress(*GONE):
                if self._channel.exit_status == -1 and not self._channel.closed:
                    self._link.signal_process(self._channel, "TERM")
                self._channel.close()
        finally:
            self._slots.give_back()
