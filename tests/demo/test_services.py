"""Services that run as real processes, and answer by their files as of their last start."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from jitsi_tui.demo.practice import PracticeServer
from tests.demo.helpers import eventually, shell

PROSODY = "etc/prosody/conf.avail/meet.example.org.cfg.lua"
JICOFO = "etc/jitsi/jicofo/jicofo.conf"
MEET = "etc/jitsi/meet/meet.example.org-config.js"
HOST = "meet.example.org"


def get(port: int, path: str, *, body: str = "", host: str = HOST) -> bytes:
    """One request; raises ``ConnectionRefusedError`` where nobody listens."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("POST" if body else "GET", path, body or None, {"Host": host})
        return connection.getresponse().read()
    finally:
        connection.close()


def mechanisms(server: PracticeServer, to: str = HOST) -> list[str]:
    body = (
        f"<body rid='1' to='{to}' wait='1' hold='1' xmlns='http://jabber.org/protocol/httpbind'/>"
    )
    said = get(server.layout.prosody_http, "/http-bind", body=body).decode()
    if "improper-addressing" in said:
        raise LookupError(to)
    return [part.partition("<")[0] for part in said.split("<mechanism>")[1:]]


def authority(server: PracticeServer) -> str:
    said = json.loads(get(server.layout.jicofo_http, "/debug"))
    return str(said["conference_iq_handler"]["auth_authority"])


def answers(server: PracticeServer, port: int) -> bool:
    del server
    try:
        get(port, "/")
    except OSError:
        return False
    return True


def pid(server: PracticeServer, file: str) -> int:
    return int((server.root / file).read_text())


def edit(server: PracticeServer, file: str, old: str, new: str) -> None:
    path = server.root / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def log(server: PracticeServer, name: str) -> str:
    return (server.root / "var/log" / name).read_text()


def close(server: PracticeServer) -> None:
    """By hand, as the guide says."""
    edit(server, PROSODY, '"jitsi-anonymous" -- do not', '"internal_hashed" -- do not')
    with (server.root / PROSODY).open("a") as file:
        file.write(
            f'\nVirtualHost "guest.{HOST}"\n    authentication = "jitsi-anonymous"\n'
            "    c2s_require_encryption = false\n"
        )
    edit(
        server, MEET, "// anonymousdomain: 'guest.example.com'", f"anonymousdomain: 'guest.{HOST}'"
    )
    edit(
        server, JICOFO, "jicofo {",
        f"jicofo {{\n  authentication: {{ enabled: true, type: XMPP, login-url: {HOST} }}",
    )  # fmt: skip


class TestProcesses:
    def test_they_are_real_and_found_by_pid_file_and_name(self, practice: PracticeServer) -> None:
        for file, name in (
            ("run/prosody/prosody.pid", "prosody"),
            ("run/jicofo.pid", "jicofo"),
            ("var/run/jitsi-videobridge/jitsi-videobridge.pid", "jitsi-videobridge2"),
            ("var/run/nginx.pid", "nginx"),
        ):
            words = Path(f"/proc/{pid(practice, file)}/cmdline").read_bytes()
            assert words.startswith(name.encode())

    @pytest.mark.parametrize("name", ["prosody", "jicofo", "jitsi-videobridge2", "nginx"])
    def test_a_restart_gives_a_new_process(self, practice: PracticeServer, name: str) -> None:
        status = f"service {name} status"
        before = shell(practice, status).stdout
        assert shell(practice, f"service {name} restart").returncode == 0
        after = shell(practice, status).stdout
        assert before != after and "is running" in after

    @pytest.mark.parametrize(
        ("name", "field"),
        [
            ("prosody", "prosody_http"),
            ("jicofo", "jicofo_http"),
            ("jitsi-videobridge2", "videobridge_http"),
        ],
    )
    def test_who_is_down_refuses_connections(
        self, practice: PracticeServer, name: str, field: str
    ) -> None:
        port = getattr(practice.layout, field)
        assert shell(practice, f"service {name} stop").returncode == 0
        assert eventually(60, lambda: not answers(practice, port))
        # A process may be a moment longer on its way out than its port.
        assert eventually(60, lambda: shell(practice, f"service {name} status").returncode == 3)
        assert shell(practice, f"service {name} start").returncode == 0
        assert eventually(60, lambda: answers(practice, port))

    def test_who_is_killed_is_down_too(self, practice: PracticeServer) -> None:
        os.kill(pid(practice, "run/prosody/prosody.pid"), signal.SIGKILL)
        assert eventually(60, lambda: not answers(practice, practice.layout.prosody_http))

    def test_an_unknown_service_is_refused(self, practice: PracticeServer) -> None:
        assert shell(practice, "service postfix restart").returncode == 1
        assert shell(practice, "service ../../usr/bin/sudo restart").returncode == 1


class TestOpen:
    def test_everyone_gets_in(self, shared_practice: PracticeServer) -> None:
        assert mechanisms(shared_practice) == ["ANONYMOUS"]
        with pytest.raises(LookupError):
            mechanisms(shared_practice, f"guest.{HOST}")
        assert authority(shared_practice) == "null"

    def test_people_are_there(self, shared_practice: PracticeServer) -> None:
        port, bridge = shared_practice.layout.jicofo_http, shared_practice.layout.videobridge_http
        assert eventually(60, lambda: json.loads(get(port, "/stats"))["participants"] >= 3)
        assert eventually(60, lambda: b"jitsi_jvb_conferences 2" in get(bridge, "/metrics"))


class TestFiles:
    def test_nothing_changes_before_the_restart(self, practice: PracticeServer) -> None:
        close(practice)
        assert mechanisms(practice) == ["ANONYMOUS"]
        assert shell(practice, "service prosody reload").returncode == 0
        time.sleep(0.1)
        assert mechanisms(practice) == ["ANONYMOUS"]
        assert authority(practice) == "null"

    def test_after_it_accounts_are_asked_for(self, practice: PracticeServer) -> None:
        close(practice)
        shell(practice, "service prosody restart; service jicofo restart")
        assert mechanisms(practice) == ["SCRAM-SHA-1", "PLAIN"]
        assert mechanisms(practice, f"guest.{HOST}") == ["ANONYMOUS"]
        assert eventually(60, lambda: answers(practice, practice.layout.jicofo_http))
        assert authority(practice) == "XMPPDomainAuthAuthority"
        assert "AuthConfig[enabled=true, type=XMPP, loginUrl=meet.example.org" in log(
            practice, "jitsi/jicofo.log"
        )

    def test_guests_then_wait_at_the_door(self, practice: PracticeServer) -> None:
        close(practice)
        shell(practice, "service prosody restart; service jicofo restart")
        assert eventually(
            60, lambda: "not authorized user domain" in log(practice, "jitsi/jicofo.log")
        )

    def test_moderators_open_rooms_for_them(self, practice: PracticeServer) -> None:
        close(practice)
        shell(practice, "service prosody restart; service jicofo restart")
        added = shell(practice, f"printf 'pw\\npw\\n' | prosodyctl adduser ada@{HOST}")
        assert added.returncode == 0
        port = practice.layout.jicofo_http
        assert eventually(60, lambda: answers(practice, port))
        assert eventually(60, lambda: json.loads(get(port, "/stats"))["participants"] >= 1)
        assert f"Authenticated as ada@{HOST}" in log(practice, "prosody/prosody.log")

    def test_a_broken_prosody_file_keeps_it_down(self, practice: PracticeServer) -> None:
        edit(practice, PROSODY, 'VirtualHost "meet', 'VirtualHost = = "meet')
        ran = shell(practice, "service prosody restart")
        assert ran.returncode != 0
        assert not answers(practice, practice.layout.prosody_http)
        assert PROSODY.rpartition("/")[2] in log(practice, "prosody/prosody.err")
        checked = shell(practice, "prosodyctl check config")
        assert checked.returncode == 1 and "meet.example.org.cfg.lua" in checked.stdout

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("jicofo {", "jicofo { {"),
            ("jicofo {", "jicofo {\n authentication { enabled: true, type: XMPP }"),
            ("jicofo {", "jicofo {\n authentication { enabled: true, type: xmpp, login-url: x }"),
        ],
    )
    def test_a_broken_jicofo_conf_lets_it_die(
        self, practice: PracticeServer, old: str, new: str
    ) -> None:
        edit(practice, JICOFO, old, new)
        ran = shell(practice, "service jicofo restart")
        assert ran.returncode == 0, "its init script doesn't wait to see"
        assert eventually(60, lambda: shell(practice, "service jicofo status").returncode == 3)
        assert "SEVERE" in log(practice, "jitsi/jicofo.log")
        assert not answers(practice, practice.layout.jicofo_http)

    def test_the_legacy_property_wins(self, practice: PracticeServer) -> None:
        legacy = practice.root / "etc/jitsi/jicofo/sip-communicator.properties"
        legacy.write_text(f"org.jitsi.jicofo.auth.URL=XMPP:{HOST}\n")
        shell(practice, "service jicofo restart")
        assert eventually(60, lambda: answers(practice, practice.layout.jicofo_http))
        assert authority(practice) == "XMPPDomainAuthAuthority"


class TestProsodyctl:
    def test_it_says_what_it_is(self, shared_practice: PracticeServer) -> None:
        assert shell(shared_practice, "prosodyctl about").stdout.startswith("Prosody 0.12.3\n")
        said = shell(shared_practice, "prosodyctl status").stdout
        assert said == f"Prosody is running with PID {_prosody(shared_practice)}\n"

    def test_remarks_were_always_there(self, shared_practice: PracticeServer) -> None:
        assert shell(shared_practice, "prosodyctl check config").returncode == 1

    def test_an_open_host_takes_no_accounts(self, shared_practice: PracticeServer) -> None:
        ran = shell(shared_practice, f"printf 'a\\na\\n' | prosodyctl adduser ada@{HOST}")
        assert ran.returncode == 1 and "Creating user failed" in ran.stdout
        listed = shell(shared_practice, f"prosodyctl shell user list {HOST}")
        assert listed.returncode == 1

    def test_accounts_come_change_and_go(self, practice: PracticeServer) -> None:
        close(practice)
        shell(practice, "service prosody restart")

        def run(words: list[str], data: str = "") -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [f"{practice.layout.path_first}/prosodyctl", *words],
                input=data,
                env=practice.environment,
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            )

        jid = f"jörg@{HOST}"
        assert run(["adduser", jid], "one\ntwo\n").returncode == 1
        assert run(["adduser", jid], "one\none\n").returncode == 0
        again = run(["adduser", jid], "one\none\n")
        assert (again.returncode, again.stdout) == (1, "That user already exists\n")
        listed = run(["shell", "user", "list", HOST]).stdout
        assert listed == f"{jid}\nOK: Showing all 1 users\n"
        assert (
            practice.root / "var/lib/prosody/meet%2eexample%2eorg/accounts/j%c3%b6rg.dat"
        ).exists()
        assert run(["passwd", jid], "new\nnew\n").returncode == 0
        assert "does not exist" in run(["passwd", f"nobody@{HOST}"]).stdout
        assert run(["deluser", jid]).returncode == 0
        assert run(["deluser", jid]).returncode == 1
        assert run(["shell", "user", "list", HOST]).stdout == "OK: Showing all 0 users\n"

    def test_a_host_that_is_not_configured_takes_accounts_all_the_same(
        self, practice: PracticeServer
    ) -> None:
        ran = shell(practice, "printf 'a\\na\\n' | prosodyctl adduser ada@typo.example.org")
        assert ran.returncode == 0
        assert "mod_listusers" not in ran.stdout

    def test_the_shell_needs_the_running_server(self, practice: PracticeServer) -> None:
        shell(practice, "service prosody stop")
        ran = shell(practice, f"prosodyctl shell user list auth.{HOST}")
        assert ran.returncode == 1 and "is Prosody running?" in ran.stdout
        assert shell(practice, "prosodyctl status").returncode == 1
        assert shell(practice, "prosodyctl start").returncode == 0
        assert shell(practice, "prosodyctl status").returncode == 0

    def test_sudo_stays_inside(self, shared_practice: PracticeServer) -> None:
        ran = shell(shared_practice, "sudo -n -p x -- id -u")
        assert ran.stdout.strip() == str(os.getuid())


class TestLogs:
    def test_they_move(self, practice: PracticeServer) -> None:
        sizes = {p: p.stat().st_size for p in (practice.root / "var/log").rglob("*.log")}
        assert len(sizes) == 5
        assert eventually(
            60, lambda: sum(p.stat().st_size > size for p, size in sizes.items()) >= 4
        )

    def test_a_restart_is_seen_in_them(self, practice: PracticeServer) -> None:
        def starts() -> int:
            return log(practice, "jitsi/jicofo.log").count("Starting Jicofo.")

        before = starts()
        shell(practice, "service prosody restart; service jicofo restart")
        said = log(practice, "prosody/prosody.log")
        for line in ("Shutting down: Received SIGTERM", "Hello and welcome to Prosody"):
            assert line in said
        assert eventually(60, lambda: starts() == before + 1)

    def test_they_survive_a_rotation_by_renaming(self, practice: PracticeServer) -> None:
        path = practice.root / "var/log/prosody/prosody.log"
        path.rename(path.with_name("prosody.log.9"))
        shell(practice, "service prosody restart")
        assert "Hello and welcome" in path.read_text()


def _prosody(server: PracticeServer) -> int:
    return pid(server, "run/prosody/prosody.pid")
