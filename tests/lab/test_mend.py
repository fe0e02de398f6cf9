"""A finding is mended by its plan on a real server, is gone then, and undo gives the bytes back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab.admin import restart, secured
from tests.lab.breaking import (
    CONF,
    DOMAIN,
    GUEST,
    MAIN,
    MEET,
    PROSODY,
    broken,
    look,
    put,
    services,
    sub,
)
from tests.lab.cli import jitsi_tui
from tests.lab.fixtures import HostFactory
from tests.lab.host import LabHost
from tests.lab.test_findings import BROKEN, Case

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]

BY_FILES = (
    "enabled without a type",
    "login-url of another domain",
    "another authdomain",
    "tokens and accounts",
    "another client-proxy",
    "a legacy property that overrides",
    "the guest host is missing",
    "config.js does not name the guest host",
    "config.js names another guest host",
    "the guest host asks for accounts",
    "the guest host took the main host's options",
    "the guest host loads the lobby",
    "rooms are asked for over HTTP",
    "a second file for the same host",
    "everyone may register",
    "BOSH is not loaded",
    "no path to Jitsi's modules",
)
"""Faults of files, while the services run as they did."""

NEVER_RAN = {
    "xmpp in lower case": "Jicofo does not start: its type 'xmpp'",
    "no login-url": "Jicofo does not start: its authentication has no login-url",
    "the Include is lost": f"Prosody would not serve {DOMAIN}",
}
"""Faults with which a service would not come up, and what an undo says of them."""

QUICK = frozenset({"another client-proxy", "xmpp in lower case"})


def _cases() -> Iterator[object]:
    for name in BY_FILES:
        marks = () if name in QUICK else (pytest.mark.slow,)
        yield pytest.param(name, marks=marks, id=name)


def mend(host: LabHost, *words: str) -> dict[str, Any]:
    done = jitsi_tui(host, "mend", *words, "--yes", "--json", timeout=280)
    assert done.exit == 0, done.out + done.err
    answer = done.json
    assert isinstance(answer, dict)
    return answer


def undo(host: LabHost) -> None:
    done = jitsi_tui(host, "undo", "--yes", timeout=280)
    assert done.exit == 0, done.out + done.err


def spoil(host: LabHost, wrong: Case) -> bytes:
    """Break a file; what it is then."""
    there = host.files.exists(wrong.path)
    text = host.files.read(wrong.path) if there else ""
    host.files.path(wrong.path).write_text(wrong.edit(text), "utf-8")
    return host.files.path(wrong.path).read_bytes()


@pytest.mark.parametrize("name", _cases())
def test_a_fault_of_files_is_mended_and_comes_back_by_undo(
    module_lab_host: HostFactory, name: str
) -> None:
    host = module_lab_host(generation="debian-2026", prepare=secured(DOMAIN))
    wrong = BROKEN[name]
    with broken(host, wrong.path, MEET):
        bad = spoil(host, wrong)
        if name == "everyone may register":
            restart(host, "prosody")
        identifier = min(wrong.expected)
        answer = mend(host, identifier)
        assert answer["gone"] == [identifier] and answer["left"] == []
        again = mend(host, identifier)
        assert again["changes"] == [] and again["restarts"] == [], "mended twice is mended once"
        undo(host)
        assert host.files.path(wrong.path).read_bytes() == bad
        assert identifier in look(host, ask=False), "and what was mended is found again"
    restart(host, "prosody", "jicofo")


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=() if n in QUICK else (pytest.mark.slow,), id=n) for n in NEVER_RAN],
)
def test_files_that_never_worked_are_not_brought_back(
    module_lab_host: HostFactory, name: str
) -> None:
    """An undo that must fail would throw people out of meetings, and be rolled back."""
    host = module_lab_host(generation="debian-2026", prepare=secured(DOMAIN))
    wrong = BROKEN[name]
    with broken(host, wrong.path):
        bad = spoil(host, wrong)
        [identifier] = wrong.expected
        assert mend(host, identifier)["gone"] == [identifier]
        good = host.files.path(wrong.path).read_bytes()
        running = services(host)
        done = jitsi_tui(host, "undo", "--yes", "--json")
        assert done.exit == 1 and NEVER_RAN[name] in done.error["message"], done
        assert host.files.path(wrong.path).read_bytes() == good
        assert services(host) == running, "no service was touched"
        by_hand = done.error["hint"].partition("by hand: ")[2]
        host.run(by_hand)
        assert host.files.path(wrong.path).read_bytes() == bad, "by hand it can be had"
    restart(host, "prosody", "jicofo")


@pytest.mark.parametrize(
    "release",
    [pytest.param("bullseye", marks=pytest.mark.slow), "trixie"],
)
def test_several_faults_are_mended_in_one_transaction(lab_host: HostFactory, release: str) -> None:
    prepare = secured(DOMAIN, oauthbearer_off=False)
    host = lab_host(release=release, generation="debian-2026", prepare=prepare)
    text = put("component_admins_as_room_owners = true", "")(host.files.read(PROSODY))
    host.files.edit(PROSODY, text)
    host.files.edit(MEET, sub(r"anonymousdomain: [^\n]*\n", "\n")(host.files.read(MEET)))
    host.files.edit(CONF, sub(r"client-proxy[^\n]*\n", "\n")(host.files.read(CONF)))
    host.run(f"chmod 755 /etc/jitsi/jicofo && chmod 644 {CONF}")
    before = {path: host.files.path(path).read_bytes() for path in (PROSODY, MEET, CONF)}
    restart(host, "prosody", "jicofo")
    expected = {"guest-host-unused", "jicofo-client-proxy", "readable-secrets"}
    if release == "bullseye":
        expected.add("prosody-port-exposed")  # Prosody 0.11 listens everywhere by itself
    else:
        expected |= {"component-admins", "oauthbearer"}

    answer = mend(host)

    assert isinstance(answer["gone"], list)
    assert set(answer["gone"]) == expected, answer
    assert len(host.run("ls /var/backups/jitsi-tui").stdout.split()) == 1, "one transaction"
    assert host.run(f"stat -c %a {CONF}").stdout.strip() == "640"
    status = jitsi_tui(host, "status", "--json").json
    assert [f for f in status["findings"] if f["severity"] == "error"] == []
    assert status["posture"] == "secure"

    undo(host)
    assert {path: host.files.path(path).read_bytes() for path in before} == before
    assert host.run(f"stat -c %a {CONF}").stdout.strip() == "644"


def test_services_are_mended_by_a_restart_and_nothing_is_opened(lab_host: HostFactory) -> None:
    host = lab_host(generation="debian-2026", prepare=secured(DOMAIN))
    host.run("kill -9 $(cat /run/jicofo.pid); systemctl stop jitsi-videobridge2; sleep 0.2")
    answer = mend(host)
    assert answer["gone"] == ["service-down", "service-down"], answer
    assert answer["changes"] == [] and answer["restarts"] == ["jicofo", "jitsi-videobridge2"]

    remark = host.files.read(PROSODY) + "-- a remark\n"

    def is_newer() -> bool:
        host.files.edit(PROSODY, remark)
        return "changed-since-start" in look(host, ask=False)

    host.wait_for("the clocks to say which was first", is_newer)
    answer = mend(host, "changed-since-start")
    assert answer["gone"] == ["changed-since-start"] and answer["restarts"] == ["prosody"]

    host.files.edit(CONF, sub(r"  authentication: \{.*?\}\n", "")(host.files.read(CONF)))
    done = jitsi_tui(host, "mend", "not-restarted", "--yes", "--json")
    assert done.exit == 1 and "everybody open rooms" in done.error["message"], done
    assert f"jitsi-tui secure root@{host.address}" in done.error["hint"]


def test_an_open_server_is_closed_and_what_is_left_by_hand_is_said(lab_host: HostFactory) -> None:
    host = lab_host(generation="debian-2026")
    host.files.edit(MAIN, 'http_interfaces = { "*" }\n' + host.files.read(MAIN))
    restart(host, "prosody")
    before = {path: host.files.read(path) for path in (MAIN, PROSODY, MEET, CONF)}
    dry = jitsi_tui(host, "mend", "--dry-run", "--json").json
    assert {one["id"] for one in dry["mends"]} == {"open-server", "prosody-port-exposed"}
    assert {path: host.files.read(path) for path in before} == before, "a dry run changes nothing"

    answer = mend(host)

    assert answer["gone"] == ["open-server", "prosody-port-exposed"]
    status = jitsi_tui(host, "status", "--json").json
    assert status["posture"] == "secure" and status["guest_domain"] == GUEST
    done = jitsi_tui(host, "mend", "no-moderator", "--yes", "--json")
    assert done.exit == 1 and f"moderators root@{host.address} add" in done.error["hint"]
    done = jitsi_tui(host, "mend", "no-such-finding", "--yes", "--json")
    assert done.exit == 2
