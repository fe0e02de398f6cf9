"""Accounts on real servers: made, listed, checked, changed and removed, seen from outside."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .cli import jitsi_tui
from .fixtures import HostFactory
from .host import LabHost
from .xmpp import logs_in

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]
PASSWORD = "first-5 Passwörd with spaces"


@pytest.fixture(scope="module", params=["bullseye", "bookworm", "trixie"])
def closed(request: pytest.FixtureRequest, module_lab_host: HostFactory) -> Iterator[LabHost]:
    host = module_lab_host(release=request.param, generation="fixture")
    host.wait_for_jitsi()
    for words in (("add", "early", "--generate"), ("remove", "early", "--yes")):
        refused = jitsi_tui(host, "moderators", *words)
        assert refused.exit == 1
        assert "close it first" in refused.err
    done = jitsi_tui(host, "secure", "--yes", "--json")
    assert done.exit == 0, done.err
    yield host


def names(host: LabHost) -> list[str]:
    done = jitsi_tui(host, "moderators", "list", "--json")
    assert done.exit == 0, done.err
    assert done.json["domain"] == host.domain
    return [moderator["name"] for moderator in done.json["moderators"]]


def check(host: LabHost, name: str, password: str) -> tuple[int, dict[str, object]]:
    done = jitsi_tui(
        host, "moderators", "check", name, "--password-stdin", "--json", stdin=f"{password}\n"
    )
    return done.exit, done.json


def test_an_account_is_made_changed_and_removed(closed: LabHost) -> None:
    added = jitsi_tui(
        closed, "moderators", "add", "Ada", "--password-stdin", "--json", stdin=f"{PASSWORD}\n"
    )
    assert added.exit == 0, added.err
    assert added.json == {"jid": f"ada@{closed.domain}"}
    assert "ada" in names(closed)
    assert logs_in(closed, "ada", PASSWORD)
    assert check(closed, "ada", PASSWORD) == (
        0,
        {"jid": f"ada@{closed.domain}", "login": True, "opens_room": True},
    )
    exit_code, answer = check(closed, "ada", "wrong")
    assert (exit_code, answer["login"]) == (1, False)

    again = jitsi_tui(
        closed, "moderators", "add", "ada", "--password-stdin", stdin="other-password-1\n"
    )
    assert again.exit == 1
    assert "exists already" in again.err
    assert logs_in(closed, "ada", PASSWORD)

    changed = jitsi_tui(closed, "moderators", "passwd", "ada", "--generate", "--json")
    assert changed.exit == 0, changed.err
    assert logs_in(closed, "ada", changed.json["password"])
    assert not logs_in(closed, "ada", PASSWORD)

    removed = jitsi_tui(closed, "moderators", "remove", "ada", "--yes", "--json")
    assert removed.exit == 0, removed.err
    assert removed.json["removed"] == ["ada"]
    assert "ada" not in names(closed)
    assert not logs_in(closed, "ada", changed.json["password"])


def test_names_of_all_kinds_are_stored_and_found_again(closed: LabHost) -> None:
    kinds = ["jörg", "o-o.o_o", "шура", "x%y", "a=b", "100%"]
    for name in kinds:
        added = jitsi_tui(closed, "moderators", "add", name, "--generate", "--json")
        assert added.exit == 0, added.err
        assert logs_in(closed, name, added.json["password"])
    assert set(kinds) <= set(names(closed))
    removed = jitsi_tui(closed, "moderators", "remove", *kinds, "--yes")
    assert removed.exit == 0, removed.err
    assert not set(kinds) & set(names(closed))


def test_what_is_not_there_is_said_not_to_be(closed: LabHost) -> None:
    changed = jitsi_tui(closed, "moderators", "passwd", "nobody", "--generate")
    assert changed.exit == 1
    assert "does not exist" in changed.err
    removed = jitsi_tui(closed, "moderators", "remove", "nobody", "--yes", "--json")
    assert removed.exit == 1
    assert removed.json["missing"] == ["nobody"]
    assert "nobody" not in names(closed)


@pytest.mark.parametrize("name", ["a b", "a@other.example.org", "a/b", "<a>", ""])
def test_a_name_that_xmpp_forbids_never_reaches_the_server(closed: LabHost, name: str) -> None:
    done = jitsi_tui(closed, "moderators", "add", name, "--generate")
    assert done.exit == 1
    assert len(done.err.strip().splitlines()) == 1


def test_an_admin_with_sudo_adds_too(closed: LabHost) -> None:
    added = jitsi_tui(
        closed,
        "moderators",
        "add",
        "bysudo",
        "--password-stdin",
        user="ada",
        stdin="pw-by-sudo-1\n",
    )
    assert added.exit == 0, added.err
    assert logs_in(closed, "bysudo", "pw-by-sudo-1")


def test_a_restart_is_checked_and_said(closed: LabHost) -> None:
    before = closed.run(["cat", "/run/prosody/prosody.pid"]).stdout
    done = jitsi_tui(closed, "services", "restart", "prosody", "--json")
    assert done.exit == 0, done.err
    assert done.json["services"][0]["state"] == "running"
    assert closed.run(["cat", "/run/prosody/prosody.pid"]).stdout != before
    listed = jitsi_tui(closed, "services", "--json")
    assert {s["name"]: s["state"] for s in listed.json["services"]}["jicofo"] == "running"
    unknown = jitsi_tui(closed, "services", "restart", "sshd")
    assert unknown.exit in (1, 2)
