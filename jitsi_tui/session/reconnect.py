"""The link to one server: made, watched, and made again when it breaks."""

from __future__ import annotations

import threading
from collections.abc import Callable

from jitsi_tui.instance.errors import InstanceError
from jitsi_tui.ssh.host import (
    AuthError,
    Host,
    HostError,
    HostKeyError,
)

from .events import Connected, Connecting, Disconnected, Emit, Latency
from .prompts import SessionPrompts
from .recording import RecordingHost
from .target import Target

_PING_EVERY = 5.0
_RETRY_FIRST, _RETRY_MOST = 1.0, 30.0


class NotConnectedError(InstanceError):
    """Asked of a server that we are not connected to at this moment."""

    kind = "connection"


class Link:
    """Owns the connection. ``on_up`` is called in its thread each time it stands."""

    def __init__(
        self, target: Target, prompts: SessionPrompts, emit: Emit, on_up: Callable[[], None]
    ) -> None:
        self._target = target
        self._prompts = prompts
        self._emit = emit
        self._on_up = on_up
        self._host: Host | None = None
        self._stop = threading.Event()
        self._broken = threading.Event()
        self._up = threading.Event()
        self._again = threading.Event()
        self._tries = True
        self._connecting = False
        self._thread = threading.Thread(target=self._keep, name="link", daemon=True)

    @property
    def target(self) -> Target:
        """Where the link leads."""
        return self._target

    def host(self) -> Host:
        """The open host. Raises ``NotConnectedError`` while there is none."""
        host = self._host
        if host is None:
            how = "it is tried again by itself" if self._tries else "r tries it again"
            raise NotConnectedError(
                f"not connected to {self._target.access.destination}",
                f"{how}; nothing was changed",
            )
        return host

    @property
    def up(self) -> bool:
        """Whether there is an open host."""
        return self._host is not None

    @property
    def closed(self) -> bool:
        """Whether the session ended."""
        return self._stop.is_set()

    def wait(self, seconds: float) -> Host:
        """The open host, waiting for it if need be. Raises ``NotConnectedError``."""
        self._up.wait(seconds)
        return self.host()

    def start(self) -> None:
        """Connect, and stay connected until ``close``."""
        self._thread.start()

    def report_lost(self) -> None:
        """Somebody saw the connection break: look at it now instead of at the next ping."""
        self._broken.set()

    def retry(self) -> None:
        """Try at once, also where it is not tried again by itself."""
        self._again.set()

    def close(self) -> None:
        """End the connection and the practice server behind it. One that is just being made is not
        waited for: it ends by itself, and with the process."""
        self._stop.set()
        self._broken.set()
        self._again.set()
        self._drop()
        waits = self._thread.is_alive() and not self._connecting
        if waits and threading.current_thread() is not self._thread:
            self._thread.join(2.0)
        self._target.close()

    def _keep(self) -> None:
        wait = _RETRY_FIRST
        again = False
        while not self._stop.is_set():
            try:
                self._connect(again)
                wait, again = _RETRY_FIRST, True
                self._on_up()
                self._watch()
            except (HostKeyError, AuthError) as error:
                # Trying by itself would ask the same questions again, or lock the account.
                self._wait(error.message, error.hint, None)
            except HostError as error:
                self._wait(error.message, error.hint, wait)
                wait = min(wait * 2, _RETRY_MOST)
            except Exception as error:
                self._wait(f"something of ours failed: {type(error).__name__}", "", None)

    def _wait(self, message: str, hint: str, seconds: float | None) -> None:
        """Say that there is no connection, until it is to be tried again."""
        self._drop()
        if self._stop.is_set():
            return
        self._again.clear()
        self._tries = seconds is not None
        self._emit(Disconnected(message, hint, seconds))
        if not self._stop.is_set():
            self._again.wait(seconds)
        self._tries = True

    def _connect(self, again: bool) -> None:
        destination = self._target.access.destination
        self._emit(Connecting(f"reaching {destination}"))
        self._connecting = True
        try:
            host = RecordingHost(self._target.open(self._prompts), self._emit)
        finally:
            self._connecting = False
        self._broken.clear()
        self._host = host
        if self._stop.is_set():
            self._drop()  # whoever closed may have seen none yet
            return
        self._up.set()
        self._emit(Connected(host.user, tuple(host.via), again))

    def _watch(self) -> None:
        while not self._stop.is_set():
            host = self._host
            if host is None:
                return
            self._emit(Latency(host.ping()))
            self._broken.wait(_PING_EVERY)
            self._broken.clear()

    def _drop(self) -> None:
        self._up.clear()
        host, self._host = self._host, None
        if host is not None:
            host.close()
