"""Choosing a server: what there is to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from jitsi_tui import text
from jitsi_tui.text import visible
from jitsi_tui.tui.known import KnownServer
from jitsi_tui.tui.lines import Line, Run, line, wrap

if TYPE_CHECKING:
    from jitsi_tui.instance.model import Posture


_WORDS = {"ssh": "from your ssh config", "typed": "as you typed it"}


def cells(server: KnownServer, now: datetime) -> tuple[Run, ...]:
    """One server: its name, how it was, when that was."""
    if server.source == "practice":
        return (
            ("○", "off"),
            ("practice server", ""),
            ("a Jitsi on this machine to try everything on", "dim"),
            ("", ""),
        )
    if server.source in _WORDS:
        return (
            ("○", "off"),
            (visible(server.destination), ""),
            (_WORDS[server.source], "dim"),
            ("", ""),
        )
    posture: Posture = next((p for p in text.POSTURE_TONES if p == server.posture), "unknown")
    tone = text.POSTURE_TONES[posture]
    domain = f"{visible(server.domain)}   " if server.domain != server.destination else ""
    return (
        (text.MARKS[tone], tone),
        (visible(server.destination), "strong"),
        (domain + text.posture_words(posture), tone if posture != "secure" else "dim"),
        (text.ago(server.seen, now) if server.seen else "", "dim"),
    )


def head(servers: Sequence[KnownServer], cells_wide: int) -> list[Line]:
    """One sentence for those who are here the first time."""
    if any(server.source != "practice" for server in servers):
        return [line(("Which server?", "strong"))]
    return [
        line(("Welcome. Which Jitsi Meet server would you like to look after?", "strong")),
        *wrap(
            "Press / and type its name as you would for ssh, such as root@meet.example.org; or "
            "press d for the practice server, where nothing can break.",
            cells_wide,
            "dim",
        ),
    ]


def matching(servers: Sequence[KnownServer], typed: str) -> list[KnownServer]:
    """Those that hold what was typed, in name or domain; the one that is called so comes first.

    What was typed comes last where another one holds it: it may be a server of its own.
    """
    name = typed.strip()
    wanted = name.casefold()
    if not wanted:
        return list(servers)
    found = [
        s
        for s in servers
        if wanted in s.destination.casefold()
        or wanted in s.domain.casefold()
        or (s.source == "practice" and wanted in "practice server")
    ]
    found.sort(key=lambda s: s.destination != name)
    if found and found[0].destination != name:
        found.append(KnownServer(name, "typed"))
    return found
