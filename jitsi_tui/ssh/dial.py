"""Sockets to a server: TCP over all its addresses, or a ProxyCommand's pipes."""

from __future__ import annotations

import contextlib
import errno
import os
import selectors
import signal
import socket
import subprocess
from collections import deque
from dataclasses import dataclass
from typing import Protocol

from jitsi_tui.visible import visible

from .deadline import Deadline
from .destination import Destination
from .host import ConnectError

DEAD_AFTER = 8.0
"""Seconds without any answer after which a peer counts as gone."""

_STAGGER = 0.25
"""Seconds before the next address is tried beside the one that does not answer (RFC 8305)."""

_FAMILIES = {"inet": socket.AF_INET, "inet6": socket.AF_INET6}


def dial(host: str, port: int, deadline: Deadline, *, family: str = "any") -> socket.socket:
    """The first TCP connection that stands. Raises ``ConnectError``.

    ``family`` is ``any``, ``inet`` or ``inet6``. Looking up the name takes as long as the system's
    resolver takes; all addresses share ``deadline``.
    """
    found = _addresses(host, port, family)
    attempt = _Attempts(found, deadline)
    try:
        opened = attempt.first()
    finally:
        attempt.drop_others()
    if opened is None:
        raise _why(host, port, attempt.errors, deadline)
    tune(opened)
    return opened


@dataclass(frozen=True)
class Reached:
    """A way to a host on which nobody has greeted yet."""

    way: Inner
    deadline: Deadline
    """Shared with the key exchange that follows."""


def reach(hop: Destination, timeout: float) -> Reached:
    """The way to the nearest hop, as its configuration wants it. Raises ``ConnectError``."""
    deadline = Deadline(timeout)
    if hop.proxy_command is None:
        family = hop.options.get("addressfamily", "any")
        return Reached(dial(hop.host, hop.port, deadline, family=family), deadline)
    try:
        return Reached(ProxyCommand(hop.proxy_command), deadline)
    except OSError as error:
        raise ConnectError(
            f"the ProxyCommand for {visible(hop.alias)} can't start: {error.strerror}",
            "look at ~/.ssh/config",
        ) from None


def tune(opened: socket.socket) -> None:
    """No delay for small packets, and a peer that fell silent is noticed."""
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    user_timeout = getattr(socket, "TCP_USER_TIMEOUT", None)  # Linux
    if user_timeout is not None:
        opened.setsockopt(socket.IPPROTO_TCP, user_timeout, int(DEAD_AFTER * 1000))


Address = tuple[int, tuple[object, ...]]


def _addresses(host: str, port: int, family: str) -> list[Address]:
    try:
        found = socket.getaddrinfo(
            host, port, _FAMILIES.get(family, socket.AF_UNSPEC), socket.SOCK_STREAM
        )
    except (socket.gaierror, UnicodeError):
        raise ConnectError(
            f"{visible(host)} does not resolve",
            "check the spelling, DNS, and HostName in ~/.ssh/config",
        ) from None
    return list(dict.fromkeys((kind, place) for kind, _, _, _, place in found))


class _Attempts:
    """Connections being made side by side, each started a little after the one before."""

    def __init__(self, addresses: list[Address], deadline: Deadline) -> None:
        self.errors: list[OSError] = []
        self._waiting = deque(addresses)
        self._deadline = deadline
        self._selector = selectors.DefaultSelector()
        self._open: set[socket.socket] = set()

    def first(self) -> socket.socket | None:
        while (self._waiting or self._open) and not self._deadline.over:
            if self._waiting:
                self._start(*self._waiting.popleft())
            wait = self._deadline.at_most(_STAGGER if self._waiting else 3600.0)
            for key, _ in self._selector.select(wait) if self._open else ():
                opened = key.fileobj
                assert isinstance(opened, socket.socket)
                self._selector.unregister(opened)
                self._open.discard(opened)
                code = opened.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if code == 0:
                    return opened
                self.errors.append(OSError(code, os.strerror(code)))
                opened.close()
        return None

    def _start(self, family: int, place: tuple[object, ...]) -> None:
        try:
            opened = socket.socket(family, socket.SOCK_STREAM)
        except OSError as error:
            self.errors.append(error)
            return
        opened.setblocking(False)
        code = opened.connect_ex(place)
        if code in (0, errno.EINPROGRESS):
            self._open.add(opened)
            self._selector.register(opened, selectors.EVENT_WRITE)
        else:
            self.errors.append(OSError(code, os.strerror(code)))
            opened.close()

    def drop_others(self) -> None:
        self._selector.close()
        for opened in self._open:
            opened.close()


def _why(host: str, port: int, errors: list[OSError], deadline: Deadline) -> ConnectError:
    where = f"{visible(host)} port {port}"
    codes = {error.errno for error in errors}
    if errno.ECONNREFUSED in codes:
        return ConnectError(
            f"{where} refused the connection", "is sshd running there, and is this its port?"
        )
    if deadline.over:
        return ConnectError(
            f"{where} did not answer within {deadline.seconds:g} s",
            "check the address and the firewall, or give it longer with --timeout",
        )
    if codes & {errno.EHOSTUNREACH, errno.ENETUNREACH}:
        return ConnectError(f"there is no route to {where}", "check the network, a VPN, a firewall")
    said = errors[-1].strerror if errors else "no address"
    return ConnectError(f"{where} could not be reached: {said}", "check the network")


class ProxyCommand:
    """A child process whose standard input and output are the connection.

    It looks like a socket. A child that died is an end of file, and what it said is in ``reason``.
    """

    def __init__(self, line: str) -> None:
        self._timeout: float | None = None
        self._said = b""
        # Like OpenSSH: the user's shell runs the line, replaced by the command itself.
        self._child = subprocess.Popen(  # noqa: S603 - the line is the user's own configuration
            [os.environ.get("SHELL") or "/bin/sh", "-c", f"exec {line}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
        assert self._child.stdin and self._child.stdout and self._child.stderr
        self._in, self._out, self._err = self._child.stdin, self._child.stdout, self._child.stderr
        for pipe in (self._in, self._out, self._err):
            os.set_blocking(pipe.fileno(), False)
        self._closed = False

    @property
    def reason(self) -> str:
        """The last thing the child said on standard error."""
        self._listen()
        lines = self._said.decode("utf-8", "replace").strip().splitlines()
        return visible(lines[-1])[:200] if lines else ""

    def settimeout(self, seconds: float | None) -> None:
        self._timeout = seconds

    def recv(self, size: int) -> bytes:
        """Up to ``size`` bytes, ``b""`` once the child has closed its output."""
        deadline = Deadline(self._timeout)
        while not self._closed:
            try:
                data = self._out.read(size)
            except (OSError, ValueError):
                return b""
            if data is not None:
                return bytes(data)
            self._listen()
            self._wait(self._out.fileno(), selectors.EVENT_READ, deadline)
        return b""

    def send(self, data: bytes) -> int:
        deadline = Deadline(self._timeout)
        while True:
            if self._closed:
                raise BrokenPipeError(errno.EPIPE, "the proxy command ended")
            written = self._in.write(data)
            if written is not None:
                return written
            self._wait(self._in.fileno(), selectors.EVENT_WRITE, deadline)

    def close(self) -> None:
        """End the child; safe to call twice."""
        if self._closed:
            return
        self._closed = True
        self._listen()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, signal.SIGTERM)
        for pipe in (self._in, self._out, self._err):
            with contextlib.suppress(OSError):
                pipe.close()
        try:
            self._child.wait(0.5)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait()

    def _listen(self) -> None:
        """Keep the end of what the child says, so that it never blocks on it."""
        with contextlib.suppress(OSError, ValueError):
            while data := self._err.read(4096):
                self._said = (self._said + data)[-4096:]

    def _wait(self, handle: int, event: int, deadline: Deadline) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(handle, event)
            if not selector.select(deadline.left):
                raise TimeoutError


class Inner(Protocol):
    """A socket, a ProxyCommand, or a channel through a jump host."""

    def recv(self, size: int, /) -> bytes: ...
    def send(self, data: bytes, /) -> int: ...
    def settimeout(self, seconds: float | None, /) -> None: ...
    def close(self) -> None: ...


class Wire:
    """What paramiko reads from and writes to: buffers, and notices a peer that fell silent.

    ``idle`` is called in the reading thread whenever nothing came for the socket's timeout.
    """

    def __init__(self, inner: Inner) -> None:
        self.inner = inner
        self.silence = 0.0
        """Seconds for which the peer was waited for in vain since it last sent anything. No clock
        tells: it goes on while we are stopped, and what came meanwhile was not looked at yet."""

        self.watched = False
        """Whether silence counts: only once somebody asks for answers."""

        self.greeting = b""
        """The first bytes that came: an SSH server's name, or something else's."""

        self._buffer = b""
        self._at = 0
        self._closed = False
        self._timeout = 0.0
        self._stuck = 0.0

    def settimeout(self, seconds: float | None) -> None:
        self._timeout = seconds or 0.0
        self.inner.settimeout(seconds)

    def recv(self, size: int) -> bytes:
        # paramiko asks for a packet's header and body apart: one system call is enough for both.
        if self._at >= len(self._buffer):
            try:
                self._buffer, self._at = self.inner.recv(65536), 0
            except TimeoutError:
                self.silence += self._timeout
                raise
            self.silence = self._stuck = 0.0
            self.greeting = self.greeting or self._buffer[:200]
        start, self._at = self._at, self._at + size
        return self._buffer[start : self._at]

    def send(self, data: bytes) -> int:
        try:
            sent = self.inner.send(data)
        except TimeoutError:
            self._stuck += self._timeout
            if self.watched and self._stuck > DEAD_AFTER:
                raise OSError(errno.ETIMEDOUT, "the peer takes nothing any more") from None
            raise
        self._stuck = 0.0
        return sent

    def close(self) -> None:
        """Close for good; a reader in another thread wakes up."""
        self._closed = True
        if isinstance(self.inner, socket.socket):
            with contextlib.suppress(OSError):
                self.inner.shutdown(socket.SHUT_RDWR)
        # Where it is a channel of a connection that just ended, there is nobody left to tell.
        with contextlib.suppress(OSError, EOFError):
            self.inner.close()

    def getpeername(self) -> object:
        """For paramiko's log lines alone."""
        return self.inner.getpeername() if isinstance(self.inner, socket.socket) else ("proxy", 0)
