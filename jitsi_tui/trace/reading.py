"""What single records say: one pattern a fact. Text that matches none says nothing here.

Formats as Prosody 0.11 to 13, and Jicofo and the videobridge of 2020 to 2026 write them at their
usual levels, from their sources.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import unquote

from .values import Line

MAX_TEXT = 4096
"""Characters of a record that are looked at."""


@dataclass(frozen=True)
class Fact:
    """What a record says. Which fields are filled depends on ``kind``."""

    kind: str
    line: Line
    sid: str = ""
    jid: str = ""
    room: str = ""
    endpoint: str = ""
    address: str = ""
    path: str = ""
    agent: str = ""
    """The browser, as it names itself."""

    detail: str = ""
    status: int = 0


_Patterns: TypeAlias = tuple[tuple[str, re.Pattern[str]], ...]
_JID = r"[^\s,<>\"'\]]{1,300}"
_ROOM = r"(?P<room>[^\s\"',<>\]]{1,300})"
_ENDS = r"[\w-]{1,64}"
_MASKED = r"[^\w\s']{0,4}"
"""What stands for the rest of a session's id, which is hidden."""

_TAG = rf"\s(?P<sid>(?:bosh|c2s)[\w-]{{1,80}}){_MASKED}\t\w+\t"
_SAYS = r"(?:: |\) |\.\d+ )"
"""Before what Jicofo says: ``Class.method#58: `` since 2020, ``Class.method().58 `` before."""

_CHANGED = r"state changed (?:old=\w+ new=|from \w+ to )"
"""The videobridge's own words, and those of its library, ice4j."""

_OCCUPANT = rf"(?:\S{{1,300}}/|ChatMember\w*\[(?:id=)?)?(?P<endpoint>{_ENDS})"


def _patterns(**sources: str) -> _Patterns:
    return tuple((kind, re.compile(source)) for kind, source in sources.items())


_PROSODY = _patterns(
    opened=r"\s(?:mod_)?bosh\t\w+\tNew BOSH session, assigned it sid"
    rf" '(?P<sid>[\w-]{{1,80}}){_MASKED}'",
    connected=r"\s(?P<sid>c2s[0-9a-f]{4,32})\t\w+\tClient connected",
    encrypted=rf"{_TAG}Stream encrypted",
    authenticated=rf"{_TAG}Authenticated as (?P<jid>{_JID})",
    closed=rf"{_TAG}(?:BOSH c|C)lient disconnected: (?P<detail>.{{0,200}})",
    refused=rf"{_TAG}.{{0,200}}<not-authorized",
    loop=r":tokenauth\t\w+\tFailed to verify access token",
)
_JICOFO = _patterns(
    request=rf"{_SAYS}(?:Conference|Focus) request for room:? {_ROOM}(?:, from (?P<jid>{_JID}))?",
    session=rf"{_SAYS}Authenticated jid: (?P<jid>{_JID}) with session",
    created=rf"{_SAYS}Created new (?:conference|focus)\b"
    r"(?:(?: for |, roomJid=)(?P<room>[^\s@,]{1,200}@[^\s@,]{1,200}))?",
    part=r"Member joined:.{0,300}is(?:Jibri|Jigasi|Transcriber)=true",
    joined=rf"{_SAYS}Member (?:joined:\s?(?P<endpoint>{_ENDS})|(?:\S{{1,300}}/)?(?P<other>{_ENDS})"
    r" joined\b)",
    left=rf"{_SAYS}Member (?:left:\s?(?P<endpoint>{_ENDS})|(?:\S{{1,300}}/)?(?P<other>{_ENDS})"
    r" is leaving)",
    owner=rf"{_SAYS}(?:Granting ownership to|Electing new owner:|Granted owner to) {_OCCUPANT}",
    unowned=rf"{_SAYS}(?:Failed|Can not) (?:to )?grant ownership(?: to (?P<endpoint>{_ENDS}))?",
    bridgeless=r"[Cc]an ?not invite participant, no bridge available",
)
_JVB = _patterns(
    endpoint=r"Created new endpoint\b",
    unencrypted=r"Error during DTLS negotiation|with ICE(?: connected)?, but (?:not|no) DTLS",
    ice_up=rf"\bICE (?:connected\b|{_CHANGED}(?:Completed|Connected))",
    ice_failed=rf"\bICE (?:failed\b|connection has neither failed nor connected|{_CHANGED}Failed)",
    ice_tried=rf"\bICE {_CHANGED}Running",
    expired=r"[.#\w]: Expired\.",
)
_CONTEXT_ROOM = re.compile(r"\[[^\[\]]*\b(?:room|conf_name)=([^\s\]]{1,300})")
_CONTEXT_ENDPOINT = re.compile(r"\b(?:epId|participant)=([\w-]{1,64})")
_ACCESS = re.compile(
    r"^(?P<address>[0-9a-fA-F.:]{2,45}) \S+ \S+ \[[^\]]{1,40}\]"
    r' "(?P<method>[A-Z]{3,8}) (?P<path>[^\s"]{1,2000}) HTTP/[^"]{1,5}" (?P<status>\d{3})\b'
    r'(?: \S+ "[^"]{0,2000}" "(?P<agent>[^"]{0,500}))?'
)
_IN_QUERY = re.compile(r"[?&]room=([^&\s]{1,200})")
_UPSTREAM = re.compile(
    r"(?P<detail>connect\(\) failed|upstream (?:timed out|prematurely closed|sent)"
    r"|no live upstreams).{0,200}?"
    r"client: (?P<address>[0-9a-fA-F.:]{2,45}),.{0,300}?"
    r'request: "[A-Z]{3,8} (?P<path>[^\s"]{1,500})'
)
_BOSH, _WEBSOCKET = "/http-bind", "/xmpp-websocket"


def read(line: Line) -> Fact | None:
    """What a record says; ``None`` where it says nothing of anybody's attempt."""
    reader = _READERS.get(line.source)
    return reader(line, line.text[:MAX_TEXT]) if reader is not None else None


def _first(patterns: _Patterns, line: Line, text: str) -> Fact | None:
    for kind, pattern in patterns:
        found = pattern.search(text)
        if found is not None:
            fields = {name: value or "" for name, value in found.groupdict().items()}
            other = fields.pop("other", "")
            if other:
                fields["endpoint"] = other
            return Fact(kind, line, **fields)  # type: ignore[arg-type]
    return None


def _prosody(line: Line, text: str) -> Fact | None:
    fact = _first(_PROSODY, line, text)
    if fact is None or not fact.sid.startswith("bosh"):
        return fact
    # Prosody names a BOSH session "bosh" and its sid.
    return Fact(fact.kind, line, fact.sid[4:], fact.jid, detail=fact.detail)


def _jicofo(line: Line, text: str) -> Fact | None:
    fact = _first(_JICOFO, line, text)
    if fact is None or fact.kind == "part":
        return None  # a recorder or a telephone is nobody who tries to get in
    room, endpoint = _context(text)
    return Fact(
        fact.kind, line, jid=fact.jid, room=fact.room or room, endpoint=fact.endpoint or endpoint
    )


def _jvb(line: Line, text: str) -> Fact | None:
    fact = _first(_JVB, line, text)
    if fact is None:
        return None
    room, endpoint = _context(text)
    return Fact(fact.kind, line, room=room, endpoint=endpoint)


def _context(text: str) -> tuple[str, str]:
    """Room and endpoint of the brackets before what Jicofo and the videobridge say."""
    room, endpoint = _CONTEXT_ROOM.search(text), _CONTEXT_ENDPOINT.search(text)
    return room[1] if room is not None else "", endpoint[1] if endpoint is not None else ""


def _access(line: Line, text: str) -> Fact | None:
    found = _ACCESS.search(text)
    if found is None:
        return None
    path, _, query = found["path"].partition("?")
    kind = _door(path)
    if not kind and (found["method"] != "GET" or "." in path or path.count("/") > 1):
        return None
    return Fact(
        kind or "page",
        line,
        room=_room_of(query) if kind else unquote(path.strip("/")),
        address=found["address"],
        path=path,
        agent=found["agent"] or "",
        status=int(found["status"]),
    )


def _door(path: str) -> str:
    if path.endswith(_BOSH):
        return "bind"
    return "socket" if path.endswith(_WEBSOCKET) else ""


def _room_of(query: str) -> str:
    asked = _IN_QUERY.search(f"?{query}")
    return unquote(asked[1]) if asked is not None else ""


def _error(line: Line, text: str) -> Fact | None:
    found = _UPSTREAM.search(text)
    if found is None:
        return None
    path, _, query = found["path"].partition("?")
    if not _door(path):
        return None
    return Fact(
        "upstream",
        line,
        room=_room_of(query),
        address=found["address"],
        path=path,
        detail=found["detail"],
    )


_READERS: dict[str, Callable[[Line, str], Fact | None]] = {
    "prosody": _prosody,
    "jicofo": _jicofo,
    "jvb": _jvb,
    "nginx.access": _access,
    "nginx": _error,
}
