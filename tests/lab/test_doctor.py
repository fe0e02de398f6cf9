"""Findings that only a running server shows, each broken as people do, found, and put right."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import SimpleNamespace

import pytest

from jitsi_tui.instance import asking
from jitsi_tui.instance.layout import Layout
from jitsi_tui.instance.model import Access, Finding, Policy
from jitsi_tui.session import engine
from jitsi_tui.session.look import look as look_at
from tests.lab.admin import restart, secure_files, secured
from tests.lab.breaking import (
    CONF,
    DOMAIN,
    MAIN,
    MEET,
    PROSODY,
    Edit,
    broken,
    look,
    put,
    sub,
)
from tests.lab.fixtures import HostFactory
from tests.lab.host import LabHost
from tests.lab.reach import reach
from tests.lab.xmpp import BoshError, Browser, LoginError

pytestmark = pytest.mark.lab

SITE = f"/etc/nginx/sites-available/{DOMAIN}.conf"
SERVICE_OF = {PROSODY: "prosody", MAIN: "prosody", CONF: "jicofo"}


@pytest.fixture
def host(module_lab_host: HostFactory) -> LabHost:
    """A secured server with a moderator, as it should be."""
    return module_lab_host(release="bookworm", generation="debian-2026", prepare=secured(DOMAIN))


@contextmanager
def broken_and_running(host: LabHost, edits: dict[str, Edit]) -> Iterator[None]:
    """A server that runs with its broken files; put right and restarted afterwards."""
    services = sorted({SERVICE_OF[path] for path in edits if path in SERVICE_OF}, reverse=True)
    try:
        with broken(host, *edits):
            for path, edit in edits.items():
                host.files.path(path).write_text(edit(host.files.read(path)), "utf-8")
            restart(host, *services)
            yield
    finally:
        restart(host, *services)


def insecure(text: str) -> str:
    return put("consider_bosh_secure = true", "consider_bosh_secure = false")(text)


def main_host(new: str) -> Edit:
    """A further option of the main host."""
    line = '    authentication = "internal_hashed"\n'
    return put(line, f"{line}    {new}\n")


RELEASES = [
    ("bookworm", "debian-2026"),
    pytest.param(("trixie", "debian-2026"), marks=pytest.mark.slow),
]

RUNNING: dict[str, tuple[dict[str, Edit], set[str], str]] = {
    "a guest host that wants encryption": (
        {
            PROSODY: lambda text: insecure(
                sub(r'(VirtualHost "guest\..*?)    c2s_require_encryption = false\n', r"\1")(text)
            )
        },
        {"guest-host-encryption"},
        f"{PROSODY}:",
    ),
    "a main host that offers nothing": (
        {PROSODY: lambda text: insecure(sub("    c2s_require_encryption = false\n", "")(text))},
        {"main-host-no-mechanism"},
        "no SASL mechanism",
    ),
    "a main host that is turned off": (
        {
            PROSODY: main_host("enabled = false"),
            MAIN: lambda text: (
                'http_default_host = "localhost"\n'
                + put("modules_enabled = {", 'modules_enabled = {\n"bosh";')(text)
            ),
        },
        {"main-host-not-served"},
        "enabled = false",
    ),
    "Jicofo asks nobody": (
        {CONF: sub(r"  authentication: \{.*?\}\n", "")},
        {"jicofo-asks-nobody"},
        f"{CONF} turns no authentication on",
    ),
    "a main host that lets everyone in": (
        {
            PROSODY: put(
                '    authentication = "internal_hashed"\n',
                '    authentication = "jitsi-anonymous"\n',
            )
        },
        {"everyone-is-moderator"},
        f"{PROSODY}:",
    ),
    "Jicofo wants tokens": (
        {CONF: put("type: XMPP", "type: JWT")},
        {"jicofo-wants-tokens"},
        f"{CONF}:",
    ),
    "tokens, and people without one": (
        {
            PROSODY: put(
                '    authentication = "internal_hashed"\n',
                '    authentication = "token"\n    allow_empty_token = true\n',
            ),
            CONF: sub(r"  authentication: \{.*?\}\n", ""),
        },
        {"token-empty", "open-server"},
        f"{PROSODY}:",
    ),
    "Jicofo's port on all addresses": (
        {CONF: put("jicofo {\n", 'jicofo {\n  rest { host: "0.0.0.0" }\n')},
        {"jicofo-port-exposed"},
        "0.0.0.0",
    ),
    "no way to Jicofo": (
        {PROSODY: sub(r'Component "focus\.[^\n]*\n[^\n]*\n', "")},
        {"focus-missing"},
        f"focus.{DOMAIN}",
    ),
    "an option twice": (
        {PROSODY: main_host('authentication = "internal_hashed"')},
        {"options-twice"},
        f"{DOMAIN}.cfg.lua:",
    ),
}


@pytest.mark.parametrize("server", RELEASES, ids=lambda server: server[0])
@pytest.mark.parametrize("name", RUNNING)
def test_a_server_that_runs_with_it_has_exactly_its_findings(
    module_lab_host: HostFactory, name: str, server: tuple[str, str]
) -> None:
    release, generation = server
    host = module_lab_host(release=release, generation=generation, prepare=secured(DOMAIN))
    edits, expected, evidence = RUNNING[name]
    with broken_and_running(host, edits):
        found = look(host, ask=True)
    assert set(found) == expected
    assert any(evidence in found[one].evidence for one in expected), found
    assert all(found[one].why and found[one].message for one in expected)
    assert set(look(host, ask=True)) == set(), "and put right it is gone"


def test_a_jicofo_that_prosody_does_not_know(host: LabHost) -> None:
    account = f"/var/lib/prosody/auth%2e{DOMAIN.replace('.', '%2e')}/accounts/focus.dat"
    with broken(host, account):
        host.files.path(account).unlink()
        host.run(["systemctl", "restart", "jicofo"])
        host.wait_for("new jicofo", lambda: len(host.jicofos()) == 1 and 8888 in host.listening())
        found: dict[str, Finding] = {}

        def is_told() -> bool:
            found.clear()
            found.update(look(host, ask=True))
            return "jicofo-unreachable" in found and "unproved" not in found

        host.wait_for("what jicofo can't do", is_told)
    host.run(f"chown prosody: {account}")
    restart(host, "prosody", "jicofo")
    assert f"focus.{DOMAIN}" in found["jicofo-unreachable"].evidence
    assert set(found) <= {"jicofo-unreachable", "log-service-login", "log-service-password"}
    assert set(look(host, ask=True)) == set()


def test_a_jigasi_without_an_account(host: LabHost) -> None:
    path = "/etc/jitsi/jigasi/sip-communicator.properties"
    host.run("mkdir -p /etc/jitsi/jigasi /usr/share/jigasi")
    prefix = "org.jitsi.jigasi.xmpp.acc."
    host.files.write(path, f"{prefix}ANONYMOUS_AUTH=true\n")
    found = look(host, ask=False)
    host.files.write(path, f"{prefix}USER_ID=jigasi\n{prefix}ANONYMOUS_AUTH=false\n")
    mended = look(host, ask=False)
    host.run("rm -r /etc/jitsi/jigasi /usr/share/jigasi")
    assert set(found) == {"jigasi-no-account"} and path in found["jigasi-no-account"].evidence
    assert set(mended) == set()


def test_keys_and_passwords_that_all_may_read(host: LabHost) -> None:
    key, bridge = f"/etc/jitsi/meet/{DOMAIN}.key", "/etc/jitsi/videobridge"
    with broken(host, key, f"{bridge}/sip-communicator.properties"):
        host.run(f"chmod 644 {key}; chmod 755 {bridge}")
        host.run(f"chmod 644 {bridge}/sip-communicator.properties")
        found = look(host, ask=False)
    host.run(f"chmod 750 {bridge}")
    assert set(found) == {"readable-keys"}
    evidence = found["readable-keys"].evidence
    assert f"{key} (0644)" in evidence and f"{bridge}/sip-communicator.properties" in evidence
    assert "jvb5ecret" not in repr(found), "it names files, and shows nothing of them"
    assert set(look(host, ask=False)) == set()


def test_config_js_as_nginx_serves_it(host: LabHost) -> None:
    with broken(host, SITE, MEET):
        site = host.files.read(SITE)
        script = host.files.read(MEET)
        host.files.path(SITE).write_text(put("ssi on;", "# ssi on;")(site), "utf-8")
        assert set(look(host, ask=False)) == set(), "since 2022 config.js bears it"
        caught = r"if \(subdir\.startsWith.*?\n\}\nif \(subdomain\.startsWith.*?\n\}\n"
        host.files.path(MEET).write_text(sub(caught, "")(script), "utf-8")
        off = look(host, ask=False)
        host.files.path(MEET).write_text(script, "utf-8")
        host.files.path(SITE).write_text(site.replace(MEET, "/srv/other-config.js"), "utf-8")
        elsewhere = look(host, ask=False)
        host.files.path(SITE).write_text(site, "utf-8")
        text = host.files.read(MEET)
        quoted = put('var="subdir" default=""', 'var="subdir" default="it\'s"')(text)
        host.files.path(MEET).write_text(quoted, "utf-8")
        served = look(host, ask=False)
    assert set(off) == {"ssi-off"} and f"{MEET}:8" in off["ssi-off"].evidence
    assert set(elsewhere) == {"config-js-elsewhere"}
    assert "/srv/other-config.js" in elsewhere["config-js-elsewhere"].evidence
    assert set(served) == {"config-js-broken"}
    assert f"{MEET}, line 8" in served["config-js-broken"].evidence
    assert set(look(host, ask=False)) == set()


@pytest.mark.parametrize("name", ["prosody", "nginx", "jitsi-videobridge2"])
def test_a_service_that_was_stopped_is_told_once(host: LabHost, name: str) -> None:
    host.run(["systemctl", "stop", name])
    found = look(host, ask=True)
    restart(host, name)
    assert set(found) == {"service-down"} and name in found["service-down"].message
    assert set(look(host, ask=True)) == set()


def test_files_that_were_changed_and_no_restart(lab_host: HostFactory) -> None:
    host = lab_host(generation="debian-2026")
    secure_files(host.files, DOMAIN, oauthbearer_off=True)
    found = every(host, ask=True)
    told = [one for one in found if one.id == "not-restarted"]
    errors = {one.id for one in found if one.severity == "error"}
    assert errors == {"not-restarted", "open-server"}
    assert len(told) == 2
    for one, path, name in ((told[0], PROSODY, "prosody"), (told[1], CONF, "jicofo")):
        assert f"{path} was changed" in one.evidence and f"{name} runs since" in one.evidence
        assert one.fix == f"jitsi-tui services DEST restart {name}"
    restart(host, "prosody", "jicofo")
    assert set(look(host, ask=True)) == {"no-moderator"}


def every(host: LabHost, *, ask: bool = False) -> list[Finding]:
    with reach(host) as opened:
        seen = look_at(opened, Layout(), ask_server=ask)
    return list(seen.findings)


def test_a_certificate_whose_chain_is_incomplete(host: LabHost) -> None:
    certificate, key = (
        host.run(f"grep -RhoP '{name} \\K[^;]+' /etc/nginx/sites-enabled | head -1").stdout.strip()
        for name in ("ssl_certificate", "ssl_certificate_key")
    )
    with broken(host, certificate):
        host.run(
            "cd /tmp; set -e; curve='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes';"
            " openssl req -x509 $curve -keyout ca.key -out ca.crt -subj '/CN=A CA' -days 90;"
            f" openssl req -new -key {key} -out leaf.csr -subj /CN={DOMAIN};"
            f" echo subjectAltName=DNS:{DOMAIN} > san;"
            " openssl x509 -req -in leaf.csr -CA ca.crt -CAkey ca.key -CAcreateserial"
            f" -extfile san -days 60 -out {certificate} 2>&1"
        )
        found = look(host, ask=False)
        host.run(f"cat /tmp/ca.crt >> {certificate}")
        whole = look(host, ask=False)
    assert set(found) == {"certificate"} and "chain" in found["certificate"].message
    assert certificate in found["certificate"].evidence
    assert set(whole) == set()


def test_a_disk_that_fills_up(lab_host: HostFactory) -> None:
    host = lab_host(
        generation="debian-2026",
        prepare=secured(DOMAIN),
        free_kilobytes={"/var/backups": 4096},
    )
    assert set(look(host, ask=False)) == set()
    host.run("head -c 3900K /dev/zero > /var/backups/large")
    found = look(host, ask=False)
    assert set(found) == {"disk-full"} and "/var/backups" in found["disk-full"].message
    host.run("rm /var/backups/large")
    assert set(look(host, ask=False)) == set()


@pytest.mark.parametrize("ours", [400.0, -400.0])
def test_a_clock_that_is_off(host: LabHost, monkeypatch: pytest.MonkeyPatch, ours: float) -> None:
    """Hosts of the lab share this machine's clock: ours is told to be another."""
    real = time.time
    monkeypatch.setattr(asking, "time", SimpleNamespace(time=lambda: real() + ours))
    found = look(host, ask=False)
    assert set(found) == {"clock-off"}
    assert ("behind" if ours > 0 else "ahead") in found["clock-off"].message
    assert "UTC" in found["clock-off"].evidence


def test_parts_on_other_machines_are_not_down(lab_host: HostFactory) -> None:
    host = lab_host(generation="debian-2026", prepare=secured(DOMAIN))
    host.run(
        "systemctl stop jitsi-videobridge2;"
        " rm -r /usr/share/jitsi-videobridge /etc/jitsi/videobridge"
        " /lib/systemd/system/jitsi-videobridge2.service"
        " /etc/systemd/system/multi-user.target.wants/jitsi-videobridge2.service;"
        " systemctl daemon-reload"
    )
    found = look(host, ask=True)
    assert set(found) == {"parts-elsewhere"}
    assert found["parts-elsewhere"].severity == "info"
    assert "jitsi-videobridge2" in found["parts-elsewhere"].message


def test_who_may_not_read_is_told_how_he_could(host: LabHost) -> None:
    found = look(host, ask=True, user="mallory")
    assert set(found) == {"unreadable"}
    one = found["unreadable"]
    assert "mallory ALL = (root) /usr/bin/sh, /bin/sh" in (one.fix or "")
    assert "usermod -aG" in (one.fix or "") and "prosody" in (one.fix or "")
    assert "/etc/prosody/prosody.cfg.lua: may be read by root and group prosody" in one.evidence
    groups = (one.fix or "").partition("usermod -aG ")[2].partition(" ")[0]
    host.run(f"usermod -aG {groups} mallory")
    assert set(look(host, ask=True, user="mallory")) == set(), "in those groups he may"
    host.run("usermod -G '' mallory")


def test_what_an_upgrade_of_packages_edited(lab_host: HostFactory) -> None:
    host = lab_host(generation="debian-2026")
    with reach(host) as opened:
        seen = look_at(opened, Layout())
        plan = engine.plan_policy(opened, seen, Policy(Access.ACCOUNTS))
        done = engine.run_plan(opened, seen, plan, engine.ApplyOptions("ada"))
    assert done.backup is not None
    assert set(look(host, ask=True)) == {"no-moderator"}
    host.files.edit(MEET, f"{host.files.read(MEET)}\n// by hand\n")
    found = look(host, ask=False)
    assert set(found) == {"no-moderator", "edited-since"} and MEET in found["edited-since"].evidence
    host.files.edit(
        "/var/lib/dpkg/status",
        host.files.read("/var/lib/dpkg/status")
        + "\nPackage: jitsi-meet-prosody\nStatus: install ok installed\nVersion: 1.0.8-1\n\n",
    )
    host.files.write("/var/lib/dpkg/info/jitsi-meet-prosody.list", "/.\n")
    host.run(f"touch -d '1 hour ago' {MEET}")
    host.files.edit(PROSODY, "muc_mapper_domain_base_v2 = true\n" + host.files.read(PROSODY))
    found = look(host, ask=False)
    touched = found["packages-touched"]
    assert PROSODY in touched.evidence and "jitsi-meet-prosody 1.0.8-1" in touched.evidence
    assert MEET in found["edited-since"].evidence


def test_a_real_login_loop_is_counted_in_the_log(lab_host: HostFactory) -> None:
    host = lab_host(release="trixie", prepare=secured(DOMAIN, oauthbearer_off=False))
    token = base64.b64encode(b"n,,\1auth=Bearer null\1\1").decode()
    for _ in range(3):
        with Browser(host) as browser:
            for _ in range(2):
                with suppress(LoginError):
                    browser._authenticate("OAUTHBEARER", token)
    found = look(host, ask=True)
    assert set(found) == {"oauthbearer", "log-token-loop"}
    assert "6 times" in found["log-token-loop"].message
    assert "prosody.log: " in found["log-token-loop"].evidence
    assert "Failed to verify access token" in found["log-token-loop"].evidence
    time.sleep(2)
    restart(host, "prosody")
    assert set(look(host, ask=True)) == {"oauthbearer"}, "lines of an earlier life do not count"


def test_a_web_server_that_does_not_reach_prosody_says_so(host: LabHost) -> None:
    with broken(host, SITE):
        site = host.files.read(SITE)
        assert "127.0.0.1:5280" in site
        host.files.path(SITE).write_text(site.replace("127.0.0.1:5280", "127.0.0.1:5289"), "utf-8")
        host.run("nginx -s reload; sleep 0.5")
        found: dict[str, Finding] = {}

        def is_told() -> bool:
            """Ten seconds after a start of Prosody's, refusals begin to count."""
            with suppress(BoshError):
                Browser(host)
            time.sleep(0.5)
            found.update(look(host, ask=False))
            return "log-web-upstream-down" in found

        host.wait_for("what nginx says", is_told)
    host.run("nginx -s reload; sleep 0.5")
    assert "/var/log/nginx/error.log: " in found["log-web-upstream-down"].evidence
