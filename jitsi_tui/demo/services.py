"""The pretended services, each with a real process that must live for it to answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from .accounts import Accounts
from .bosh import Bosh
from .focus import Focus
from .invitations import Invitations
from .loading import load_jicofo, load_prosody
from .logbook import LogBook
from .rooms import Meetings
from .settings import LoadError
from .web import NOT_FOUND, Port, Request, Response

_PROSODY_START = 0.15
_JICOFO_START = 0.7
"""Seconds until Jicofo's port answers; it logs in to Prosody a little later."""

_JICOFO_LOGIN = 0.25
_BRIDGE_START = 0.3


def now() -> datetime:
    """The local time, as services write it."""
    return datetime.now().astimezone()


@dataclass
class Machine:
    """What the services share."""

    root: Path
    book: LogBook
    accounts: Accounts
    meetings: Meetings
    invitations: Invitations = field(default_factory=Invitations)
    cut_off: Callable[[], None] = lambda: None
    """Everybody in a meeting lost his connection."""

    changed: Callable[[], None] = lambda: None
    """A service went up or down."""

    booting: bool = True
    """Until everything is up for the first time, nobody is made to wait."""

    async def take(self, seconds: float) -> None:
        """As long as a real service takes for something."""
        if not self.booting:
            await asyncio.sleep(seconds)


class Prosody:
    """Prosody: BOSH on its port, from the files as of its start."""

    def __init__(self, machine: Machine, jicofo: Jicofo) -> None:
        self._machine = machine
        self._jicofo = jicofo
        self.accounts = machine.accounts
        self.invitations = machine.invitations
        self.pid: int | None = None
        self.bosh: Bosh | None = None
        self.port = Port(self._answer)

    async def start(self, pid: int) -> bool:
        try:
            settings = load_prosody(self._machine.root)
        except LoadError as error:
            for line in error.lines:
                self._log("general", "error", line)
            return False
        self._log("general", "info", "Hello and welcome to Prosody version 0.12.3")
        self._log("startup", "info", "Prosody is using the epoll backend for connection handling")
        await self._machine.take(_PROSODY_START)
        self.bosh = Bosh(settings, self, self._log)
        await self.port.open()
        self.pid = pid
        self._log("portmanager", "info", "Activated service 'http' on [127.0.0.1]:5280, [::1]:5280")
        self._log("portmanager", "info", "Activated service 'c2s' on [*]:5222, [::]:5222")
        self._machine.changed()
        self._jicofo.log_in(self)
        return True

    async def stop(self, *, asked: bool) -> None:
        if asked:
            self._log("main", "info", "Shutting down: Received SIGTERM")
        self.pid = None
        self.port.shut()
        if self.bosh is not None:
            self.bosh.stop()
            self.bosh = None
        self._jicofo.connection_lost()
        if asked:
            self._log("general", "info", "Shutdown complete")
        self._machine.cut_off()
        self._machine.changed()

    def reload(self) -> None:
        """Files are read again, but how a host authenticates stays until the next start."""
        self._log("main", "info", "Received SIGHUP")
        try:
            load_prosody(self._machine.root)
        except LoadError as error:
            for line in error.lines:
                self._log("config", "error", line)

    def running(self) -> tuple[int, Bosh] | None:
        return (self.pid, self.bosh) if self.pid is not None and self.bosh is not None else None

    def focus(self) -> Focus | None:
        return self._jicofo.focus if self._jicofo.connected else None

    async def _answer(self, request: Request) -> Response:
        return await self.bosh.answer(request) if self.bosh is not None else NOT_FOUND

    def _log(self, source: str, level: str, text: str) -> None:
        self._machine.book.prosody(now(), source, level, text)


class Jicofo:
    """Jicofo: its HTTP port, and its account at Prosody."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.pid: int | None = None
        self.focus: Focus | None = None
        self.connected = False
        self.port = Port(self._answer)
        self.prosody: Prosody | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, pid: int) -> bool:
        self._log("INFO", "Main.main#31", "Starting Jicofo.")
        try:
            settings = load_jicofo(self._machine.root)
        except LoadError as error:
            self._log("SEVERE", "Main.main#52", "Failed to start Jicofo: " + "\n".join(error.lines))
            return False
        focus = Focus(settings, self._machine.meetings, self._log)
        self.pid = pid
        self._begin(self._come_up(focus))
        return True

    async def _come_up(self, focus: Focus) -> None:
        """The process is there at once; what is in it takes a while."""
        settings = focus.settings
        await self._machine.take(_JICOFO_START)
        if settings.authority == "off":
            said = "Authentication service disabled."
        else:
            said = (
                "Starting authentication service with config=AuthConfig[enabled=true,"
                f" type={settings.authority.upper()}, loginUrl={settings.login_url},"
                " logoutUrl=null, authenticationLifetime=PT24H, enableAutoLogin=true]."
            )
        self._log("INFO", "JicofoServices.createAuthenticationAuthority#160", said)
        self.focus = focus
        await self.port.open()
        self._log("INFO", "JicofoServices.<init>#122", "Starting HTTP server on localhost:8888.")
        self._machine.changed()
        if self.prosody is not None:
            self.log_in(self.prosody)

    async def stop(self, *, asked: bool) -> None:
        for task in self._tasks:
            task.cancel()
        if asked:
            self._log("INFO", "Main.main#69", "Shutdown signal received.")
        self.pid = None
        self.focus = None
        self.connected = False
        self.port.shut()
        self._machine.cut_off()
        self._machine.changed()

    def reload(self) -> None:
        """Jicofo doesn't."""

    def log_in(self, prosody: Prosody) -> None:
        """Connect to Prosody once both are there."""
        if self.focus is not None and prosody.bosh is not None and not self.connected:
            self._begin(self._log_in(prosody))

    async def _log_in(self, prosody: Prosody) -> None:
        await self._machine.take(_JICOFO_LOGIN)
        if self.focus is None or prosody.bosh is None or self.connected:
            return
        jid = self.focus.settings.jid
        user, _, host = jid.partition("@")
        if host not in prosody.bosh.settings.hosts or not self._machine.accounts.exists(user, host):
            self._log("SEVERE", "XmppProvider.doStart#96", f"Failed to connect/login as {jid}")
            return
        self.connected = True
        self._machine.book.prosody(now(), "c2s55d0c2", "info", f"Authenticated as {jid}")
        self._log("INFO", "XmppProvider$connectionListener.authenticated#76", f"Registered: {jid}")
        self._machine.changed()

    def connection_lost(self) -> None:
        if self.connected:
            self.connected = False
            self._log(
                "WARNING", "XmppProvider$connectionListener.connectionClosedOnError#68",
                "XMPP connection closed on error: connection reset",
            )  # fmt: skip

    def _begin(self, work: asyncio.Future[None] | object) -> None:
        task: asyncio.Task[None] = asyncio.ensure_future(work)  # type: ignore[arg-type]
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, request: Request) -> Response:
        return await self.focus.answer(request) if self.focus is not None else NOT_FOUND

    def _log(self, level: str, source: str, text: str) -> None:
        self._machine.book.jicofo(now(), level, source, text)


class Bridge:
    """The videobridge: health, metrics and counts by HTTP; ``/colibri/stats`` is off."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.pid: int | None = None
        self.port = Port(self._answer)

    async def start(self, pid: int) -> bool:
        self._log("INFO", "MainKt.main#75", "Starting jitsi-videobridge version 2.3-216")
        await self._machine.take(_BRIDGE_START)
        await self.port.open()
        self.pid = pid
        self._log("INFO", "MucClient.lambda$getConnectAndLoginCallable$7#641", "Logged in.")
        self._machine.changed()
        return True

    async def stop(self, *, asked: bool) -> None:
        if asked:
            self._log("INFO", "MainKt.main#187", "Shutdown initiated.")
        self.pid = None
        self.port.shut()
        self._machine.cut_off()
        self._machine.changed()

    def reload(self) -> None:
        """The videobridge doesn't."""

    async def _answer(self, request: Request) -> Response:
        meetings = self._machine.meetings
        path = request.path.partition("?")[0]
        if path == "/about/health":
            return Response()
        if path == "/about/version":
            said = '{"name":"JVB","version":"2.3-216","os":"Linux"}'
            return Response(body=said.encode(), content_type="application/json")
        if path == "/metrics":
            people, calls = meetings.people(), len(meetings.rooms())
            text = (
                f"# TYPE jitsi_jvb_conferences gauge\njitsi_jvb_conferences {calls}\n"
                f"# TYPE jitsi_jvb_current_endpoints gauge\njitsi_jvb_current_endpoints {people}\n"
                "# TYPE jitsi_jvb_healthy gauge\njitsi_jvb_healthy 1\n"
            )
            return Response(body=text.encode())
        if path == "/debug":
            said = f'{{"health":"OK","drain":false,"conferences_count":{len(meetings.rooms())}}}'
            return Response(body=said.encode(), content_type="application/json")
        return NOT_FOUND

    def _log(self, level: str, source: str, text: str) -> None:
        self._machine.book.jvb(now(), level, source, text)


class WebServer:
    """nginx: only its process and its log; browsers of the story pass through it."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.pid: int | None = None

    async def start(self, pid: int) -> bool:
        self.pid = pid
        self._machine.book.nginx(now(), "notice", "start worker processes")
        self._machine.changed()
        return True

    async def stop(self, *, asked: bool) -> None:
        if asked:
            self._machine.book.nginx(now(), "notice", "signal 15 (SIGTERM) received, exiting")
        self.pid = None
        self._machine.changed()

    def reload(self) -> None:
        self._machine.book.nginx(now(), "notice", "signal 1 (SIGHUP) received, reconfiguring")
