"""A server over SSH, as the Host protocol has it."""

from __future__ import annotations

import shlex
from contextlib import suppress

import paramiko

from .auth import Login
from .channel import ChannelPipes, Slots, open_pipes
from .command import Secret
from .destination import Destination
from .dial import Reached
from .handshake import Trust, close_quietly, shake_hands, through
from .host import ForwardError, Tcp
from .link import GONE, Link, OpenRefused
from .pipes import Pipes
from .prompts import Prompts
from .runner import Runner
from .sudo import Keeper

_PROHIBITED = 1
"""RFC 4254, 5.1: SSH_OPEN_ADMINISTRATIVELY_PROHIBITED."""


def open_host(
    destination: Destination,
    reached: Reached,
    *,
    prompts: Prompts,
    accept_new: bool,
    timeout: float,
    sudo_password: Secret | None,
) -> SshHost:
    """See ``client.connect``. ``reached`` is the nearest hop."""
    links: list[Link] = []
    who = Trust(prompts, accept_new)
    try:
        for hop in destination.hops:
            with destination.blaming(hop):
                if links:
                    reached = through(links[-1], hop, timeout)
                links.append(shake_hands(hop, reached, who))
                Login(links[-1], hop, prompts).run()
                links[-1].watch()
    except BaseException:
        close_quietly(links)
        raise
    keeper = Keeper(prompts, destination.user, destination.alias, sudo_password)
    return SshHost(destination, links, keeper)


class SshHost(Runner):
    """One open connection. Safe to use from several threads at once."""

    def __init__(self, destination: Destination, links: list[Link], keeper: Keeper) -> None:
        super().__init__(keeper)
        self.destination = destination
        self._links = links
        self._link = links[-1]
        self._slots = Slots()

    @property
    def name(self) -> str:
        return self.destination.typed

    @property
    def user(self) -> str:
        return self.destination.user

    @property
    def via(self) -> tuple[str, ...]:
        return tuple(hop.alias for hop in self.destination.jumps)

    def connect_tcp(self, address: str, port: int, *, timeout: float = 5.0) -> Tcp:
        try:
            return Forwarded(self._link, self._link.open_tcp(address, port, timeout), timeout)
        except OpenRefused as refusal:
            raise _forward_error(refusal, address, port) from None

    def ping(self, timeout: float = 5.0) -> float:
        return self._link.ping(timeout)

    def close(self) -> None:
        close_quietly(self._links)

    def start(self, line: str) -> ChannelPipes:
        """Have the user's shell on the server run ``line``. Raises ``HostError``."""
        return open_pipes(self._link, self._slots, line)

    def _open(self, argv: tuple[str, ...]) -> Pipes:
        return self.start(shlex.join(argv))


class Forwarded:
    """A TCP connection that starts on the server (``Tcp`` of host.py)."""

    def __init__(self, link: Link, channel: paramiko.Channel, timeout: float) -> None:
        self._link = link
        self._channel = channel
        channel.settimeout(timeout)

    def sendall(self, data: bytes) -> None:
        try:
            self._channel.sendall(data)
        except (EOFError, paramiko.SSHException):
            raise self._link.lost() from None
        self._check()

    def recv(self, size: int) -> bytes:
        """``b""`` where the other end closed; raises ``ConnectionLostError`` where SSH broke."""
        data = self._channel.recv(size)
        if not data:
            self._check()
        return data

    def settimeout(self, seconds: float | None) -> None:
        self._channel.settimeout(seconds)

    def close(self) -> None:
        with suppress(*GONE):
            self._channel.close()

    def _check(self) -> None:
        if self._link.gone:
            raise self._link.lost()


def _forward_error(refusal: OpenRefused, address: str, port: int) -> ForwardError:
    where = f"{address} port {port}"
    if refusal.code == _PROHIBITED:
        return ForwardError(
            f"the server forbids connections to {where}",
            "allow them: AllowTcpForwarding and PermitOpen in its sshd_config",
            forbidden=True,
        )
    return ForwardError(
        f"the server can't connect to {where}: {refusal.why}", "is the service running there?"
    )
