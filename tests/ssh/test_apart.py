"""A connection that a process of its own holds: made, asked about, ended, and left alone."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from jitsi_tui.session.apart.host import ApartHost
from jitsi_tui.session.target import Access, Target
from jitsi_tui.ssh.client import NoPrompts
from jitsi_tui.ssh.command import Command, Secret
from jitsi_tui.ssh.host import AuthError, ConnectError, ConnectionLostError, HostError, HostKeyError
from jitsi_tui.ssh.sshhost import SshHost
from tests.ports import free_port
from tests.ssh.apart import open_apart, target
from tests.ssh.server import Server, keygen

StartServer = Callable[..., Server]


class Person(NoPrompts):
    """Answers, and remembers what was asked."""

    def __init__(self, *, trusts: bool = True, passphrase: str | None = None) -> None:
        self.trusts = trusts
        self._passphrase = passphrase
        self.asked: list[Sequence[str]] = []

    def unknown_host_key(self, host: str, key_type: str, fingerprint: str) -> bool:
        self.asked.append((host, key_type, fingerprint))
        return self.trusts

    def passphrase(self, path: str) -> Secret | None:
        self.asked.append((path,))
        return None if self._passphrase is None else Secret(self._passphrase)


def ended(pid: int) -> bool:
    """Whether a process is there no more, or soon."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def held_by(host: ApartHost) -> int:
    """The process that holds a connection."""
    return host._process.pid


def test_an_unknown_key_is_asked_about_and_then_known(server: Server) -> None:
    server.known_hosts.write_text("")
    nobody = Person(trusts=False)
    with pytest.raises(HostKeyError, match="unknown"):
        open_apart(server, nobody)
    assert server.known_hosts.read_text() == ""
    somebody = Person()
    with closing(open_apart(server, somebody)) as host:
        assert host.run(Command(("echo", "in"))).stdout == b"in\n"
    assert somebody.asked == nobody.asked
    assert somebody.asked[0][0] == server.name
    assert server.public() in server.known_hosts.read_text()
    with closing(open_apart(server, Person(trusts=False))):
        pass


def test_a_passphrase_is_asked_for_and_stands_in_no_process_list(server: Server) -> None:
    server.user_key.unlink()
    keygen(server.user_key, passphrase="very-secret-4711")
    server.authorized.write_bytes(server.user_key.with_suffix(".pub").read_bytes())
    with pytest.raises(AuthError, match="user_key"):
        open_apart(server, Person())
    person = Person(passphrase="very-secret-4711")
    with closing(open_apart(server, person)) as host:
        assert person.asked == [(str(server.user_key),)]
        for what in ("cmdline", "environ"):
            assert b"very-secret" not in Path(f"/proc/{held_by(host)}/{what}").read_bytes()


def test_errors_keep_their_kind_and_their_words(server: Server) -> None:
    server.authorized.write_text("")
    with pytest.raises(AuthError) as refused:
        open_apart(server)
    assert "does not let" in refused.value.message
    assert refused.value.hint
    with pytest.raises(ConnectError, match="refused the connection"):
        open_apart(server, port=free_port())
    with pytest.raises(HostError) as odd:
        Target(Access("a;b"), apart=True).open(NoPrompts())
    assert odd.value.kind == "destination"


def test_a_server_that_changed_its_key_is_not_entered(server: Server) -> None:
    other = keygen(server.folder / "other").with_suffix(".pub").read_text()
    server.known_hosts.write_text(f"{server.name} {other}")
    with pytest.raises(HostKeyError, match="has changed"):
        open_apart(server)


def test_a_forbidden_way_is_told_apart_from_a_closed_port(start_server: StartServer) -> None:
    with closing(open_apart(start_server(AllowTcpForwarding="no"))) as host:
        with pytest.raises(HostError) as refused:
            host.connect_tcp("127.0.0.1", free_port())
        assert refused.value.kind == "forward"
        assert refused.value.forbidden  # type: ignore[attr-defined]


def test_a_connection_through_the_server_carries_both_ways(apart_host: ApartHost) -> None:
    code = (
        "use IO::Socket::INET; $|=1;"
        "my $s = IO::Socket::INET->new(Listen=>1, LocalAddr=>'127.0.0.1') or die;"
        "print $s->sockport, qq(\\n); my $c = $s->accept;"
        "while (<$c>) { last if /^end/; print $c uc }"
    )
    stream = apart_host.stream(Command(("perl", "-e", code)))
    port = int(stream.read(timeout=60))
    tcp = apart_host.connect_tcp("127.0.0.1", port)
    tcp.settimeout(60)
    data = b"".join(b"line %d\n" % number for number in range(20_000))
    with ThreadPoolExecutor(1) as pool:
        sent = pool.submit(tcp.sendall, data)
        got = b""
        while len(got) < len(data):
            got += tcp.recv(65536)
        sent.result()
    assert got == data.upper()
    tcp.sendall(b"end\n")
    assert tcp.recv(10) == b""
    tcp.close()
    stream.close()


def test_who_waits_is_told_when_the_process_dies(server: Server) -> None:
    host = open_apart(server)
    stream = host.stream(Command(("sleep", "60")))
    with ThreadPoolExecutor(2) as pool:
        waiting: list[Future[object]] = [
            pool.submit(stream.read),
            pool.submit(host.run, Command(("sh", "-c", "echo some; exec >&-; sleep 60"))),
        ]
        time.sleep(0.5)
        os.kill(held_by(host), signal.SIGKILL)
        for job in waiting:
            with pytest.raises(ConnectionLostError, match="process"):
                job.result(60)
    for ask in (lambda: host.run(Command(("true",))), host.ping):
        with pytest.raises(ConnectionLostError, match="process"):
            ask()
    host.close()


def test_what_was_ended_is_told_to_end_before_the_connection_is(
    start_server: StartServer,
) -> None:
    server = start_server(LogLevel="DEBUG1")
    for count in range(1, 11):
        host = open_apart(server)
        host.stream(Command(("cat",))).close()
        holder = held_by(host)
        host.close()
        host.close()
        assert not Path(f"/proc/{holder}").exists()
        end = time.monotonic() + 60
        while server.log.read_text().count("request signal") < count:
            assert time.monotonic() < end
            time.sleep(0.05)


@pytest.mark.parametrize("greets", [True, False])
def test_it_ends_with_whoever_wanted_it(server: Server, greets: bool) -> None:
    if not greets:
        server.stop()
    code = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from jitsi_tui.session.target import Access, Target\n"
        "from jitsi_tui.ssh.client import NoPrompts\n"
        f"way = Access('127.0.0.1', port={server.port}, identity=Path({str(server.user_key)!r}), "
        f"known_hosts=Path({str(server.known_hosts)!r}), ssh_config=Path('/dev/null'), "
        "timeout=600)\n"
        "target = Target(way, apart=True)\n"
        "target.begin()\n"
        "print(target._ahead._process.pid, flush=True)\n"
        "host = target.open(NoPrompts())\n"
        "print('in', flush=True)\n"
        "time.sleep(600)\n"
    )
    with contextlib.ExitStack() as stack:
        if not greets:
            stack.enter_context(socket.create_server(("127.0.0.1", server.port)))
        process = stack.enter_context(
            subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
        )
        assert process.stdout is not None
        holder = int(process.stdout.readline())
        if greets:
            assert process.stdout.readline() == b"in\n"
        assert Path(f"/proc/{holder}").exists()
        process.kill()
        assert ended(holder)


def test_one_that_nobody_takes_is_ended_while_it_connects(server: Server) -> None:
    """The server does not greet: connecting would take its ten seconds."""
    server.stop()
    going = target(server)
    with closing(socket.create_server(("127.0.0.1", server.port))):
        going.begin()
        assert going._ahead is not None
        holder = going._ahead._process.pid  # type: ignore[union-attr]
        going.close()
    assert not Path(f"/proc/{holder}").exists()


def test_nothing_stays_open_after_a_command(apart_host: ApartHost) -> None:
    def open_files() -> int:
        return sum(
            len(list(Path(f"/proc/{pid}/fd").iterdir()))
            for pid in (os.getpid(), held_by(apart_host))
        )

    apart_host.run(Command(("true",)))
    end = time.monotonic() + 60
    before = open_files()
    for _ in range(10):
        apart_host.run(Command(("true",)))
        apart_host.stream(Command(("cat",))).close()
        with pytest.raises(HostError):
            apart_host.connect_tcp("127.0.0.1", free_port())
        apart_host.ping()
    while open_files() > before and time.monotonic() < end:
        time.sleep(0.05)
    assert open_files() <= before


def test_where_no_process_can_be_started_the_connection_is_made_here(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with closing(target(server).open(NoPrompts())) as host:
        assert isinstance(host, SshHost)
        assert host.run(Command(("echo", "in"))).stdout == b"in\n"
