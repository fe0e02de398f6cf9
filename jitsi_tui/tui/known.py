"""Servers that the connect screen can list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from jitsi_tui.settings import SavedServer

PRACTICE = "demo"


class KnownServer(NamedTuple):
    """One line of the connect screen."""

    destination: str
    """What is handed to ``connect``, and what the user would type for ssh."""

    source: Literal["saved", "ssh", "practice", "typed"]
    domain: str = ""
    posture: str = ""
    seen: datetime | None = None


def known_servers(
    saved: Sequence[SavedServer], aliases: Sequence[str] = ()
) -> tuple[KnownServer, ...]:
    """Saved servers first, then ssh aliases that are not among them, the practice server last."""
    been = {server.destination for server in saved}
    return (
        *(
            KnownServer(s.destination, "saved", s.domain, s.posture, s.seen)
            for s in saved
            if s.destination != PRACTICE
        ),
        *(KnownServer(alias, "ssh") for alias in aliases if alias not in been),
        KnownServer(PRACTICE, "practice"),
    )
