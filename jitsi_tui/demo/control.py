"""The socket over which the programs in the sandbox ask: a service's process, and prosodyctl.

One request a connection, one line of words, percent-encoded:
  service NAME PID     the connection then lasts as long as the process; answered "ok" or "no",
                       later the process may say "stopping" (answered "bye") or "reload"
  prosodyctl WORD...   answered by a line with the exit status and the text to print
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote

_LONGEST = 64 * 1024


class Supervised(Protocol):
    """A service whose process reports here."""

    pid: int | None
    """Its process, while it answers."""

    async def start(self, pid: int) -> bool:
        """Load the files and open the port; false where that fails, said in the service's log."""

    async def stop(self, *, asked: bool) -> None:
        """Its process ends now (``asked``) or has died. Called once for each ``start``."""

    def reload(self) -> None:
        """SIGHUP."""


class Control:
    """Listens on ``run/control`` of the sandbox."""

    def __init__(
        self,
        root: Path,
        services: dict[str, Supervised],
        prosodyctl: Callable[[list[str]], Awaitable[tuple[int, str]]],
    ) -> None:
        self._services = services
        self._prosodyctl = prosodyctl
        self._socket = _listening(root / "run", "control")
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        """Take requests from now on."""
        self._server = await asyncio.start_unix_server(
            self._serve, sock=self._socket, limit=_LONGEST
        )

    def close(self) -> None:
        """Take no more requests; to the processes it looks as if we had died."""
        if self._server is not None:
            self._server.close()
        self._socket.close()
        for writer in self._writers:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            words = [_decode(word) for word in (await reader.readline()).decode().split()]
            if words[:1] == ["prosodyctl"]:
                status, text = await self._prosodyctl(words[1:])
                writer.write(f"{status}\n{text}".encode())
                await writer.drain()
            elif words[:1] == ["service"] and words[1] in self._services:
                await _accompany(self._services[words[1]], int(words[2]), reader, writer)
        except (OSError, ValueError, IndexError):
            pass  # A process that was killed in the middle of a word.
        finally:
            self._writers.discard(writer)
            with contextlib.suppress(RuntimeError):
                writer.close()


async def _accompany(
    service: Supervised, pid: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """From a process's start to its end."""
    good = await service.start(pid)
    writer.write(b"ok\n" if good else b"no\n")
    if not good:
        return
    asked = False
    try:
        while line := await reader.readline():
            if line == b"reload\n":
                service.reload()
            elif line == b"stopping\n":
                asked = True
                break
    finally:
        await service.stop(asked=asked)
    if asked:
        writer.write(b"bye\n")


def _listening(folder: Path, name: str) -> socket.socket:
    """A Unix socket in ``folder``, however long that path is: an address takes 107 bytes alone."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    descriptor = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    try:
        listening.bind(f"/proc/self/fd/{descriptor}/{name}")
    finally:
        os.close(descriptor)
    (folder / name).chmod(0o600)
    listening.listen(64)
    return listening


def _decode(word: str) -> str:
    return "" if word == "%" else unquote(word)
