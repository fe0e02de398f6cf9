"""jicofo's ways into Prosody: its account, and for early versions a component beside it."""

from __future__ import annotations

import asyncio
import inspect
import ssl
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import slixmpp
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from .log import log
from .settings import Settings

RETRY_SECONDS = 1.0


class _Reconnecting(slixmpp.xmlstream.XMLStream):  # type: ignore[misc]
    """Comes back after Prosody was restarted."""

    label = ""
    port = 0

    def go(self) -> None:
        wants_tuple = "address" in inspect.signature(slixmpp.ClientXMPP.connect).parameters
        if isinstance(self, slixmpp.ComponentXMPP):
            self.connect("127.0.0.1", self.port)
        elif wants_tuple:
            self.connect(("127.0.0.1", self.port))
        else:
            self.connect("127.0.0.1", self.port)

    def again(self, *_: Any) -> None:
        log(
            "WARNING", "XmppProvider.fireRegistrationStateChanged#254", f"{self.label}Disconnected."
        )
        asyncio.get_event_loop().call_later(RETRY_SECONDS, self.go)


class Account(slixmpp.ClientXMPP, _Reconnecting):  # type: ignore[misc]
    """``focus@auth.DOMAIN``, over an encrypted client connection."""

    port = 5222

    def __init__(self, settings: Settings) -> None:
        super().__init__(f"{settings.username}@{settings.domain}/focus", settings.password)
        trusting = ssl.create_default_context()
        trusting.check_hostname = False
        trusting.verify_mode = ssl.CERT_NONE
        self.ssl_context = trusting
        self.get_ssl_context = lambda: trusting
        self.add_event_handler("disconnected", self.again)
        self.add_event_handler("connection_failed", self.again)
        self.add_event_handler("failed_all_auth", self._refused)

    def _refused(self, *_: Any) -> None:
        log("SEVERE", "XmppProvider.doConnect#196", "Failed to login: SASLError not-authorized")
        self.disconnect()


class Component(slixmpp.ComponentXMPP, _Reconnecting):  # type: ignore[misc]
    """``focus.DOMAIN`` by XEP-0114, as jicofo was until 2021."""

    label = "Component: "

    def __init__(self, settings: Settings) -> None:
        name = f"focus.{settings.xmpp_domain}"
        super().__init__(name, settings.secret, "127.0.0.1", 5347)
        self.port = 5347
        self.add_event_handler("disconnected", self.again)
        self.add_event_handler("connection_failed", self.again)


def on_request(
    stream: Any, namespace: str, payload: str, handle: Callable[[ElementTree.Element], None]
) -> None:
    """Have a function called with each stanza of ours that carries a payload, as XML."""
    path = f"{{{namespace}}}{payload}"
    stream.register_handler(Callback(payload, MatchXPath(path), lambda got: handle(got.xml)))
