"""A change that waits until nobody meets; undo's refusals; what sudo must allow. On one real host.

The tests go in their order: one closes the host, the next find it closed.
"""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator

import pytest

from jitsi_tui.instance import calls
from jitsi_tui.instance.layout import Layout
from jitsi_tui.instance.model import Access, Ending, Policy
from jitsi_tui.session import engine
from jitsi_tui.session.look import look
from tests.matrix.world import connection

from .admin import paths
from .cli import Done, argv, environment, jitsi_tui
from .fixtures import HostFactory
from .host import LabHost
from .xmpp import Browser

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]
LOAD = "/run/jvb-load"
"""What the videobridge's stand-in says of itself."""


@pytest.fixture(scope="module")
def host(module_lab_host: HostFactory) -> Iterator[LabHost]:
    made = module_lab_host(generation="fixture")
    made.wait_for_jitsi()
    yield made


class Running:
    """A command that goes on."""

    def __init__(self, host: LabHost, *words: str) -> None:
        self.process = subprocess.Popen(
            argv(host, *words),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
        )

    def waits(self, conferences: int) -> None:
        """Until it says on standard error that it waits for so many."""
        assert self.process.stderr
        for line in self.process.stderr:
            said = json.loads(line).get("waiting", {})
            if said.get("conferences") == conferences:
                return
        raise AssertionError(f"it ended: {self.end()}")

    def end(self) -> Done:
        out, err = self.process.communicate(timeout=240)
        return Done(self.process.returncode, out, err)


def files(host: LabHost) -> dict[str, bytes]:
    there = [path for path in paths(host.domain) if host.files.exists(path)]
    return {path: host.files.path(path).read_bytes() for path in there}


def strays(host: LabHost) -> str:
    return host.run("ls -A /run/jitsi-tui 2>/dev/null; pgrep -af '[a]pply.pl'", check=False).stdout


def test_a_plan_says_whom_it_hits(host: LabHost) -> None:
    with Browser(host) as visitor:
        visitor.log_in_anonymously()
        assert visitor.conference_request("standup").error is None
        assert visitor.join("standup") is None  # Jicofo gives an empty room up after 15 s
        host.wait_for("the count", lambda: count(host) == "1")
        shown = jitsi_tui(host, "secure", "--dry-run", "--json").json
        said = jitsi_tui(host, "secure", "--dry-run").out
    assert (shown["conferences"], shown["participants"]) == (1, 1)
    assert "1 call with 1 person will reconnect" in said


def test_who_may_log_in_may_count(host: LabHost) -> None:
    host.wait_for("the end of the meeting", lambda: count(host) == "0")
    with connection(host, "mallory") as reached, Browser(host) as visitor:
        visitor.log_in_anonymously()
        assert visitor.conference_request("standup").error is None
        assert visitor.join("standup") is None
        now = calls.count(reached, Layout())
        assert (now.conferences, now.doubt) == (1, "")
        assert reached.commands_run <= 2


def count(host: LabHost) -> str:
    asked = "exec 3<>/dev/tcp/127.0.0.1/8888; printf 'GET /stats HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3"
    said = host.run(["bash", "-c", asked], check=False).stdout
    return said.partition('"conferences": ')[2][:1]


def test_it_waits_over_a_lost_connection_and_changes_when_nobody_meets(host: LabHost) -> None:
    host.wait_for("the end of the meeting", lambda: count(host) == "0", 90)
    before = files(host)
    host.files.write(LOAD, "2 7")
    running = Running(host, "secure", "--yes", "--json", "--when-idle")
    running.waits(2)
    assert files(host) == before
    host.run("pkill -KILL -f 'sshd: root@' || pkill -KILL -f 'sshd-session: root'", check=False)
    host.files.write(LOAD, "1 2")
    running.waits(1)
    assert files(host) == before
    host.run(["rm", LOAD])
    done = running.end()
    assert done.exit == 0, done.err
    assert done.json["applied"] is True
    assert [s["name"] for s in done.json["steps"]].count("idle") == 2
    assert done.json["conferences"] == 2, "as it was when the plan was shown"
    assert strays(host) == ""


def test_ctrl_c_while_it_waits_changes_nothing(host: LabHost) -> None:
    before = files(host)
    host.files.write(LOAD, "1 2")
    running = Running(host, "open", "--yes", "--json", "--when-idle")
    running.waits(1)
    running.process.send_signal(signal.SIGINT)
    done = running.end()
    host.run(["rm", LOAD])
    assert done.exit == 130
    assert done.error["message"] == "interrupted; nothing was changed"
    assert files(host) == before
    host.wait_for("no rest of it", lambda: strays(host) == "")


def test_an_undo_over_a_package_upgrade_is_refused_with_the_edits(host: LabHost) -> None:
    path = paths(host.domain)[2]
    ours = host.files.read(path)
    host.run(["hocon", "-f", path, "set", "jicofo.octo.id", '"7"'])
    refused = jitsi_tui(host, "undo", "--yes", "--json")
    host.files.edit(path, ours)
    assert refused.exit == 1
    assert path in refused.error["message"] and "--force" in refused.error["hint"]
    (edit,) = refused.json["edits"]
    assert edit["file"] == path
    added = [row for row in edit["diff"].splitlines() if row.startswith("+") and "octo" in row]
    assert added and "authentication" not in "".join(added)
    assert not [row for row in edit["diff"].splitlines() if "login-url" in row and row[0] in "+-"]


def test_sudo_needs_no_more_than_the_lines_that_sudoers_prints(host: LabHost) -> None:
    assert jitsi_tui(host, "open", "--yes", "--json", user="mallory").exit in (1, 3)
    printed = jitsi_tui(host, "sudoers", "--nopasswd", user="mallory")
    assert printed.exit == 0, printed.err
    place = "/etc/sudoers.d/jitsi-tui"
    host.files.write(place, printed.out, mode=0o440)
    assert "parsed OK" in host.run(["visudo", "-cf", place]).stdout
    opened = jitsi_tui(host, "open", "--yes", "--json", user="mallory")
    host.run(["rm", place])
    assert opened.exit == 0, opened.err
    assert opened.json["applied"] is True
    with_password = jitsi_tui(host, "sudoers", "--json", user="mallory").json
    assert with_password["lines"] == ["mallory ALL = (root) /usr/bin/sh, /bin/sh"]
    assert jitsi_tui(host, "sudoers", "--json").json["lines"] == []


def test_an_apply_costs_at_most_four_commands(host: LabHost) -> None:
    with connection(host) as reached:
        seen = look(reached, Layout())
        calls.count(reached, Layout())
        planned = engine.plan_policy(reached, seen, Policy(Access.ACCOUNTS))
        done = engine.run_plan(reached, seen, planned, engine.ApplyOptions("ada", when_idle=True))
        assert done.ending is Ending.APPLIED, done.message
        assert reached.commands_run <= 4


def test_pruning_deletes_what_it_shows_and_frees_the_room(host: LabHost) -> None:
    listed = [b["id"] for b in jitsi_tui(host, "undo", "--list", "--json").json["backups"]]
    assert len(listed) >= 2
    dry = jitsi_tui(host, "undo", "--prune", "1", "--dry-run", "--json")
    assert (dry.json["prune"], dry.json["keep"]) == (listed[1:], listed[:1])
    unasked = jitsi_tui(host, "undo", "--prune", "1", "--json")
    assert (unasked.exit, unasked.error["kind"]) == (2, "usage")
    assert [b["id"] for b in jitsi_tui(host, "undo", "--list", "--json").json["backups"]] == listed
    half = f"/var/backups/jitsi-tui/{listed[-1]}/phase.waiting"
    host.run(["touch", half])
    room = int(host.run("du -sk /var/backups/jitsi-tui | cut -f1").stdout)
    first = jitsi_tui(host, "undo", "--prune", "0", "--yes", "--json")
    assert listed[-1] in first.json["keep"], "its change has not ended"
    assert host.files.exists(half)
    host.run(["rm", half])
    last = jitsi_tui(host, "undo", "--prune", "0", "--yes", "--json")
    assert last.exit == 0, last.err
    assert sorted(first.json["pruned"] + last.json["pruned"]) == sorted(listed)
    assert (first.json["freed"] + last.json["freed"]) // 1024 > room // 2
    assert host.run("ls -A /var/backups/jitsi-tui").stdout == ""
    assert jitsi_tui(host, "undo", "--prune", "0", "--json").json["prune"] == []
    assert strays(host) == ""
