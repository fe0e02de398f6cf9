"""A host that tells of each command it runs, for the panel that shows them."""

from __future__ import annotations

import time

from jitsi_tui.ssh.command import Command, Root
from jitsi_tui.ssh.host import MAX_OUTPUT, Host, Result, Stream, Tcp

from .events import CommandRan, Emit

_AS_ROOT = {Root.NO: "", Root.IF_POSSIBLE: "as root if possible: ", Root.YES: "as root: "}


class RecordingHost:
    """Wraps a ``Host``. Arguments never hold a secret, and standard input is not told."""

    def __init__(self, host: Host, emit: Emit) -> None:
        self._host = host
        self._emit = emit

    @property
    def name(self) -> str:
        """See ``Host.name``."""
        return self._host.name

    @property
    def user(self) -> str:
        """See ``Host.user``."""
        return self._host.user

    @property
    def via(self) -> tuple[str, ...]:
        """See ``Host.via``."""
        return self._host.via

    @property
    def commands_run(self) -> int:
        """See ``Host.commands_run``."""
        return self._host.commands_run

    def run(
        self, command: Command, *, timeout: float | None = None, limit: int = MAX_OUTPUT
    ) -> Result:
        """See ``Host.run``; told with its exit status, also where it failed."""
        begun = time.monotonic()
        ended: int | None = None
        try:
            result = self._host.run(command, timeout=timeout, limit=limit)
            ended = result.exit
        finally:
            self._tell(command, ended, time.monotonic() - begun)
        return result

    def stream(self, command: Command) -> Stream:
        """See ``Host.stream``; told as it starts."""
        self._tell(command, None, 0.0, followed=True)
        return self._host.stream(command)

    def connect_tcp(self, address: str, port: int, *, timeout: float = 5.0) -> Tcp:
        """See ``Host.connect_tcp``."""
        return self._host.connect_tcp(address, port, timeout=timeout)

    def ping(self, timeout: float = 5.0) -> float:
        """See ``Host.ping``."""
        return self._host.ping(timeout)

    def close(self) -> None:
        """See ``Host.close``."""
        self._host.close()

    def _tell(
        self, command: Command, ended: int | None, seconds: float, *, followed: bool = False
    ) -> None:
        shell = _AS_ROOT[command.root] + command.shell()
        title = command.title or command.argv[0]
        self._emit(CommandRan(title, shell, ended, seconds, followed))
