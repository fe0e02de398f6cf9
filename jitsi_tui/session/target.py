"""From what the user typed to an open host: a server, this machine, or the practice server."""

from __future__ import annotations

import argparse
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from jitsi_tui.instance.layout import Layout
from jitsi_tui.ssh.command import Secret
from jitsi_tui.ssh.host import ConnectError, Host

if TYPE_CHECKING:
    from jitsi_tui.demo import PracticeServer
    from jitsi_tui.instance.asking import Told
    from jitsi_tui.ssh.prompts import Prompts

    from .ahead import Ahead
    from .apart.host import Away


class Access(NamedTuple):
    """How to reach a destination, as the command line says."""

    destination: str
    domain: str | None = None
    identity: Path | None = None
    port: int | None = None
    ssh_config: Path | None = None
    known_hosts: Path | None = None
    accept_new: bool = False
    timeout: float = 10.0
    sudo_password: Secret | None = None


def access(arguments: argparse.Namespace, destination: str) -> Access:
    """How the command line wants a destination reached."""
    return Access(
        destination=destination,
        domain=arguments.domain,
        identity=arguments.identity,
        port=arguments.port,
        ssh_config=arguments.ssh_config,
        known_hosts=arguments.known_hosts,
        accept_new=arguments.accept_new,
        timeout=arguments.timeout,
    )


class Way(NamedTuple):
    """What ``ssh.destination.resolve`` is asked."""

    typed: str
    identity: Path | None
    port: int | None
    known_hosts: Path | None
    ssh_config: Path | None


class Target:
    """One destination that can be opened again and again; the practice server lives as long.

    With ``apart`` a process of its own holds each connection: for who draws meanwhile.
    """

    def __init__(self, access: Access, *, apart: bool = False) -> None:
        self.access = access
        self._apart = apart
        self._practice: PracticeServer | None = None
        self._practising = threading.Lock()
        self._closed = False
        self._ahead: Ahead | Away | None = None
        self._told: Told | None = None

    @property
    def layout(self) -> Layout:
        """Where things lie there."""
        return self._practice.layout if self._practice is not None else Layout()

    def begin(self, *, look: bool = False) -> None:
        """Go ahead with a connection to a server, which the first ``open`` then takes.

        Errors and questions wait for that too. What this machine itself offers is there at once.
        With ``look`` the server is also asked what a look at it begins with, for ``told``.
        """
        if self.access.destination in ("local", "demo"):
            return
        self._ahead = None if look else self._away(self._way())
        if self._ahead is None:
            from jitsi_tui.ssh import client  # noqa: PLC0415

            from .ahead import Ahead  # noqa: PLC0415

            self._ahead = Ahead(self._open_and_ask if look else self._open_server)
            client.load()

    def told(self) -> Told | None:
        """What the server said ahead of the first look, once: a later look must ask anew."""
        told, self._told = self._told, None
        return told

    def open(self, prompts: Prompts) -> Host:
        """A fresh connection. Raises ``HostError``."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            return ahead.wait(prompts)
        opener: Callable[[Prompts], Host] = {
            "local": self._open_local,
            "demo": self._open_practice,
        }.get(self.access.destination, self._open_server)
        return opener(prompts)

    def close(self) -> None:
        """End the practice server, if this was one, and a connection that nobody took. One that is
        just being started is waited for: nobody else would end it."""
        if self._ahead is not None:
            self._ahead.abandon()
            self._ahead = None
        with self._practising:
            self._closed = True
            if self._practice is not None:
                self._practice.close()
                self._practice = None

    def _open_local(self, prompts: Prompts) -> Host:
        from jitsi_tui.ssh.local import LocalHost  # noqa: PLC0415 - one of three ways is needed

        return LocalHost(prompts=prompts, sudo_password=self.access.sudo_password)

    def _open_practice(self, prompts: Prompts) -> Host:
        from jitsi_tui import demo  # noqa: PLC0415

        with self._practising:
            if self._closed:
                raise ConnectError("the practice server was left")
            if self._practice is None:
                self._practice = demo.start()
            server = self._practice
        return self._connect(
            prompts,
            Way(
                f"{server.user}@{server.address}",
                identity=server.identity,
                port=server.port,
                known_hosts=server.known_hosts,
                # The user's own ssh configuration has nothing to say about the practice server.
                ssh_config=server.ssh_config,
            ),
        )

    def _way(self) -> Way:
        access = self.access
        return Way(
            access.destination,
            identity=access.identity,
            port=access.port,
            known_hosts=access.known_hosts,
            ssh_config=access.ssh_config,
        )

    def _open_server(self, prompts: Prompts) -> Host:
        return self._connect(prompts, self._way())

    def _open_and_ask(self, prompts: Prompts) -> Host:
        host = self._open_server(prompts)
        from jitsi_tui.instance import asking  # noqa: PLC0415 - when the way to the server is made

        try:
            self._told = asking.ask(host, self.layout, domain=self.access.domain)
        except BaseException:
            host.close()
            raise
        return host

    def _connect(self, prompts: Prompts, way: Way) -> Host:
        away = self._away(way)
        if away is not None:
            return away.wait(prompts)
        from jitsi_tui.ssh import client, destination  # noqa: PLC0415 - the app needs neither

        return client.connect(
            destination.resolve(**way._asdict()),
            prompts=prompts,
            accept_new=self.access.accept_new,
            timeout=self.access.timeout,
            sudo_password=self.access.sudo_password,
        )

    def _away(self, way: Way) -> Away | None:
        """A process that goes that way, where it is wanted and there can be one more."""
        if not self._apart:
            return None
        from .apart.host import Away  # noqa: PLC0415

        texts = {
            name: str(value) if isinstance(value, Path) else value
            for name, value in way._asdict().items()
        }
        wish = {**texts, "accept_new": self.access.accept_new, "timeout": self.access.timeout}
        try:
            return Away(wish, self.access.sudo_password)
        except OSError:
            return None
