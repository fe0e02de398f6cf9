"""The focus itself: answers conference requests, joins their rooms, and makes owners."""

from __future__ import annotations

import asyncio
from typing import Any
from xml.etree import ElementTree as ET

from . import bridge, speech
from .authority import Authority, RefusedError
from .conference import Conference, Member
from .connection import Account, Component, Connection
from .log import log
from .settings import Settings

REQUESTS = ("conference", "logout")
FOCUS = "http://jitsi.org/protocol/focus"
MUC = "http://jabber.org/protocol/muc"
STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"


class Focus:
    """Everything that jicofo does over XMPP."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        on = settings.auth.type != "NONE"
        self.authority = Authority(settings.auth, self._logged_in) if on else None
        self.speech = speech.OF_2020 if settings.component else speech.OF_2026
        self.conferences: dict[str, Conference] = {}
        self.created = 0
        self._opening: set[asyncio.Future[None]] = set()
        loop = asyncio.get_event_loop()
        self.account = Account(loop, settings)
        self.account.on_lost = self.conferences.clear
        self._asked: Connection = self.account
        if settings.component:
            self._asked = Component(loop, settings)
            self._asked.on_stanza = self._stanza
        self.account.on_stanza = self._stanza

    def start(self) -> None:
        for connection in {self.account, self._asked}:
            connection.start()

    def _stanza(self, xml: ET.Element) -> None:
        kind = xml.tag.rpartition("}")[2]
        if kind == "presence":
            self._presence(xml)
        elif kind == "iq" and xml.get("type") in {"get", "set"}:
            conference, logout = (xml.find(f"{{{FOCUS}}}{name}") for name in REQUESTS)
            if conference is not None:
                self._request(xml, conference)
            elif logout is not None:
                self._logout(xml, logout)
            else:
                self._refuse(xml, RefusedError("service-unavailable", "no such request"))

    def _request(self, xml: ET.Element, query: ET.Element) -> None:
        room = (query.get("room") or "").lower()
        sender = self._sender(xml)
        self.speech.request(room=room, jid=sender)
        try:
            session = self._admit(room, sender, query)
        except RefusedError as refused:
            self._refuse(xml, refused)
            return
        answer = ET.Element(f"{{{FOCUS}}}conference", room=room)
        answer.set("focusjid", f"{self.settings.username}@{self.settings.domain}")
        if session is not None:
            answer.set("session-id", session.id)
            answer.set("identity", session.identity)
        flags = {"authentication": self.authority is not None}
        if self.authority is not None:
            flags["externalAuth"] = self.authority.external
        for name, value in flags.items():
            ET.SubElement(answer, f"{{{FOCUS}}}property", name=name, value=str(value).lower())
        opening = asyncio.ensure_future(self._open(xml, answer, room))
        self._opening.add(opening)
        opening.add_done_callback(self._opening.discard)

    def _admit(self, room: str, sender: str, query: ET.Element) -> Any:
        """The session of a request, or ``RefusedError`` by jicofo's rules."""
        if not room:
            raise RefusedError("bad-request", "No 'room' specified.")
        if self.authority is None:
            return None
        session = self.authority.authenticate(
            sender, query.get("session-id"), query.get("machine-uid"), room
        )
        if room not in self.conferences and not self.authority.knows(sender):
            raise RefusedError("not-authorized", "not authorized user domain")
        return session

    async def _open(self, xml: ET.Element, answer: ET.Element, room: str) -> None:
        """Join the room where nobody has yet, then answer."""
        conference = self.conferences.get(room)
        if conference is None:
            conference = self.conferences[room] = Conference(room)
            self.created += 1
            self.speech.created(conference.context, room=room, domain=self.settings.domain)
            self._to_room(room, f"<x xmlns='{MUC}'/>")
            timeout = self.settings.initial_timeout
            asyncio.get_event_loop().call_later(timeout, self._expire_unused, conference)
        for _ in range(100):
            if conference.joined:
                break
            await asyncio.sleep(0.02)
        answer.set("ready", str(conference.joined).lower())
        self._asked.send(self._reply(xml, "result", answer))

    def _expire_unused(self, conference: Conference) -> None:
        if not conference.members and self.conferences.get(conference.room) is conference:
            self._end(conference, "Expired: nobody came.")

    def _end(self, conference: Conference, why: str) -> None:
        log("INFO", "JitsiMeetConferenceImpl.stop#431", why, conference.context)
        del self.conferences[conference.room]
        bridge.expire(conference)
        self._to_room(conference.room, "", kind="unavailable")
        if self.authority is not None:
            self.authority.conference_ended(conference.room)

    def _presence(self, xml: ET.Element) -> None:
        room, _, nick = (xml.get("from") or "").partition("/")
        conference = self.conferences.get(room)
        if conference is None or not nick:
            return
        if xml.get("type") == "error":
            if nick == "focus":
                self._end(conference, "Could not join the room.")
            return
        item = xml.find(f"{{{MUC}#user}}x/{{{MUC}#user}}item")
        if nick == "focus":
            conference.joined = xml.get("type") != "unavailable"
        elif xml.get("type") == "unavailable":
            self._left(conference, nick)
        elif item is not None:
            known = conference.members.get(nick)
            jid = item.get("jid") or (known.jid if known else "")
            member = Member(nick, jid, item.get("affiliation", ""), item.get("role", ""))
            conference.members[nick] = member
            if known is None:
                self.speech.joined(conference.context, room=room, nick=nick)
                bridge.invite(conference)
        self._make_owners(conference)

    def _left(self, conference: Conference, nick: str) -> None:
        conference.members.pop(nick, None)
        if conference.owner == nick:
            conference.owner = None
        self.speech.left(conference.context, room=conference.room, nick=nick)
        bridge.expire(conference, nick)
        if not conference.members:
            self._end(conference, "Stopped: the last one left.")

    def _logged_in(self, jid: str) -> None:
        for conference in self.conferences.values():
            for member in conference.members.values():
                if member.jid == jid and member.kind != "OWNER":
                    self.speech.granted(conference.context, nick=member.nick)
            self._make_owners(conference)

    def _make_owners(self, conference: Conference) -> None:
        """Every logged-in member where logins are asked for, else the first of those present."""
        members = conference.members.values()
        if self.authority is not None:
            for member in members:
                if member.kind != "OWNER" and self.authority.knows(member.jid):
                    self._grant(conference, member)
        elif self.settings.auto_owner and conference.owner is None and conference.members:
            member = next((one for one in members if one.kind == "OWNER"), next(iter(members)))
            conference.owner = member.nick
            if member.kind != "OWNER":
                self.speech.elected(conference.context, room=conference.room, nick=member.nick)
                self._grant(conference, member)

    def _grant(self, conference: Conference, member: Member) -> None:
        member.affiliation = "owner"
        iq = ET.Element("{jabber:client}iq", type="set", to=conference.room, id=member.nick)
        query = ET.SubElement(iq, f"{{{MUC}#admin}}query")
        bare = member.jid.partition("/")[0]
        ET.SubElement(query, f"{{{MUC}#admin}}item", affiliation="owner", jid=bare)
        self.account.send(iq)

    def _logout(self, xml: ET.Element, query: ET.Element) -> None:
        if self.authority is None:
            refused = RefusedError("service-unavailable", "no authentication")
            self._refuse(xml, refused)
            return
        try:
            self.authority.log_out(query.get("session-id"))
        except RefusedError as refused:
            self._refuse(xml, refused)
            return
        self._asked.send(self._reply(xml, "result", ET.Element(f"{{{FOCUS}}}logout")))

    def _sender(self, xml: ET.Element) -> str:
        """The JID that asked; from behind the proxy it is the resource of the proxy's JID."""
        jid = xml.get("from") or ""
        proxy, _, inner = jid.partition("/")
        return inner if inner and proxy == self.settings.client_proxy else jid

    def _reply(self, xml: ET.Element, kind: str, payload: ET.Element) -> ET.Element:
        reply = ET.Element(f"{{{self._asked.namespace}}}iq", type=kind, id=xml.get("id") or "")
        reply.set("to", xml.get("from") or "")
        if self._asked is not self.account:
            reply.set("from", xml.get("to") or "")
        reply.append(payload)
        return reply

    def _refuse(self, xml: ET.Element, refused: RefusedError) -> None:
        kind = "auth" if refused.condition == "not-authorized" else "modify"
        error = ET.Element(f"{{{self._asked.namespace}}}error", type=kind)
        ET.SubElement(error, f"{{{STANZAS}}}{refused.condition}")
        ET.SubElement(error, f"{{{STANZAS}}}text").text = refused.text
        if refused.session_invalid:
            ET.SubElement(error, f"{{{FOCUS}}}session-invalid")
        self._asked.send(self._reply(xml, "error", error))

    def _to_room(self, room: str, payload: str, kind: str = "") -> None:
        attribute = f" type='{kind}'" if kind else ""
        presence = ET.fromstring(f"<presence xmlns='jabber:client'{attribute}>{payload}</presence>")
        presence.set("to", f"{room}/focus")
        self.account.send(presence)
