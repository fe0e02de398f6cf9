"""Connections that a process of their own holds, to the tests' servers."""

from __future__ import annotations

from pathlib import Path

from jitsi_tui.session.apart.host import ApartHost
from jitsi_tui.session.target import Access, Target
from jitsi_tui.ssh.client import NoPrompts
from jitsi_tui.ssh.prompts import Prompts
from tests.ssh.server import Server


def target(server: Server, **wishes: object) -> Target:
    """The way to a server, through a process of its own."""
    access: dict[str, object] = {
        "identity": server.user_key,
        "port": server.port,
        "known_hosts": server.known_hosts,
        "ssh_config": Path("/dev/null"),
        "timeout": 60,
    }
    return Target(Access(f"127.0.0.1:{server.port}", **(access | wishes)), apart=True)  # type: ignore[arg-type]


def open_apart(server: Server, prompts: Prompts | None = None, **wishes: object) -> ApartHost:
    """An open connection; the caller closes it."""
    opened = target(server, **wishes).open(prompts or NoPrompts())
    assert isinstance(opened, ApartHost)
    return opened
