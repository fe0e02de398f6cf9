"""A host that is this machine: programs run in real processes, as over SSH but without it."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess

from jitsi_tui.ssh.command import Command
from jitsi_tui.ssh.host import CommandTimeoutError, ConnectionLostError, Result, Tcp


class ProcessStream:
    """A running program as a ``Stream``."""

    def __init__(self, command: Command) -> None:
        self.as_root = os.geteuid() == 0
        self.process = subprocess.Popen(
            command.argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self._closed = False
        self.cut = False
        self.write(command.stdin)

    def read(self, size: int = 65536, timeout: float | None = None) -> bytes:
        if self.cut:
            raise ConnectionLostError("the connection broke")
        assert self.process.stdout
        descriptor = self.process.stdout.fileno()
        ready, _, _ = select.select([descriptor], [], [], timeout)
        if not ready:
            raise CommandTimeoutError("nothing came")
        return os.read(descriptor, size)

    def write(self, data: bytes) -> None:
        assert self.process.stdin
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def close_input(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()

    def stderr(self) -> bytes:
        assert self.process.stderr
        os.set_blocking(self.process.stderr.fileno(), False)
        return self.process.stderr.read() or b""

    def exit_status(self, timeout: float | None = None) -> int | None:
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None

    def break_off(self) -> None:
        """As a dying connection does it: both ends are gone, nobody says goodbye."""
        self.cut = True
        self.close()

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            raise
        finally:
            if self.process.stderr:
                self.process.stderr.close()


class Machine:
    """This machine as a ``Host``; remembers the streams it opened."""

    name = "local"
    user = "tester"
    via: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.streams: list[ProcessStream] = []

    @property
    def commands_run(self) -> int:
        return len(self.streams)

    def stream(self, command: Command) -> ProcessStream:
        self.streams.append(ProcessStream(command))
        return self.streams[-1]

    def run(
        self, command: Command, *, timeout: float | None = None, limit: int = 1 << 26
    ) -> Result:
        done = subprocess.run(
            command.argv, input=command.stdin, capture_output=True, timeout=timeout, check=False
        )
        return Result(done.returncode, done.stdout, done.stderr, os.geteuid() == 0)

    def connect_tcp(self, address: str, port: int, *, timeout: float = 5.0) -> Tcp:
        raise NotImplementedError

    def ping(self, timeout: float = 5.0) -> float:
        return 0.0

    def close(self) -> None:
        for stream in self.streams:
            stream.close()
