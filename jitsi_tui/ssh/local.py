"""This machine, as the Host protocol has it."""

from __future__ import annotations

import contextlib
import errno
import getpass
import os
import selectors
import signal
import socket
import subprocess
import threading
from time import monotonic

from .command import Secret
from .host import ForwardError, HostError, Tcp
from .pipes import Pipes
from .prompts import Prompts
from .runner import Runner
from .sudo import Keeper


class LocalHost(Runner):
    """Commands as child processes, with sudo where root is wanted. Safe from several threads."""

    def __init__(self, *, prompts: Prompts, sudo_password: Secret | None = None) -> None:
        super().__init__(Keeper(prompts, getpass.getuser(), "this machine", sudo_password))
        self._keeper.is_root = os.geteuid() == 0

    @property
    def name(self) -> str:
        return "local"

    @property
    def user(self) -> str:
        return self._keeper.user

    @property
    def via(self) -> tuple[str, ...]:
        return ()

    def connect_tcp(self, address: str, port: int, *, timeout: float = 5.0) -> Tcp:
        try:
            return socket.create_connection((address, port), timeout)
        except OSError as error:
            raise ForwardError(
                f"can't connect to {address} port {port}: {error.strerror or 'timed out'}",
                "is the service running?",
            ) from None

    def ping(self, timeout: float = 5.0) -> float:  # noqa: ARG002 - the protocol's
        """Zero, nearly: nothing lies between."""
        start = monotonic()
        return monotonic() - start

    def close(self) -> None:
        """Nothing is held open."""

    def _open(self, argv: tuple[str, ...]) -> Pipes:
        return ProcessPipes(argv)


class ProcessPipes:
    """``Pipes`` over a child process."""

    def __init__(self, argv: tuple[str, ...]) -> None:
        # Through sh as on any host: a missing program is exit 127 with a word on standard error.
        line = ("sh", "-c", 'exec "$@"', "sh", *argv)
        try:
            self._child = subprocess.Popen(  # noqa: S603 - running commands is what a host is for
                line,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            raise HostError(f"can't start {argv[0]}: {error}") from None
        child = self._child
        assert child.stdin and child.stdout and child.stderr
        self._in, self._out, self._err = child.stdin, child.stdout, child.stderr
        for pipe in (self._in, self._out, self._err):
            os.set_blocking(pipe.fileno(), False)
        self._woken, self._wake = os.pipe()
        self._out_ended = self._err_ended = False
        self._using = threading.Lock()
        self._closed = False

    def mark(self) -> int:
        return 0  # readiness stays until the data is taken

    def wait(
        self,
        mark: int,  # noqa: ARG002
        seconds: float,
        *,
        to_send: bool = False,
        output: bool = True,
    ) -> None:
        with selectors.DefaultSelector() as selector:
            with self._using:
                if self._closed:
                    return
                handles = [self._woken]
                handles += [self._out.fileno()] if output and not self._out_ended else []
                handles += [] if self._err_ended else [self._err.fileno()]
                for handle in handles:
                    selector.register(handle, selectors.EVENT_READ)
                if to_send and not self._in.closed:
                    selector.register(self._in.fileno(), selectors.EVENT_WRITE)
            if len(handles) == 1 and not to_send:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._child.wait(seconds)
            else:
                selector.select(seconds)

    def take_stdout(self, size: int) -> bytes:
        with self._using:
            if self._out_ended or self._closed:
                return b""
            data = self._out.read(size)
            self._out_ended = data == b""
            return data or b""

    def take_stderr(self, size: int) -> bytes:
        with self._using:
            if self._err_ended or self._closed:
                return b""
            data = self._err.read(size)
            self._err_ended = data == b""
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
            if self._in.closed:
                raise BrokenPipeError(errno.EPIPE, "the input is closed")
            return self._in.write(data) or 0

    def close_input(self) -> None:
        with self._using, contextlib.suppress(OSError):
            self._in.close()

    def exit_status(self) -> int | None:
        status = self._child.poll()
        return 128 - status if status is not None and status < 0 else status

    @property
    def cut_off(self) -> bool:
        return False

    def check(self) -> None:
        """This machine is always there."""

    def close(self) -> None:
        """Ends the whole process group; a root child of sudo ends by its closed pipes."""
        with self._using:
            if self._closed:
                return
            self._closed = True
            os.write(self._wake, b"x")
            if self._child.poll() is None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self._child.pid, signal.SIGTERM)
            for pipe in (self._in, self._out, self._err):
                with contextlib.suppress(OSError):
                    pipe.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(0.2)
            os.close(self._wake)
            os.close(self._woken)
