"""What running servers answer when they are asked as a browser would ask."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from jitsi_tui.instance import calls, facts, probe
from jitsi_tui.instance.findings import findings
from jitsi_tui.instance.model import Absent, Expectation, Failed, Known, Outcome, Verdict
from jitsi_tui.instance.posture import posture
from jitsi_tui.instance.probe.bosh import Bosh
from jitsi_tui.instance.probe.http import Http, alone
from jitsi_tui.ssh.command import Secret
from tests.lab.admin import MODERATOR, MODERATOR_PASSWORD, restart, secure_files, secured
from tests.lab.fixtures import HostFactory
from tests.lab.generations import REAL_SERVERS
from tests.lab.host import LabHost
from tests.lab.reach import reach
from tests.stopping import until_stopped

pytestmark = pytest.mark.lab

DOMAIN = "meet.example.org"
GUEST = f"guest.{DOMAIN}"
CLOSED = Expectation(
    strangers_log_in=False,
    guests=True,
    authority="xmpp",
    guest_domain=GUEST,
    forbidden=frozenset({"OAUTHBEARER"}),
)
OPEN = Expectation(strangers_log_in=True, guests=False, authority="off")


def ask(host: LabHost, **options: object) -> tuple[Verdict, str, dict[str, str]]:
    """The verdict, the posture, and the findings by severity."""
    with reach(host) as opened:
        seen = facts.gather(opened)
        verdict = probe.look(opened, seen, **options)  # type: ignore[arg-type]
    found: dict[str, str] = {one.id: one.severity for one in findings(seen, verdict)}
    return verdict, posture(seen, verdict), found


def errors(found: dict[str, str]) -> list[str]:
    return [identifier for identifier, severity in found.items() if severity == "error"]


@pytest.mark.parametrize(("release", "generation"), REAL_SERVERS)
def test_a_fresh_server_is_open_and_nothing_else_is_wrong(
    shared_lab_host: HostFactory, release: str, generation: str
) -> None:
    host = shared_lab_host(release=release, generation=generation)
    verdict, stance, found = ask(host)
    assert verdict.main == Known(("ANONYMOUS",))
    assert isinstance(verdict.guest, Absent)
    assert (verdict.strangers_log_in, verdict.strangers_open_rooms) == (True, True)
    assert (verdict.authority, verdict.conferences, verdict.participants) == ("off", 0, 0)
    assert verdict.doubts == ()
    assert stance == "open"
    assert errors(found) == ["open-server"]
    expected = {"prosody-port-exposed"} if release == "bullseye" else set()
    assert {name for name, severity in found.items() if severity == "warning"} == expected
    assert probe.judge(OPEN, verdict) == (Outcome.PROVED, ())
    assert probe.judge(CLOSED, verdict)[0] is Outcome.WRONG


@pytest.mark.parametrize(("release", "generation"), REAL_SERVERS)
def test_a_secured_server_is_proved_closed_and_nothing_is_wrong(
    shared_lab_host: HostFactory, release: str, generation: str
) -> None:
    host = shared_lab_host(release=release, generation=generation, prepare=secured(DOMAIN))
    verdict, stance, found = ask(host)
    assert isinstance(verdict.main, Known) and "ANONYMOUS" not in verdict.main.value
    assert "OAUTHBEARER" not in verdict.main.value
    assert verdict.guest == Known(("ANONYMOUS",)) and verdict.guest_domain == GUEST
    assert (verdict.strangers_log_in, verdict.guests_log_in) == (False, True)
    assert verdict.strangers_open_rooms is False and verdict.authority == "xmpp"
    assert verdict.doubts == ()
    assert stance == "secure"
    assert errors(found) == []
    assert probe.judge(CLOSED, verdict) == (Outcome.PROVED, ())


def test_without_guests_everybody_needs_an_account(shared_lab_host: HostFactory) -> None:
    host = shared_lab_host(prepare=secured(DOMAIN, guests=False))
    verdict, stance, found = ask(host)
    assert (verdict.strangers_log_in, verdict.guests_log_in) == (False, False)
    assert verdict.strangers_open_rooms is False and verdict.guest_domain is None
    assert (stance, errors(found)) == ("secure", [])
    wanted = replace(CLOSED, guests=False, guest_domain=None)
    assert probe.judge(wanted, verdict) == (Outcome.PROVED, ())


def test_on_prosody_13_the_guide_leaves_a_login_loop(shared_lab_host: HostFactory) -> None:
    host = shared_lab_host(
        release="trixie", generation="debian-2026", prepare=secured(DOMAIN, oauthbearer_off=False)
    )
    verdict, _, found = ask(host)
    assert isinstance(verdict.main, Known) and "OAUTHBEARER" in verdict.main.value
    assert errors(found) == ["oauthbearer"]
    outcome, why = probe.judge(CLOSED, verdict)
    assert outcome is Outcome.WRONG and why == (f"{DOMAIN} still offers OAUTHBEARER",)


@pytest.mark.parametrize("release", ["bullseye", "bookworm", "trixie"])
def test_a_moderators_password_logs_in_and_opens_a_room(
    shared_lab_host: HostFactory, release: str
) -> None:
    generation = "debian-2020" if release == "bullseye" else "debian-2026"
    host = shared_lab_host(release=release, generation=generation, prepare=secured(DOMAIN))
    with reach(host) as opened:
        seen = facts.gather(opened)
        good = probe.check_login(
            opened, seen, MODERATOR, Secret(MODERATOR_PASSWORD), open_room=True
        )
        bad = probe.check_login(opened, seen, MODERATOR, Secret("wrong"), open_room=True)
        nobody = probe.check_login(opened, seen, "nobody", Secret("x"), open_room=False)
        meetings = calls.count(opened, seen.layout)
    assert (good.login, good.opens_room) == (True, True), good
    assert (bad.login, bad.opens_room) == (False, None) and "wrong password" in bad.detail
    assert nobody.login is False
    assert (meetings.conferences, meetings.doubt) == (1, ""), "the room that was just opened"


def test_a_guest_still_opens_rooms_where_jicofo_was_forgotten(lab_host: HostFactory) -> None:
    host = lab_host(generation="debian-2026")
    conf = host.files.read("/etc/jitsi/jicofo/jicofo.conf")
    secure_files(host.files, DOMAIN)
    host.files.edit("/etc/jitsi/jicofo/jicofo.conf", conf)
    restart(host, "prosody", "jicofo")
    verdict, stance, found = ask(host)
    assert (verdict.authority, verdict.strangers_open_rooms) == ("off", True)
    assert stance == "inconsistent" and "jicofo-asks-nobody" in errors(found)
    forced, _, _ = ask(host, expect_rooms_closed=True, guest_domain=GUEST)
    assert forced.strangers_open_rooms is True
    assert probe.judge(CLOSED, forced)[0] is Outcome.WRONG


def test_edited_and_not_restarted_is_seen(lab_host: HostFactory) -> None:
    host = lab_host(generation="debian-2026")
    time.sleep(2)
    secure_files(host.files, DOMAIN)
    verdict, stance, found = ask(host)
    assert verdict.strangers_log_in is True and stance == "open"
    assert {"open-server", "not-restarted"} <= set(errors(found))


def test_only_jicofo_secured_makes_everyone_a_moderator(lab_host: HostFactory) -> None:
    host = lab_host(generation="debian-2026")
    conf = "/etc/jitsi/jicofo/jicofo.conf"
    block = f"jicofo {{\n  authentication {{ enabled: true, type: XMPP, login-url: {DOMAIN} }}\n"
    host.files.edit(conf, host.files.read(conf).replace("jicofo {\n", block, 1))
    restart(host, "jicofo")
    verdict, stance, found = ask(host)
    assert (verdict.authority, verdict.strangers_open_rooms) == ("xmpp", True)
    assert stance == "inconsistent" and errors(found) == ["everyone-is-moderator"]


def test_tokens_are_told_from_open_doors(lab_host: HostFactory) -> None:
    host = lab_host(generation="debian-2026")
    path = f"/etc/prosody/conf.avail/{DOMAIN}.cfg.lua"
    text = host.files.read(path)
    token = 'authentication = "token"; app_id = "x"; app_secret = "0123456789"'
    host.files.edit(path, text.replace('authentication = "jitsi-anonymous"', token, 1))
    restart(host, "prosody")
    verdict, stance, found = ask(host)
    assert verdict.main == Known(("ANONYMOUS",)) and verdict.strangers_log_in is False
    assert stance == "token" and errors(found) == []


def test_prosody_down_is_a_doubt_and_a_finding(lab_host: HostFactory) -> None:
    host = lab_host(generation="debian-2026")
    host.run("systemctl stop prosody")
    verdict, stance, found = ask(host)
    assert isinstance(verdict.main, Failed) and verdict.strangers_log_in is None
    assert stance == "unknown" and errors(found) == ["service-down"]
    assert probe.judge(OPEN, verdict)[0] is Outcome.UNPROVABLE
    assert probe.judge(CLOSED, verdict)[0] is Outcome.WRONG, "Jicofo says that it asks nobody"


def test_forbidden_forwarding_is_said(lab_host: HostFactory) -> None:
    host = lab_host(generation="debian-2026", tcp_forwarding=False)
    verdict, stance, found = ask(host)
    assert verdict.strangers_log_in is None and stance == "unknown"
    assert any("forbids forwarding" in doubt for doubt in verdict.doubts)
    assert found["unproved"] == "warning" and errors(found) == []


def test_a_jicofo_that_comes_back_is_waited_for(lab_host: HostFactory) -> None:
    host = lab_host(generation="debian-2026", prepare=secured(DOMAIN))
    with reach(host) as opened:
        seen = facts.gather(opened)
        host.run("systemctl restart jicofo")
        verdict = probe.look(opened, seen, guest_domain=GUEST, expect_rooms_closed=True)
    assert probe.judge(CLOSED, verdict) == (Outcome.PROVED, ())


def test_a_question_that_died_with_jicofo_is_asked_again(lab_host: HostFactory) -> None:
    host = lab_host(generation="debian-2026", prepare=secured(DOMAIN))
    host.wait_for_jitsi()
    jicofo = host.files.read("/run/jicofo.pid").strip()

    def unread() -> bool:
        held = host.run(f"ss -Htnp state established | grep pid={jicofo},").stdout
        return any(int(line.split()[0]) for line in held.splitlines())

    def die_with_a_question() -> None:
        host.wait_for("a question that nobody reads", unread)
        host.run(f"kill -9 {jicofo}; systemctl restart jicofo")

    with reach(host) as opened, ThreadPoolExecutor() as pool:
        session = Bosh(Http(opened, 5280, "Prosody", time.monotonic() + 60), DOMAIN, GUEST)
        alone(session.open())
        alone(session.log_in_anonymously())
        alone(session.bind())
        host.run(f"kill -STOP {jicofo}")
        until_stopped(host.files.path(f"/proc/{jicofo}"))
        dying = pool.submit(die_with_a_question)
        answer = alone(session.request_conference(f"focus.{DOMAIN}", f"room@conference.{DOMAIN}"))
        dying.result()
    assert answer.condition == "not-authorized"


def test_without_debug_the_log_tells_what_jicofo_does(lab_host: HostFactory) -> None:
    host = lab_host(generation="debian-2026", prepare=secured(DOMAIN))
    with reach(host) as opened:
        seen = facts.gather(opened)
        hidden = replace(seen, layout=seen.layout._replace(jicofo_http=1))
        before = opened.commands_run
        verdict = probe.look(opened, hidden)
        assert opened.commands_run == before
        assert verdict.authority == "xmpp" and verdict.strangers_open_rooms is False
        after = probe.look(opened, hidden, guest_domain=GUEST, expect_rooms_closed=True, patience=0)
        assert after.authority == "xmpp" and opened.commands_run == before + 1


def test_a_look_leaves_no_room_and_no_session(lab_host: HostFactory) -> None:
    host = lab_host(generation="debian-2026")
    with reach(host) as opened:
        seen = facts.gather(opened)
        for _ in range(3):
            verdict = probe.look(opened, seen)
    assert verdict.conferences == 0
    assert "Conference request" not in host.files.read("/var/log/jitsi/jicofo.log")


def test_a_look_waits_for_nothing(shared_lab_host: HostFactory) -> None:
    host = shared_lab_host(generation="debian-2026", prepare=secured(DOMAIN))
    with reach(host) as opened:
        seen = facts.gather(opened)
        times = []
        for _ in range(7):
            began = time.perf_counter()
            probe.look(opened, seen)
            times.append(time.perf_counter() - began)
    assert min(times) < 5, times
