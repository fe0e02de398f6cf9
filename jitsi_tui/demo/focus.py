"""Jicofo's side: who may open a room, and what it tells about itself by HTTP.

The conference request is ``http://jitsi.org/protocol/focus``, the rules those of Jicofo's
``XMPPDomainAuthAuthority``: only people of the login domain get a session, only a session opens a
room, and whoever comes later is let in.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol
from xml.etree.ElementTree import Element

from .settings import JicofoSettings
from .web import NOT_FOUND, Request, Response, escape

FOCUS = "http://jitsi.org/protocol/focus"


class Rooms(Protocol):
    """The rooms that there are, and those who are in them."""

    def exists(self, room: str) -> bool: ...
    def open(self, room: str) -> None: ...
    def members(self) -> Mapping[str, Mapping[str, str]]:
        """Room to its members: nickname to real JID."""


@dataclass(frozen=True)
class Refused:
    """An error stanza: its type, its condition (RFC 6120 8.3.3) and its text."""

    type: str
    condition: str
    text: str = ""


class Focus:
    """One run of Jicofo: its sessions are gone with it."""

    def __init__(
        self, settings: JicofoSettings, rooms: Rooms, log: Callable[[str, str, str], None]
    ) -> None:
        """``log(level, source, text)`` writes a line of Jicofo's log."""
        self.settings = settings
        self._rooms = rooms
        self._log = log
        self._sessions: dict[str, tuple[str, str]] = {}
        """Session id to the bare JID and the machine it was made for."""

    def request(self, jid: str, conference: Element) -> str | Refused:
        """Answer one conference request: the inner XML of the result, or why not."""
        room = conference.get("room", "")
        machine = conference.get("machine-uid", "")
        if not room.partition("@")[2]:
            return Refused("modify", "bad-request", "no room")
        opened = self._rooms.exists(room)
        self._log(
            "INFO",
            "ConferenceIqHandler.doHandleConferenceIq#114",
            f"Conference request for room {room}, from {jid}, token=false",
        )
        session = conference.get("session-id") or None
        if self.settings.authority != "off":
            verdict = self._authorize(jid, machine, session, opened=opened)
            if isinstance(verdict, Refused):
                self._log("INFO", "ConferenceIqHandler.handleConferenceIq#86", verdict.text)
                return verdict
            session = verdict
        if not opened:
            self._rooms.open(room)
        return self._ready(room, session)

    def _authorize(
        self, jid: str, machine: str, session: str | None, *, opened: bool
    ) -> str | Refused | None:
        bare = jid.partition("/")[0]
        known = self._sessions.get(session or "")
        if session and known is None:
            return Refused("auth", "session-invalid", f"session expired: {session}")
        if known is not None and known[1] != machine:
            return Refused("cancel", "not-acceptable", "machine UID mismatch")
        if bare.partition("@")[2] == self.settings.login_url:
            if not machine:
                return Refused("cancel", "not-acceptable", "machine UID not specified")
            session = session or self._new_session(bare, machine)
            self._log(
                "INFO",
                "AbstractAuthAuthority.authenticateJidWithSession#332",
                f"Authenticated jid: {jid} with session: AuthSession[ID={bare}, JID={jid},"
                f" SID={session}, MUID={machine}]",
            )
            return session
        if known is None and not opened:
            return Refused("auth", "not-authorized", "not authorized user domain")
        return session

    def _new_session(self, bare: str, machine: str) -> str:
        for session, (owner, where) in self._sessions.items():
            if (owner, where) == (bare, machine):
                return session
        session = secrets.token_hex(16)
        self._sessions[session] = (bare, machine)
        self._log(
            "INFO",
            "AbstractAuthAuthority.createNewSession#159",
            f"Authentication session created for {bare} SID: {session}",
        )
        return session

    def _ready(self, room: str, session: str | None) -> str:
        external = "true" if self.settings.authority == "jwt" else "false"
        asks = "false" if self.settings.authority == "off" else "true"
        given = f" session-id='{session}'" if session else ""
        return (
            f"<conference xmlns='{FOCUS}' ready='true' focusjid='{self.settings.jid}'"
            f" room='{escape(room)}'{given}>"
            f"<property name='authentication' value='{asks}'/>"
            f"<property name='externalAuth' value='{external}'/>"
            "<property name='sipGatewayEnabled' value='false'/></conference>"
        )

    async def answer(self, request: Request) -> Response:
        """Jicofo's HTTP: ``/about/version``, ``/stats`` and ``/debug``; no ``/about/health``."""
        path = request.path.partition("?")[0].rstrip("/")
        answers: dict[str, Callable[[], object]] = {
            "/about/version": lambda: {"name": "JICOFO", "version": "1.0-1124", "os": "Linux"},
            "/stats": self._stats,
            "/debug": self._debug,
            "/debug/conferences": self._conferences,
            "/debug/conferences-full": self._conferences_full,
        }
        if request.method != "GET" or path not in answers:
            return NOT_FOUND
        return Response(body=json.dumps(answers[path]()).encode(), content_type="application/json")

    def _stats(self) -> object:
        sizes = [len(members) for members in self._rooms.members().values()]
        return {
            "conferences": len(sizes),
            "largest_conference": max(sizes, default=0),
            "participants": sum(sizes),
            "bridge_selector": {"bridge_count": 1, "operational_bridge_count": 1},
            "endpoint_pairs": sum(n * (n - 1) // 2 for n in sizes),
            "jibri_detector": {"count": 0, "available": 0},
        }

    def _debug(self) -> object:
        authority = {
            "xmpp": "XMPPDomainAuthAuthority",
            "jwt": "ExternalJWTAuthority",
            "off": "null",
        }[self.settings.authority]
        return {
            "focus_manager": {"conferences_count": len(self._rooms.members())},
            "conference_iq_handler": {
                "auth_authority": authority,
                "focus_auth_jid": self.settings.jid,
                "xmpp_domain": self.settings.client_proxy.partition(".")[2],
            },
            "bridge_selector": {"strategy": "SingleBridgeSelectionStrategy"},
        }

    def _conferences(self) -> object:
        return list(self._rooms.members())

    def _role(self, jid: str, number: int) -> str:
        """Owners are those who logged in, or the first where nobody needs to."""
        if self.settings.authority == "off":
            return "OWNER" if number == 0 else "PARTICIPANT"
        login = jid.partition("/")[0].partition("@")[2] == self.settings.login_url
        return "OWNER" if login else "PARTICIPANT"

    def _conferences_full(self) -> object:
        return {
            room: {
                "name": room,
                "chat_room": {
                    "room_jid": room,
                    "members": {
                        nick: {"jid": jid, "role": self._role(jid, number)}
                        for number, (nick, jid) in enumerate(members.items())
                    },
                },
                "participants": {nick: {"id": nick} for nick in members},
            }
            for room, members in self._rooms.members().items()
        }
