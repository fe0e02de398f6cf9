"""How a server stands: by its files alone, and by its answers, which count more."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jitsi_tui.instance.model import Absent, Instance, Known, Verdict
from jitsi_tui.instance.posture import posture, settings
from tests.unit.instance.folder_server import (
    CONFIG_JS,
    DOMAIN,
    JICOFO_CONF,
    MAIN_FILE,
    PROPERTIES,
    FolderServer,
)

GUEST = f"guest.{DOMAIN}"
GUEST_HOST = f"""
VirtualHost "{GUEST}"
    authentication = "jitsi-anonymous"
    c2s_require_encryption = false
"""
ASKS = f"jicofo {{\n  authentication {{ enabled: true, type: XMPP, login-url: {DOMAIN} }}\n"


@pytest.fixture
def server(tmp_path: Path) -> FolderServer:
    return FolderServer(tmp_path)


def close_prosody(server: FolderServer, *, guests: bool = True) -> None:
    server.replace(
        MAIN_FILE, 'authentication = "jitsi-anonymous"', 'authentication = "internal_hashed"'
    )
    if guests:
        text = server.path(MAIN_FILE).read_text()
        server.write(MAIN_FILE, text + GUEST_HOST)


def name_guests(server: FolderServer, domain: str = GUEST) -> None:
    line = f"domain: '{DOMAIN}',"
    server.replace(CONFIG_JS, line, f"{line}\n        anonymousdomain: '{domain}',")


def close_jicofo(server: FolderServer) -> None:
    server.replace(JICOFO_CONF, "jicofo {\n", ASKS)


def close(server: FolderServer, *, guests: bool = True) -> None:
    close_prosody(server, guests=guests)
    if guests:
        name_guests(server)
    close_jicofo(server)


def test_a_fresh_server_is_open(server: FolderServer) -> None:
    seen = server.look()
    now = settings(seen)
    assert (now.main_authentication, now.main_file) == ("jitsi-anonymous", MAIN_FILE)
    assert (now.jicofo_dialect, now.jicofo_enabled, now.authority) == ("hocon", False, "off")
    assert now.open and not now.guests and not now.secured
    assert (now.focus, now.muc) == (f"focus.{DOMAIN}", f"conference.{DOMAIN}")
    assert posture(seen, None) == "open"


def test_a_closed_server_is_secure_and_lets_guests_in(server: FolderServer) -> None:
    close(server)
    seen = server.look()
    now = settings(seen)
    assert now.secured and now.guests
    assert (now.guest_domain, now.guest_authentication) == (GUEST, "jitsi-anonymous")
    assert now.anonymousdomain == GUEST and now.problems == {}
    assert (now.jicofo_type, now.jicofo_login_url) == ("XMPP", DOMAIN)
    assert posture(seen, None) == "secure"


def test_a_closed_server_without_guests_is_secure(server: FolderServer) -> None:
    close(server, guests=False)
    seen = server.look()
    assert posture(seen, None) == "secure" and not settings(seen).guests


def test_every_half_is_inconsistent(server: FolderServer) -> None:
    close_jicofo(server)
    assert posture(server.look(), None) == "inconsistent"
    close_prosody(server)
    assert posture(server.look(), None) == "secure", "a guest host that no one uses"
    name_guests(server, "other.example.org")
    assert posture(server.look(), None) == "inconsistent"


def test_a_guest_host_with_a_jicofo_that_asks_nobody_is_inconsistent(server: FolderServer) -> None:
    close_prosody(server)
    name_guests(server)
    assert posture(server.look(), None) == "inconsistent"


def test_tokens_are_a_posture_of_their_own(server: FolderServer) -> None:
    server.replace(MAIN_FILE, '"jitsi-anonymous"', '"token"')
    assert posture(server.look(), None) == "token"
    close_jicofo(server)
    assert posture(server.look(), None) == "inconsistent"


@pytest.mark.parametrize(
    ("url", "kind", "login_url", "authority"),
    [
        (f"XMPP:{DOMAIN}", "XMPP", DOMAIN, "xmpp"),
        (f"EXT_JWT:{DOMAIN}", "JWT", DOMAIN, "jwt"),
        ("true", "NONE", "true", "off"),
        (DOMAIN, "NONE", DOMAIN, "off"),
        ("", "NONE", "", "off"),
        (f"xmpp:{DOMAIN}", "NONE", f"xmpp:{DOMAIN}", "off"),
    ],
)
def test_the_legacy_property_wins_whatever_its_value(
    server: FolderServer, url: str, kind: str, login_url: str, authority: str
) -> None:
    close_jicofo(server)
    server.write(PROPERTIES, f"org.jitsi.jicofo.auth.URL={url}\n")
    now = settings(server.look())
    assert (now.jicofo_dialect, now.legacy_url) == ("properties", url)
    assert (now.jicofo_enabled, now.jicofo_type, now.jicofo_login_url) == (True, kind, login_url)
    assert now.authority == authority


@pytest.mark.parametrize(
    ("block", "authority"),
    [
        ("enabled: true, type: XMPP, login-url: x.org", "xmpp"),
        ('enabled: "true", type: "XMPP", login-url: "x.org"', "xmpp"),
        ("enabled: yes, type: XMPP, login-url: x.org", "xmpp"),
        ("enabled: true, login-url: x.org", "off"),
        ("enabled: false, type: XMPP, login-url: x.org", "off"),
        ("type: XMPP, login-url: x.org", "off"),
        ("enabled: true, type: NONE", "off"),
        ("enabled: true, type: JWT, login-url: x.org", "jwt"),
        ("enabled: true, type: xmpp, login-url: x.org", "unknown"),
        ("enabled: true, type: XMPP", "unknown"),
    ],
)
def test_jicofo_is_read_as_it_reads_itself(
    server: FolderServer, block: str, authority: str
) -> None:
    server.replace(JICOFO_CONF, "jicofo {\n", f"jicofo {{\n  authentication {{ {block} }}\n")
    assert settings(server.look()).authority == authority


def test_of_two_spellings_the_last_one_counts(server: FolderServer) -> None:
    close_jicofo(server)
    text = server.path(JICOFO_CONF).read_text()
    server.write(JICOFO_CONF, text + "jicofo.authentication.enabled = false\n")
    assert settings(server.look()).authority == "off"


def test_a_broken_file_is_a_problem_and_its_posture_unknown(server: FolderServer) -> None:
    text = server.path(JICOFO_CONF).read_text()
    server.write(JICOFO_CONF, text + "}\n")
    seen = server.look()
    now = settings(seen)
    assert JICOFO_CONF in now.problems and now.authority == "unknown"
    assert posture(seen, None) == "unknown"


def test_a_prosody_file_that_is_no_lua_hides_no_other(server: FolderServer) -> None:
    server.write("/etc/prosody/conf.d/broken.cfg.lua", "VirtualHost {{{\n")
    now = settings(server.look())
    assert now.main_authentication == "jitsi-anonymous"
    assert "/etc/prosody/conf.d/broken.cfg.lua" in now.problems


def test_another_domains_guests_are_not_ours(server: FolderServer) -> None:
    server.write(
        "/etc/prosody/conf.d/other.cfg.lua",
        'VirtualHost "talk.example.net"\n    authentication = "anonymous"\n',
    )
    assert settings(server.look()).guest_domain is None


def verdict(**changes: object) -> Verdict:
    """A secured server's answers, with changes."""
    base = Verdict(
        domain=DOMAIN,
        guest_domain=GUEST,
        taken=datetime.now(UTC),
        main=Known(("PLAIN", "SCRAM-SHA-1")),
        guest=Known(("ANONYMOUS",)),
        strangers_log_in=False,
        strangers_open_rooms=False,
        guests_log_in=True,
        authority="xmpp",
    )
    return replace(base, **changes)  # type: ignore[arg-type]


OPEN_DOOR = {"main": Known(("ANONYMOUS",)), "strangers_log_in": True, "guests_log_in": False}
NO_GUESTS = {"guest": Absent(), "guest_domain": None, "guests_log_in": False}


@pytest.mark.parametrize(
    ("changes", "stance"),
    [
        ({}, "secure"),
        ({"strangers_log_in": None}, "unknown"),
        ({"strangers_open_rooms": None}, "unknown"),
        ({"guests_log_in": None}, "unknown"),
        ({"strangers_open_rooms": True, "authority": "off"}, "inconsistent"),
        ({"authority": "jwt"}, "inconsistent"),
        ({"main": Absent()}, "inconsistent"),
        ({"main": Known(())}, "inconsistent"),
        (NO_GUESTS, "inconsistent"),
        ({"guest_domain": "other.example.org"}, "inconsistent"),
        ({**OPEN_DOOR, "authority": "off", "strangers_open_rooms": True}, "open"),
        ({**OPEN_DOOR, "authority": "xmpp", "strangers_open_rooms": True}, "inconsistent"),
        ({"main": Known(("ANONYMOUS",)), "authority": "off"}, "token"),
        ({"main": Known(("ANONYMOUS",)), "authority": "jwt"}, "token"),
        ({"main": Known(("ANONYMOUS",)), "authority": "xmpp"}, "inconsistent"),
    ],
)
def test_the_servers_answers_count_more_than_its_files(
    closed: Instance, changes: dict[str, object], stance: str
) -> None:
    assert posture(closed, verdict(**changes)) == stance


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Instance:
    server = FolderServer(tmp_path_factory.mktemp("server"))
    close(server)
    return server.look()


def test_an_open_door_and_a_silent_jicofo_are_judged_by_its_files(server: FolderServer) -> None:
    asked = verdict(**OPEN_DOOR, authority="unknown", strangers_open_rooms=None)
    assert posture(server.look(), asked) == "open"
    close_jicofo(server)
    assert posture(server.look(), asked) == "inconsistent"


def test_guests_off_and_proved_is_secure(server: FolderServer) -> None:
    close(server, guests=False)
    assert posture(server.look(), verdict(**NO_GUESTS)) == "secure"
