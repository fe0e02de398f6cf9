"""Waiting for what a host's processes do, for as long as a busy machine may take."""

from __future__ import annotations

import time

from jitsi_tui.ssh.command import Command
from jitsi_tui.ssh.host import Host, Stream

_SECONDS = 60.0


def gone(host: Host, pattern: str) -> bool:
    """Whether no process has ``pattern`` in its command line, or soon."""
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end:
        if host.run(Command(("pgrep", "-f", pattern))).exit == 1:
            return True
        time.sleep(0.05)
    return False


def settled(stream: Stream) -> bytes:
    """What stands on standard error as soon as nothing more comes."""
    end = time.monotonic() + _SECONDS
    before = b""
    while time.monotonic() < end:
        time.sleep(0.3)
        said = stream.stderr()
        if said and said == before:
            return said
        before = said
    raise AssertionError(f"it goes on, or never begins: {before[-80:]!r}")
