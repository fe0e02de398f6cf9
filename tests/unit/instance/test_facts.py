"""The facts, gathered by the real program from a folder that looks like a server."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from jitsi_tui.instance import facts, plan
from jitsi_tui.instance.facts.domains import (
    NoJitsiError,
    SeveralDomainsError,
    UnknownDomainError,
)
from jitsi_tui.instance.facts.sections import FactsError
from jitsi_tui.instance.layout import Layout
from jitsi_tui.instance.model import Absent, Access, Failed, Known, Policy, RefusedError, known
from jitsi_tui.instance.readings import ProsodyReading
from jitsi_tui.ssh.command import Command
from jitsi_tui.ssh.host import Host, Result
from tests.unit.instance.folder_server import (
    CONFIG_JS,
    DOMAIN,
    JICOFO_CONF,
    MAIN_FILE,
    MEET,
    PROPERTIES,
    PROSODY,
    FolderServer,
    local_host,
)


class Otherwise:
    """A host that runs its own program whatever it is asked for, as ForceCommand does."""

    def __init__(self, *argv: str) -> None:
        self._argv = argv

    def run(self, command: Command, **_: object) -> Result:
        done = subprocess.run(
            self._argv, input=command.stdin, capture_output=True, timeout=60, check=False
        )
        return Result(done.returncode, done.stdout, done.stderr, as_root=False)


@pytest.mark.parametrize(
    "argv", [("bash",), ("sh", "-c", "echo This account is not available.; exit 1")]
)
def test_a_server_that_runs_something_else_is_said_to(argv: tuple[str, ...]) -> None:
    with pytest.raises(FactsError, match="ran something else") as error:
        facts.gather(cast(Host, Otherwise(*argv)))
    assert "ForceCommand" in error.value.hint


@pytest.fixture
def server(tmp_path: Path) -> FolderServer:
    return FolderServer(tmp_path)


def no_backup(identifier: str) -> Mapping[str, bytes]:
    raise AssertionError(identifier)


@pytest.mark.parametrize(("root", "hint"), [(True, "not even root"), (False, "log in as root")])
def test_a_link_in_a_circle_is_refused_and_root_is_not_told_to_become_root(
    server: FolderServer, root: bool, hint: str
) -> None:
    server.link("/etc/prosody/conf.d/circle.cfg.lua", "circle.cfg.lua")
    seen = replace(server.look(), as_root=root)
    with pytest.raises(RefusedError, match=r"circle\.cfg\.lua") as error:
        plan.compute(seen, Policy(Access.ACCOUNTS), None, read_backup=no_backup)
    assert hint in error.value.hint


def test_the_three_places_are_found(server: FolderServer) -> None:
    seen = server.look()
    assert (seen.domain, seen.domains) == (DOMAIN, (DOMAIN,))
    assert known(seen.prosody.version) == "0.12.3"
    main = seen.prosody.files[MAIN_FILE]
    assert main.data == PROSODY.encode()
    assert main.path == "/etc/prosody/conf.d/meet.example.org.cfg.lua"
    meet, hocon = known(seen.meet), known(seen.jicofo.hocon)
    assert meet is not None and meet.real == CONFIG_JS
    assert hocon is not None and hocon.real == JICOFO_CONF
    assert isinstance(seen.jicofo.properties, Absent)
    assert isinstance(seen.prosody.effective, Absent)
    assert seen.docker is None


def test_owner_mode_and_time_are_those_of_the_file(server: FolderServer) -> None:
    path = server.path(MAIN_FILE)
    path.chmod(0o640)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    file = server.look().prosody.files[MAIN_FILE]
    assert file.mode == 0o640
    assert file.modified.timestamp() == 1_700_000_000
    assert file.owner == path.owner() and file.group == path.group()


def test_includes_are_followed_and_dot_names_are_not(server: FolderServer) -> None:
    server.write("/etc/prosody/conf.d/.staged.cfg.lua", 'VirtualHost "staged.example.org"\n')
    server.write("/etc/prosody/conf.d/notes.txt", 'VirtualHost "notes.example.org"\n')
    server.write("/etc/prosody/more/one.cfg.lua", "-- taken in by name\n")
    server.replace(MAIN_FILE, "consider", 'Include "../more/one.cfg.lua"\nconsider')
    server.replace("/etc/prosody/prosody.cfg.lua", "Include", '-- Include "gone.cfg.lua"\nInclude')
    seen = server.look()
    assert set(seen.prosody.files) == {
        "/etc/prosody/prosody.cfg.lua",
        MAIN_FILE,
        "/etc/prosody/more/one.cfg.lua",
    }
    assert not any("staged" in path or "notes" in path for path in seen.prosody.files)


@pytest.mark.parametrize(
    "pattern", ["/etc/prosody/conf.d/*.cfg.lua", "./conf.d/*.cfg.lua", "conf.avail/../conf.d/*.lua"]
)
def test_the_main_host_is_found_however_its_folder_is_named(
    server: FolderServer, pattern: str
) -> None:
    server.replace("/etc/prosody/prosody.cfg.lua", "conf.d/*.cfg.lua", pattern)
    seen = server.look()
    assert ProsodyReading(seen).file_of(DOMAIN) == MAIN_FILE


def test_a_file_that_takes_no_part_stands_aside(server: FolderServer) -> None:
    server.path("/etc/prosody/conf.d/meet.example.org.cfg.lua").unlink()
    seen = server.look()
    assert MAIN_FILE not in seen.prosody.files
    assert MAIN_FILE in seen.prosody.aside


def test_no_jitsi_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoJitsiError) as error:
        facts.gather(local_host(), layout=Layout(root=str(tmp_path)))
    assert error.value.kind == "no-jitsi" and error.value.hint


def test_several_domains_want_a_choice(server: FolderServer) -> None:
    server.write("/etc/jitsi/meet/b.example.org-config.js", MEET.replace(DOMAIN, "b.example.org"))
    server.write(
        "/etc/prosody/conf.d/b.cfg.lua",
        'VirtualHost "b.example.org"\nauthentication = "anonymous"\n',
    )
    with pytest.raises(SeveralDomainsError, match=r"b\.example\.org, meet\.example\.org"):
        server.look()
    assert server.look("B.example.org.").domain == "b.example.org"
    with pytest.raises(UnknownDomainError) as error:
        server.look("c.example.org")
    assert DOMAIN in error.value.hint


def test_a_config_js_without_a_host_is_no_domain(server: FolderServer) -> None:
    server.write("/etc/jitsi/meet/old.example.org-config.js", MEET)
    assert server.look().domains == (DOMAIN,)


def test_hostile_names_are_no_domains_and_stop_nothing(server: FolderServer) -> None:
    server.write("/etc/jitsi/meet/\x1b[2Jevil\n-config.js", MEET)
    server.write("/etc/prosody/conf.d/\x1b]0;x\x07.cfg.lua", "-- nothing\n")
    server.write(b"/etc/prosody/conf.d/\xff\xfe.cfg.lua".decode("utf-8", "surrogateescape"), "--\n")
    assert server.look().domains == (DOMAIN,)


def test_a_pipe_in_place_of_a_file_is_not_waited_for(server: FolderServer) -> None:
    os.mkfifo(server.path("/etc/prosody/conf.d/pipe.cfg.lua"))
    began = time.monotonic()
    assert server.look().domain == DOMAIN
    assert time.monotonic() - began < 45


def test_bytes_of_any_kind_arrive_as_they_are(server: FolderServer) -> None:
    data = PROSODY.encode() + b"-- \x00\x1b[31m\xff\r\n" + bytes(range(256)) + b"no line end"
    server.write(MAIN_FILE, data)
    assert server.look().prosody.files[MAIN_FILE].data == data


def test_a_file_without_end_is_left_out_and_said(server: FolderServer) -> None:
    server.write(CONFIG_JS, b"x" * (1_048_576 + 1))
    seen = server.look()
    assert isinstance(seen.meet, Failed) and "1 MiB" in seen.meet.why
    assert CONFIG_JS in seen.unread


def test_java_options_move_jicofos_files(server: FolderServer) -> None:
    server.write("/srv/jicofo.conf", "jicofo { authentication { enabled: true } }\n")
    server.write("/srv/old/sip-communicator.properties", "org.jitsi.jicofo.auth.URL=XMPP:x\n")
    server.write(
        "/etc/jitsi/jicofo/config",
        '# JAVA_SYS_PROPS="-Dconfig.file=/nowhere"\n'
        'JAVA_SYS_PROPS="-Dconfig.file=/srv/jicofo.conf'
        " -Dnet.java.sip.communicator.SC_HOME_DIR_LOCATION=/srv"
        ' -Dnet.java.sip.communicator.SC_HOME_DIR_NAME=old"\n',
    )
    seen = server.look()
    hocon, legacy = known(seen.jicofo.hocon), known(seen.jicofo.properties)
    assert hocon is not None and hocon.real == "/srv/jicofo.conf"
    assert legacy is not None and legacy.real == "/srv/old/sip-communicator.properties"


def test_a_legacy_file_that_jicofo_does_not_read_is_absent(server: FolderServer) -> None:
    server.write(PROPERTIES, "org.jitsi.jicofo.auth.URL=XMPP:meet.example.org\n")
    server.write("/etc/jitsi/jicofo/config", 'JAVA_SYS_PROPS="-Dlog=x"\n')
    seen = server.look()
    assert (
        isinstance(seen.jicofo.properties, Absent)
        and "JAVA_SYS_PROPS" in seen.jicofo.properties.why
    )
    assert isinstance(seen.jicofo.hocon, Known)


LOG = "Jicofo 2026-11-24 04:00:0{n}.123 INFO: [23] JicofoServices.create#1: {text}\n"
ON = (
    "Starting authentication service with config=AuthConfig[enabled=true, type=XMPP,"
    " loginUrl=meet.example.org, authenticationLifetime=PT24H, enableAutoLogin=true]."
)
OFF = "Authentication service disabled."


@pytest.mark.parametrize(
    ("lines", "authority", "login_url"),
    [
        ([ON], "xmpp", DOMAIN),
        ([ON, OFF], "off", None),
        ([OFF, ON], "xmpp", DOMAIN),
        ([ON.replace("type=XMPP", "type=NONE")], "off", None),
        ([ON.replace("type=XMPP", "type=JWT")], "jwt", DOMAIN),
        (["room=x Conference request"], "unknown", None),
    ],
)
def test_jicofos_log_tells_its_last_start(
    server: FolderServer, lines: list[str], authority: str, login_url: str | None
) -> None:
    text = "".join(LOG.format(n=n, text=line) for n, line in enumerate(lines))
    server.write(
        "/var/log/jitsi/jicofo.log", text + "Jicofo 2026-11-24 05:00:00.000 INFO: [1] x\n" * 5000
    )
    jicofo = server.look().jicofo
    assert jicofo.logged_authority == authority
    if authority != "off":
        assert jicofo.logged_login_url == login_url


def test_a_log_line_of_ten_megabytes_stops_nothing(server: FolderServer) -> None:
    server.write(
        "/var/log/jitsi/jicofo.log", b"x" * 10_000_000 + (OFF + "\n").encode() + b"y" * 900_000
    )
    began = time.monotonic()
    assert server.look().jicofo.logged_authority == "off"
    assert time.monotonic() - began < 45


def test_a_line_across_two_pieces_of_the_log_is_found(server: FolderServer) -> None:
    line = LOG.format(n=1, text=ON).encode()
    tail = b"z" * (524_288 - len(line) // 2 - 1) + b"\n"
    server.write("/var/log/jitsi/jicofo.log", b"first\n" + line + tail)
    assert server.look().jicofo.logged_login_url == DOMAIN


def test_accounts_are_counted_by_their_files(server: FolderServer) -> None:
    assert server.look().accounts == Known(0)
    for name in ("ada", "grace%2eh"):
        server.write(f"/var/lib/prosody/meet%2eexample%2eorg/accounts/{name}.dat", "return {}\n")
    server.write("/var/lib/prosody/auth%2emeet%2eexample%2eorg/accounts/focus.dat", "return {}\n")
    seen = server.look()
    assert seen.accounts == Known(2)
    assert seen.account_names[DOMAIN] == {"ada", "grace.h"}
    assert seen.account_names[f"auth.{DOMAIN}"] == {"focus"}


def test_a_service_is_its_process_and_not_its_pid_file(server: FolderServer) -> None:
    server.write("/etc/init.d/jicofo", "#!/bin/sh\n")
    server.write("/etc/init.d/prosody", "#!/bin/sh\n")
    server.write("/run/jicofo.pid", "4194304\n")
    server.write("/run/prosody/prosody.pid", f"{os.getpid()}\n")
    seen = server.look()
    prosody, jicofo = seen.service("prosody"), seen.service("jicofo")
    bridge = seen.service("jitsi-videobridge2")
    assert prosody is not None and prosody.state == "running" and prosody.pid == os.getpid()
    assert prosody.since is not None and abs((seen.taken - prosody.since).total_seconds()) < 3600
    assert jicofo is not None and jicofo.state == "failed" and "gone" in jicofo.detail
    assert bridge is not None and bridge.state == "absent"


def test_plugins_logs_and_sites_are_listed(server: FolderServer) -> None:
    plugins = "/usr/share/jitsi-meet/prosody-plugins"
    server.write(f"{plugins}/mod_auth_jitsi-anonymous.lua", "--\n")
    server.write("/var/log/jitsi/jvb.log", "")
    server.write(
        "/etc/nginx/sites-enabled/other.conf", "server { server_name other.example.org; }\n"
    )
    server.write(
        "/etc/nginx/sites-enabled/meet.conf",
        "server {\n  server_name meet.example.org;\n  access_log /srv/meet.log jitsi_log;\n"
        "  ssl_certificate /etc/jitsi/meet/meet.crt;\n}\n",
    )
    server.write("/etc/jitsi/meet/meet.crt", "no certificate\n")
    seen = server.look()
    assert seen.prosody.plugins == {"auth_jitsi-anonymous"}
    assert list(seen.web) == ["/etc/nginx/sites-enabled/meet.conf"]
    assert seen.log_paths["nginx.access"] == "/srv/meet.log"
    assert seen.log_paths["jvb"] == "/var/log/jitsi/jvb.log"
    assert isinstance(seen.certificate, Known) and seen.certificate_until is None


def test_a_docker_install_is_recognised_and_refused(tmp_path: Path) -> None:
    server = FolderServer(tmp_path)
    for path in (CONFIG_JS, JICOFO_CONF):
        server.path(path).unlink()
    server.path("/etc/jitsi/meet").rmdir()
    server.path("/etc/jitsi/jicofo").rmdir()
    server.folder("/root/.jitsi-meet-cfg/prosody")
    server.write("/root/docker-jitsi-meet/.env", "PUBLIC_URL=https://talk.example.org\n")
    seen = server.look()
    assert seen.docker is not None and seen.domain == "talk.example.org"
    refusal = facts.docker_refusal(seen)
    assert refusal is not None and "ENABLE_AUTH=1" in refusal.hint


def test_the_source_of_a_file_stands_in_no_repr(server: FolderServer) -> None:
    server.replace(JICOFO_CONF, "xmpp-domain", 'password: "hush-hush"\n      xmpp-domain')
    assert "hush-hush" not in repr(server.look())


def test_of_very_many_backups_the_newest_are_told(tmp_path: Path) -> None:
    server = FolderServer(tmp_path)
    ids = [f"20260101T{n // 60:02}{n % 60:02}00Z-1" for n in range(303)]
    for identifier in ids:
        lines = ("jitsi-tui-backup\t1", f"id\t{identifier}", "time\t2026-01-01T00:00:00Z")
        text = "\n".join((*lines, "state\tapplied")) + "\n"
        server.write(f"{server.layout.backups}/{identifier}/manifest", text)
    server.write(f"{server.layout.backups}/{ids[-1]}/phase.waiting", "")
    seen = server.look()
    assert [backup.id for backup in seen.backups] == ids[:2:-1]
    assert seen.unfinished == ids[-1]
    assert "more than 300" in seen.unread[server.layout.backups]
