"""Web servers set up in other ways than Jitsi's packages do: what is wrong is told, and no more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from jitsi_tui.instance.findings import findings
from jitsi_tui.instance.model import Finding, Instance, Known, Service, known
from tests.unit.instance.folder_server import CONFIG_JS, DOMAIN, JICOFO_CONF, FolderServer
from tests.unit.instance.test_posture import close

SITE = "/etc/nginx/sites-enabled/meet.conf"
APACHE = "/etc/apache2/sites-enabled/meet.conf"
SOUND = (
    f"server {{ listen 443 ssl; server_name {DOMAIN}; ssi on;\n"
    f"  location = /config.js {{ alias {CONFIG_JS}; }}\n"
    "  location = /http-bind\n  { proxy_pass http://127.0.0.1:5280/http-bind; }\n}\n"
)
SOUND_APACHE = (
    f"<VirtualHost *:443>\n  ServerName {DOMAIN}\n  Alias /config.js {CONFIG_JS}\n"
    "  <Location /http-bind>\n    ProxyPass http://127.0.0.1:5280/http-bind\n  </Location>\n"
    "</VirtualHost>\n"
)
LISTENING = (("127.0.0.1", 5280), ("0.0.0.0", 443))


@pytest.fixture
def server(tmp_path: Path) -> FolderServer:
    made = FolderServer(tmp_path)
    made.write("/etc/nginx/nginx.conf", "http {}\n")
    made.write("/var/lib/prosody/meet%2eexample%2eorg/accounts/ada.dat", "return {}\n")
    close(made)
    return made


def look(server: FolderServer, web: str = "nginx") -> Instance:
    """With what Prosody's own reader would say of the hosts, and services that run."""
    seen = server.look(DOMAIN)
    hosts: dict[str, dict[str, object]] = {
        "*": {"modules_enabled": ["bosh"], "plugin_paths": "/usr/share/jitsi-meet/prosody-plugins"},
        DOMAIN: {"authentication": "internal_hashed", "modules_enabled": ["x"]},
        f"guest.{DOMAIN}": {"authentication": "anonymous", "c2s_require_encryption": False},
        f"conference.{DOMAIN}": {"component_module": "muc"},
        f"focus.{DOMAIN}": {"component_module": "client_proxy"},
    }
    services = tuple(
        Service(name, "running", 7, enabled=True)  # type: ignore[arg-type]
        for name in ("prosody", "jicofo", "jitsi-videobridge2", web)
    )
    prosody = replace(seen.prosody, effective=Known(hosts))
    return replace(seen, prosody=prosody, services=services, listeners=LISTENING)


def found(instance: Instance) -> dict[str, Finding]:
    return {one.id: one for one in findings(instance, None)}


def test_a_site_on_few_lines_is_read_like_any_other(server: FolderServer) -> None:
    server.write(SITE, SOUND)
    assert found(look(server)) == {}
    server.write(SITE, SOUND.replace("5280", "5281"))
    told = found(look(server))
    assert set(told) == {"bosh-proxy"} and "127.0.0.1:5281" in told["bosh-proxy"].evidence
    server.write(SITE, SOUND.replace(CONFIG_JS, "/srv/x-config.js"))
    assert set(found(look(server))) == {"config-js-elsewhere"}


def test_apache_is_read_as_nginx_is(server: FolderServer) -> None:
    server.write(APACHE, SOUND_APACHE)
    assert found(look(server, "apache2")) == {}
    server.write(APACHE, SOUND_APACHE.replace("ProxyPass", "# ProxyPass"))
    told = found(look(server, "apache2"))
    assert set(told) == {"bosh-proxy"} and APACHE in told["bosh-proxy"].evidence
    server.write(APACHE, SOUND_APACHE.replace(CONFIG_JS, "/srv/x-config.js"))
    told = found(look(server, "apache2"))
    assert set(told) == {"config-js-elsewhere"}
    assert "nginx" not in repr(told)


def test_sites_of_other_domains_say_nothing_of_this_one(server: FolderServer) -> None:
    """Its name may be a part of theirs, and stand in their headers."""
    server.write(SITE, SOUND)
    other = SOUND.replace(DOMAIN, f"a.{DOMAIN}").replace("5280", "9")
    server.write("/etc/nginx/sites-enabled/other.conf", other)
    assert found(look(server)) == {}


def test_a_config_js_that_lies_elsewhere_is_not_told_as_missing(server: FolderServer) -> None:
    server.path(CONFIG_JS).rename(server.path("/etc/jitsi/meet/mine.js"))
    server.write(SITE, SOUND.replace(CONFIG_JS, "/srv/config.js"))
    one = found(look(server))["config-js-missing"]
    assert one.severity == "warning" and "/srv/config.js" in one.evidence
    server.write(SITE, SOUND)
    one = found(look(server))["config-js-missing"]
    assert one.severity == "error" and SITE in one.evidence


@pytest.mark.parametrize("script", ["/srv/jitsi/config.js", "/etc/jitsi/meet/config.js"])
@pytest.mark.parametrize("left", [True, False], ids=["an old one is left", "alone"])
def test_the_config_js_that_is_served_is_the_one_that_counts(
    server: FolderServer, script: str, left: bool
) -> None:
    server.write(script, server.path(CONFIG_JS).read_bytes())
    server.write(SITE, SOUND.replace(CONFIG_JS, script))
    if left:
        server.replace(CONFIG_JS, "anonymousdomain", "old")
    else:
        server.path(CONFIG_JS).unlink()
    seen = look(server)
    meet = known(seen.meet)
    assert meet is not None and meet.real == script and seen.domains == (DOMAIN,)
    assert found(seen) == {}
    server.write(SITE, SOUND)
    assert set(found(look(server))) == ({"guest-host-unused"} if left else {"config-js-missing"})


def test_a_certificate_that_is_gone_is_told_before_the_next_restart(server: FolderServer) -> None:
    path = "/etc/letsencrypt/live/x/fullchain.pem"
    server.write(SITE, SOUND.replace("ssi on;", f"ssi on; ssl_certificate {path};"))
    server.link(path, "../../archive/x/fullchain3.pem")
    one = found(look(server))["certificate"]
    assert one.severity == "error" and f"{SITE} names {path}" in one.evidence
    for unknown in ("/etc/ssl/$ssl_server_name.pem", "certs/x.pem"):
        server.write(SITE, SOUND.replace("ssi on;", f"ssi on; ssl_certificate {unknown};"))
        assert found(look(server)) == {}, unknown


def test_ssi_that_is_off_matters_where_the_script_does_not_bear_it(server: FolderServer) -> None:
    script = server.path(CONFIG_JS).read_text()
    held = 'var subdomain = \'<!--# echo var="subdomain" default="" -->\';\n'
    caught = "if (subdomain.startsWith('<!--')) {\n    subdomain = '';\n}\n"
    server.write(SITE, SOUND.replace("ssi on;", ""))
    server.write(CONFIG_JS, held + caught + script)
    assert found(look(server)) == {}
    server.write(CONFIG_JS, held + script)
    one = found(look(server))["ssi-off"]
    assert f"{CONFIG_JS}:1" in one.evidence
    server.write(SITE, SOUND)
    assert found(look(server)) == {}


def test_domains_are_compared_as_xmpp_compares_them(server: FolderServer) -> None:
    """Browsers and Jicofo take them in any case."""
    server.write(SITE, SOUND)
    server.replace(CONFIG_JS, f"'guest.{DOMAIN}'", f"'Guest.{DOMAIN.title()}'")
    server.replace(JICOFO_CONF, f"login-url: {DOMAIN}", f"login-url: {DOMAIN.upper()}")
    server.replace(JICOFO_CONF, f'"focus.{DOMAIN}"', f'"Focus.{DOMAIN}"')
    assert found(look(server)) == {}


def test_an_empty_domain_of_guests_is_none(server: FolderServer) -> None:
    server.write(SITE, SOUND)
    server.replace(CONFIG_JS, f"'guest.{DOMAIN}'", "''")
    assert set(found(look(server))) == {"guest-host-unused"}


@pytest.mark.parametrize(
    "rooms",
    ["'conference.' + location.hostname", "`conference.${location.hostname}`", "window.rooms"],
)
def test_rooms_that_only_the_browser_can_name_are_no_fault(
    server: FolderServer, rooms: str
) -> None:
    server.write(SITE, SOUND)
    server.replace(CONFIG_JS, f"'conference.{DOMAIN}'", rooms)
    assert found(look(server)) == {}


def test_rooms_of_another_server_are_found_behind_the_tenants_part(server: FolderServer) -> None:
    server.write(SITE, SOUND)
    server.replace(
        CONFIG_JS, f"'conference.{DOMAIN}'", "'conference.' + subdomain + 'talk.example.org'"
    )
    assert "conference.talk.example.org" in found(look(server))["config-js-hosts"].message


def test_who_hands_on_websockets_alone_is_warned(server: FolderServer) -> None:
    server.write(SITE, SOUND.replace("http-bind", "xmpp-websocket"))
    assert found(look(server))["bosh-proxy"].severity == "error"
    text = server.path(CONFIG_JS).read_text()
    server.write(CONFIG_JS, f"{text}config.websocket = 'wss://{DOMAIN}/xmpp-websocket';\n")
    assert found(look(server))["bosh-proxy"].severity == "warning"
