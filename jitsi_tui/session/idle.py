"""Waiting until nobody is in a meeting, over as many connections as it takes.

Nothing is changed meanwhile. What a count can't tell is said at once and ends the waiting: it never
goes on for ever in silence.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from jitsi_tui.instance import calls, wire
from jitsi_tui.instance.calls import Calls, CountError
from jitsi_tui.instance.layout import Layout
from jitsi_tui.ssh.host import (
    AuthError,
    CommandTimeoutError,
    ConnectionLostError,
    Host,
    HostError,
    HostKeyError,
    Stream,
)

POLL = 0.1
"""Seconds between two looks at a wish to cancel."""

UNKNOWN = 20.0
"""Seconds for which a Jicofo that gives no count may be one that is just coming up."""

SILENCE = 60.0
"""Seconds without a word from the server after which it counts as lost."""

AWAY = 600.0
"""Seconds for which a lost connection is tried again."""

_PAUSE = 1.0


@dataclass(frozen=True)
class Waiting:
    """What is waited for, as it is now."""

    calls: Calls | None
    """The newest count; ``None`` while there is none."""

    trouble: str = ""
    """What keeps us from counting just now."""


class CancelledError(Exception):
    """The waiting was cancelled; nothing was changed."""


@dataclass(frozen=True)
class Wait:
    """How to wait: over which connections, and whom to tell."""

    reopen: Callable[[], Host]
    """Gives an open host, or raises ``HostError`` to be asked again a second later."""

    layout: Layout
    on_wait: Callable[[Waiting], None]
    cancel: threading.Event
    given_up: Callable[[], bool] = lambda: False

    def until_idle(self, host: Host) -> Host:
        """The host over which nobody was found in a meeting.

        Raises ``CancelledError``, ``CountError`` where the count can't be had, and ``HostError``
        where the server can't be reached any more.
        """
        while True:
            try:
                self._watch(host)
            except ConnectionLostError as error:
                self.on_wait(Waiting(None, f"{error.message}; connecting again"))
                host = self._again(error)
            else:
                return host

    def _watch(self, host: Host) -> None:
        """Returns once a count was zero."""
        unknown_since: float | None = None
        while True:
            nonce = wire.new_nonce()
            reader = calls.Reader(nonce)
            stream = host.stream(calls.watching(self.layout, nonce))
            try:
                for now in self._counts(stream, reader):
                    self.on_wait(Waiting(now, now.doubt))
                    if now.idle:
                        return
                    unknown_since = self._since(unknown_since, now)
            finally:
                stream.close()

    def _counts(self, stream: Stream, reader: calls.Reader) -> Iterator[Calls]:
        heard = time.monotonic()
        counted = False
        while True:
            self._look_for_cancel()
            try:
                data = stream.read(timeout=POLL)
            except CommandTimeoutError:
                if time.monotonic() - heard > SILENCE:
                    raise ConnectionLostError("the server does not answer any more") from None
                continue
            if not data:
                if not counted:
                    raise CountError(_why_nothing(stream))
                return
            heard = time.monotonic()
            for now in reader.feed(data):
                counted = True
                yield now

    def _since(self, before: float | None, now: Calls) -> float | None:
        """Since when the count is unknown. Raises ``CountError`` once that is too long."""
        if now.idle is not None:
            return None
        since = time.monotonic() if before is None else before
        if time.monotonic() - since > UNKNOWN:
            raise CountError(
                f"how many meetings run can't be had: {now.doubt}",
                "look at Jicofo, or make the change without waiting",
            )
        return since

    def _look_for_cancel(self) -> None:
        if self.cancel.is_set() or self.given_up():
            raise CancelledError

    def _again(self, lost: HostError) -> Host:
        until = time.monotonic() + AWAY
        while True:
            self._look_for_cancel()
            try:
                return self.reopen()
            except (AuthError, HostKeyError):
                raise
            except HostError as error:
                lost = error
            if time.monotonic() > until:
                raise lost
            self.cancel.wait(_PAUSE)


def _why_nothing(stream: Stream) -> str:
    said = stream.stderr().decode("utf-8", "replace").strip().splitlines()[-1:]
    return f"how many meetings run can't be had{': ' + said[0][:200] if said else ''}"
