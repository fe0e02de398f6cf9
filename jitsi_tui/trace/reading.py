"""What single records say: one pattern a fact. Text that matches none says nothing here.

Formats as Prosody 0.11 to 13, Jicofo and the videobridge write them at their usual levels.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

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
    detail: str = ""
    status: int = 0


_Patterns: TypeAlias = tuple[tuple[str, re.Pattern[str]], ...]
_JID = r"[^\s,<>\"'\]]{1,300}"
_ROOM = r"(?P<room>[^\s\"',<>\]]{1,300})"
_ENDS = r"[\w-]{1,64}"
_MASKED = r"[^\w\s']{0,4}"
"""What stands for the rest of a session's id, which is hidden."""

_TAG = rf"\s(?P<sid>(?:bosh|c2s)[\w-]{{1,80}}){_MASKED}\t\w+\t"


def _patterns(**sources: str) -> _Patterns:
    return tuple((kind, re.compile(source)) for kind, source in sources.items())


_PROSODY = _patterns(
    opened=r"\s(?:mod_)?bosh\t\w+\tNew BOSH session, assigned it sid"
    rf" '(?P<sid>[\w-]{{1,80}}){_MASKED}'",
    connected=r"\s(?P<sid>c2s[0-9a-f]{4,32})\t\w+\tClient connected",
    authenticated=rf"{_TAG}Authenticated as (?P<jid>{_JID})",
    closed=rf"{_TAG}(?:BOSH c|C)lient disconnected: (?P<detail>.{{0,200}})",
    refused=rf"{_TAG}.{{0,200}}<not-authorized",
    loop=r":tokenauth\t\w+\tFailed to verify access token",
)
_JICOFO = _patterns(
    request=rf": (?:Conference|Focus) request for room:? {_ROOM}, from (?P<jid>{_JID})",
    session=rf": Authenticated jid: (?P<jid>{_JID}) with session",
    created=r": Created new conference",
    joined=rf": Member joined:\s?(?P<endpoint>{_ENDS})(?: jid=(?P<jid>{_JID}))?",
    left=rf": Member left:\s?(?P<endpoint>{_ENDS})",
    owner=rf": Granting ownership to [^\s/]{{1,300}}/(?P<endpoint>{_ENDS})",
)
_JVB = _patterns(
    endpoint=rf"Creat\w+ (?:new )?endpoint\b.{{0,200}}?(?:epId|id)=(?P<endpoint>{_ENDS})",
    ice=r"ICE (?:state changed|connected|failed)(?P<detail>.{0,200})",
)
_CONTEXT_ROOM = re.compile(r"\[[^\[\]]*\b(?:room|conf_name)=([^\s\]]{1,300})")
_ENDPOINT = re.compile(r"\bepId=([\w-]{1,64})|\bfor ([0-9a-f]{8})\b")
_ACCESS = re.compile(
    r"^(?P<address>[0-9a-fA-F.:]{2,45}) \S+ \S+ \[[^\]]{1,40}\]"
    r' "(?P<method>[A-Z]{3,8}) (?P<path>[^\s"]{1,2000}) HTTP/[^"]{1,5}" (?P<status>\d{3})\b'
)
_IN_QUERY = re.compile(r"[?&]room=([^&\s]{1,200})")
_UPSTREAM = re.compile(
    r"(?P<detail>connect\(\) failed|upstream (?:timed out|prematurely closed|sent)).{0,200}?"
    r"client: (?P<address>[0-9a-fA-F.:]{2,45}),.{0,300}?"
    r'request: "[A-Z]{3,8} (?P<path>[^\s"]{1,500})'
)
DOORS = ("/http-bind", "/xmpp-websocket")


def read(line: Line) -> Fact | None:
    """What a record says; ``None`` where it says nothing of anybody's attempt."""
    reader = _READERS.get(line.source)
    return reader(line, line.text[:MAX_TEXT]) if reader is not None else None


def _first(patterns: _Patterns, line: Line, text: str) -> Fact | None:
    for kind, pattern in patterns:
        found = pattern.search(text)
        if found is not None:
            fields = {name: value or "" for name, value in found.groupdict().items()}
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
    if fact is None or fact.room:
        return fact
    context = _CONTEXT_ROOM.search(text)
    room = context[1] if context is not None else ""
    return Fact(fact.kind, line, jid=fact.jid, room=room, endpoint=fact.endpoint)


def _jvb(line: Line, text: str) -> Fact | None:
    fact = _first(_JVB, line, text)
    if fact is None:
        return None
    context, endpoint = _CONTEXT_ROOM.search(text), _ENDPOINT.search(text)
    name = fact.endpoint or (endpoint[1] or endpoint[2] if endpoint is not None else "")
    room = context[1] if context is not None else ""
    return Fact(fact.kind, line, room=room, endpoint=name, detail=fact.detail)


def _access(line: Line, text: str) -> Fact | None:
    found = _ACCESS.search(text)
    if found is None:
        return None
    path, _, query = found["path"].partition("?")
    asked = _IN_QUERY.search(f"?{query}")
    kind = "bind" if path.startswith(DOORS) else "page"
    if kind == "page" and (found["method"] != "GET" or "." in path or path.count("/") > 1):
        return None
    room = asked[1] if asked is not None else path.strip("/") if kind == "page" else ""
    return Fact(
        kind, line, room=room, address=found["address"], path=path, status=int(found["status"])
    )


def _error(line: Line, text: str) -> Fact | None:
    found = _UPSTREAM.search(text)
    if found is None or not found["path"].startswith(DOORS):
        return None
    return Fact(
        "upstream", line, address=found["address"], path=found["path"], detail=found["detail"]
    )


_READERS: dict[str, Callable[[Line, str], Fact | None]] = {
    "prosody": _prosody,
    "jicofo": _jicofo,
    "jvb": _jvb,
    "nginx.access": _access,
    "nginx": _error,
}
