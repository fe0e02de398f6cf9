"""What jicofo answers over HTTP on port 8888."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

PORT = 8888
Answers = dict[str, Callable[[], Any]]


async def serve(answers: Answers, host: str) -> None:
    """Answer GET requests for known paths with JSON, and 404 for the rest.

    The init script doesn't wait for the process that it stopped, so the port may be taken still.
    """

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].decode("latin-1").partition("?")[0]
            known = answers.get(path.rstrip("/") or "/")
            body = json.dumps(known()).encode() if known else b""
            status = "200 OK" if known else "404 Not Found"
            kind = "Content-Type: application/json\r\n" if known else ""
            reply = f"HTTP/1.1 {status}\r\n{kind}Content-Length: {len(body)}\r\n"
            writer.write(f"{reply}Connection: close\r\n\r\n".encode() + body)
            await writer.drain()
        except (asyncio.IncompleteReadError, IndexError, OSError):
            pass
        finally:
            writer.close()

    for attempt in range(50):
        try:
            await asyncio.start_server(handle, host, PORT)
        except OSError:
            if attempt == 49:
                raise
            await asyncio.sleep(0.1)
        else:
            return
