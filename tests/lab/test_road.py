"""From open to closed, and proved: the whole road on real servers, seen from outside the tool."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.oracles.asking import hocon_meaning, meet_meaning, prosody_meaning

from .admin import paths, secure_files
from .cli import argv, environment, jitsi_tui
from .fixtures import HostFactory
from .generations import REAL_SERVERS
from .host import LabHost
from .standins.jicofo import javaproperties
from .xmpp import Browser, LoginError

pytestmark = [pytest.mark.lab, pytest.mark.corpus, pytest.mark.timeout(600)]


@dataclass(frozen=True)
class Seen:
    """Files and processes of a host, as they are seen from outside."""

    files: dict[str, tuple[bytes, str]]
    """Path to its bytes and to what ``stat`` says of owner, group, mode, links and kind."""

    processes: dict[str, str]


def look(host: LabHost) -> Seen:
    places = [p for p in paths(host.domain) if host.files.exists(p)]
    places.append(f"/etc/prosody/conf.d/{host.domain}.cfg.lua")
    files = {}
    for place in places:
        stat = host.run(["stat", "--format=%U:%G %a %h %F", place]).stdout.strip()
        files[place] = (host.files.path(place).read_bytes(), stat)
    return Seen(files, started(host))


def started(host: LabHost) -> dict[str, str]:
    """When each service's process started, in the kernel's ticks."""
    pids = host.run(
        "for file in /run/prosody/prosody.pid /run/jicofo.pid; do echo $(cat $file); done; "
        "systemctl show -p MainPID --value jitsi-videobridge2 nginx"
    ).stdout.split()
    return {pid: host.run(["cut", "-d ", "-f22", f"/proc/{pid}/stat"]).stdout for pid in pids}


def leftovers(host: LabHost) -> str:
    """What an apply may leave behind besides its backup: there must be nothing."""
    return host.run(
        "find /etc /usr /tmp /var/lib /home /root -name '*jitsi-tui*' 2>/dev/null; "
        "ls -A /run/jitsi-tui 2>/dev/null; systemctl list-units --all --no-legend '*jitsi-tui*'",
        check=False,
    ).stdout.strip()


IN_BETWEEN = {("bookworm", "debian-2022"), ("bookworm", "debian-2023")}
SERVERS = [
    pytest.param(one, marks=pytest.mark.slow if one in IN_BETWEEN else (), id="-".join(one))
    for one in REAL_SERVERS
]


@pytest.fixture(scope="module", params=SERVERS)
def road(request: pytest.FixtureRequest, module_lab_host: HostFactory) -> Iterator[Road]:
    release, generation = request.param
    host = module_lab_host(release=release, generation=generation)
    host.wait_for_jitsi()
    yield Road(host)


class Road:
    """One server on its way: opened, secured once, and what was seen at each stage."""

    def __init__(self, host: LabHost) -> None:
        self.host = host
        self.before = look(host)
        self.first_status = jitsi_tui(host, "status", "--json")
        self.secured = jitsi_tui(host, "secure", "--yes", "--json")
        self.after = look(host)


def test_an_open_server_is_told_to_be_open_with_its_proof(road: Road) -> None:
    status = road.first_status
    assert status.exit == 1, status.err
    assert status.json["posture"] == "open"
    assert status.json["probe"]["strangers_log_in"] is True
    assert [f["id"] for f in status.json["findings"] if f["severity"] == "error"] == ["open-server"]


def test_secure_ends_well_and_says_what_it_did(road: Road) -> None:
    done = road.secured
    assert done.exit == 0, done.out + done.err
    answer = done.json
    assert answer["applied"] is True
    assert answer["rolled_back"] is False
    assert answer["probe"]["strangers_log_in"] is False
    assert answer["probe"]["strangers_open_rooms"] is False
    assert answer["restarts"] == ["prosody", "jicofo"]


def test_strangers_meet_no_open_door_and_guests_do(road: Road) -> None:
    with Browser(road.host) as stranger:
        assert not stranger.mechanisms & {"ANONYMOUS", "OAUTHBEARER"}
        assert stranger.mechanisms
    with Browser(road.host, f"guest.{road.host.domain}") as guest:
        assert guest.mechanisms == {"ANONYMOUS"}


def test_a_guest_waits_until_a_moderator_opened_the_room(road: Road) -> None:
    password = "a password of-16 words"
    added = jitsi_tui(
        road.host, "moderators", "add", "joki", "--password-stdin", "--json", stdin=f"{password}\n"
    )
    assert added.exit == 0, added.err
    with Browser(road.host, f"guest.{road.host.domain}") as guest, Browser(road.host) as joki:
        guest.log_in_anonymously()
        assert guest.conference_request("daily").error == "not-authorized"
        joki.log_in("joki", password)
        assert joki.conference_request("daily").ready
        assert guest.conference_request("daily").ready
    with Browser(road.host) as wrong, pytest.raises(LoginError):
        wrong.log_in("joki", "not the password")


def test_it_changes_at_most_sixteen_lines_and_only_what_it_says(road: Road) -> None:
    changed = 0
    for change in road.secured.json["changes"]:
        lines = [
            line
            for line in change["diff"].splitlines()
            if line[:1] in "+-" and line[:3] not in ("+++", "---")
        ]
        changed += len(lines)
    assert 0 < changed <= 16
    for path, (data, stat) in road.before.files.items():
        after, stat_after = road.after.files[path]
        assert stat_after == stat, path
        removed = [b for b in data.splitlines() if b not in after.splitlines()]
        assert len(removed) <= 2, path


def test_other_parsers_read_what_was_wanted_and_nothing_else_changed(road: Road) -> None:
    domain = road.host.domain
    guest = f"guest.{domain}"
    prosody, meet, conf, properties = paths(domain)

    def meanings(path: str, oracle: Callable[[str], dict[str, Any]]) -> list[dict[str, Any]]:
        return [oracle(seen.files[path][0].decode()) for seen in (road.before, road.after)]

    before, after = meanings(prosody, prosody_meaning)
    before[guest] = {
        "authentication": before[domain]["authentication"],
        "c2s_require_encryption": False,
        "defined": before[domain]["defined"],
    }
    before[domain]["authentication"] = "internal_hashed"
    if "disable_sasl_mechanisms" in after[domain]:
        before[domain]["disable_sasl_mechanisms"] = ["DIGEST-MD5", "OAUTHBEARER"]
    assert after == before

    before, after = meanings(meet, meet_meaning)
    before["hosts"]["anonymousdomain"] = guest
    assert after == before

    if conf in road.before.files:
        before, after = meanings(conf, hocon_meaning)
        wanted = {"enabled": True, "type": "XMPP", "login-url": domain}
        before["jicofo"]["authentication"] = wanted
    else:
        before, after = meanings(properties, javaproperties.parse)
        before["org.jitsi.jicofo.auth.URL"] = f"XMPP:{domain}"
    assert after == before


def test_only_services_whose_settings_changed_restart(road: Road) -> None:
    kept = set(road.before.processes.items()) & set(road.after.processes.items())
    assert len(kept) >= 2
    assert len(set(road.before.processes.items()) - kept) == 2


def test_nothing_is_left_behind_but_the_backup(road: Road) -> None:
    assert leftovers(road.host) == ""
    modes = road.host.run(
        "find /var/backups/jitsi-tui -type d ! -perm 700 -o -type f ! -perm 600"
    ).stdout
    assert modes == ""


def test_a_second_secure_does_nothing(road: Road) -> None:
    before = look(road.host)
    listing = road.host.run("find /var/backups/jitsi-tui | sort").stdout
    done = jitsi_tui(road.host, "secure", "--yes", "--json")
    assert done.exit == 0, done.err
    assert done.json["changes"] == []
    assert done.json["restarts"] == []
    assert done.json["applied"] is False
    assert look(road.host) == before
    assert road.host.run("find /var/backups/jitsi-tui | sort").stdout == listing


def test_a_secured_server_has_no_error_and_undo_brings_every_byte_back(road: Road) -> None:
    status = jitsi_tui(road.host, "status", "--json")
    assert status.exit == 0, status.out
    assert status.json["posture"] == "secure"
    undone = jitsi_tui(road.host, "undo", "--yes", "--json")
    assert undone.exit == 0, undone.out + undone.err
    assert undone.json["probe"]["strangers_log_in"] is True
    assert look(road.host).files == road.before.files
    again = jitsi_tui(road.host, "status", "--json")
    assert (again.exit, again.json["posture"]) == (1, "open")
    with Browser(road.host) as stranger:
        stranger.log_in_anonymously()
        assert stranger.conference_request("anybodys").ready


def test_open_right_after_secure_gives_the_bytes_back(road: Road) -> None:
    secured = jitsi_tui(road.host, "secure", "--yes", "--no-guests", "--json")
    assert secured.exit == 0, secured.err
    assert secured.json["probe"]["guest"] is None
    opened = jitsi_tui(road.host, "open", "--yes", "--json")
    assert opened.exit == 0, opened.out + opened.err
    assert look(road.host).files == road.before.files


def test_the_plan_that_is_shown_applies_with_patch(road: Road) -> None:
    planned = jitsi_tui(road.host, "secure", "--dry-run", "--json", "--show-secrets")
    assert planned.exit == 0, planned.err
    assert "applied" not in planned.json
    patch = "".join(change["diff"] for change in planned.json["changes"])
    applied = subprocess.run(
        ["patch", "-p1", "--dry-run", "-d", str(road.host.files.path("/"))],
        input=patch,
        capture_output=True,
        text=True,
        check=False,
    )
    assert applied.returncode == 0, applied.stdout + applied.stderr


def test_a_moderators_password_never_stands_in_a_process_list(lab_host: HostFactory) -> None:
    host = lab_host(release="bookworm", generation="debian-2026")
    host.wait_for_jitsi()
    assert jitsi_tui(host, "secure", "--yes", "--json").exit == 0
    secret = "planted-secret-9931"
    process = subprocess.Popen(
        argv(host, "moderators", "add", "joki", "--password-stdin", user="ada"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    assert process.stdin is not None
    process.stdin.write(f"{secret}\n")
    process.stdin.close()
    samples = 0
    while process.poll() is None:
        # The host's processes are this machine's too: one look sees both.
        every = subprocess.run(
            ["ps", "-eww", "-o", "args"], capture_output=True, text=True, check=True
        )
        environ = subprocess.run(
            "cat /proc/[0-9]*/environ", shell=True, capture_output=True, check=False
        )
        assert secret not in every.stdout
        assert secret.encode() not in environ.stdout
        samples += 1
        time.sleep(0.01)
    assert process.returncode == 0
    assert samples > 3
    found = host.run(
        ["grep", "-rl", secret, "/var/log", "/run", "/tmp", "/home", "/root", "/var/backups"],
        check=False,
    )
    assert found.stdout == ""


def test_services_that_were_never_restarted_after_a_hand_edit_are_restarted(
    lab_host: HostFactory,
) -> None:
    host = lab_host(release="bookworm", generation="debian-2026")
    host.wait_for_jitsi()
    secure_files(host.files, host.domain)
    before = look(host)
    assert jitsi_tui(host, "status", "--json").json["posture"] != "secure"
    done = jitsi_tui(host, "secure", "--yes", "--json")
    assert done.exit == 0, done.out + done.err
    assert done.json["changes"] == []
    assert done.json["restarts"] == ["prosody", "jicofo"]
    assert look(host).files == before.files
    assert jitsi_tui(host, "status", "--json").json["posture"] == "secure"
