"""Lab hosts as the app reaches them: over SSH, with its own client."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from jitsi_tui.ssh.client import connect
from jitsi_tui.ssh.destination import resolve
from jitsi_tui.ssh.host import Host
from jitsi_tui.ssh.prompts import NoPrompts

from .host import LabHost


@contextmanager
def reach(host: LabHost, user: str = "root") -> Iterator[Host]:
    """An open connection as one of the lab's people."""
    destination = resolve(f"{user}@{host.address}", identity=host.key, known_hosts=host.known_hosts)
    opened = connect(destination, prompts=NoPrompts(), timeout=60)
    try:
        yield opened
    finally:
        opened.close()
