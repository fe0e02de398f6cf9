"""What the services write when people come and go: the same words for history and for now."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from .logbook import LogBook
from .rooms import Member, Room

AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.1 Safari/605",
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/131.0.0.0 Mobile Safari/537.36",
)
_PROBED = ("/.env", "/wp-login.php", "/.git/config", "/static/favicon.png", "/sounds/knock.opus")
_MUC_DELAY = timedelta(milliseconds=310)
_MEDIA_DELAY = timedelta(milliseconds=640)


@dataclass(frozen=True)
class Visitor:
    """Somebody at a browser."""

    name: str
    address: str
    agent: str


class Phrases:
    """Writes down one event at a time, in every log that would have it."""

    def __init__(self, book: LogBook, dice: random.Random) -> None:
        self._book = book
        self._dice = dice

    def page(self, at: datetime, who: Visitor, room: str) -> None:
        """A browser opens a room's page."""
        for path, size in (
            (f"/{room}", 28_713),
            ("/config.js", 11_685),
            ("/libs/app.bundle.min.js?v=8960", 1_391_022),
        ):
            self._book.access(at, who.address, f"GET {path}", 200, size, who.agent)

    def bosh(self, at: datetime, who: Visitor, room: str, status: int = 200) -> None:
        """A request to Prosody through the web server."""
        if status != 200:
            self._book.nginx(
                at,
                "error",
                "connect() failed (111: Connection refused) while connecting to upstream,"
                f" client: {who.address}, server: meet.example.org,"
                f' request: "POST /http-bind?room={room} HTTP/2.0",'
                ' upstream: "http://127.0.0.1:5280/http-bind", host: "meet.example.org"',
            )
        request = f"POST /http-bind?room={room}"
        self._book.access(at, who.address, request, status, 389, who.agent)

    def connected(self, at: datetime, sid: str) -> None:
        self._book.prosody(at, "mod_bosh", "info", f"New BOSH session, assigned it sid '{sid}'")

    def authenticated(self, at: datetime, sid: str, jid: str) -> None:
        self._book.prosody(at, f"bosh{sid[:10]}", "info", f"Authenticated as {jid}")

    def disconnected(self, at: datetime, sid: str) -> None:
        self._book.prosody(at, f"bosh{sid[:10]}", "info", "BOSH client disconnected: session close")

    def opened(self, at: datetime, room: Room) -> None:
        self._book.jicofo(
            at,
            "INFO",
            "JitsiMeetConferenceImpl.<init>#287",
            "Created new conference.",
            room=room.jid,
        )
        self._book.jicofo(
            at, "INFO", "ChatRoomImpl.join#189", "Joined the room.", thread=24, room=room.jid
        )

    def joined(self, at: datetime, room: Room, member: Member) -> None:
        later, media = at + _MUC_DELAY, at + _MEDIA_DELAY
        self._book.jicofo(
            later,
            "INFO",
            "JitsiMeetConferenceImpl.onMemberJoined#758",
            f"Member joined:{member.nick} stats-id={member.name}-{member.nick[:3]} region=null"
            " audioMuted=true videoMuted=true isJibri=false isJigasi=false",
            thread=25,
            room=room.jid,
        )
        if len(room.members) < 2:
            return  # Alone, nobody needs the bridge.
        self._book.jicofo(
            media,
            "INFO",
            "ColibriV2SessionManager.allocate#286",
            f"Allocating endpoint {member.nick} on bridge-1",
            thread=31,
            room=room.jid,
        )
        said = (
            ("Endpoint.<init>#432", "Created new endpoint, iceControlling=false"),
            ("Agent.setState#934", "ICE state changed from Waiting to Running."),
            ("Endpoint$setupIceTransport$2.writeable#480", "ICE connected"),
        )
        for number, (source, text) in enumerate(said):
            self._book.jvb(
                media + number * _MUC_DELAY / 2,
                "INFO",
                source,
                text,
                thread=self._dice.randrange(40, 60),
                room=room.jid,
                endpoint=member.nick,
            )

    def left(self, at: datetime, room: Room, member: Member) -> None:
        self._book.jicofo(
            at,
            "INFO",
            "JitsiMeetConferenceImpl.onMemberLeft#896",
            f"Member left:{member.nick}",
            thread=25,
            room=room.jid,
        )
        self._book.jvb(
            at,
            "INFO",
            "Endpoint.expire#1139",
            "Expired.",
            room=room.jid,
            endpoint=member.nick,
        )

    def ended(self, at: datetime, room: Room) -> None:
        self._book.jicofo(at, "INFO", "JitsiMeetConferenceImpl.stop#447", "Stopped.", room=room.jid)
        self._book.jvb(at, "INFO", "Conference.expire#514", "Expiring.", room=room.jid)

    def noise(self, at: datetime) -> None:
        """Now and then, what every server on the net writes."""
        kind = self._dice.randrange(8)
        if kind < 2:
            self._probe(at, f"203.0.113.{self._dice.randrange(1, 250)}")
        elif kind == 2:
            self._book.jvb(
                at,
                "WARNING",
                "TransportCcEngine.tccReceived#158",
                "TCC packet contained received sequence numbers that are unknown: too old",
                thread=52,
            )
        elif kind == 3:
            self._book.prosody(
                at,
                f"c2s{self._dice.randrange(16**8):08x}",
                "info",
                "Client disconnected: ssl handshake failed",
            )
        elif kind == 4:
            self._book.jicofo(
                at,
                "WARNING",
                "BridgeSelector.bridgeStatsUpdated#212",
                "Stress of bridge-1 is 0.61, highest in the last hour",
                thread=18,
            )
        else:
            self._book.jvb(
                at, "INFO", "VideobridgeExpireThread.expire#144", "Running expire()", thread=21
            )

    def _probe(self, at: datetime, address: str) -> None:
        """Somebody's robot looks for what isn't here."""
        path = self._dice.choice(_PROBED)
        self._book.access(at, address, f"GET {path}", 404, 146, "Mozilla/5.0 zgrab/0.x")
        self._book.nginx(
            at,
            "error",
            f'open() "/usr/share/jitsi-meet{path}" failed (2: No such file or directory),'
            f' client: {address}, server: meet.example.org, request: "GET {path} HTTP/1.1",'
            ' host: "meet.example.org"',
        )
