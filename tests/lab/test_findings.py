"""Each finding on a real server that is broken as people break theirs, and no other beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from jitsi_tui.instance import facts
from jitsi_tui.instance.findings import findings
from jitsi_tui.instance.model import Finding
from tests.lab.admin import secured
from tests.lab.breaking import (
    ACCOUNTS,
    CONF,
    DOMAIN,
    GUEST,
    GUEST_LINES,
    LEGACY,
    MAIN,
    MEET,
    PROSODY,
    SITE,
    Edit,
    append,
    broken,
    look,
    put,
    sub,
)
from tests.lab.fixtures import HostFactory
from tests.lab.host import LabHost
from tests.lab.reach import reach

pytestmark = pytest.mark.lab


@dataclass(frozen=True)
class Case:
    """A way to break a secured server, and what must be found by its files alone."""

    path: str
    edit: Edit
    expected: frozenset[str]
    evidence: str = ""
    line: str = ""
    """What stands in the line that the evidence names; the last such line of the broken file."""


def case(path: str, edit: Edit, *expected: str, evidence: str = "", line: str = "") -> Case:
    return Case(path, edit, frozenset(expected), evidence, line)


def line_with(text: str, wanted: str) -> int:
    """The number of the last line that holds a text."""
    return max(n for n, line in enumerate(text.splitlines(), 1) if wanted in line)


BROKEN = {
    "jicofo's block is missing": case(
        CONF, sub(r"  authentication: \{.*?\}\n", ""), "jicofo-asks-nobody", evidence=CONF
    ),
    "enabled without a type": case(
        CONF, sub(r"    type: XMPP\n", ""), "jicofo-no-type", line="enabled: true"
    ),
    "xmpp in lower case": case(
        CONF,
        put("type: XMPP", "type: xmpp"),
        "jicofo-wrong-type",
        evidence=f"{CONF}:",
        line="type: xmpp",
    ),
    "no login-url": case(
        CONF, sub(r"    login-url: [^\n]*\n", ""), "jicofo-no-login-url", line="type: XMPP"
    ),
    "login-url of another domain": case(
        CONF,
        sub(r"login-url: [^\n]*\n", "login-url: talk.example.org\n"),
        "jicofo-login-url",
        evidence="talk.example.org",
        line="talk.example.org",
    ),
    "no client-proxy": case(CONF, sub(r"client-proxy[^\n]*\n", "\n"), "jicofo-client-proxy"),
    "another client-proxy": case(
        CONF,
        sub(r"client-proxy[^\n]*\n", 'client-proxy: "focus.x.org"\n'),
        "jicofo-client-proxy",
        line="focus.x.org",
    ),
    "a bracket too many in jicofo.conf": case(
        CONF, append("}\n"), "jicofo-conf-broken", evidence="line "
    ),
    "a legacy property that overrides": case(
        LEGACY,
        append(f"\norg.jitsi.jicofo.auth.URL=XMPP:{DOMAIN}\n"),
        "jicofo-legacy-property",
        evidence=LEGACY,
        line="org.jitsi.jicofo.auth.URL",
    ),
    "a legacy property of an unknown type": case(
        LEGACY,
        append("\norg.jitsi.jicofo.auth.URL=true\n"),
        "jicofo-legacy-property",
        "jicofo-asks-nobody",
        line="org.jitsi.jicofo.auth.URL",
    ),
    "the guest host is missing": case(
        PROSODY, sub(rf'VirtualHost "{GUEST}".*?false\n', ""), "guest-host-missing", evidence=MEET
    ),
    "config.js does not name the guest host": case(
        MEET, sub(r"anonymousdomain: [^\n]*\n", "\n"), "guest-host-unused"
    ),
    "config.js names another guest host": case(
        MEET,
        sub(r"anonymousdomain: '[^']*'", "anonymousdomain: 'guests.example.org'"),
        "guest-host-missing",
        evidence="guests.example.org",
        line="guests.example.org",
    ),
    "the guest host asks for accounts": case(
        PROSODY,
        sub(
            rf'(VirtualHost "{GUEST}"\n    authentication = )"[^"]+"',
            r'\1"internal_hashed"',
        ),
        "guest-host-asks",
        line="internal_hashed",
    ),
    "the guest host took the main host's options": case(
        PROSODY,
        lambda text: put(
            '    authentication = "internal_hashed"\n',
            f'    authentication = "internal_hashed"\n{GUEST_LINES}',
        )(sub(rf'VirtualHost "{GUEST}".*?false\n', "")(text)),
        "guest-host-took-options",
        line=GUEST_LINES.splitlines()[0],
    ),
    "the guest host loads the lobby": case(
        PROSODY,
        append('    modules_enabled = { "muc_lobby_rooms" }\n'),
        "guest-lobby",
        line="muc_lobby_rooms",
    ),
    "a missing comma in config.js": case(
        MEET, put(f"domain: '{DOMAIN}',", f"domain: '{DOMAIN}'"), "config-js-broken"
    ),
    "another authdomain": case(
        MEET,
        put(f"domain: '{DOMAIN}',", f"domain: '{DOMAIN}', authdomain: 'x.example.org',"),
        "authdomain-differs",
        line="x.example.org",
    ),
    "rooms are asked for over HTTP": case(
        MEET,
        append(f"\nconfig.conferenceRequestUrl = 'https://{DOMAIN}/conference-request/v1';\n"),
        "conference-request-url",
        line="config.conferenceRequestUrl",
    ),
    "no path to Jitsi's modules": case(
        PROSODY, sub(r"plugin_paths = [^\n]*\n", "\n"), "plugin-paths", evidence="plugin_paths"
    ),
    "the host of Jicofo's account is lost": case(
        PROSODY,
        lambda text: text.replace(f'VirtualHost "auth.{DOMAIN}"', f'VirtualHost "a.{DOMAIN}"'),
        "auth-host-missing",
        evidence=f"{CONF}:",
    ),
    "nginx looks for Prosody on another port": case(
        SITE,
        lambda text: re.sub(r"(127\.0\.0\.1|localhost):5280", "127.0.0.1:5290", text),
        "bosh-proxy",
        evidence="127.0.0.1:5290",
    ),
    "nginx does not hand on http-bind": case(
        SITE, lambda text: text.replace("http-bind", "http-bond"), "bosh-proxy", evidence=SITE
    ),
    "BOSH is not loaded": case(PROSODY, put('"bosh";', ""), "bosh-missing", evidence=PROSODY),
    "config.js names another domain": case(
        MEET,
        put(f"domain: '{DOMAIN}',", "domain: 'talk.example.org',"),
        "config-js-hosts",
        line="talk.example.org",
    ),
    "the rooms' component is lost": case(
        PROSODY,
        put(f'Component "conference.{DOMAIN}"', f'Component "rooms.{DOMAIN}"'),
        "config-js-hosts",
        evidence=f"{MEET}:",
    ),
    "a Prosody file that is no Lua": case(
        PROSODY, append("VirtualHost {{\n"), "prosody-files-broken", evidence="cfg.lua:"
    ),
    "the Include is lost": case(
        MAIN, sub(r'Include "conf.d/[^\n]*\n', "\n"), "main-host-missing", evidence="Include"
    ),
    "a second file for the same host": case(
        "/etc/prosody/conf.d/zz-copy.cfg.lua",
        lambda _: f'VirtualHost "{DOMAIN}"\n    authentication = "internal_hashed"\n',
        "host-twice",
        evidence="zz-copy.cfg.lua",
    ),
    "tokens and accounts": case(
        PROSODY,
        put('    authentication = "internal_hashed"\n', '    authentication = "token"\n'),
        "token-and-accounts",
        line='authentication = "token"',
    ),
    "only the main host is open": case(
        PROSODY,
        put('    authentication = "internal_hashed"\n', '    authentication = "jitsi-anonymous"\n'),
        "everyone-is-moderator",
    ),
    "everyone may register": case(
        MAIN,
        lambda text: (
            "allow_registration = true\nregistration_invite_only = false\n"
            + text.replace("allow_registration = false", "-- as it was: false")
        ),
        "open-registration",
        line="allow_registration = true",
    ),
    "everyone may register by a module": case(
        MAIN,
        lambda text: put('"register";', '"register"; "register_ibr";')(
            text.replace('"invites_register";', "")
        ),
        "open-registration",
    ),
    "files that Ansible writes": case(
        PROSODY, lambda text: "-- Ansible managed\n" + text, "managed-files"
    ),
}
LATER_AND_EARLIER = ("trixie", "bullseye")
OUR_DOUBTS = {"changed-since-start"}
"""Every edit of a test is newer than the services: true, and not what is tested."""


EVERYWHERE = {
    "bookworm": set(),
    "trixie": set(),
    "bullseye": {"prosody-port-exposed"},  # Prosody 0.11 does so by itself
}


@pytest.mark.parametrize(
    "release", ["bookworm", *(pytest.param(r, marks=pytest.mark.slow) for r in LATER_AND_EARLIER)]
)
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_secured_server_has_exactly_its_finding(
    module_lab_host: HostFactory, name: str, release: str
) -> None:
    generation = "debian-2022" if release == "bullseye" else "debian-2026"
    host = module_lab_host(release=release, generation=generation, prepare=secured(DOMAIN))
    always = OUR_DOUBTS | EVERYWHERE[release]
    wrong = BROKEN[name]
    with broken(host, wrong.path):
        there = host.files.exists(wrong.path)
        text = host.files.read(wrong.path) if there else ""
        text = wrong.edit(text)
        host.files.path(wrong.path).write_text(text, "utf-8")
        found = look(host, ask=False)
    if release == "trixie" and "guest-host-took-options" in wrong.expected:
        assert "oauthbearer" in found, "what turned it off is the guest host's now"
        always |= {"oauthbearer"}
    assert set(found) - always == wrong.expected
    for identifier in wrong.expected:
        one = found[identifier]
        assert one.evidence and one.why and one.message
    if wrong.line:
        place = f"{wrong.path}:{line_with(text, wrong.line)}"
        assert any(place in found[i].evidence for i in wrong.expected), (place, found)
    if wrong.evidence:
        assert any(wrong.evidence in found[i].evidence for i in wrong.expected), found
    assert set(look(host, ask=False)) - always == set(), "and mended it is gone"


def test_prosody_13_wants_its_own_two_settings(module_lab_host: HostFactory) -> None:
    host = module_lab_host(
        release="trixie", generation="debian-2026", prepare=secured(DOMAIN, oauthbearer_off=False)
    )
    assert set(look(host, ask=False)) == {"oauthbearer"}
    with broken(host, PROSODY):
        text = host.files.read(PROSODY)
        text = put("component_admins_as_room_owners = true", "")(text)
        host.files.path(PROSODY).write_text(text, "utf-8")
        found = look(host, ask=False)
    assert set(found) - OUR_DOUBTS == {"oauthbearer", "component-admins"}


def test_no_moderator_and_accounts_on_the_wrong_host(lab_host: HostFactory) -> None:
    host = lab_host(generation="debian-2026", prepare=secured(DOMAIN))
    host.run(f"rm {ACCOUNTS}/*")
    assert set(look(host, ask=True)) == {"no-moderator"}
    host.run(f"printf 'p\\np\\n' | prosodyctl adduser lost@auth.{DOMAIN}")
    found = look(host, ask=True)
    assert set(found) == {"no-moderator", "accounts-on-auth"}
    assert "lost" in found["accounts-on-auth"].evidence


def test_secrets_that_all_may_read(module_lab_host: HostFactory) -> None:
    host = module_lab_host(generation="debian-2026", prepare=secured(DOMAIN))
    host.run("stat -c %a /etc/jitsi/jicofo > /run/mode; chmod 755 /etc/jitsi/jicofo")
    host.run(f"chmod 644 {CONF}")
    found = look(host, ask=False)
    host.run("chmod $(cat /run/mode) /etc/jitsi/jicofo")
    assert set(found) - OUR_DOUBTS == {"readable-secrets"}
    assert f"{CONF} (0644)" in found["readable-secrets"].evidence
    assert "focus5ecret" not in repr(found)
    assert set(look(host, ask=False)) - OUR_DOUBTS == set()


def test_what_may_not_be_read_is_a_finding_and_nothing_else_is_claimed(
    module_lab_host: HostFactory,
) -> None:
    host = module_lab_host(generation="debian-2026", prepare=secured(DOMAIN))
    found = look(host, ask=True, user="mallory")
    assert set(found) == {"unreadable"}
    assert found["unreadable"].fix and "sudo" in found["unreadable"].fix


def test_ports_that_the_world_can_reach(lab_host: HostFactory) -> None:
    host = lab_host(generation="debian-2026", prepare=secured(DOMAIN))
    text = host.files.read(MAIN)
    host.files.edit(MAIN, 'http_interfaces = { "*" }\n' + text)
    host.run("systemctl restart prosody")
    host.wait_for_jitsi()
    assert set(look(host, ask=True)) == {"prosody-port-exposed"}


def test_services_that_are_down_or_will_not_come_back(lab_host: HostFactory) -> None:
    host = lab_host(generation="debian-2026", prepare=secured(DOMAIN))
    host.run("kill -9 $(cat /run/jicofo.pid); systemctl disable nginx; sleep 0.2")
    found = look(host, ask=True)
    assert set(found) == {"service-down", "service-disabled"}
    assert "claims to be active" in found["service-down"].evidence
    host.run("systemctl stop jitsi-videobridge2")
    assert "jitsi-videobridge2" in " ".join(f.message for f in _all(host))


def _all(host: LabHost) -> list[Finding]:
    with reach(host) as opened:
        return list(findings(facts.gather(opened), None))


def test_a_half_finished_change_is_told(lab_host: HostFactory) -> None:
    host = lab_host(generation="debian-2026", prepare=secured(DOMAIN))
    host.run("mkdir -p /var/backups/jitsi-tui/20261124T100000Z-1")
    host.run("touch /var/backups/jitsi-tui/20261124T100000Z-1/phase.changing")
    found = look(host, ask=False)
    assert set(found) == {"half-finished-apply"}
    assert "20261124T100000Z-1" in found["half-finished-apply"].evidence


def test_a_certificate_for_another_name_that_ends_soon(lab_host: HostFactory) -> None:
    host = lab_host(generation="debian-2026", prepare=secured(DOMAIN))
    site = host.run("grep -RhoP 'ssl_certificate \\K[^;]+' /etc/nginx/sites-enabled | head -1")
    path = site.stdout.strip()
    host.run(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3"
        f" -keyout /dev/null -out {path} -subj /CN=other.example.net"
        " -addext subjectAltName=DNS:other.example.net 2>&1"
    )
    with reach(host) as opened:
        told = [f.message for f in findings(facts.gather(opened), None) if f.id == "certificate"]
    assert len(told) == 2
    assert "in 2 days" in told[1] or "in 3 days" in told[1] or "days" in " ".join(told)
    assert any("is not for" in message for message in told)


@pytest.mark.slow
@pytest.mark.parametrize("release", ["bookworm", "trixie"])
def test_what_a_service_may_not_read_or_take_is_told_before_its_next_restart(
    lab_host: HostFactory, release: str
) -> None:
    host = lab_host(release=release, generation="debian-2026", prepare=secured(DOMAIN))
    assert set(look(host, ask=True)) == set()
    host.run(f"chown root:root {CONF} && chmod 600 {CONF} && chmod 600 {MEET}")
    host.run(f"chown -R root:root {ACCOUNTS}/..; chmod 700 {ACCOUNTS}/..")
    key = f"-algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out /etc/jitsi/meet/{DOMAIN}.key"
    host.run(f"openssl genpkey {key} 2>/dev/null")
    with reach(host) as opened:
        seen = findings(facts.gather(opened), None)
    told = {
        one.evidence.split()[0].rstrip(":"): one for one in seen if one.id == "service-may-not-read"
    }
    assert set(told) == {CONF, MEET, ACCOUNTS}
    assert "chown -R prosody" in (told[ACCOUNTS].fix or "")
    assert "chgrp jitsi" in (told[CONF].fix or "") and "root:root, 0600" in told[CONF].evidence
    [web] = [one for one in seen if one.id == "web-files-broken"]
    assert "key values mismatch" in web.evidence and "after its next restart" in web.message

    host.run(f"chown jicofo:jitsi {CONF} && chmod 640 {CONF} && chmod 644 {MEET}")
    host.run("chown -R prosody:prosody /var/lib/prosody")
    host.run(f"chown root:root {PROSODY} && chmod 600 {PROSODY}")
    host.run(
        "echo 'server { listen 81' > /etc/nginx/sites-enabled/zz; systemctl restart nginx; true"
    )
    found = look(host, ask=False)
    assert "service-may-not-read" not in found
    assert (
        f"{PROSODY.rpartition('/')[2]}: Permission denied" in found["prosody-files-broken"].evidence
    )
    assert "chgrp prosody" in (found["prosody-files-broken"].fix or "")
    assert "/etc/nginx/sites-enabled/zz:2" in found["web-files-broken"].evidence
    assert "does not start" in found["web-files-broken"].message


@pytest.mark.slow
def test_a_host_for_guests_without_its_module_and_a_config_js_that_is_gone(
    lab_host: HostFactory,
) -> None:
    host = lab_host(generation="debian-2026", prepare=secured(DOMAIN))
    host.run("rm /usr/share/jitsi-meet/prosody-plugins/mod_auth_jitsi-anonymous.lua")
    host.run("systemctl restart prosody")
    host.wait_for_jitsi()
    host.wait_for("Jicofo to be back", lambda: "jicofo-unreachable" not in look(host, ask=True))
    found = look(host, ask=True)
    assert "mod_auth_jitsi-anonymous" in (found["guest-host-no-mechanism"].fix or "")
    assert "guest-host-encryption" not in found
    host.files.path(MEET).rename(host.files.path(f"{MEET}.old"))
    assert SITE in look(host, ask=False)["config-js-missing"].evidence


def test_docker_is_told_and_nothing_else(lab_host: HostFactory) -> None:
    host = lab_host(generation="docker")
    assert set(look(host, ask=False)) == {"docker"}
