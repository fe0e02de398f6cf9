"""The view from outside: what a browser would find, over BOSH through a host's nginx.

Plain XEP-0124/0206 over HTTPS with the standard library, independent of the code under test.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import secrets
import ssl
import threading
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from xml.etree import ElementTree as ET

from .host import LabHost

_BODY = "http://jabber.org/protocol/httpbind"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
_BIND = "urn:ietf:params:xml:ns:xmpp-bind"
_FOCUS = "http://jitsi.org/protocol/focus"
_STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
_MUC = "http://jabber.org/protocol/muc"
_QUIET = 20.0
"""Seconds without a word after which a visitor says one: Prosody takes who is silent for 60 s for
gone, and a page asks on and on."""
_PATIENCE = 60.0


class BoshError(Exception):
    """The server ended the session; ``condition`` is XEP-0124's word for why."""

    def __init__(self, condition: str) -> None:
        super().__init__(condition)
        self.condition = condition


class LoginError(Exception):
    """The server refused the login; ``condition`` is SASL's word for why."""

    def __init__(self, condition: str) -> None:
        super().__init__(condition)
        self.condition = condition


@dataclass(frozen=True)
class Answer:
    """What came back for a request: a result with its attributes, or an error's condition."""

    error: str | None
    attributes: dict[str, str]

    @property
    def ready(self) -> bool:
        return self.error is None and self.attributes.get("ready") == "true"


class Browser:
    """One visitor: a BOSH session with a domain of the host. ``jid`` once it is logged in."""

    def __init__(self, host: LabHost, domain: str | None = None) -> None:
        self.host = host
        self.domain = domain or host.domain
        self.jid = ""
        self.machine = str(uuid.uuid4())
        self._sid = ""
        self._rid = secrets.randbelow(2**31)
        trusting = ssl.create_default_context()
        trusting.check_hostname = False
        trusting.verify_mode = ssl.CERT_NONE
        self._http = http.client.HTTPSConnection(host.address, context=trusting, timeout=90)
        self._talking = threading.Lock()
        self._spoke = time.monotonic()
        self._early: list[ET.Element] = []
        self._left = threading.Event()
        self._features = self._start()
        threading.Thread(target=self._stay, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def mechanisms(self) -> set[str]:
        """The SASL mechanisms on offer."""
        return {element.text or "" for element in self._features.iter(f"{{{_SASL}}}mechanism")}

    def log_in_anonymously(self) -> str:
        """Be let in without a name; gives the JID. Raises ``LoginError``."""
        self._authenticate("ANONYMOUS", "")
        return self._bind()

    def log_in(self, user: str, password: str) -> str:
        """Log in with a password, by SCRAM-SHA-1 where offered, else PLAIN; gives the JID."""
        if "SCRAM-SHA-1" in self.mechanisms:
            self._scram(user, password)
        else:
            secret = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
            self._authenticate("PLAIN", secret)
        return self._bind()

    def conference_request(self, room: str, *, session: str | None = None) -> Answer:
        """Ask the focus for a room; ``room`` is its name without the conference domain."""
        jid = f"{room}@conference.{self.host.domain}"
        query = ET.Element(f"{{{_FOCUS}}}conference", {"room": jid, "machine-uid": self.machine})
        if session is not None:
            query.set("session-id", session)
        reply = self.ask(f"focus.{self.host.domain}", query)
        error = reply.find("{jabber:client}error")
        if error is not None:
            names = [child.tag.partition("}")[2] for child in error if _STANZAS in child.tag]
            return Answer(next(name for name in names if name != "text"), {})
        result = reply.find(f"{{{_FOCUS}}}conference")
        return Answer(None, dict(result.attrib) if result is not None else {})

    def join(self, room: str, nick: str | None = None) -> str | None:
        """Enter a room; gives the error's condition, or None once inside."""
        nick = nick or secrets.token_hex(4)
        jid = f"{room}@conference.{self.host.domain}/{nick}"
        presence = ET.Element("{jabber:client}presence", to=jid)
        ET.SubElement(presence, f"{{{_MUC}}}x")
        found = self._until(presence, "{jabber:client}presence", "from", jid)
        error = found.find("{jabber:client}error")
        return None if error is None else error[0].tag.partition("}")[2]

    def ask(self, to: str, payload: ET.Element, kind: str = "set") -> ET.Element:
        """Send an iq and wait for its answer."""
        name = secrets.token_hex(6)
        iq = ET.Element("{jabber:client}iq", type=kind, id=name, to=to)
        iq.append(payload)
        return self._until(iq, "{jabber:client}iq", "id", name)

    def close(self) -> None:
        """Leave."""
        self._left.set()
        with suppress(BoshError, OSError, http.client.HTTPException):
            self._send(None, type="terminate")
        self._http.close()

    def _start(self) -> ET.Element:
        answer = self._send(
            None,
            to=self.domain,
            wait="5",
            hold="1",
            ver="1.6",
            **{
                "{urn:xmpp:xbosh}version": "1.0",
                "{http://www.w3.org/XML/1998/namespace}lang": "en",
            },
        )
        self._sid = answer.get("sid", "")
        return answer

    def _stay(self) -> None:
        """Keep what came meanwhile for whoever asks next; who was thrown out is told then."""
        with suppress(BoshError, OSError, http.client.HTTPException):
            while not self._left.wait(_QUIET / 4):
                with self._talking:
                    if not self._left.is_set() and time.monotonic() - self._spoke > _QUIET:
                        self._early += self._exchange_bodies(None)

    def _send(self, payload: ET.Element | None, **attributes: str) -> ET.Element:
        with self._talking:
            return self._exchange_bodies(payload, **attributes)

    def _exchange_bodies(self, payload: ET.Element | None, **attributes: str) -> ET.Element:
        self._spoke = time.monotonic()
        self._rid += 1
        body = ET.Element(f"{{{_BODY}}}body", {"rid": str(self._rid), **attributes})
        if self._sid:
            body.set("sid", self._sid)
        if payload is not None:
            body.append(payload)
        headers = {"Host": self.host.domain, "Content-Type": "text/xml; charset=utf-8"}
        self._http.request("POST", "/http-bind", ET.tostring(body), headers)
        response = self._http.getresponse()
        text = response.read()
        if response.status != 200:
            raise BoshError(f"HTTP {response.status}")
        answer = ET.fromstring(text)
        if answer.get("type") == "terminate" and attributes.get("type") != "terminate":
            raise BoshError(answer.get("condition", "terminate"))
        return answer

    def _until(self, stanza: ET.Element, tag: str, name: str, value: str) -> ET.Element:
        """Send a stanza and poll until one comes that has a certain attribute."""
        end = time.monotonic() + _PATIENCE
        answer = self._send(stanza)
        while time.monotonic() < end:
            for element in (*self._early, *list(answer)):
                if element.tag == tag and (element.get(name) or "").lower() == value.lower():
                    return element
            answer = self._send(None)
        raise BoshError("no answer")

    def _authenticate(self, mechanism: str, initial: str) -> ET.Element:
        auth = ET.Element(f"{{{_SASL}}}auth", mechanism=mechanism)
        auth.text = initial or None
        return self._exchange(auth)

    def _exchange(self, element: ET.Element) -> ET.Element:
        answer = self._send(element)
        while not len(answer):
            answer = self._send(None)
        reply = answer[0]
        if reply.tag == f"{{{_SASL}}}failure":
            raise LoginError(reply[0].tag.partition("}")[2])
        return reply

    def _scram(self, user: str, password: str) -> None:
        """RFC 5802 without channel binding."""
        name = user.replace("=", "=3D").replace(",", "=2C")
        bare = f"n={name},r={secrets.token_hex(12)}"
        first = base64.b64encode(f"n,,{bare}".encode()).decode()
        challenge = base64.b64decode(self._authenticate("SCRAM-SHA-1", first).text or "").decode()
        fields = dict(part.split("=", 1) for part in challenge.split(","))
        salted = hashlib.pbkdf2_hmac(
            "sha1", password.encode(), base64.b64decode(fields["s"]), int(fields["i"])
        )
        key = hmac.digest(salted, b"Client Key", "sha1")
        final = f"c=biws,r={fields['r']}"
        signed = f"{bare},{challenge},{final}".encode()
        signature = hmac.digest(hashlib.sha1(key).digest(), signed, "sha1")
        proof = bytes(a ^ b for a, b in zip(key, signature, strict=True))
        response = ET.Element(f"{{{_SASL}}}response")
        text = f"{final},p={base64.b64encode(proof).decode()}"
        response.text = base64.b64encode(text.encode()).decode()
        self._exchange(response)

    def _bind(self) -> str:
        self._send(None, to=self.domain, **{"{urn:xmpp:xbosh}restart": "true"})
        iq = ET.Element("{jabber:client}iq", type="set", id="bind")
        ET.SubElement(iq, f"{{{_BIND}}}bind")
        answer = self._until(iq, "{jabber:client}iq", "id", "bind")
        self.jid = answer.findtext(f".//{{{_BIND}}}jid") or ""
        return self.jid


def logs_in(host: LabHost, name: str, password: str) -> bool:
    """Whether the main host takes this name and password from a browser."""
    with Browser(host) as browser:
        try:
            browser.log_in(name, password)
        except LoginError:
            return False
    return True


def mechanisms(host: LabHost, domain: str | None = None) -> set[str] | None:
    """What a domain offers a browser to log in with; None where the domain does not exist."""
    try:
        with Browser(host, domain) as browser:
            return browser.mechanisms
    except BoshError as error:
        if error.condition in {"improper-addressing", "host-unknown"}:
            return None
        raise
