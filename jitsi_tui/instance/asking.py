"""The one remote command that tells all about a server; ``facts`` reads what it says.

Apart from the reading, which takes as long to load as the server takes to answer.
"""

from __future__ import annotations

import secrets
import time
from typing import NamedTuple

from jitsi_tui.resources import remote_modules
from jitsi_tui.ssh.command import Root
from jitsi_tui.ssh.host import Host, Result
from jitsi_tui.ssh.shipped import shipped

from . import known_lines
from .layout import Layout

_TIMEOUT = 60.0
_LIMIT = 40 * 1024 * 1024


class Told(NamedTuple):
    """What ``facts.pl`` said, and when, in seconds since 1970 by our clock."""

    result: Result
    nonce: str
    """Stands before each section that is really the program's."""

    began: float
    ended: float


def ask(host: Host, layout: Layout, *words: str, domain: str | None = None) -> Told:
    """Ask as root where that is possible, else as the user who logged in. Raises ``HostError``."""
    nonce = secrets.token_hex(8)
    began = time.time()
    result = host.run(
        shipped(
            "facts.pl",
            *layout.arguments(),
            f"--nonce={nonce}",
            *([f"--domain={domain}"] if domain else []),
            *words,
            root=Root.IF_POSSIBLE,
            parts=(*remote_modules("Facts"), "meaning.lua"),
            told={"known-lines": known_lines.for_server()},
        ),
        timeout=_TIMEOUT,
        limit=_LIMIT,
    )
    return Told(result, nonce, began, time.time())
