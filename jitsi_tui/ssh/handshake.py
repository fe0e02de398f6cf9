"""One hop: a connection, a key exchange, and the check of the host's key before any login."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass

import paramiko

from jitsi_tui.visible import visible

from .deadline import Deadline
from .destination import Destination
from .dial import ProxyCommand, Reached, Wire
from .host import ConnectError, HostKeyError
from .hostkeys import Changed, Key, Known, KnownHosts, Revoked, Unknown, host_name, trust
from .link import Link, OpenRefused
from .prompts import Prompts


@dataclass(frozen=True)
class Trust:
    """Who decides about a host key that nobody knows."""

    prompts: Prompts
    accept_new: bool


def through(before: Link, hop: Destination, timeout: float) -> Reached:
    """The way to ``hop`` that starts at the host before it. Raises ``ConnectError``."""
    deadline = Deadline(timeout)
    try:
        return Reached(before.open_tcp(hop.host, hop.port, deadline.left), deadline)
    except OpenRefused as refusal:
        raise ConnectError(
            f"the jump host can't reach {visible(hop.address)}: {refusal.why}",
            "check the address as seen from there, and AllowTcpForwarding in its sshd_config",
        ) from None


def shake_hands(hop: Destination, reached: Reached, who: Trust) -> Link:
    """A link to ``hop``, its key checked, nobody logged in yet.

    Raises ``ConnectError`` and ``HostKeyError``.
    """
    link = Link(Wire(reached.way))
    try:
        known = KnownHosts.read((*hop.known_hosts, *hop.global_known_hosts))
        name = host_name(hop.host, hop.port, hop.host_key_alias)
        also = hop.host.lower() if hop.host_key_alias is None and hop.port != 22 else None
        options = link.get_security_options()
        options.key_types = tuple(known.prefer(name, options.key_types, also=also))
        _exchange_keys(link, hop, reached.deadline)
        shown = link.get_remote_server_key()
        _judge(hop, name, also, known, Key(shown.get_name(), shown.asbytes()), who)
    except BaseException:
        link.close()
        raise
    return link


def _exchange_keys(link: Link, hop: Destination, deadline: Deadline) -> None:
    link.banner_timeout = link.handshake_timeout = deadline.at_most(3600.0) + 1.0
    done = threading.Event()
    link.start_client(event=done)
    while not done.wait(deadline.at_most(0.25)) and not deadline.over and link.active:
        pass
    if link.active and link.initial_kex_done:
        return
    timed_out = link.active and deadline.over
    link.close()
    link.join(1.0)
    raise _why(link, hop, deadline if timed_out else None)


def _why(link: Link, hop: Destination, timed_out: Deadline | None) -> ConnectError:
    where, wire = visible(hop.address), link.wire
    if isinstance(wire.inner, ProxyCommand) and not wire.greeting:
        said = wire.inner.reason
        return ConnectError(
            f"the ProxyCommand for {where} gave no connection{f': {said}' if said else ''}",
            "try the command by hand; it stands in ~/.ssh/config",
        )
    if timed_out is not None:
        return ConnectError(
            f"{where} did not finish its greeting within {timed_out.seconds:g} s",
            "is an SSH server listening on that port? --timeout gives it longer",
        )
    if isinstance(link.saved_exception, paramiko.ssh_exception.IncompatiblePeer):
        return ConnectError(
            f"{where} offers no algorithm that we trust: {link.reason}",
            "its SSH server is very old, or limited to others in its sshd_config",
        )
    if not wire.greeting:
        return ConnectError(
            f"{where} closed the connection at once",
            "too many connections (MaxStartups), or this address is banned there (fail2ban)",
        )
    if b"SSH-" not in wire.greeting:
        return ConnectError(f"{where} answers, but is no SSH server", "is this the right port?")
    return ConnectError(f"{where} broke off the key exchange: {link.reason or 'it hung up'}")


def _judge(
    hop: Destination, name: str, also: str | None, known: KnownHosts, key: Key, who: Trust
) -> None:
    verdict = known.verdict(name, key, also=also)
    if isinstance(verdict, Known):
        return
    if isinstance(verdict, Changed):
        raise HostKeyError(
            f"the host key of {visible(name)} has changed: {verdict.entry.place} has another, "
            f"shown is {key.type} {key.fingerprint}",
            "somebody may be in between. If the server was set up anew, check the fingerprint "
            f"there, then: ssh-keygen -R '{visible(name)}' -f '{verdict.entry.file}'",
        )
    if isinstance(verdict, Revoked):
        raise HostKeyError(
            f"the host key of {visible(name)} is revoked by {verdict.entry.place}",
            "ask whoever looks after that file",
        )
    _ask(hop, name, key, verdict, who)


def _ask(hop: Destination, name: str, key: Key, verdict: Unknown, who: Trust) -> None:
    strict = hop.options.get("stricthostkeychecking", "ask").lower()
    accept_new = who.accept_new or strict in ("accept-new", "no", "off", "false")
    if verdict.others and accept_new:
        # Somebody in between would show just this: a key of a type that is not known.
        accept_new = False
    asked = not accept_new and strict not in ("yes", "true")
    accepted = accept_new or (
        asked and who.prompts.unknown_host_key(visible(name), key.type, key.fingerprint)
    )
    if not accepted:
        others = f" (known are only: {', '.join(e.key.type for e in verdict.others)})"
        raise HostKeyError(
            f"the host key of {visible(name)} is unknown: {key.type} {key.fingerprint}"
            + (others if verdict.others else ""),
            "compare it with the server's own, then accept it when asked, or with --accept-new",
        )
    if hop.known_hosts:
        hashed = hop.enabled("hashknownhosts", default=False)
        trust(hop.known_hosts[0], name, key, hashed=hashed)


def close_quietly(links: list[Link]) -> None:
    """End the hops, the farthest first."""
    for link in reversed(links):
        with contextlib.suppress(Exception):
            link.close()
