"""Who may open a room, by Jicofo's rules."""

from __future__ import annotations

import asyncio
import json
from xml.etree.ElementTree import Element

import pytest

from jitsi_tui.demo.focus import FOCUS, Focus, Refused
from jitsi_tui.demo.rooms import Meetings
from jitsi_tui.demo.settings import Authority, JicofoSettings
from jitsi_tui.demo.web import Request

ROOM = "daily@conference.meet.example.org"
MODERATOR = "ada@meet.example.org/browser"
GUEST = "0123@guest.meet.example.org/browser"


def focus_with(authority: Authority, login_url: str = "meet.example.org") -> tuple[Focus, Meetings]:
    meetings = Meetings()
    settings = JicofoSettings(
        authority, login_url, "focus.meet.example.org", "auth.meet.example.org"
    )
    return Focus(settings, meetings, lambda *_: None), meetings


def ask(focus: Focus, jid: str, **more: str) -> str | Refused:
    words = {"room": ROOM, "machine-uid": "m1", **{k.replace("_", "-"): v for k, v in more.items()}}
    return focus.request(jid, Element(f"{{{FOCUS}}}conference", words))


def test_without_authentication_everyone_opens_rooms() -> None:
    focus, meetings = focus_with("off")
    assert "ready='true'" in str(ask(focus, GUEST))
    assert meetings.exists(ROOM)


def test_a_guest_opens_no_room_and_a_moderator_does() -> None:
    focus, meetings = focus_with("xmpp")
    assert ask(focus, GUEST) == Refused("auth", "not-authorized", "not authorized user domain")
    assert not meetings.exists(ROOM)
    assert "session-id=" in str(ask(focus, MODERATOR))
    assert meetings.exists(ROOM)
    assert "ready='true'" in str(ask(focus, GUEST))


def test_only_the_domain_counts() -> None:
    """Its authentication on while the main host is anonymous makes everyone an owner."""
    focus, _ = focus_with("xmpp")
    assert "session-id=" in str(ask(focus, "9f8e@meet.example.org/x"))


def test_a_session_outlives_the_login_and_is_bound_to_its_machine() -> None:
    focus, meetings = focus_with("xmpp")
    said = str(ask(focus, MODERATOR))
    session = said.partition("session-id='")[2].partition("'")[0]
    meetings.clear()
    assert "ready='true'" in str(ask(focus, GUEST, session_id=session))
    meetings.clear()
    other = ask(focus, GUEST, session_id=session, machine_uid="m2")
    assert isinstance(other, Refused) and other.condition == "not-acceptable"
    gone = ask(focus, GUEST, session_id="nonsense")
    assert isinstance(gone, Refused) and gone.condition == "session-invalid"


def test_an_account_needs_a_machine() -> None:
    focus, _ = focus_with("xmpp")
    said = ask(focus, MODERATOR, machine_uid="")
    assert isinstance(said, Refused) and said.condition == "not-acceptable"


@pytest.mark.parametrize(
    ("authority", "name"),
    [("xmpp", "XMPPDomainAuthAuthority"), ("jwt", "ExternalJWTAuthority"), ("off", "null")],
)
def test_debug_says_who_is_asked(authority: Authority, name: str) -> None:
    focus, _ = focus_with(authority)
    said = asyncio.run(focus.answer(Request("GET", "/debug", {})))
    assert json.loads(said.body)["conference_iq_handler"]["auth_authority"] == name


def test_health_is_off_by_default_and_version_is_on() -> None:
    focus, _ = focus_with("off")
    assert asyncio.run(focus.answer(Request("GET", "/about/health", {}))).status == 404
    assert asyncio.run(focus.answer(Request("GET", "/about/version", {}))).status == 200
