"""Follows logs on a host: starts ``follow.pl`` there, reads its frames, tells what happened."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from itertools import count

from ..resources import remote_modules
from ..ssh.command import Command, Root
from ..ssh.host import CommandTimeoutError, Host, HostError, Stream
from ..ssh.shipped import shipped
from .events import Event, Lines, Position
from .frames import NONCE_SIZE, FrameReader
from .sources import Source
from .told import MAX_HISTORY, Told

TAIL_BYTES = 4 * 1024 * 1024
"""How far the program looks back for the last lines of a log."""

_BATCH = 128 * 1024
"""Bytes after which what came is handed on though more is there: to take it over takes the app some
milliseconds, in which keys wait."""

_ROUND_SECONDS = 0.02
"""How long what came waits for the rest of what the program told in one go."""


class FollowError(HostError):
    """The program that reads the logs ended, or could not start."""

    kind = "logs"


class Follower:
    """Reads logs as they grow. Has no thread: whoever calls ``read`` waits.

    ``read`` belongs to one thread; ``before``, ``previous`` and ``close`` may come from another.
    Not reading holds the server's program up, which then loses nothing: its files keep the lines.
    """

    def __init__(
        self,
        host: Host,
        sources: Sequence[Source],
        *,
        tail: int = 200,
        resume: Position | None = None,
        once: bool = False,
    ) -> None:
        """``tail`` is the number of last lines to start with; -1 starts at a file's beginning.

        With ``once`` nobody reads beyond ``CaughtUp``: it comes once journals were read.

        ``resume`` continues where another follower of the same sources stood. Raises ``HostError``.
        """
        self.sources = tuple(sources)
        self._told = Told(self.sources, resume)
        self._requests = count(1)
        self._error: HostError | None = None
        nonce = os.urandom(NONCE_SIZE)
        self._reader = FrameReader(nonce, sources=len(self.sources))
        self._gathered = 0
        self._stream: Stream = host.stream(self._command(nonce, tail, once=once))
        self.as_root = self._stream.as_root

    # --- what callers use -------------------------------------------------------------------

    def read(self, timeout: float | None = None) -> tuple[Event, ...]:
        """What has happened since; empty after ``timeout`` seconds in which nothing did.

        Raises ``ConnectionLostError``, ``FrameError``, or ``FollowError`` where the program ended.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self._told.events:
            if self._error:
                raise self._error
            if not self._receive(deadline):
                return ()
        deadline = time.monotonic() + _ROUND_SECONDS
        while not self._told.whole and self._gathered < _BATCH and not self._error:
            if not self._receive(deadline):
                break
        self._gathered = 0
        return self._told.hand_over()

    @property
    def whole(self) -> bool:
        """Whether ``read`` returned all that there was for the moment."""
        return self._told.whole

    def position(self) -> Position:
        """Where this follower stands, counting exactly what ``read`` has returned."""
        return self._told.position()

    def before(self, source: str, file: int, offset: int, size: int) -> int:
        """Ask for up to ``size`` bytes before ``offset`` (-1: before the file's end).

        The answer comes from ``read`` as a ``History`` with the number that is returned here.
        """
        return self._request("W", source, file, offset, min(size, MAX_HISTORY))

    def previous(self, source: str, file: int, size: int) -> int:
        """Ask for the last ``size`` bytes of the file that was the log before this one."""
        return self._request("P", source, file, min(size, MAX_HISTORY))

    def unended(self) -> list[Lines]:
        """Lines whose ends have not come, for whoever reads no further."""
        return self._told.unended()

    def close(self) -> None:
        """End the program on the server. Safe to call twice, and from another thread."""
        self._stream.close()

    # --- what is sent -----------------------------------------------------------------------

    def _command(self, nonce: bytes, tail: int, *, once: bool) -> Command:
        how = ["once"] if once else []
        lines = [f"nonce {nonce.hex()}", f"tail {tail} {TAIL_BYTES}", *how]
        lines += [*self._told.setup(), "go\n"]
        data = "\n".join(lines).encode()
        parts = remote_modules("Follow")
        return shipped("follow.pl", root=Root.IF_POSSIBLE, parts=parts, data=data)

    def _request(self, what: str, source: str, file: int, *numbers: int) -> int:
        index = next(i for i, one in enumerate(self.sources) if one.name == source)
        number = next(self._requests)
        words = [what, number, index, file, self._told.asked(number, file), *numbers]
        self._stream.write((" ".join(str(word) for word in words) + "\n").encode())
        return number

    # --- what is received -------------------------------------------------------------------

    def _receive(self, deadline: float | None) -> bool:
        """Take what comes next; false where nothing did until then.

        What goes wrong is kept: what came before it is right, and counted by ``position``, so that
        it goes out first.
        """
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        try:
            data = self._stream.read(_BATCH, left)
            if not data:
                raise self._ended()
            self._gathered += len(data)
            for frame in self._reader.feed(data):
                self._told.take(frame)
        except CommandTimeoutError:
            return False
        except HostError as error:
            self._error = error
        return True

    def _ended(self) -> HostError:
        said = self._stream.stderr()[-400:].decode("utf-8", "replace").strip()
        status = self._stream.exit_status(timeout=1.0)
        reason = said.splitlines()[-1] if said else f"exit status {status}"
        return FollowError(
            f"the program that reads the logs on the server ended: {reason}",
            "look whether perl runs there",
        )
