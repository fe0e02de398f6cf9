"""Mends on paper: merged per file, refused where they disagree, and with a proof that fits."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from jitsi_tui.instance import mending, plan
from jitsi_tui.instance.findings import findings
from jitsi_tui.instance.model import (
    Absent,
    FileChange,
    Finding,
    Instance,
    Known,
    Outcome,
    Plan,
    RefusedError,
    Service,
    Verdict,
    known,
)
from jitsi_tui.instance.model.backup import Backup, BackupFile
from jitsi_tui.instance.posture import settings
from jitsi_tui.instance.probe.judgement import judge
from tests.unit.instance.folder_server import (
    CONFIG_JS,
    DOMAIN,
    JICOFO_CONF,
    MAIN_FILE,
    PROPERTIES,
    FolderServer,
)
from tests.unit.instance.test_posture import close, verdict

GUEST = f"guest.{DOMAIN}"


@pytest.fixture
def server(tmp_path: Path) -> FolderServer:
    made = FolderServer(tmp_path)
    made.write("/var/lib/prosody/meet%2eexample%2eorg/accounts/ada.dat", "return {}\n")
    return made


def found(instance: Instance, answers: Verdict | None = None) -> dict[str, Finding]:
    return {one.id: one for one in findings(instance, answers)}


def mended(server: FolderServer, *ids: str, answers: Verdict | None = None) -> Plan:
    instance = server.look()
    there = found(instance, answers)
    return mending.compute(instance, answers, [there[name] for name in ids]).plan


def write(server: FolderServer, made: Plan) -> None:
    for change in made.changes:
        server.write(change.path, change.after.decode())
        if change.mode_after is not None:
            server.path(change.path).chmod(change.mode_after)


def spoil(server: FolderServer) -> None:
    """A closed server with a fault in each of the three places."""
    close(server)
    server.replace(JICOFO_CONF, f"login-url: {DOMAIN}", "login-url: talk.example.org")
    server.replace(CONFIG_JS, f"anonymousdomain: '{GUEST}'", "anonymousdomain: 'old.example.org'")
    text = server.path(CONFIG_JS).read_text()
    server.write(CONFIG_JS, text + "config.conferenceRequestUrl = 'https://x/y';\n")


def chosen_of(instance: Instance) -> list[Finding]:
    """All that we mend, and what only Prosody's own reading of its files would find."""
    chosen = [f for f in findings(instance, None) if mending.mend_of(f)]
    return [*chosen, Finding("guest-host-missing", "error", "m", "e")]


def test_several_mends_are_one_plan_with_each_file_once(server: FolderServer) -> None:
    spoil(server)
    instance = server.look()
    chosen = chosen_of(instance)
    ids = {f.id for f in chosen}
    assert ids >= {"jicofo-login-url", "conference-request-url"}
    made = mending.compute(instance, None, chosen).plan
    assert sorted(change.path for change in made.changes) == sorted([CONFIG_JS, JICOFO_CONF])
    assert set(made.mends) == ids and all(name in made.summary for name in ids)
    write(server, made)
    after = server.look()
    assert settings(after).secured and settings(after).anonymousdomain == GUEST
    assert not ids & set(found(after))


def test_a_mend_run_again_changes_nothing(server: FolderServer) -> None:
    spoil(server)
    instance = server.look()
    chosen = chosen_of(instance)
    write(server, mending.compute(instance, None, chosen).plan)
    again = mending.compute(server.look(), None, chosen).plan
    assert again.empty and again.reason


def test_only_what_is_chosen_is_mended(server: FolderServer) -> None:
    spoil(server)
    made = mended(server, "conference-request-url")
    assert [change.path for change in made.changes] == [CONFIG_JS]
    assert b"conferenceRequestUrl" not in made.changes[0].after
    assert b"old.example.org" in made.changes[0].after
    assert made.restarts == (), "config.js needs no restart"


def test_mends_that_want_different_things_are_refused_in_words(server: FolderServer) -> None:
    close(server)
    server.replace(MAIN_FILE, '"internal_hashed"', '"token"')
    server.replace(JICOFO_CONF, f"login-url: {DOMAIN}", "login-url: talk.example.org")
    instance = server.look()
    both = [
        Finding("token-and-accounts", "error", "m", "e"),
        Finding("jicofo-login-url", "error", "m", "e"),
    ]
    with pytest.raises(RefusedError, match="want different things of") as refused:
        mending.compute(instance, None, both)
    assert "one of them" in refused.value.hint


def test_what_is_done_by_hand_is_refused_with_its_commands(server: FolderServer) -> None:
    by_hand = Finding("no-moderator", "warning", "m", "e", "jitsi-tui moderators DEST add NAME")
    with pytest.raises(RefusedError) as refused:
        mending.compute(server.look(), None, [by_hand])
    assert "moderators DEST add" in refused.value.hint
    told = mending.compute(server.look(), None, [by_hand], skip=True)
    assert told.plan.empty and [r.by_hand for r in told.refused] == [by_hand.fix]


def service(name: str, state: str) -> Service:
    return Service(name=name, state=state)  # type: ignore[arg-type]


def down(instance: Instance, *services: Service) -> Instance:
    others = [s for s in instance.services if s.name not in {one.name for one in services}]
    return replace(instance, services=(*others, *services))


def restart_of(name: str) -> Finding:
    return Finding("service-down", "error", "m", "e", f"jitsi-tui services DEST restart {name}")


def test_each_service_that_is_down_is_mended_by_itself(server: FolderServer) -> None:
    close(server)
    instance = down(server.look(), service("jicofo", "failed"), service("nginx", "stopped"))
    made = mending.compute(instance, None, [restart_of("nginx")]).plan
    assert (made.changes, made.restarts, made.starts) == ((), (), ("nginx",))
    assert not made.empty


def test_a_file_that_keeps_a_service_down_forbids_its_restart(server: FolderServer) -> None:
    close(server)
    server.write(JICOFO_CONF, server.path(JICOFO_CONF).read_text() + "}}\n")
    instance = down(server.look(), service("jicofo", "failed"))
    with pytest.raises(RefusedError, match="would not come up"):
        mending.compute(instance, None, [restart_of("jicofo")])


def test_a_web_server_is_not_restarted_into_files_that_it_can_not_take(
    server: FolderServer,
) -> None:
    close(server)
    instance = down(server.look(), service("nginx", "stopped"))
    instance = replace(instance, web_refusals={"nginx": "unexpected end of file in /etc/x:2"})
    assert "unexpected end" in found(instance)["web-files-broken"].evidence
    with pytest.raises(RefusedError, match="would not come up: unexpected end of file"):
        mending.compute(instance, None, [restart_of("nginx")])


def test_a_token_server_is_not_made_to_ask_for_accounts(server: FolderServer) -> None:
    close(server)
    server.replace(MAIN_FILE, '"internal_hashed"', '"token"')
    asks_nobody = Finding("jicofo-asks-nobody", "error", "m", "e", "by hand")
    with pytest.raises(RefusedError, match="tokens decide here"):
        mending.compute(server.look(), None, [asks_nobody])


def test_a_failed_service_whose_file_is_mended_restarts_in_the_transaction(
    server: FolderServer,
) -> None:
    close(server)
    server.replace(JICOFO_CONF, "type: XMPP", "type: xmpp")
    instance = down(server.look(), service("jicofo", "failed"))
    wrong = found(instance)["jicofo-wrong-type"]
    made = mending.compute(instance, None, [wrong, restart_of("jicofo")]).plan
    assert made.restarts == ("jicofo",) and made.starts == ()
    assert made.expectation.authority == "xmpp"


@pytest.mark.parametrize("name", ["prosody", "jicofo"])
def test_no_restart_lets_in_whom_the_running_server_keeps_out(
    server: FolderServer, name: str
) -> None:
    instance = down(server.look(), service(name, "running"))
    stale = replace(restart_of(name), id="not-restarted")
    with pytest.raises(RefusedError, match="the running server does not") as refused:
        mending.compute(instance, verdict(), [stale])
    assert "secure DEST" in refused.value.hint


def test_the_proof_of_a_mend_asks_for_no_more_than_was_true(server: FolderServer) -> None:
    """A server on which guests can't log in yet is not rolled back for it."""
    close(server)
    text = server.path(CONFIG_JS).read_text()
    server.write(CONFIG_JS, text + "config.conferenceRequestUrl = 'https://x/y';\n")
    before = verdict(guests_log_in=False, strangers_open_rooms=None)
    made = mended(server, "conference-request-url", answers=before)
    assert judge(made.expectation, before)[0] is Outcome.PROVED
    unknown = verdict(strangers_log_in=None, guests_log_in=None, authority="unknown")
    made = mended(server, "conference-request-url", answers=unknown)
    assert judge(made.expectation, unknown)[0] is Outcome.PROVED
    opened = verdict(strangers_log_in=True)
    made = mended(server, "conference-request-url", answers=before)
    assert judge(made.expectation, opened)[0] is Outcome.WRONG, "nothing may get worse"


def test_a_server_that_asked_for_no_token_must_keep_strangers_out_afterwards(
    server: FolderServer,
) -> None:
    server.replace(MAIN_FILE, '"jitsi-anonymous"', '"token"\n    allow_empty_token = true')
    before = verdict(strangers_log_in=True, guests_log_in=False, authority="off")
    wrong = Finding("token-empty", "warning", "m", "e")
    made = mending.compute(server.look(), before, [wrong]).plan
    assert made.restarts == ("prosody",)
    assert judge(made.expectation, before)[0] is Outcome.WRONG
    after = replace(before, strangers_log_in=False)
    assert judge(made.expectation, after)[0] is Outcome.PROVED


def test_a_mend_for_guests_must_let_guests_in(server: FolderServer) -> None:
    close(server)
    server.replace(CONFIG_JS, f"anonymousdomain: '{GUEST}'", "anonymousdomain: 'old.example.org'")
    server.replace(MAIN_FILE, f'VirtualHost "{GUEST}"', 'VirtualHost "x.example.org"')
    wrong = Finding("guest-host-missing", "error", "m", "e")
    made = mending.compute(server.look(), verdict(guests_log_in=False), [wrong]).plan
    assert made.expectation.guests is True and made.expectation.guest_domain == GUEST
    assert judge(made.expectation, verdict(guests_log_in=False))[0] is Outcome.WRONG


def test_a_mode_alone_is_a_change_that_restarts_nothing_and_is_undone(
    server: FolderServer,
) -> None:
    close(server)
    server.write(PROPERTIES, "org.jitsi.jicofo.FOCUS_USER_PASSWORD=hush5ecret\n")
    instance = server.look()
    file = known(instance.jicofo.properties)
    assert file is not None
    wide = replace(file, owner="jicofo", group="jitsi", mode=0o644, public=True)
    instance = replace(instance, jicofo=replace(instance.jicofo, properties=Known(wide)))
    finding = Finding("readable-secrets", "warning", "m", "e")
    made = mending.compute(instance, None, [finding]).plan
    [change] = made.changes
    assert (change.mode_before, change.mode_after) == (0o644, 0o640)
    assert change.before == change.after and made.restarts == ()

    narrow = replace(
        instance,
        jicofo=replace(instance.jicofo, properties=Known(replace(wide, mode=0o640))),
    )
    entry = BackupFile(change.path, change.sha256_before, change.sha256_after, 0o644, 0o640)
    backup = Backup(
        id="20261124T100000Z-1",
        time=instance.taken,
        who="w",
        what="mend",
        files=(entry,),
        proof=None,
        state="applied",
    )
    [back] = plan.undo(narrow, backup, {change.path: change.before}).changes
    assert (back.mode_before, back.mode_after) == (0o640, 0o644)


def test_a_file_that_its_service_reads_as_everybody_is_left_to_a_person(
    server: FolderServer,
) -> None:
    close(server)
    server.write(PROPERTIES, "org.jitsi.jicofo.FOCUS_USER_PASSWORD=hush5ecret\n")
    instance = server.look()
    file = known(instance.jicofo.properties)
    assert file is not None
    foreign = replace(file, owner="root", group="root", mode=0o644, public=True)
    instance = replace(instance, jicofo=replace(instance.jicofo, properties=Known(foreign)))
    with pytest.raises(RefusedError, match="chgrp"):
        mending.compute(instance, None, [Finding("readable-secrets", "warning", "m", "e")])


@pytest.mark.parametrize("state", ["running", "stopped"])
def test_an_undo_turns_no_main_host_off_that_prosody_serves(
    server: FolderServer, state: Literal["running", "stopped"]
) -> None:
    close(server)
    good = server.path(MAIN_FILE).read_bytes()
    bad = good.replace(b"authentication =", b"enabled = false\n    authentication =", 1)
    instance = server.look()
    prosody = Service("prosody", state, 7 if state == "running" else None)
    instance = replace(instance, services=(prosody,))
    change = FileChange(MAIN_FILE, bad, good)
    entry = BackupFile(MAIN_FILE, change.sha256_before, change.sha256_after)
    backup = Backup(
        id="20261124T100000Z-1", time=instance.taken, who="w", what="mend", files=(entry,),
        proof=None, state="applied",
    )  # fmt: skip
    if state == "stopped":
        assert plan.undo(instance, backup, {MAIN_FILE: bad}).changes
        return
    with pytest.raises(RefusedError, match=f"would not serve {DOMAIN}: its files turn it off"):
        plan.undo(instance, backup, {MAIN_FILE: bad})


COPY = "/etc/prosody/conf.d/zz-copy.cfg.lua"


@pytest.mark.parametrize(
    ("text", "spare"),
    [
        (f'VirtualHost "{DOMAIN}"\n    authentication = "internal_hashed"\n', True),
        (f'VirtualHost "{DOMAIN}"\n    authentication = "ldap"\n', False),
        (f'VirtualHost "{DOMAIN}"\n    extra = true\n', False),
        (f'admins = {{ "a@b" }}\nVirtualHost "{DOMAIN}"\n', False),
        (f'VirtualHost "{DOMAIN}"\nVirtualHost "only-here.org"\n', False),
    ],
)
def test_a_second_file_goes_only_where_it_adds_nothing(
    server: FolderServer, text: str, spare: bool
) -> None:
    close(server)
    server.write(COPY, text)
    instance = server.look()
    twice = found(instance)["host-twice"]
    if not spare:
        with pytest.raises(RefusedError, match="which one is right"):
            mending.compute(instance, None, [twice])
        return
    made = mending.compute(instance, None, [twice]).plan
    [change] = made.changes
    assert change.path == COPY
    assert all(line.startswith("--") for line in change.after.decode().split("\n") if line)


def without_focus(server: FolderServer, end: str = "\n") -> Instance:
    """A closed server whose Prosody has no way to Jicofo, though all that it takes is there."""
    close(server)
    module = "/usr/share/jitsi-meet/prosody-plugins/mod_client_proxy.lua"
    server.write(module, "--\n")
    server.replace(JICOFO_CONF, "client: {", 'client: {\n username: "focus"')
    text = server.path(MAIN_FILE).read_text().rstrip("\n")
    server.write(MAIN_FILE, (text + "\n").replace("\n", end).removesuffix(end))
    return server.look()


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_way_to_jicofo_is_added_below_all_else(server: FolderServer, end: str) -> None:
    instance = without_focus(server, end)
    missing = Finding("focus-missing", "error", "m", "e")
    [change] = mending.compute(instance, None, [missing]).plan.changes
    assert change.before == change.after[: len(change.before)], "nothing above is touched"
    added = change.after[len(change.before) :].decode()
    lines = (
        f'Component "focus.{DOMAIN}" "client_proxy"',
        f'    target_address = "focus@auth.{DOMAIN}"',
    )
    assert added == end + end + end.join(lines) + end
    server.write(MAIN_FILE, change.after)
    assert mending.compute(server.look(), None, [missing]).plan.empty, "mended twice is once"


def test_a_way_to_jicofo_that_is_not_certain_is_left_to_a_person(server: FolderServer) -> None:
    instance = without_focus(server)
    missing = Finding("focus-missing", "error", "m", "e", "put Component there")
    no_module = replace(instance, prosody=replace(instance.prosody, plugins=frozenset()))
    old = replace(instance, jicofo=replace(instance.jicofo, hocon=Absent()))
    for one, why in ((no_module, "mod_client_proxy is missing"), (old, "with a secret")):
        with pytest.raises(RefusedError, match=why) as refused:
            mending.compute(one, None, [missing])
        assert "put Component there" in refused.value.hint
    unended = server.path(MAIN_FILE).read_text() + "\n--[[ begun"
    server.write(MAIN_FILE, unended)
    with pytest.raises(RefusedError):
        mending.compute(server.look(), None, [missing])


ODD: dict[str, Callable[[FolderServer], object]] = {
    "Prosody's file is no Lua": lambda s: s.write(MAIN_FILE, "VirtualHost {{\n"),
    "Prosody's file is gone": lambda s: s.path(MAIN_FILE).unlink(),
    "all of Prosody's files are gone": lambda s: shutil.rmtree(s.path("/etc/prosody")),
    "config.js is gone": lambda s: s.path(CONFIG_JS).unlink(),
    "config.js is no JavaScript": lambda s: s.write(CONFIG_JS, "var config = {{ hosts: 'x\n"),
    "jicofo.conf is gone": lambda s: s.path(JICOFO_CONF).unlink(),
    "jicofo.conf is no HOCON": lambda s: s.write(JICOFO_CONF, "jicofo { authentication {{\n"),
    "jicofo.conf is empty": lambda s: s.write(JICOFO_CONF, ""),
    "the properties are broken": lambda s: s.write(
        PROPERTIES, "org.jitsi.jicofo.auth.URL=XMPP:x\na=\\u00zz\n"
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_no_mend_stumbles_over_files_that_are_odd(server: FolderServer, name: str) -> None:
    """What the running server shows may be found where its files no longer hold it."""
    close(server)
    ODD[name](server)
    instance = server.look(DOMAIN)
    for identifier in mending.MENDS:
        wrong = Finding(identifier, "error", "m", "e", "do it")
        with contextlib.suppress(RefusedError):
            mending.compute(instance, verdict(), [wrong])


def test_why_there_is_nothing_to_do_is_said_as_it_is(server: FolderServer) -> None:
    instance = server.look()
    by_hand = Finding("no-moderator", "warning", "m", "e", "moderators DEST add NAME")
    assert "nothing to mend" in mending.compute(instance, None, [], skip=True).plan.reason
    assert "left to a person" in mending.compute(instance, None, [by_hand], skip=True).plan.reason
