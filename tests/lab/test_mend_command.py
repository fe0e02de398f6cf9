"""``mend`` as a command: what it is asked, by whom, and what it says where it does not mend."""

from __future__ import annotations

import pytest

from jitsi_tui.instance.layout import Layout
from jitsi_tui.instance.model import Ending
from jitsi_tui.session import engine
from jitsi_tui.session.look import look
from tests.lab.admin import secured
from tests.lab.breaking import CONF, DOMAIN, MEET, append, broken, sub
from tests.lab.cli import jitsi_tui
from tests.lab.fixtures import HostFactory
from tests.lab.host import LabHost
from tests.lab.reach import reach
from tests.lab.rootfs import ADMIN_PASSWORD

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]

NO_PROXY = sub(r"client-proxy[^\n]*\n", "\n")
OVER_HTTP = append(f"\nconfig.conferenceRequestUrl = 'https://{DOMAIN}/conference-request/v1';\n")


@pytest.fixture
def host(module_lab_host: HostFactory) -> LabHost:
    """A secured server with a moderator, as it should be."""
    return module_lab_host(generation="debian-2026", prepare=secured(DOMAIN))


def spoil(host: LabHost) -> dict[str, bytes]:
    """A fault that we mend in each of two files; both files as they are then."""
    for path, edit in ((CONF, NO_PROXY), (MEET, OVER_HTTP)):
        host.files.path(path).write_text(edit(host.files.read(path)), "utf-8")
    return contents(host)


def contents(host: LabHost) -> dict[str, bytes]:
    return {path: host.files.path(path).read_bytes() for path in (CONF, MEET)}


def backups(host: LabHost) -> list[str]:
    return host.run("ls /var/backups/jitsi-tui 2>/dev/null", check=False).stdout.split()


def test_a_dry_run_shows_what_it_would_do_and_does_nothing(host: LabHost) -> None:
    with broken(host, CONF, MEET):
        before, kept = spoil(host), backups(host)
        done = jitsi_tui(host, "mend", "--dry-run", "--json")
        assert done.exit == 0, done.err
        told = done.json
        assert {one["id"] for one in told["mends"]} == {
            "jicofo-client-proxy",
            "conference-request-url",
        }
        assert sorted(one["file"] for one in told["changes"]) == sorted((CONF, MEET))
        assert told["restarts"] == ["jicofo"] and "gone" not in told
        assert contents(host) == before and backups(host) == kept


def test_a_finding_that_there_is_not_is_a_mistake_and_is_told_before_connecting(
    host: LabHost,
) -> None:
    done = jitsi_tui(host, "mend", "no-such-finding", "--yes", "--json")
    assert done.exit == 2 and "no finding is called 'no-such-finding'" in done.error["message"]
    assert "status" in done.error["hint"]


def test_what_is_not_found_here_is_said_and_all_is_well(host: LabHost) -> None:
    before = contents(host)
    done = jitsi_tui(host, "mend", "open-registration", "--yes")
    assert done.exit == 0, done.err
    assert "open-registration is not found here" in done.out
    told = jitsi_tui(host, "mend", "open-registration", "--yes", "--json").json
    assert told["mends"] == told["changes"] == told["restarts"] == []
    assert contents(host) == before


def test_one_that_a_person_must_mend_stops_the_others_that_were_named(host: LabHost) -> None:
    """Half of what was asked for is not what was asked for."""
    with broken(host, CONF, MEET, "/etc/jitsi/meet/old.key"):
        before = spoil(host)
        host.files.write("/etc/jitsi/meet/old.key", "x")
        host.run("chmod 644 /etc/jitsi/meet/old.key")
        done = jitsi_tui(host, "mend", "conference-request-url", "readable-keys", "--yes", "--json")
        assert done.exit == 1 and "readable-keys: jitsi-tui has no mend" in done.error["message"]
        assert "chmod o-rwx /etc/jitsi/meet/old.key" in done.error["hint"]
        assert contents(host) == before

        done = jitsi_tui(host, "mend", "--yes", "--json", timeout=200)
        assert done.exit == 0, done.err
        assert set(done.json["gone"]) == {"jicofo-client-proxy", "conference-request-url"}
        [left] = done.json["by_hand"]
        assert left["id"] == "readable-keys" and "chmod" in left["fix"]


def test_a_file_that_is_edited_between_the_plan_and_the_apply_stops_it(host: LabHost) -> None:
    with broken(host, CONF, MEET):
        spoil(host)
        with reach(host) as opened:
            seen = look(opened, Layout())
            plan = engine.plan_mend(seen, ()).plan
            assert {change.path for change in plan.changes} == {CONF, MEET}
            host.files.path(MEET).write_text(host.files.read(MEET) + "// meanwhile\n", "utf-8")
            before, kept = contents(host), backups(host)
            done = engine.run_plan(opened, seen, plan, engine.ApplyOptions("ada"))
        assert done.ending is Ending.REFUSED and MEET in done.message, done
        assert "changed since" in done.message
        assert contents(host) == before and backups(host) == kept


def test_an_admin_mends_with_the_password_of_sudo(host: LabHost) -> None:
    with broken(host, CONF, MEET):
        spoil(host)
        words = ("mend", "--yes", "--json", "--sudo-password-stdin")
        wrong = jitsi_tui(host, *words, user="grace", stdin="wrong\n")
        assert wrong.exit == 3 and "sudo" in wrong.error["message"]
        done = jitsi_tui(host, *words, user="grace", stdin=f"{ADMIN_PASSWORD}\n", timeout=200)
        assert done.exit == 0, done.err
        assert set(done.json["gone"]) == {"jicofo-client-proxy", "conference-request-url"}
        assert ADMIN_PASSWORD not in done.out + done.err
        owner = host.run(f"stat -c %U:%G {CONF} {MEET}").stdout.split()
        assert owner == ["jicofo:jitsi", "root:root"], "whose they were"


def test_who_may_not_read_is_told_how_he_could_and_nothing_is_mended(host: LabHost) -> None:
    with broken(host, CONF, MEET):
        before = spoil(host)
        for words in ((), ("jicofo-client-proxy",)):
            done = jitsi_tui(host, "mend", *words, "--yes", "--json", user="mallory")
            assert done.exit == 1 and "not everything could be read" in done.error["message"], done
            assert "sudo" in done.error["hint"]
        assert contents(host) == before
