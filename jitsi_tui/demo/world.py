"""What lives in the event loop: services, their ports, the control socket, the people."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from . import listening
from .accounts import Accounts
from .control import Control, Supervised
from .crowd import Crowd
from .logbook import Files, Log, LogBook
from .prosodyctl import Prosodyctl
from .rooms import Meetings
from .services import Bridge, Jicofo, Machine, Prosody, WebServer, now

_CLOSE_TIMEOUT = 2.0


class World:
    """The pretended server as its processes meet it. Made and used in the event loop alone."""

    def __init__(self, root: Path, seed: int) -> None:
        self._files = Files(root)
        machine = Machine(
            root, LogBook(self._write), Accounts(root / "var/lib/prosody"), Meetings()
        )
        self.jicofo = Jicofo(machine)
        self.prosody = Prosody(machine, self.jicofo)
        self.jicofo.prosody = self.prosody
        self.bridge = Bridge(machine)
        self.web = WebServer(machine)
        self.crowd = Crowd(
            machine, self.prosody, self.jicofo, self.bridge, self.web,
            random.Random(seed),  # noqa: S311 - a story, not a secret
        )  # fmt: skip
        self._services: dict[str, Supervised] = {
            "prosody": self.prosody,
            "jicofo": self.jicofo,
            "jitsi-videobridge2": self.bridge,
            "nginx": self.web,
        }
        self._root = root
        self._everything_up = asyncio.Event()
        machine.changed = self._changed
        self._machine = machine
        ctl = Prosodyctl(
            root, machine.accounts, machine.meetings, machine.invitations, self.prosody.running
        )
        self._control = Control(root, self._services, ctl.answer)
        self._story: asyncio.Task[None] | None = None

    @property
    def ports(self) -> Ports:
        """The real numbers behind the pretended server's ports."""
        return Ports(self.prosody.port.number, self.jicofo.port.number, self.bridge.port.number)

    async def open(self) -> None:
        """Let processes report."""
        await self._control.open()

    async def wait_until_up(self, timeout: float) -> None:
        """Every service answers, and the people come. Raises ``TimeoutError``."""
        async with asyncio.timeout(timeout):
            await self._everything_up.wait()
        self._machine.booting = False
        if self._story is None:
            self._story = asyncio.create_task(self.crowd.live())

    async def close(self) -> None:
        """Nobody comes any more, and no port stays open."""
        if self._story is not None:
            self._story.cancel()
        self._control.close()
        for port in (self.prosody.port, self.jicofo.port, self.bridge.port):
            port.release()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others, timeout=_CLOSE_TIMEOUT)

    def _write(self, log: Log, at: datetime, line: str) -> None:
        """A line of the near future waits for its moment."""
        wait = (at - now()).total_seconds()
        if wait > 0:
            asyncio.get_running_loop().call_later(wait, self._files.append, log, at, line)
        else:
            self._files.append(log, at, line)

    def _changed(self) -> None:
        up = [name for name, service in self._services.items() if service.pid is not None]
        listening.write(self._root, up)
        if len(up) == len(self._services) and self.prosody.focus() is not None:
            self._everything_up.set()


@dataclass(frozen=True)
class Ports:
    """TCP ports of 127.0.0.1."""

    prosody: int
    jicofo: int
    bridge: int


async def begin(root: Path, seed: int) -> World:
    """A world that takes reports."""
    world = World(root, seed)
    await world.open()
    return world
