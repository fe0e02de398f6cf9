"""Requests for older log lines, sent by a thread of their own: whoever asks never waits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from itertools import count

from jitsi_tui.logs.events import Event, History
from jitsi_tui.logs.follow import Follower
from jitsi_tui.ssh.host import HostError

from .jobs import Worker


class LogRequests:
    """Asks whatever follower there is (``logs.history.Asks``).

    Where there is none, or it breaks, no answer comes: the ``Server`` of the next one says so.
    """

    def __init__(self, on_crash: Callable[[BaseException], None]) -> None:
        self._on_crash = on_crash
        self._worker: Worker | None = None
        self._follower: Follower | None = None
        self._numbers = count(1)
        self._ours: dict[int, int] = {}
        self._lock = threading.Lock()

    def before(self, source: str, file: int, offset: int, size: int) -> int:
        """See ``Follower.before``."""
        return self._ask(lambda follower: follower.before(source, file, offset, size))

    def previous(self, source: str, file: int, size: int) -> int:
        """See ``Follower.previous``."""
        return self._ask(lambda follower: follower.previous(source, file, size))

    def attach(self, follower: Follower | None) -> None:
        """Ask this one from now on."""
        with self._lock:
            self._follower = follower
            self._ours.clear()

    def answered(self, events: Sequence[Event]) -> tuple[Event, ...]:
        """The same events, with the numbers that ``before`` and ``previous`` gave."""
        return tuple(self._answer(one) if isinstance(one, History) else one for one in events)

    def close(self) -> None:
        """End the thread."""
        self.attach(None)
        if self._worker is not None:
            self._worker.close(0.0)

    def _answer(self, event: History) -> History:
        with self._lock:
            return event._replace(request=self._ours.pop(event.request, -1))

    def _ask(self, ask: Callable[[Follower], int]) -> int:
        if self._worker is None:
            self._worker = Worker("log-requests", self._on_crash)
        number = next(self._numbers)
        self._worker.submit(lambda: self._send(number, ask))
        return number

    def _send(self, number: int, ask: Callable[[Follower], int]) -> None:
        with self._lock:
            if self._follower is None:
                return
            try:
                self._ours[ask(self._follower)] = number
            except (HostError, BrokenPipeError):
                self._follower = None
