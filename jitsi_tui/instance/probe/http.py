"""HTTP/1.1 (RFC 9112) over a connection that starts on the server: just what a probe needs."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from jitsi_tui.digits import whole
from jitsi_tui.ssh.host import ForwardError, HostError, Tcp

T = TypeVar("T")
Talk = Generator[None, None, T]
"""An exchange that pauses wherever it waits for an answer, so that several go on together."""

_HEAD = 64 * 1024
_BODY = 8 * 1024 * 1024
_PIECE = 65536
_NEAR = 0.03
"""Seconds to connect, up to which a connection for each request is the faster way: Prosody's
mod_limits (10 kB/s in Debian's configuration) holds the second request of a connection for 30 ms.
"""


class TalkError(Exception):
    """An exchange that did not work out; its text is a sentence for people."""


class RefusedPortError(TalkError):
    """Nothing listens there (yet)."""


class ForbiddenError(TalkError):
    """The SSH server forbids forwarding."""


@dataclass(frozen=True)
class Response:
    """Status code, body, and headers by their names in lower case."""

    status: int
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


class Dialer(Protocol):
    """Opens connections: a ``Host``, or one with TLS in them."""

    def connect_tcp(self, address: str, port: int, *, timeout: float = 5.0) -> Tcp:
        """See ``Host.connect_tcp``."""


class Http:
    """One server on one port, asked over a connection that is kept while it lasts."""

    def __init__(self, host: Dialer, port: int, name: str, deadline: float) -> None:
        self._host = host
        self._port = port
        self._name = name
        self._deadline = deadline
        self._tcp: Tcp | None = None
        self._near = False
        self._rest = b""

    def request(self, method: str, path: str, *, host: str, body: bytes = b"") -> Talk[Response]:
        """Send, pause, and read the answer. Raises ``TalkError``."""
        head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n"
        if method == "POST":
            head += f"Content-Type: text/xml; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
        try:
            tcp = self._connected()
            tcp.sendall(head.encode() + b"\r\n" + body)
            yield
            return self._receive()
        except ForwardError as error:
            raise self._explain(error) from error
        except TimeoutError as error:
            self.close()
            raise TalkError(f"{self._name} did not answer in time") from error
        except (OSError, EOFError, HostError) as error:
            self.close()
            raise TalkError(f"{self._name} broke off: {error}") from error

    def post_and_close(self, path: str, *, host: str, body: bytes) -> None:
        """Say a last word without waiting for the answer."""
        with contextlib.suppress(OSError, HostError):
            self._connected().sendall(
                f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n"
                "Content-Type: text/xml; charset=utf-8\r\n\r\n".encode()
                + body
            )
        self.close()

    def close(self) -> None:
        """Close the connection, if one is open."""
        if self._tcp is not None:
            self._tcp.close()
        self._tcp, self._rest = None, b""

    def _left(self) -> float:
        return max(0.05, self._deadline - time.monotonic())

    def _connected(self) -> Tcp:
        if self._tcp is None:
            began = time.monotonic()
            self._tcp = self._loopback()
            self._near = time.monotonic() - began < _NEAR
            self._rest = b""
        self._tcp.settimeout(self._left())
        return self._tcp

    def _loopback(self) -> Tcp:
        """By IPv4; by IPv6 where a service listens there alone."""
        timeout = min(10.0, self._left())
        try:
            return self._host.connect_tcp("127.0.0.1", self._port, timeout=timeout)
        except ForwardError as refused:
            if refused.forbidden:
                raise
            try:
                return self._host.connect_tcp("::1", self._port, timeout=timeout)
            except ForwardError:
                raise refused from None

    def _explain(self, error: ForwardError) -> TalkError:
        if error.forbidden:
            return ForbiddenError(
                f"{self._name} could not be asked: the SSH server forbids forwarding"
                " (AllowTcpForwarding)"
            )
        return RefusedPortError(f"{self._name} does not answer on port {self._port}")

    def _more(self) -> bytes:
        assert self._tcp is not None
        if time.monotonic() > self._deadline:
            raise TimeoutError
        self._tcp.settimeout(self._left())
        return self._tcp.recv(_PIECE)

    def _receive(self) -> Response:
        head = self._until(b"\r\n\r\n", _HEAD)
        lines = head.decode("latin-1").split("\r\n")
        words = lines[0].split(" ", 2)
        status = whole(words[1], 3) if len(words) > 1 and words[0].startswith("HTTP/1.") else None
        if status is None:
            raise TalkError(f"{self._name} does not speak HTTP on port {self._port}")
        headers = {
            key.strip().lower(): value.strip()
            for key, _, value in (line.partition(":") for line in lines[1:])
        }
        body = self._body(headers)
        ending = headers.get("connection", "").lower() == "close" or words[0] == "HTTP/1.0"
        if ending or self._near:
            self.close()
        return Response(status, body, headers)

    def _body(self, headers: Mapping[str, str]) -> bytes:
        if "chunked" in headers.get("transfer-encoding", "").lower():
            return self._chunks()
        length = headers.get("content-length")
        if length is None:
            return self._to_the_end()
        size = whole(length)
        if size is None or size > _BODY:
            raise TalkError(f"{self._name} gave an answer longer than any sane one")
        return self._exactly(size)

    def _chunks(self) -> bytes:
        body = b""
        while True:
            line = self._until(b"\r\n", _HEAD).split(b";")[0].strip()
            try:
                size = int(line[:8], 16)
            except ValueError:
                raise TalkError(f"{self._name} does not speak HTTP on port {self._port}") from None
            if size < 0 or len(body) + size > _BODY:
                raise TalkError(f"{self._name} gave an answer longer than any sane one")
            body += self._exactly(size)
            self._until(b"\r\n", _HEAD)
            if not size:
                return body

    def _until(self, mark: bytes, limit: int) -> bytes:
        while (at := self._rest.find(mark)) < 0:
            piece = self._more()
            if not piece or len(self._rest) > limit:
                raise EOFError("it closed the connection" if not piece else "it said too much")
            self._rest += piece
        found, self._rest = self._rest[:at], self._rest[at + len(mark) :]
        return found

    def _exactly(self, size: int) -> bytes:
        pieces = [self._rest]
        have = len(self._rest)
        while have < size:
            piece = self._more()
            if not piece:
                raise EOFError("it closed the connection")
            pieces.append(piece)
            have += len(piece)
        whole = b"".join(pieces)
        self._rest = whole[size:]
        return whole[:size]

    def _to_the_end(self) -> bytes:
        body = self._rest
        while piece := self._more():
            body += piece
            if len(body) > _BODY:
                raise TalkError(f"{self._name} gave an answer longer than any sane one")
        self.close()
        return body


def together(*talks: Talk[T]) -> list[T | TalkError]:
    """Carry several exchanges on, each a step at a time: they wait for the network together."""
    results: dict[int, T | TalkError] = {}
    open_talks = dict(enumerate(talks))
    while open_talks:
        for number, talk in list(open_talks.items()):
            try:
                next(talk)
            except StopIteration as end:
                results[number] = end.value
                del open_talks[number]
            except TalkError as error:
                results[number] = error
                del open_talks[number]
    return [results[number] for number in range(len(talks))]


def alone(talk: Talk[T]) -> T:
    """Carry one exchange to its end. Raises ``TalkError``."""
    while True:
        try:
            next(talk)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
