"""A server with Apache, accounts in LDAP, Jigasi and Jibri: what is said of it is true."""

from __future__ import annotations

import pytest

from tests.lab import rootfs
from tests.lab.breaking import CONF, MEET, broken, put
from tests.lab.cli import jitsi_tui
from tests.lab.fixtures import HostFactory
from tests.lab.host import LabHost
from tests.lab.more import SITE, with_more

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def host(module_lab_host: HostFactory) -> LabHost:
    made = module_lab_host(release=rootfs.WITH_MORE, prepare=with_more)
    made.wait_for_jitsi()
    return made


def test_nothing_is_found_and_what_stands_is_said(host: LabHost) -> None:
    told = jitsi_tui(host, "status", "--json").json
    assert told["findings"] == [], told["findings"]
    assert (told["posture"], told["guests"]) == ("secure", True)
    assert told["prosody"]["authentication"] == "ldap2"
    states = {one["name"]: one["state"] for one in told["services"]}
    assert states["apache2"] == "running" and states.get("nginx", "absent") == "absent"
    done = jitsi_tui(host, "status")
    assert done.exit == 0 and "apache" in done.out and "nginx" not in done.out, done.out


def test_accounts_that_prosody_does_not_keep_are_left_alone(host: LabHost) -> None:
    for words in (("list",), ("add", "mia", "--generate"), ("remove", "mia", "--yes")):
        refused = jitsi_tui(host, "moderators", *words)
        assert refused.exit == 1 and "lets people in by ldap2" in refused.err, refused.err


def test_it_is_closed_already_opened_and_closed_again(host: LabHost) -> None:
    again = jitsi_tui(host, "secure", "--yes", "--json").json
    assert again["changes"] == [] and again["restarts"] == []
    opened = jitsi_tui(host, "open", "--yes", "--json", timeout=280)
    assert opened.exit == 0, opened.err
    assert jitsi_tui(host, "status", "--json").json["posture"] == "open"
    undone = jitsi_tui(host, "undo", "--yes", "--json", timeout=280)
    assert undone.exit == 0, undone.err
    told = jitsi_tui(host, "status", "--json").json
    assert told["posture"] == "secure" and told["findings"] == [], told["findings"]
    assert told["prosody"]["authentication"] == "ldap2"


def test_faults_are_found_mended_and_brought_back(host: LabHost) -> None:
    with broken(host, CONF, MEET):
        bad = put("login-url: ", "login-url: talk.")(host.files.read(CONF))
        host.files.path(CONF).write_text(bad, "utf-8")
        done = jitsi_tui(host, "mend", "jicofo-login-url", "--yes", "--json", timeout=280)
        assert done.exit == 0 and done.json["gone"] == ["jicofo-login-url"], done.err
        done = jitsi_tui(host, "undo", "--yes", "--json", timeout=280)
        assert done.exit == 0 and host.files.read(CONF) == bad, done.err
        done = jitsi_tui(host, "mend", "jicofo-login-url", "--yes", "--json", timeout=280)
        assert done.exit == 0, done.err
    host.run("systemctl restart jicofo")
    host.wait_for_jitsi()
    host.wait_for("Jicofo in its rooms", lambda: findings(host) == {})


def test_a_site_of_apache_that_is_broken_is_told_with_its_line(host: LabHost) -> None:
    with broken(host, SITE):
        good = host.files.read(SITE)
        gone = put("ProxyPass /http-bind", "# ProxyPass /http-bind")(good)
        host.files.path(SITE).write_text(gone, "utf-8")
        found = findings(host)
        assert set(found) == {"bosh-proxy"} and SITE in found["bosh-proxy"], found
        host.files.path(SITE).write_text(put("SSLEngine on", "SSLEngin on")(good), "utf-8")
        found = findings(host)
        assert set(found) == {"web-files-broken"}, found
        assert "SSLEngin" in found["web-files-broken"] and "nginx" not in repr(found)
    host.run("systemctl stop apache2")
    assert set(findings(host)) == {"service-down"}
    done = jitsi_tui(host, "mend", "service-down", "--yes", "--json", timeout=280)
    assert done.exit == 0 and done.json["restarts"] == ["apache2"], done.err
    assert findings(host) == {}


def findings(host: LabHost) -> dict[str, str]:
    told = jitsi_tui(host, "status", "--json").json["findings"]
    return {one["id"]: f"{one['message']}; {one['evidence']}; {one['fix']}" for one in told}


def test_its_logs_are_shown_and_a_trace_says_what_it_can_not_know(host: LabHost) -> None:
    done = jitsi_tui(host, "logs", "apache2", "prosody", "-n", "3", "--json")
    assert done.exit == 0 and "apache2" in done.out, done.err
    done = jitsi_tui(host, "logs", "-n", "1")
    assert done.exit == 0 and "Traceback" not in done.err, done.err
    told = jitsi_tui(host, "trace", "--seconds", "5", "--json").json
    assert told["attempts"] == []
    assert all("nginx" in doubt for doubt in told["doubts"]), told["doubts"]
