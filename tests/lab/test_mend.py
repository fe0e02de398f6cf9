"""A finding is mended by its plan on a real server, is gone then, and undo gives the bytes back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab.admin import restart, secured
from tests.lab.breaking import CONF, DOMAIN, GUEST, MAIN, MEET, PROSODY, broken, put, sub
from tests.lab.cli import jitsi_tui
from tests.lab.fixtures import HostFactory
from tests.lab.host import LabHost
from tests.lab.test_findings import BROKEN

pytestmark = pytest.mark.lab

BY_FILES = (
    "xmpp in lower case",
    "another client-proxy",
    "a legacy property that overrides",
    "the guest host is missing",
    "config.js does not name the guest host",
    "config.js names another guest host",
    "the guest host asks for accounts",
    "the guest host took the main host's options",
    "the guest host loads the lobby",
    "rooms are asked for over HTTP",
    "the Include is lost",
    "a second file for the same host",
    "everyone may register",
)
"""Faults of files, while the services run as they did."""

QUICK = frozenset({"another client-proxy"})


def _cases() -> Iterator[object]:
    for name in BY_FILES:
        marks = () if name in QUICK else (pytest.mark.slow,)
        yield pytest.param(name, marks=marks, id=name)


def mend(host: LabHost, *words: str) -> dict[str, object]:
    done = jitsi_tui(host, "mend", *words, "--yes", "--json", timeout=280)
    assert done.exit == 0, done.out + done.err
    answer = done.json
    assert isinstance(answer, dict)
    return answer


@pytest.mark.parametrize("name", _cases())
def test_a_fault_of_files_is_mended_and_comes_back_by_undo(
    module_lab_host: HostFactory, name: str
) -> None:
    host = module_lab_host(generation="debian-2026", prepare=secured(DOMAIN))
    wrong = BROKEN[name]
    with broken(host, wrong.path, MEET):
        there = host.files.exists(wrong.path)
        text = host.files.read(wrong.path) if there else ""
        host.files.path(wrong.path).write_text(wrong.edit(text), "utf-8")
        bad = host.files.path(wrong.path).read_bytes()
        if name == "everyone may register":
            restart(host, "prosody")
        identifier = min(wrong.expected)
        answer = mend(host, identifier)
        assert answer["gone"] == [identifier] and answer["left"] == []
        again = mend(host, identifier)
        assert again["changes"] == [] and again["restarts"] == [], "mended twice is mended once"
        if name not in ("xmpp in lower case", "the Include is lost"):
            done = jitsi_tui(host, "undo", "--yes", timeout=280)
            assert done.exit == 0, done.out + done.err
            assert host.files.path(wrong.path).read_bytes() == bad
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

    done = jitsi_tui(host, "undo", "--yes", timeout=280)
    assert done.exit == 0, done.out + done.err
    assert {path: host.files.path(path).read_bytes() for path in before} == before
    assert host.run(f"stat -c %a {CONF}").stdout.strip() == "644"


def test_services_are_mended_by_a_restart_and_nothing_is_opened(lab_host: HostFactory) -> None:
    host = lab_host(generation="debian-2026", prepare=secured(DOMAIN))
    host.run("kill -9 $(cat /run/jicofo.pid); systemctl stop jitsi-videobridge2; sleep 0.2")
    answer = mend(host)
    assert answer["gone"] == ["service-down", "service-down"], answer
    assert answer["changes"] == [] and answer["restarts"] == ["jicofo", "jitsi-videobridge2"]

    host.files.edit(CONF, sub(r"  authentication: \{.*?\}\n", "")(host.files.read(CONF)))
    done = jitsi_tui(host, "mend", "not-restarted", "--yes", "--json")
    assert done.exit == 1 and "everybody open rooms" in done.error["message"], done
    assert "secure DEST" in done.error["hint"]


def test_an_open_server_is_closed_and_what_is_left_by_hand_is_said(lab_host: HostFactory) -> None:
    host = lab_host(generation="debian-2026")
    host.files.edit(MAIN, 'http_interfaces = { "*" }\n' + host.files.read(MAIN))
    restart(host, "prosody")
    dry = jitsi_tui(host, "mend", "--dry-run", "--json").json
    assert {one["id"] for one in dry["mends"]} == {"open-server", "prosody-port-exposed"}
    before = host.files.read(PROSODY)
    assert host.files.read(PROSODY) == before, "a dry run changes nothing"

    answer = mend(host)

    assert answer["gone"] == ["open-server", "prosody-port-exposed"]
    status = jitsi_tui(host, "status", "--json").json
    assert status["posture"] == "secure" and status["guest_domain"] == GUEST
    done = jitsi_tui(host, "mend", "no-moderator", "--yes", "--json")
    assert done.exit == 1 and "moderators DEST add" in done.error["hint"]
    done = jitsi_tui(host, "mend", "no-such-finding", "--yes", "--json")
    assert done.exit == 2
