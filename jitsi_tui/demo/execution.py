"""One command behind one SSH channel: its pipes, its exit status, its end with the channel."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from .forwarding import hang_up
from .processes import Process, Processes

if TYPE_CHECKING:
    from paramiko import Channel

_PIECE = 64 * 1024
_GRACE = 1.0
"""Seconds between SIGHUP and SIGKILL for what a closed channel leaves behind."""


class Execution:
    """Runs ``command`` by ``/bin/sh``; three threads carry its three streams.

    A blocked reader blocks the writer, both ways: pipes and SSH windows hold what is on the way.
    """

    def __init__(
        self, channel: Channel, command: bytes, processes: Processes, env: Mapping[str, str]
    ) -> None:
        self._channel = channel
        stdin_read, self._stdin = os.pipe2(os.O_CLOEXEC)
        self._stdout, stdout_write = os.pipe2(os.O_CLOEXEC)
        self._stderr, stderr_write = os.pipe2(os.O_CLOEXEC)
        theirs = (stdin_read, stdout_write, stderr_write)
        try:
            self._process: Process = processes.run(
                ("/bin/sh", "-c", os.fsdecode(command)), env, theirs
            )
        finally:
            for descriptor in theirs:
                os.close(descriptor)
        self._outputs = 2
        self._lock = threading.Lock()

    def start(self) -> None:
        """Carry bytes from now on."""
        channel = self._channel
        work: tuple[tuple[str, Callable[[], None]], ...] = (
            ("in", self._carry_input),
            ("out", lambda: self._carry_output(self._stdout, channel.sendall)),
            ("err", lambda: self._carry_output(self._stderr, channel.sendall_stderr)),
        )
        for name, target in work:
            threading.Thread(target=target, name=f"demo-ssh-{name}", daemon=True).start()

    def _carry_input(self) -> None:
        """Standard input to its end, and then the watch over the channel's own end."""
        writable = True
        try:
            while data := self._channel.recv(_PIECE):
                if writable:
                    writable = _write_all(self._stdin, data)
        finally:
            os.close(self._stdin)
        self._channel.status_event.wait()
        if self._process.running:
            self._process.kill(signal.SIGHUP)
            if self._process.wait(_GRACE) is None:
                self._process.kill(signal.SIGKILL)

    def _carry_output(self, descriptor: int, send: Callable[[bytes], object]) -> None:
        try:
            while data := os.read(descriptor, _PIECE):
                send(data)
        except (OSError, EOFError):
            pass  # The channel is closed: the process will learn it from its broken pipe.
        finally:
            os.close(descriptor)
        with self._lock:
            self._outputs -= 1
            last = self._outputs == 0
        if last:
            self._say_end()

    def _say_end(self) -> None:
        """As sshd does: once the process has ended and nobody holds its output open."""
        status = self._process.wait()
        try:
            self._channel.send_exit_status(127 if status is None else status)
        except (OSError, EOFError):
            pass
        finally:
            hang_up(self._channel)


def _write_all(descriptor: int, data: bytes) -> bool:
    view = memoryview(data)
    try:
        while view:
            view = view[os.write(descriptor, view) :]
    except OSError:
        return False
    return True
