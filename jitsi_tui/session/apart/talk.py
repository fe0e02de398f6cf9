"""Words between two processes of ours: values as JSON, each behind its length in four bytes, and
open files beside them (unix(7), SCM_RIGHTS)."""

from __future__ import annotations

import contextlib
import json
import socket
from typing import Any

from jitsi_tui.ssh.host import HostError

_LENGTH = 4
_MOST_FILES = 4


class Talk:
    """One end of a conversation. Not for two threads at once."""

    def __init__(self, end: socket.socket) -> None:
        self.end = end

    def say(self, value: object, *files: int) -> None:
        """Raises ``OSError`` where nobody is there any more."""
        data = json.dumps(value).encode()
        length = len(data).to_bytes(_LENGTH, "big")
        if files:
            socket.send_fds(self.end, [length], list(files))
        else:
            self.end.sendall(length)
        self.end.sendall(data)

    def hear(self) -> tuple[Any, list[int]] | None:
        """The next value and the files that came with it; ``None`` once nobody is there."""
        files: list[int] = []
        length = self._take(_LENGTH, files)
        data = length and self._take(int.from_bytes(length, "big"), files)
        return (json.loads(data), files) if data else None

    def _take(self, size: int, files: list[int]) -> bytes:
        data = b""
        while len(data) < size:
            try:
                more, came, _, _ = socket.recv_fds(self.end, size - len(data), _MOST_FILES)
            except OSError:
                return b""
            files += came
            if not more:
                return b""
            data += more
        return data

    @property
    def ended(self) -> bool:
        """Whether no word waits to be heard and none will come."""
        try:
            return not self.end.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True

    def close(self) -> None:
        """End it; who waits for a word in another thread is woken."""
        hang_up(self.end)


def hang_up(end: socket.socket) -> None:
    """Close it so that who waits on it in another thread is woken. Safe to do twice."""
    with contextlib.suppress(OSError):  # it ended from the other side
        end.shutdown(socket.SHUT_RDWR)
    end.close()


def pack(error: HostError) -> dict[str, object]:
    """An error as words."""
    forbidden = getattr(error, "forbidden", False)
    return {"error": [error.kind, error.message, error.hint, forbidden]}


def unpack(words: list[Any]) -> HostError:
    """The error that ``pack`` had; of its class where that is one of the host's own."""
    kind, message, hint, forbidden = words
    named = {
        each.kind: each
        for each in HostError.__subclasses__()
        if each.__module__ == HostError.__module__
    }
    made = named.get(kind, HostError)(message, hint)
    made.kind = kind
    if forbidden:
        made.forbidden = True  # type: ignore[attr-defined]
    return made
