"""What each kind of visitor leaves in the logs, in the words of the services."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from jitsi_tui.trace.values import Line

DOMAIN = "meet.example.org"
GUEST = f"guest.{DOMAIN}"
START = datetime(2026, 11, 24, 18, 0, 0, tzinfo=UTC)
ROOM = f"daily@conference.{DOMAIN}"


@dataclass
class Person:
    """Somebody who comes ``after`` so many seconds, from an address of his own."""

    number: int
    after: float
    lines: list[Line] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sid = str(uuid.UUID(int=(self.number + 1) << 96))
        self.address = f"203.0.113.{self.number + 1}"
        self.agent = "Mozilla/5.0"
        self.wanted = "daily"
        self.loads = 0.2
        self.endpoint = f"{self.number + 0xA0000000:08x}"
        self.at = START + timedelta(seconds=self.after)

    def wait(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    def prosody(self, source: str, level: str, text: str) -> None:
        stamp = f"{self.at:%b %d %H:%M:%S}"
        time = self.at.replace(microsecond=0)
        self.lines.append(Line("prosody", time, f"{stamp} {source}\t{level}\t{text}"))

    def jicofo(self, where: str, text: str, room: str = "") -> None:
        context = f"[room={room} meeting_id=x] " if room else ""
        stamp = f"{self.at:%Y-%m-%d %H:%M:%S}.{self.at.microsecond // 1000:03}"
        self.lines.append(
            Line("jicofo", self.at, f"Jicofo {stamp} INFO: [42] {context}{where}: {text}")
        )

    def jvb(self, where: str, text: str, context: str) -> None:
        stamp = f"{self.at:%Y-%m-%d %H:%M:%S}.{self.at.microsecond // 1000:03}"
        self.lines.append(
            Line("jvb", self.at, f"JVB {stamp} INFO: [41] [{context}] {where}: {text}")
        )

    def access(self, request: str, status: int = 200) -> None:
        stamp = f"{self.at:%d/%b/%Y:%H:%M:%S +0000}"
        text = f'{self.address} - - [{stamp}] "{request} HTTP/2.0" {status} 389 "-" "{self.agent}"'
        self.lines.append(Line("nginx.access", self.at.replace(microsecond=0), text))

    def say(self, source: str, text: str) -> None:
        self.lines.append(Line(source, self.at, text))

    # -- what people do

    def comes(self, room: str = "daily") -> None:
        self.wanted = room
        self.access(f"GET /{room}")
        self.wait(self.loads)
        self.prosody("mod_bosh", "info", f"New BOSH session, assigned it sid '{self.sid}'")
        self.access(f"POST /http-bind?room={room}")

    def comes_by_websocket(self) -> None:
        self.sid = f"c2s55d5c0ffee{self.number:02x}"
        self.prosody(self.sid, "info", "Client connected")

    def ends_its_websocket(self, room: str = "daily") -> None:
        """The web server writes the line of a websocket when it ends."""
        self.prosody(self.sid, "info", "Client disconnected: connection closed")
        self.access(f"GET /xmpp-websocket?room={room}", 101)

    def logs_in(self, jid: str, *, websocket: bool = False) -> None:
        self.wait(0.1)
        self.jid = jid
        tag = self.sid if websocket else f"bosh{self.sid}"
        self.prosody(tag, "info", f"Authenticated as {jid}")
        if not websocket:
            self.access(f"POST /http-bind?room={self.wanted}")

    def asks(self, room: str = ROOM) -> None:
        self.wait(0.1)
        text = f"Conference request for room {room}, from {self.jid}/res{self.number}, token=false"
        self.jicofo("ConferenceIqHandler.doHandleConferenceIq#114", text)

    def opens(self, room: str = ROOM) -> None:
        text = f"Authenticated jid: {self.jid}/res{self.number} with session: AuthSession[ID=x]"
        self.jicofo("AbstractAuthAuthority.authenticateJidWithSession#431", text)
        self.jicofo("JitsiMeetConferenceImpl.<init>#355", "Created new conference.", room)

    def joins(self, room: str = ROOM, *, endpoint: str = "") -> None:
        self.wait(0.2)
        self.endpoint = endpoint or self.endpoint
        text = f"Member joined:{self.endpoint} stats-id=Ada-x region=null audioMuted=true"
        text += " role=PARTICIPANT isJibri=false isJigasi=false isTranscriber=false, room=main"
        self.jicofo("JitsiMeetConferenceImpl.onMemberJoined#860", text, room)

    def gets_media(self, state: str = "", room: str = ROOM) -> None:
        self.wait(0.3)
        context = f"confId=a conf_name={room} meeting_id=x epId={self.endpoint} stats_id=Ada-x"
        self.jvb("Endpoint.<init>#432", "Created new endpoint, iceControlling=false", context)
        if state:
            text = f"ICE state changed old=Running new={state}"
            self.jvb("IceTransport.iceStateChanged#369", text, context)
        else:
            self.jvb("Endpoint$setupIceTransport$2.writeable#480", "ICE connected", context)

    def is_refused(self) -> None:
        for _ in range(3):
            self.wait(0.1)
            self.access(f"POST /http-bind?room={self.wanted}")

    def loops(self, times: int) -> None:
        for _ in range(times):
            self.wait(0.1)
            text = "Failed to verify access token: (nil)"
            self.prosody(f"{DOMAIN}:tokenauth", "warn", text)

    def goes(self) -> None:
        self.wait(0.1)
        self.prosody(f"bosh{self.sid}", "info", "BOSH client disconnected: session close")


def stranger(number: int, after: float) -> Person:
    person = Person(number, after)
    person.comes()
    person.goes()
    return person


def wrong_password(number: int, after: float) -> Person:
    person = Person(number, after)
    person.comes()
    person.is_refused()
    return person


def guest(number: int, after: float, room: str = ROOM) -> Person:
    person = Person(number, after)
    person.comes(room.partition("@")[0])
    person.logs_in(f"g{number}@{GUEST}")
    person.asks(room)
    return person


def moderator(number: int, after: float, room: str = ROOM) -> Person:
    person = Person(number, after)
    person.comes(room.partition("@")[0])
    person.logs_in(f"mod{number}@{DOMAIN}")
    person.asks(room)
    person.opens(room)
    person.joins(room)
    person.gets_media(room=room)
    return person
