"""The whole road on the practice server, with the code and the programs that any server gets."""

from __future__ import annotations

import pytest

from jitsi_tui.demo.practice import PracticeServer
from jitsi_tui.instance import probe
from jitsi_tui.instance.accounts import changes as account_changes
from jitsi_tui.instance.accounts import moderators
from jitsi_tui.instance.accounts.program import AccountError
from jitsi_tui.instance.model import (
    Access,
    Applied,
    Ending,
    Known,
    ModeratorList,
    Plan,
    Policy,
    RefusedError,
)
from jitsi_tui.logs import sources
from jitsi_tui.logs.events import Lines
from jitsi_tui.logs.follow import Follower
from jitsi_tui.session import engine
from jitsi_tui.session.engine import ApplyOptions
from jitsi_tui.session.look import Look
from jitsi_tui.session.look import look as look_at
from jitsi_tui.ssh.command import Secret
from jitsi_tui.ssh.host import Host
from tests.demo.helpers import eventually, processes_of, shell

DOMAIN = "meet.example.org"
FILES = (
    "etc/prosody/conf.avail/meet.example.org.cfg.lua",
    "etc/jitsi/meet/meet.example.org-config.js",
    "etc/jitsi/jicofo/jicofo.conf",
)


def look(host: Host, practice: PracticeServer) -> Look:
    return look_at(host, practice.layout)


def close(host: Host, practice: PracticeServer, *, guests: bool = True) -> tuple[Plan, Applied]:
    seen = look(host, practice)
    plan = engine.plan_policy(host, seen, Policy(Access.ACCOUNTS, guests=guests))
    return plan, engine.run_plan(host, seen, plan, ApplyOptions(who="ada"))


def listed(host: Host, practice: PracticeServer) -> ModeratorList:
    return moderators.listing(host, DOMAIN, practice.layout)


def contents(practice: PracticeServer) -> list[bytes]:
    return [(practice.root / file).read_bytes() for file in FILES]


def test_at_first_it_is_open_and_not_quite_in_order(host: Host, practice: PracticeServer) -> None:
    seen = look(host, practice)
    assert seen.posture == "open"
    assert [finding.id for finding in seen.findings] == ["open-server", "certificate"]
    states = {service.name: service.state for service in seen.instance.services}
    assert set(states.values()) == {"running"}
    assert seen.verdict is not None
    assert seen.verdict.main == Known(("ANONYMOUS",))
    assert (seen.verdict.conferences or 0) >= 1
    assert seen.instance.unread == {}
    assert isinstance(seen.instance.prosody.version, Known)
    assert isinstance(seen.instance.jicofo.version, Known)


def test_it_is_closed_proved_and_opened_again_byte_for_byte(
    host: Host, practice: PracticeServer
) -> None:
    before = contents(practice)
    plan, applied = close(host, practice)
    assert plan.restarts == ("prosody", "jicofo")
    assert applied.ending is Ending.APPLIED, applied.message
    closed = look(host, practice)
    assert closed.posture == "secure"
    assert closed.verdict is not None
    assert closed.verdict.strangers_open_rooms is False
    assert closed.verdict.guests_log_in is True
    again = engine.plan_policy(host, closed, Policy(Access.ACCOUNTS))
    assert again.changes == () and again.reason
    undo = engine.plan_undo(host, closed, None)
    assert engine.run_plan(host, closed, undo, ApplyOptions(who="ada")).ending is Ending.APPLIED
    assert contents(practice) == before
    assert look(host, practice).posture == "open"


def test_without_guests_it_is_closed_too(host: Host, practice: PracticeServer) -> None:
    _, applied = close(host, practice, guests=False)
    assert applied.ending is Ending.APPLIED
    closed = look(host, practice)
    assert closed.posture == "secure"
    assert closed.verdict is not None and closed.verdict.guests_log_in is False


def test_an_account_on_the_wrong_host_is_found(host: Host, practice: PracticeServer) -> None:
    close(host, practice)
    assert "accounts-on-auth" in {f.id for f in look(host, practice).findings}


def test_a_service_that_does_not_come_back_is_rolled_back(
    host: Host, practice: PracticeServer
) -> None:
    """Jicofo dies at its start, once its file asks for accounts."""
    before = contents(practice)
    script = practice.root / "etc/init.d/jicofo"
    good = script.read_text()
    script.write_text(
        good.replace(
            "act jicofo",
            f'grep -q login-url {practice.root}/{FILES[2]} && [ "$1" = start ] && exit 0\n'
            "act jicofo",
        )
    )
    _, applied = close(host, practice)
    assert applied.ending is Ending.ROLLED_BACK, applied.message
    assert contents(practice) == before
    assert look(host, practice).posture == "open"


def test_a_plan_for_files_that_changed_is_refused(host: Host, practice: PracticeServer) -> None:
    seen = look(host, practice)
    plan = engine.plan_policy(host, seen, Policy(Access.ACCOUNTS))
    with (practice.root / FILES[0]).open("a") as file:
        file.write("-- somebody was faster\n")
    before = contents(practice)
    applied = engine.run_plan(host, seen, plan, ApplyOptions(who="ada"))
    assert applied.ending is Ending.REFUSED
    assert contents(practice) == before


def test_moderators_come_log_in_and_go(host: Host, practice: PracticeServer) -> None:
    with pytest.raises(AccountError):
        moderators.add(host, DOMAIN, practice.layout, "ada", Secret("too early"))
    close(host, practice)
    password = Secret("correct horse")
    assert moderators.add(host, DOMAIN, practice.layout, "Ada", password) == f"ada@{DOMAIN}"
    with pytest.raises(RefusedError):
        moderators.add(host, DOMAIN, practice.layout, "ada", password)
    listing = listed(host, practice)
    assert (listing.source, [m.name for m in listing.moderators]) == ("shell", ["ada"])
    assert listing.moderators[0].created is not None
    instance = look(host, practice).instance
    good = probe.check_login(host, instance, "ada", password, open_room=True)
    assert (good.login, good.opens_room) == (True, True)
    bad = probe.check_login(host, instance, "ada", Secret("wrong"), open_room=False)
    assert bad.login is False
    moderators.set_password(host, DOMAIN, practice.layout, "ada", Secret("new"))
    assert not probe.check_login(host, instance, "ada", password, open_room=False).login
    assert account_changes.remove(host, DOMAIN, practice.layout, ["ada"]).accounts[0].gone
    assert listed(host, practice).moderators == ()
    shell(practice, "service prosody stop")
    assert listed(host, practice).source == "files"


def test_logs_are_followed_and_react(host: Host, practice: PracticeServer) -> None:
    chosen = sources.choose(["prosody", "jicofo"], look(host, practice).instance.log_paths)
    chosen = tuple(s._replace(path=practice.layout.root + s.path) for s in chosen)
    follower = Follower(host, chosen, tail=5)
    said = bytearray()

    def has(text: bytes) -> bool:
        for event in follower.read(0.2):
            if isinstance(event, Lines):
                said.extend(event.data)
        return text in said

    try:
        close(host, practice)
        assert eventually(60, lambda: has(b"Hello and welcome to Prosody"))
        assert eventually(60, lambda: has(b"type=XMPP"))
        assert eventually(60, lambda: has(b"not authorized user domain"))
    finally:
        follower.close()


def test_an_apply_goes_on_when_its_connection_breaks(host: Host, practice: PracticeServer) -> None:
    """And rolls back, since nobody confirms it; then the practice server ends with it."""
    seen = look(host, practice)
    plan = engine.plan_policy(host, seen, Policy(Access.ACCOUNTS))
    before = contents(practice)

    def cut(_: object) -> None:
        if contents(practice) != before:
            host.close()

    applied: Applied | None = None
    try:
        applied = engine.run_plan(
            host, seen, plan, ApplyOptions(who="ada", on_step=cut, confirm_timeout=3.0)
        )
    except Exception as error:  # what the engine says of it is its own test
        assert error
    assert applied is None or applied.ending is not Ending.APPLIED
    assert eventually(60, lambda: contents(practice) == before)
    folder = practice.root.parent
    practice.close()
    assert eventually(60, lambda: processes_of(folder) == [])
