"""Who owns which meeting now, as Jicofo's ``/debug/conferences-full`` tells it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping

from jitsi_tui.ssh.host import Host

from ..model import Instance
from .http import Http, TalkError, alone

_TIMEOUT = 5.0


def owners(host: Host, instance: Instance) -> Mapping[str, tuple[str, ...]] | None:
    """Bare address to the names of the rooms that it owns; ``None``: Jicofo does not tell."""
    http = Http(host, instance.layout.jicofo_http, "Jicofo", time.monotonic() + _TIMEOUT)
    try:
        answer = alone(http.request("GET", "/debug/conferences-full", host="localhost"))
    except TalkError:
        return None
    finally:
        http.close()
    if answer.status != 200:
        return None
    try:
        told = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    return _owners(told) if isinstance(told, dict) else None


def _owners(told: Mapping[str, object]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for key, conference in told.items():
        if not isinstance(conference, dict):
            continue
        said = conference.get("name")
        name = (said if isinstance(said, str) else key).partition("@")[0]
        for member in _members(conference):
            jid = member.get("jid")
            if member.get("role") == "OWNER" and isinstance(jid, str):
                rooms = found.setdefault(jid.partition("/")[0].lower(), [])
                if name not in rooms:
                    rooms.append(name)
    return {jid: tuple(sorted(rooms)) for jid, rooms in found.items()}


def _members(conference: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    room = conference.get("chat_room")
    members = room.get("members") if isinstance(room, dict) else None
    if isinstance(members, dict):
        members = list(members.values())
    for member in members if isinstance(members, list) else ():
        if isinstance(member, dict):
            yield member
