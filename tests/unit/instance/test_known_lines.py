"""Known lines are counted in the last minutes of each log, beside their last record."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jitsi_tui.instance.findings import findings
from jitsi_tui.instance.known_lines import BY_ID, KNOWN_LINES, KnownLine, for_server
from jitsi_tui.instance.model import LoggedLine
from tests.unit.instance.folder_server import FolderServer
from tests.unit.perl import perl

PROSODY_LOG = "/var/log/prosody/prosody.log"
JICOFO_LOG = "/var/log/jitsi/jicofo.log"
ICE_FAILED = "Allowing to expire because ICE failed."
TOKEN = "Failed to verify access token: (nil)"


@pytest.fixture
def server(tmp_path: Path) -> FolderServer:
    return FolderServer(tmp_path)


def prosody(text: str, ago: float, level: str = "warn") -> str:
    """Where clocks are put back, what is an hour old has the digits of what is new."""
    stamp = time.strftime("%b %d %H:%M:%S", time.localtime(time.time() - ago))
    return f"{stamp} meet.example.org:tokenauth\t{level}\t{text}\n"


def jicofo(text: str, ago: float, level: str = "SEVERE") -> str:
    stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(time.time() - ago))
    return f"Jicofo {stamp}.123 {level}: [23] Some.method#1: {text}\n"


def nginx(text: str, ago: float) -> str:
    stamp = time.strftime("%Y/%m/%d %H:%M:%S", time.localtime(time.time() - ago))
    return f"{stamp} [error] 12#12: *1 {text}\n"


def counted(server: FolderServer) -> dict[str, LoggedLine]:
    return {line.id: line for line in server.look().logged}


def test_each_source_is_counted_in_its_own_time_format(server: FolderServer) -> None:
    server.write(PROSODY_LOG, prosody("Failed to verify access token: (nil)", 30) * 7)
    server.write(JICOFO_LOG, jicofo("Can not invite participant, no bridge available.", 20))
    refused = "connect() failed (111: Connection refused) while connecting to upstream, client: x"
    server.write("/var/log/nginx/error.log", nginx(refused, 10) * 3)
    server.write("/var/log/jitsi/jvb.log", jicofo(ICE_FAILED, 10).replace("Jicofo ", "JVB "))
    found = counted(server)
    assert {name: line.count for name, line in found.items()} == {
        "token-loop": 7,
        "no-bridge": 1,
        "web-upstream-down": 3,
        "ice-failed": 1,
    }
    loop = found["token-loop"]
    assert loop.path == PROSODY_LOG and loop.record.endswith("token: (nil)")
    assert 20 <= (server.look().taken - loop.last).total_seconds() <= 40
    told = {one.id: one for one in findings(server.look(), None)}
    assert "7 times in the last 10 minutes" in told["log-token-loop"].message
    assert told["log-token-loop"].evidence.startswith(f"{PROSODY_LOG}: ")
    assert "log-ice-failed" not in told, "one alone means little"


def test_apache_is_a_web_server_too(server: FolderServer) -> None:
    stamp = time.strftime("%a %b %d %H:%M:%S.123456 %Y", time.localtime(time.time() - 9))
    record = (
        f"[{stamp}] [proxy_http:error] [pid 7] [client 203.0.113.9:1] AH01114: HTTP: failed to"
        " make connection to backend: 127.0.0.1\n"
    )
    server.write("/var/log/apache2/error.log", record * 3)
    down = counted(server)["web-upstream-down"]
    assert (down.source, down.count) == ("apache2", 3)


def test_logs_are_read_where_the_files_say_that_they_lie(server: FolderServer) -> None:
    main = server.path("/etc/prosody/prosody.cfg.lua").read_text("utf-8")
    server.write("/etc/prosody/prosody.cfg.lua", f'log = {{ info = "/srv/p.log" }}\n{main}')
    site = "server {\n  server_name meet.example.org;\n  error_log /srv/n.log;\n}\n"
    server.write("/etc/nginx/sites-enabled/meet.conf", site)
    server.write("/srv/p.log", prosody("Traceback[c2s]: x", 9))
    server.write("/srv/n.log", nginx("768 worker_connections are not enough", 9))
    found = counted(server)
    assert found["module-trips"].path == "/srv/p.log"
    assert found["web-connections"].path == "/srv/n.log"


def test_what_is_older_than_ten_minutes_does_not_count(server: FolderServer) -> None:
    text = "Failed to verify access token: (nil)"
    server.write(PROSODY_LOG, prosody(text, 5400) * 5 + prosody(text, 60) * 2)
    assert counted(server)["token-loop"].count == 2


def test_a_stack_trace_counts_as_its_record(server: FolderServer) -> None:
    trace = "org.jivesoftware.smack.sasl.SASLErrorException: SASLError using SCRAM-SHA-1\n"
    trace += "\tat org.jivesoftware.smack.SASLAuthentication.fail(SASLAuthentication.java:292)\n"
    server.write(JICOFO_LOG, (jicofo("Failed to connect/login: x", 5) + trace) * 3)
    found = counted(server)
    assert (found["service-password"].count, found["service-login"].count) == (3, 3)
    assert "Failed to connect/login" in found["service-password"].record
    assert "SASLError using SCRAM-SHA-1" in found["service-password"].record


def test_credentials_in_a_record_are_hidden(server: FolderServer) -> None:
    server.write(PROSODY_LOG, prosody("Traceback[bosh]: jwt=eyJhbGciOi.abc.def SID=12345678", 5))
    record = counted(server)["module-trips"].record
    assert "12345678" not in record and "eyJhbGciOi" not in record


def test_a_flood_is_counted_as_far_as_it_was_read(server: FolderServer) -> None:
    line = prosody("Failed to verify access token: (nil)", 0)
    for ago in range(590, -1, -1):
        line += prosody("Failed to verify access token: (nil) " + "x" * 150, ago) * 40
    server.write(PROSODY_LOG, line)
    loop = counted(server)["token-loop"]
    minutes = loop.minutes(server.look().taken)
    assert 1 < minutes < 9, "only the end of the log was read"
    assert loop.count / minutes == pytest.approx(2400, rel=0.2), "the rate is right all the same"
    assert [f.severity for f in findings(server.look(), None) if f.id == "log-token-loop"] == [
        "error"
    ]


@pytest.mark.parametrize(
    "name", ["prosody.log.1", "prosody.log-20261128", "prosody.log-2026112814-17"]
)
def test_a_log_that_was_rotated_a_minute_ago_is_counted_across_it(
    server: FolderServer, name: str
) -> None:
    server.write(f"/var/log/prosody/{name}", prosody(TOKEN, 5400) * 9 + prosody(TOKEN, 120) * 4)
    server.write(PROSODY_LOG, prosody("hello", 60, "info") + prosody(TOKEN, 30) * 2)
    loop = counted(server)["token-loop"]
    assert loop.count == 6 and loop.path == PROSODY_LOG
    assert 100 <= (server.look().taken - loop.first).total_seconds() <= 140
    server.write(PROSODY_LOG, "")
    assert counted(server)["token-loop"].count == 4, "also before the first line of the new one"


def test_of_very_many_rotated_logs_the_last_one_counts(server: FolderServer) -> None:
    for number in range(400):
        name = f"/var/log/prosody/prosody.log-{20250101 + number}"
        server.write(name, prosody(TOKEN, 120) * 4)
        old = time.time() - (400 - number) * 3600
        os.utime(server.path(name), (old, old))
    server.write(name, prosody(TOKEN, 120) * 4)
    server.write(PROSODY_LOG, prosody(TOKEN, 30))
    assert counted(server)["token-loop"].count == 5
    assert "unreadable" not in {finding.id for finding in findings(server.look(), None)}


def test_what_was_rotated_long_ago_is_not_read_again(server: FolderServer) -> None:
    server.write("/var/log/prosody/prosody.log.1", prosody(TOKEN, 120) * 4)
    path = server.path("/var/log/prosody/prosody.log.1")
    os.utime(path, (time.time() - 7200, time.time() - 7200))
    server.write(PROSODY_LOG, prosody(TOKEN, 30))
    assert counted(server)["token-loop"].count == 1


def test_a_rotation_that_was_compressed_leaves_the_minutes_since(server: FolderServer) -> None:
    """``compress`` without ``delaycompress``: what is counted is said to be of fewer minutes."""
    server.write("/var/log/prosody/prosody.log.1.gz", b"\x1f\x8b")
    server.write(PROSODY_LOG, prosody(TOKEN, 58) * 40)
    loop = counted(server)["token-loop"]
    assert loop.count == 40 and round(loop.minutes(server.look().taken)) == 1


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/St_Johns", "Asia/Kathmandu", "UTC"])
def test_the_logs_are_in_the_servers_own_time_zone(
    server: FolderServer, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        server.write(PROSODY_LOG, prosody(TOKEN, 1000) * 3 + prosody(TOKEN, 500) * 2)
        server.write(JICOFO_LOG, jicofo("no bridge available", 20))
        found = counted(server)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert found["token-loop"].count == 2
    assert 10 <= (server.look().taken - found["no-bridge"].last).total_seconds() <= 60


def test_a_service_that_got_in_at_last_is_no_alarm(server: FolderServer) -> None:
    """After a slow boot Jicofo asks a few times before Prosody listens."""
    failed = jicofo("Failed to connect/login: Connection refused", 40) * 4
    server.write(JICOFO_LOG, failed)
    assert counted(server)["service-login"].count == 4
    registered = jicofo("Registered (resumed=false).", 30, "INFO")
    server.write(JICOFO_LOG, failed + registered)
    assert "service-login" not in counted(server)
    server.write(JICOFO_LOG, failed + registered + jicofo("Can't login", 20) * 3)
    assert counted(server)["service-login"].count == 3, "what comes after counts"


def test_hostile_logs_stop_nothing(server: FolderServer) -> None:
    server.write(PROSODY_LOG, b"\xff\x00" * 500_000 + b"Failed to verify access token" * 1000)
    server.write(JICOFO_LOG, "Jicofo 9999-99-99 99:99:99.1 SEVERE: no bridge available\n" * 9)
    server.folder("/var/log/jitsi/jvb.log")
    assert server.look().logged == ()


RECORDS = {
    "no-mechanism": prosody(
        "No available SASL mechanisms, verify that the configured"
        " authentication module 'ldap' is loaded and configured correctly",
        9,
    ),
    "module-failed": prosody(
        "Error initializing module 'muc_lobby_rooms' on"
        " 'meet.example.org': /usr/lib/prosody/util/startup.lua:1: no such option",
        9,
        "error",
    ),
    "module-trips": prosody(
        "Traceback[c2s]: /usr/lib/prosody/util/jid.lua:1: attempt to index a"
        " nil value (local 'jid')",
        9,
        "error",
    ),
    "port-taken": prosody(
        "Failed to open server port 5280 on 127.0.0.1, check that Prosody or a"
        " BOSH connection manager is not already running",
        9,
        "error",
    ),
    "component-missing": prosody(
        "Component not connected, bouncing error for: <iq id='a'"
        " type='set' to='focus.meet.example.org' from='x@meet.example.org/y'>",
        9,
    ),
    "component-secret": prosody("Component authentication failed for focus.meet.example.org", 9),
    "component-twice": prosody("Second component attempted to connect, denying connection", 9),
    "certificate-unreadable": prosody(
        "SSL/TLS: Failed to load"
        " '/etc/prosody/certs/meet.example.org.key': Check that the permissions allow Prosody to"
        " read this file. (for meet.example.org)",
        9,
        "error",
    ),
    "token-refused": prosody(
        "Error verifying token err:not-allowed, reason:Invalid issuer ('iss'"
        " claim) tenant:nil room:daily user_agent:Firefox",
        9,
    ),
    "files-refused": prosody(
        "There was an error parsing the configuration file:"
        " /etc/prosody/conf.d/meet.example.org.cfg.lua:181: unexpected symbol",
        9,
        "error",
    ),
    "no-bridge": jicofo("Can not invite participant, no bridge available.", 9),
    "bridge-ill": jicofo(
        "Health check failed for: Bridge[jid=jvbbrewery@internal.auth.x/1]: <error type='cancel'/>",
        9,
        "WARNUNG",
    ),
    "service-password": jicofo(
        "Failed to connect/login: SASLError using SCRAM-SHA-1: not-authorized", 9
    ),
    "service-login": jicofo(
        "Failed to connect/login: The following addresses failed:"
        " 'RFC 6120 A/AAAA Endpoint' localhost:5222",
        9,
    ),
    "not-owner": jicofo("Failed to grant owner status to x@meet.example.org", 9),
    "jicofo-config": jicofo(
        "Failed to start\ncom.typesafe.config.ConfigException$Parse:"
        " /etc/jitsi/jicofo/jicofo.conf: 31: Expecting close brace }",
        9,
    ),
    "java-memory": jicofo("Uncaught exception\njava.lang.OutOfMemoryError: Java heap space", 9),
    "bridge-address": jicofo(
        "Health check failed in PT0.1S:"
        " Result(success=false, message=No valid IP addresses available for harvesting.)",
        9,
    ),
    "ice-failed": jicofo(ICE_FAILED, 9, "WARNING"),
    "web-upstream-down": nginx(
        "connect() failed (111: Connection refused) while connecting to"
        ' upstream, client: 203.0.113.9, request: "POST /http-bind?room=daily HTTP/2.0"',
        9,
    ),
    "web-upstream-slow": nginx(
        "upstream timed out (110: Connection timed out) while reading"
        " response header from upstream, client: 203.0.113.9",
        9,
    ),
    "web-file-missing": nginx(
        'open() "/etc/jitsi/meet/meet.example.org-config.js" failed (2: No'
        " such file or directory), client: 203.0.113.9",
        9,
    ),
    "web-connections": nginx("768 worker_connections are not enough", 9),
    "too-many-files": nginx("accept4() failed (24: Too many open files)", 9),
    "disk-is-full": nginx(
        'pwrite() "/var/lib/nginx/body/01" failed (28: No space left on device)', 9
    ),
    "token-loop": prosody("Failed to verify access token: (nil)", 9),
}
LOGS = {
    "prosody": PROSODY_LOG,
    "jicofo": JICOFO_LOG,
    "jvb": "/var/log/jitsi/jvb.log",
    "nginx": "/var/log/nginx/error.log",
}


@pytest.mark.parametrize("line", KNOWN_LINES, ids=lambda line: line.id)
def test_each_known_line_is_told_as_it_is_written_in_the_wild(
    server: FolderServer, line: KnownLine
) -> None:
    record = RECORDS[line.id]
    source = next(s for s in line.sources if (s == "nginx") == ("[error]" in record))
    server.write(LOGS[source], record * line.least)
    told = [one for one in findings(server.look(), None) if one.id.startswith("log-")]
    mine = next(one for one in told if one.id == f"log-{line.id}")
    assert {one.id for one in told} <= {mine.id, "log-bridge-ill", "log-service-login"}
    assert mine.evidence.startswith(f"{LOGS[source]}: ") and mine.why and mine.fix
    first = record.split("\n")[0]
    assert first.rpartition(": ")[0][:40] in mine.evidence
    server.write(LOGS[source], "")
    assert not [one for one in findings(server.look(), None) if one.id.startswith("log-")]


def test_the_table_is_sound() -> None:
    assert len(BY_ID) == len(KNOWN_LINES) >= 25
    for line in KNOWN_LINES:
        assert line.why.endswith(".") and not line.says.endswith("."), line.id
        assert line.texts and line.todo and line.least >= 1
    rows = [row.split(" ", 2) for row in for_server().decode().splitlines()]
    pairs = [(source, text) for source, _, text in rows]
    assert len(pairs) == len(set(pairs)), "one text of one log means one thing"


@pytest.mark.parametrize(
    ("now", "minutes_ago"),
    [("2026-10-25T00:35:00", 5), ("2026-10-25T01:35:00", 5), ("2026-10-25T02:35:00", 65)],
    ids=["the first time", "the second time", "later"],
)
@pytest.mark.parametrize(
    "line", ["Jicofo 2026-10-25 02:30:00.123 INFO: x", "[Sun Oct 25 02:30:00.1 2026] x"]
)
def test_where_clocks_are_put_back_the_last_such_time_is_meant(
    monkeypatch: pytest.MonkeyPatch, now: str, minutes_ago: int, line: str
) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    moment = datetime.fromisoformat(f"{now}+00:00").timestamp()
    said = perl(
        "Facts::Lines", "$^T = shift; print Facts::Lines::moment(shift)", f"{moment:.0f}", line
    )
    assert moment - int(said) == minutes_ago * 60


def test_a_time_that_was_left_out_is_the_one_an_hour_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    line = "Jicofo 2026-03-29 02:30:00.123 INFO: x"
    said = perl("Facts::Lines", "print Facts::Lines::moment(shift)", line)
    assert datetime.fromtimestamp(int(said), UTC).hour == 1
