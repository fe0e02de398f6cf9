"""Prosody's answers over BOSH, by its settings."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import pytest

from jitsi_tui.demo.accounts import Accounts
from jitsi_tui.demo.bosh import Bosh
from jitsi_tui.demo.focus import Focus
from jitsi_tui.demo.invitations import Invitations
from jitsi_tui.demo.settings import ProsodySettings, VirtualHost
from jitsi_tui.demo.web import Request, Response

DOMAIN = "meet.example.org"
BODY = "http://jabber.org/protocol/httpbind"
SASL = "{urn:ietf:params:xml:ns:xmpp-sasl}"


class Surroundings:
    def __init__(self, folder: Path) -> None:
        self.accounts = Accounts(folder)
        self.invitations = Invitations()

    def focus(self) -> Focus | None:
        return None


def server(folder: Path, *, bosh_secure: bool = True, **main: object) -> Bosh:
    host = VirtualHost(
        DOMAIN,
        **{"authentication": "internal_hashed", "bosh": True, **main},  # type: ignore[arg-type]
    )
    guest = VirtualHost(f"guest.{DOMAIN}", "anonymous", encryption_required=False)
    settings = ProsodySettings(
        {host.name: host, guest.name: guest}, {}, bosh_secure, {f"focus.{DOMAIN}": "focus@auth.x"}
    )
    return Bosh(settings, Surroundings(folder), lambda *_: None)


class Client:
    """One BOSH client that speaks to the object itself."""

    def __init__(self, bosh: Bosh, to: str = DOMAIN, wait: int = 1) -> None:
        """``wait``: seconds that an answer may be held."""
        self._bosh = bosh
        self._wait = wait
        self._to = to
        self._rid = 7
        self._sid = ""

    async def post(self, inner: str = "", more: str = "") -> Element:
        self._rid += 1
        who = f"sid='{self._sid}'" if self._sid else f"to='{self._to}' wait='{self._wait}' hold='1'"
        body = (
            f"<body rid='{self._rid}' {who} {more} xmlns='{BODY}' xmlns:xmpp='urn:xmpp:xbosh'>"
            f"{inner}</body>"
        )
        response = await raw(self._bosh, body.encode())
        assert response.status == 200
        said = fromstring(response.body)
        self._sid = said.get("sid", self._sid)
        return said

    async def auth(self, mechanism: str, data: str = "") -> str:
        said = await self.post(f"<auth xmlns='{SASL[1:-1]}' mechanism='{mechanism}'>{data}</auth>")
        first = said[0]
        return first.tag.removeprefix(SASL) if first.tag != f"{SASL}failure" else names(first)[0]


async def raw(bosh: Bosh, body: bytes, host: str = DOMAIN, method: str = "POST") -> Response:
    return await bosh.answer(Request(method, "/http-bind?room=x", {"host": host}, body))


def names(element: Element) -> list[str]:
    return [child.tag.rpartition("}")[2] for child in element]


def mechanisms(said: Element) -> list[str]:
    return [element.text or "" for element in said.iter(f"{SASL}mechanism")]


def offered(folder: Path, **settings: object) -> list[str]:
    return mechanisms(asyncio.run(Client(server(folder, **settings)).post()))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"authentication": "jitsi-anonymous", "encryption_required": False}, ["ANONYMOUS"]),
        ({}, ["SCRAM-SHA-1", "PLAIN"]),
        ({"disabled": frozenset({"PLAIN"})}, ["SCRAM-SHA-1"]),
        ({"bosh_secure": False, "encryption_required": False}, ["SCRAM-SHA-1"]),
        ({"bosh_secure": False}, []),
        ({"authentication": "token"}, ["ANONYMOUS"]),
    ],
)
def test_the_offer_follows_the_settings(
    tmp_path: Path, settings: dict[str, object], expected: list[str]
) -> None:
    assert offered(tmp_path, **settings) == expected


def test_a_host_that_does_not_exist_is_no_address(tmp_path: Path) -> None:
    said = asyncio.run(Client(server(tmp_path), "nowhere.example.org").post())
    assert (said.get("type"), said.get("condition")) == ("terminate", "improper-addressing")


def test_only_the_main_hosts_name_leads_to_bosh(tmp_path: Path) -> None:
    bosh = server(tmp_path)
    assert asyncio.run(raw(bosh, b"", host=f"guest.{DOMAIN}")).status == 404
    assert asyncio.run(raw(bosh, b"", host="127.0.0.1")).status == 404
    assert asyncio.run(raw(bosh, b"", method="GET")).status == 200


def test_an_anonymous_login_goes_through_and_a_tokens_does_not(tmp_path: Path) -> None:
    async def story() -> None:
        guest = Client(server(tmp_path), f"guest.{DOMAIN}")
        await guest.post()
        assert await guest.auth("ANONYMOUS") == "success"
        said = await guest.post(more=f"to='guest.{DOMAIN}' xmpp:restart='true'")
        assert said[0].tag.endswith("features")
        bind = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
        said = await guest.post(f"<iq xmlns='jabber:client' type='set' id='1'>{bind}</iq>")
        assert f"@guest.{DOMAIN}/" in "".join(said.itertext())
        stranger = Client(server(tmp_path, authentication="token"))
        await stranger.post()
        assert await stranger.auth("ANONYMOUS") == "not-allowed"

    asyncio.run(story())


def test_a_password_decides(tmp_path: Path) -> None:
    Accounts(tmp_path).set("ada", DOMAIN, "right")

    async def story() -> None:
        bosh = server(tmp_path)
        for password, expected in (("right", "success"), ("wrong", "not-authorized")):
            client = Client(bosh)
            await client.post()
            word = base64.b64encode(f"\0ada\0{password}".encode()).decode()
            assert await client.auth("PLAIN", word) == expected
        client = Client(bosh)
        await client.post()
        assert await client.auth("ANONYMOUS") == "invalid-mechanism"

    asyncio.run(story())


def test_a_password_does_not_open_another_hosts_door(tmp_path: Path) -> None:
    """An account made on the wrong host is of no use."""
    Accounts(tmp_path).set("ada", f"auth.{DOMAIN}", "right")

    async def story() -> None:
        client = Client(server(tmp_path))
        await client.post()
        word = base64.b64encode(b"\0ada\0right").decode()
        assert await client.auth("PLAIN", word) == "not-authorized"

    asyncio.run(story())


def test_nobody_registers_himself(tmp_path: Path) -> None:
    async def story() -> None:
        client = Client(server(tmp_path))
        await client.post()
        query = (
            "<query xmlns='jabber:iq:register'><username>u</username><password>p</password></query>"
        )
        said = await client.post(f"<iq xmlns='jabber:client' type='set' id='1'>{query}</iq>")
        assert said[0].get("type") == "error"
        assert names(said[0][0]) == ["service-unavailable"]

    asyncio.run(story())


def test_a_request_is_held_and_the_next_one_frees_it(tmp_path: Path) -> None:
    async def story() -> None:
        client = Client(server(tmp_path), wait=60)
        await client.post()
        held = asyncio.create_task(client.post())
        await asyncio.sleep(0.05)
        assert not held.done()
        await client.post("<iq xmlns='jabber:client' type='get' id='9'><x/></iq>")
        await asyncio.wait_for(held, 30)

    asyncio.run(story())


@pytest.mark.parametrize("body", [b"", b"<", b"<body/>", b"\xff" * 10])
def test_nonsense_ends_the_session_and_nothing_else(tmp_path: Path, body: bytes) -> None:
    said = fromstring(asyncio.run(raw(server(tmp_path), body)).body)
    assert said.get("condition") == "bad-request"


def test_who_is_cut_off_hears_it(tmp_path: Path) -> None:
    async def story() -> None:
        bosh = server(tmp_path)
        client = Client(bosh, wait=60)
        await client.post()
        held = asyncio.create_task(client.post())
        await asyncio.sleep(0.05)
        bosh.stop()
        assert (await asyncio.wait_for(held, 30)).get("type") == "terminate"
        assert (await client.post()).get("condition") == "item-not-found"

    asyncio.run(story())
