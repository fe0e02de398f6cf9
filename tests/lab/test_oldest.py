"""The oldest servers there are (Debian 11, Prosody 0.11, Jitsi of 2020, which has no jicofo.conf):
broken while they run, found, mended, and by undo as they were."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.lab.admin import restart, secure_files, secured
from tests.lab.breaking import DOMAIN, LEGACY, MEET, PROSODY, append, broken, look, put, sub
from tests.lab.cli import jitsi_tui
from tests.lab.fixtures import HostFactory
from tests.lab.host import LabHost
from tests.lab.test_findings import Case, case, line_with
from tests.lab.test_mend import mend, spoil, undo

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]

ALWAYS = {"prosody-port-exposed"}
"""Prosody 0.11 listens on all addresses by itself."""

OLDEST = {"release": "bullseye", "generation": "debian-2020"}
SERVICES = ("prosody", "jicofo", "jitsi-videobridge2", "nginx")
SOME_SERVICES = [
    pytest.param(name, marks=() if name == "jicofo" else pytest.mark.slow) for name in SERVICES
]


@pytest.fixture
def host(module_lab_host: HostFactory) -> LabHost:
    """A secured server with a moderator, as it should be, and never changed by us."""
    host = module_lab_host(**OLDEST, prepare=secured(DOMAIN))
    host.run("rm -rf /var/backups/jitsi-tui")
    return host


def found(host: LabHost) -> set[str]:
    return set(look(host, ask=True)) - ALWAYS


def end(host: LabHost, name: str) -> None:
    """Jicofo dies, behind a unit that stays active; the others are stopped."""
    if name == "jicofo":
        host.run("kill -9 $(cat /run/jicofo.pid)")
        host.wait_for("its end", lambda: 8888 not in host.listening())
    elif host.spec.systemd:
        host.run(["systemctl", "stop", name])
    else:
        host.run([f"/etc/init.d/{name}", "stop"])


@pytest.mark.parametrize("name", SOME_SERVICES)
def test_a_service_that_is_down_is_told_and_started(host: LabHost, name: str) -> None:
    end(host, name)
    told = look(host, ask=True)
    assert set(told) - ALWAYS == {"service-down"}
    assert told["service-down"].message.startswith(f"{name} does not run: ")
    assert ("claims to be active" in told["service-down"].evidence) == (name == "jicofo")
    answer = mend(host, "service-down")
    assert answer["gone"] == ["service-down"] and answer["restarts"] == [name]
    host.wait_for_jitsi()
    assert found(host) == set()


@pytest.mark.slow
@pytest.mark.parametrize("name", SERVICES)
def test_without_systemd_too(module_lab_host: HostFactory, name: str) -> None:
    host = module_lab_host(**OLDEST, systemd=False, prepare=secured(DOMAIN))
    end(host, name)
    told = look(host, ask=True)
    assert set(told) - ALWAYS == {"service-down"}
    assert told["service-down"].message.startswith(f"{name} does not run: ")
    assert mend(host, "service-down")["gone"] == ["service-down"]
    host.wait_for_jitsi()
    assert found(host) == set()


@contextmanager
def running_with(host: LabHost, wrong: Case) -> Iterator[bytes]:
    """A server that was restarted with a fault; put right and restarted afterwards."""
    name = {PROSODY: "prosody", LEGACY: "jicofo"}.get(wrong.path)
    names = (name,) if name else ()
    try:
        with broken(host, wrong.path):
            bad = spoil(host, wrong)
            restart(host, *names)
            yield bad
    finally:
        restart(host, *names)


AUTH = r"org\.jitsi\.jicofo\.auth\.URL=[^\n]*\n"
MENDED = {
    "Jicofo takes another domain": case(
        LEGACY,
        sub(AUTH, "org.jitsi.jicofo.auth.URL=XMPP:talk.example.org\n"),
        "jicofo-login-url",
        line="talk.example.org",
    ),
    "Jicofo does not know the type": case(
        LEGACY, sub(AUTH, "org.jitsi.jicofo.auth.URL=true\n"), "jicofo-asks-nobody"
    ),
    "Jicofo asks nobody": case(LEGACY, sub(AUTH, "\n"), "jicofo-asks-nobody", evidence=LEGACY),
    "the main host lets everyone in": case(
        PROSODY,
        put('    authentication = "internal_hashed"\n', '    authentication = "anonymous"\n'),
        "everyone-is-moderator",
        evidence=f"{PROSODY}:",
    ),
    "config.js does not name the guest host": case(
        MEET, sub(r"anonymousdomain: '[^\n]*\n", "\n"), "guest-host-unused", evidence=MEET
    ),
    "the guest host is missing": case(
        PROSODY,
        sub(rf'VirtualHost "guest\.{DOMAIN}".*?false\n', ""),
        "guest-host-missing",
        evidence=MEET,
    ),
}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(n, marks=() if number == 0 else pytest.mark.slow)
        for number, n in enumerate(MENDED)
    ],
)
def test_a_fault_is_found_mended_and_comes_back_by_undo(host: LabHost, name: str) -> None:
    wrong = MENDED[name]
    with running_with(host, wrong) as bad:
        told = look(host, ask=True)
        assert set(told) - ALWAYS == wrong.expected
        [identifier] = wrong.expected
        text = bad.decode()
        place = f"{wrong.path}:{line_with(text, wrong.line)}" if wrong.line else wrong.evidence
        assert place in told[identifier].evidence
        assert mend(host, identifier)["gone"] == [identifier]
        assert found(host) == set()
        undo(host)
        assert host.files.path(wrong.path).read_bytes() == bad
        assert found(host) == wrong.expected


BROKEN_FILES = {
    "Prosody's file": case(
        PROSODY, append("VirtualHost }\n"), "prosody-files-broken", line="VirtualHost }"
    ),
    "Jicofo's properties": case(
        LEGACY, append("a.key=\\u00zz\n"), "jicofo-conf-broken", evidence="line "
    ),
    "config.js": case(
        MEET, put(f"domain: '{DOMAIN}',", f"domain: '{DOMAIN}'"), "config-js-broken", evidence=MEET
    ),
}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(n, marks=() if number == 0 else pytest.mark.slow)
        for number, n in enumerate(BROKEN_FILES)
    ],
)
def test_a_broken_file_is_told_with_its_line_and_left_to_a_person(host: LabHost, name: str) -> None:
    wrong = BROKEN_FILES[name]
    with broken(host, wrong.path):
        bad = spoil(host, wrong)
        told = look(host, ask=True)
        assert set(told) - ALWAYS - {"changed-since-start"} == wrong.expected
        [identifier] = wrong.expected
        place = f":{line_with(bad.decode(), wrong.line)}" if wrong.line else wrong.evidence
        assert place in told[identifier].evidence
        done = jitsi_tui(host, "mend", identifier, "--yes", "--json")
        assert done.exit == 1 and "no mend for it" in done.error["message"]
        assert "by hand: mend that line" in done.error["hint"]
        assert host.files.path(wrong.path).read_bytes() == bad
    assert found(host) - {"changed-since-start"} == set()


@pytest.mark.slow
def test_files_that_were_changed_without_a_restart_are_told_and_taken_in(
    lab_host: HostFactory,
) -> None:
    host = lab_host(**OLDEST)
    secure_files(host.files, DOMAIN)
    told = look(host, ask=True)
    assert set(told) - ALWAYS == {"not-restarted", "open-server"}
    answer = mend(host, "not-restarted")
    assert set(answer["gone"]) == {"not-restarted"} and answer["changes"] == []
    assert answer["restarts"] == ["prosody", "jicofo"]
    assert found(host) == {"no-moderator"}
