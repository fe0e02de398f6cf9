"""A small HTTP/1.1 server for the answers of the pretended services, on a port that can shut."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus

_MAX_HEAD = 32 * 1024
_MAX_BODY = 256 * 1024


@dataclass(frozen=True)
class Request:
    """One request; header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def host(self) -> str:
        """The ``Host`` header without its port."""
        return self.headers.get("host", "").rpartition("@")[2].split(":")[0].lower()


@dataclass(frozen=True)
class Response:
    """One answer."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)

    def encode(self, *, keep_alive: bool) -> bytes:
        """As bytes of RFC 9112."""
        lines = [
            f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}",
            f"Content-Type: {self.content_type}",
            f"Content-Length: {len(self.body)}",
            f"Connection: {'keep-alive' if keep_alive else 'close'}",
            *(f"{name}: {value}" for name, value in self.headers.items()),
        ]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + self.body


Answer = Callable[[Request], Awaitable[Response]]
NOT_FOUND = Response(404, b"<html><body><h1>404</h1></body></html>", "text/html")


class Port:
    """A TCP port of 127.0.0.1 that is ours for good, and open only between ``open`` and ``shut``.

    A bound socket that nobody listens on keeps the number: connecting to it is refused.
    """

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._reserved = _bound(0)
        self.number: int = self._reserved.getsockname()[1]
        self._listening: socket.socket | None = None
        self._talks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Take connections from now on."""
        if self._listening is None:
            self._listening = _bound(self.number)
            self._listening.listen(100)
            self._listening.setblocking(False)
            asyncio.get_running_loop().add_reader(self._listening, self._take, self._listening)

    def shut(self) -> None:
        """Refuse connections, and break those that stand: also one that has only just come.

        An ``asyncio.Server`` forgets who was accepted and not yet served when it is closed: he
        would wait for ever.
        """
        if self._listening is not None:
            asyncio.get_running_loop().remove_reader(self._listening)
            self._listening.close()
            self._listening = None
        for talk in self._talks:
            talk.cancel()

    def release(self) -> None:
        """Give the number back."""
        self.shut()
        self._reserved.close()

    def _take(self, listening: socket.socket) -> None:
        with contextlib.suppress(OSError):  # Who is gone again, or can't be had now.
            connection, _ = listening.accept()
            talk = asyncio.get_running_loop().create_task(self._serve(connection))
            self._talks.add(talk)
            talk.add_done_callback(partial(self._forget, connection))

    def _forget(self, connection: socket.socket, talk: asyncio.Task[None]) -> None:
        self._talks.discard(talk)
        connection.close()

    async def _serve(self, connection: socket.socket) -> None:
        reader, writer = await asyncio.open_connection(sock=connection, limit=_MAX_HEAD)
        try:
            while request := await _read(reader):
                response = await self._answer(request)
                keep_alive = request.headers.get("connection", "").lower() != "close"
                writer.write(response.encode(keep_alive=keep_alive))
                await writer.drain()
                if not keep_alive:
                    break
        except (OSError, ValueError, EOFError, asyncio.LimitOverrunError):
            pass  # A client that went away or speaks no HTTP: there is nobody to tell.
        except asyncio.CancelledError:
            writer.transport.abort()
            raise
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def escape(text: str) -> str:
    """Text as it may stand in XML, also inside of quotes."""
    for char, entity in (("&", "&amp;"), ("<", "&lt;"), ("'", "&apos;"), ('"', "&quot;")):
        text = text.replace(char, entity)
    return text


def _bound(port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port))
    return bound


async def _read(reader: asyncio.StreamReader) -> Request | None:
    """The next request, ``None`` at the end of the connection. Raises ``ValueError`` for others."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *rest = head.decode("latin-1").split("\r\n")
    method, path, _version = first.split(" ")
    headers = {}
    for line in rest:
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    length = int(headers.get("content-length", "0"))
    if not 0 <= length <= _MAX_BODY:
        raise ValueError("a body of this size is none of ours")
    return Request(method, path, headers, await reader.readexactly(length))
