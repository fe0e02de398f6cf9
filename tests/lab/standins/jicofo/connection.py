"""jicofo's ways into Prosody: its account (RFC 6120), and for early versions a component beside it
(XEP-0114). Each reads in a thread of its own, and hands stanzas to the event loop.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import socket
import ssl
import threading
import time
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

from .log import log
from .settings import Settings

RETRY_SECONDS = 0.5
_STATE = "XmppProvider.fireRegistrationStateChanged#251"
_STREAMS = "http://etherx.jabber.org/streams"
_TLS = "urn:ietf:params:xml:ns:xmpp-tls"
_SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
_BIND = "urn:ietf:params:xml:ns:xmpp-bind"

Handler = Callable[[ET.Element], None]


class StreamError(Exception):
    """Prosody ended the stream or said something else than was needed."""


class Connection:
    """One stream to Prosody, opened again whenever it breaks."""

    namespace = "jabber:client"
    port = 5222
    label = ""

    def __init__(self, loop: asyncio.AbstractEventLoop, domain: str) -> None:
        self.domain = domain
        self.on_stanza: Handler = lambda _: None
        self.on_open: Callable[[], None] = lambda: None
        self.on_lost: Callable[[], None] = lambda: None
        self._loop = loop
        self._socket: socket.socket | None = None
        self._parser: Any = None
        self._depth = 0
        self._ready: list[ET.Element] = []
        self._root: ET.Element | None = None

    def start(self) -> None:
        threading.Thread(target=self._forever, daemon=True).start()

    def send(self, xml: ET.Element) -> None:
        """Send a stanza; without a connection it is lost, as a packet would be."""
        if self._socket is not None:
            try:
                self._socket.sendall(ET.tostring(xml))
            except OSError:
                return

    def _forever(self) -> None:
        while True:
            opened = False
            try:
                self._socket = socket.create_connection(("127.0.0.1", self.port), timeout=20)
                self._log_in()
                self._socket.settimeout(None)
                opened = True
                log("INFO", _STATE, f"{self.label}Registered.")
                self._loop.call_soon_threadsafe(self.on_open)
                while True:
                    self._loop.call_soon_threadsafe(self.on_stanza, self._next())
            except (OSError, StreamError, ET.ParseError) as error:
                level, what = ("WARNING", "Disconnected.") if opened else ("SEVERE", "Can't login:")
                log(level, _STATE, f"{self.label}{what} {error}")
            if self._socket is not None:
                self._socket.close()
            self._socket = None
            if opened:
                self._loop.call_soon_threadsafe(self.on_lost)
            time.sleep(RETRY_SECONDS)

    def _log_in(self) -> None:
        raise NotImplementedError

    def _open(self) -> ET.Element:
        """Start a stream (anew); gives its root."""
        self._parser = ET.XMLPullParser(("start", "end"))
        self._depth, self._ready, self._root = 0, [], None
        self._write(
            f"<?xml version='1.0'?><stream:stream to='{self.domain}' version='1.0' "
            f"xmlns='{self.namespace}' xmlns:stream='{_STREAMS}'>"
        )
        while self._root is None:
            self._read()
        return self._root

    def _write(self, text: str) -> None:
        assert self._socket is not None
        self._socket.sendall(text.encode())

    def _read(self) -> None:
        assert self._socket is not None
        data = self._socket.recv(65536)
        if not data:
            raise StreamError("closed by the server")
        self._parser.feed(data)
        for event, element in self._parser.read_events():
            if event == "start":
                self._depth += 1
                self._root = element if self._root is None else self._root
            else:
                self._depth -= 1
                if self._depth == 1 and self._root is not None:
                    self._ready.append(element)
                    self._root.remove(element)
                elif self._depth == 0:
                    raise StreamError("the server ended the stream")

    def _next(self, *wanted: str) -> ET.Element:
        """The next element of the stream; must be one of the wanted tags, if any are named."""
        while not self._ready:
            self._read()
        element = self._ready.pop(0)
        if element.tag == f"{{{_STREAMS}}}error" or (wanted and element.tag not in wanted):
            raise StreamError(ET.tostring(element, encoding="unicode"))
        return element


class Account(Connection):
    """``focus@auth.DOMAIN``, over an encrypted client connection."""

    def __init__(self, loop: asyncio.AbstractEventLoop, settings: Settings) -> None:
        super().__init__(loop, settings.domain)
        self._user, self._password = settings.username, settings.password

    def _log_in(self) -> None:
        features = f"{{{_STREAMS}}}features"
        self._open()
        self._next(features)
        self._write(f"<starttls xmlns='{_TLS}'/>")
        self._next(f"{{{_TLS}}}proceed")
        trusting = ssl.create_default_context()
        trusting.check_hostname = False
        trusting.verify_mode = ssl.CERT_NONE
        assert self._socket is not None
        self._socket = trusting.wrap_socket(self._socket, server_hostname=self.domain)
        self._open()
        self._next(features)
        secret = base64.b64encode(f"\0{self._user}\0{self._password}".encode()).decode()
        self._write(f"<auth xmlns='{_SASL}' mechanism='PLAIN'>{secret}</auth>")
        self._next(f"{{{_SASL}}}success")
        self._open()
        self._next(features)
        self._write(f"<iq type='set' id='bind'><bind xmlns='{_BIND}'/></iq>")
        self._next("{jabber:client}iq")
        self._write("<presence/>")


class Component(Connection):
    """``focus.DOMAIN``, as jicofo was until 2021."""

    namespace = "jabber:component:accept"
    port = 5347
    label = "Component: "

    def __init__(self, loop: asyncio.AbstractEventLoop, settings: Settings) -> None:
        super().__init__(loop, f"focus.{settings.xmpp_domain}")
        self._secret = settings.secret

    def _log_in(self) -> None:
        stream: Any = self._open()
        digest = hashlib.sha1((stream.get("id", "") + self._secret).encode()).hexdigest()
        self._write(f"<handshake>{digest}</handshake>")
        self._next(f"{{{self.namespace}}}handshake")
