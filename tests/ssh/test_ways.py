"""Ways to a server that is not reached directly, and from it to what runs there."""

from __future__ import annotations

import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from jitsi_tui.ssh.command import Command
from jitsi_tui.ssh.destination import Destination, resolve
from jitsi_tui.ssh.dial import Wire
from jitsi_tui.ssh.host import (
    AuthError,
    ConnectError,
    ConnectionLostError,
    ForwardError,
    HostKeyError,
)
from jitsi_tui.ssh.sshhost import SshHost
from tests.ports import free_port
from tests.ssh.server import Answers, Server

OpenHost = Callable[..., SshHost]
StartServer = Callable[..., Server]


@pytest.fixture
def two(start_server: StartServer) -> tuple[Server, Server]:
    return start_server("hop"), start_server("target")


def through(hop: Server, target: Server) -> Destination:
    return target.destination(jumps=(hop.destination(alias="hop"),))


class TestJumps:
    """Jump hosts."""

    def test_a_jump_host_leads_on(self, two: tuple[Server, Server], open_host: OpenHost) -> None:
        hop, target = two
        host = open_host(through(hop, target))
        assert host.via == ("hop",)
        seen = host.run(Command(("sh", "-c", "echo $SSH_CONNECTION"))).stdout.split()
        assert int(seen[3]) == target.port
        data = b"x" * 3_000_000
        assert host.run(Command(("cat",), stdin=data), timeout=60).stdout == data
        assert 0 < host.ping(timeout=60) < 60

    def test_the_user_s_configuration_names_it(
        self, two: tuple[Server, Server], open_host: OpenHost, tmp_path: Path
    ) -> None:
        hop, target = two
        (tmp_path / "included").write_text(
            f"Host meet\n  HostName 127.0.0.1\n  Port {target.port}\n  ProxyJump bastion\n"
            f"  IdentityFile {target.user_key}\n"
            f"  UserKnownHostsFile {target.known_hosts} {hop.known_hosts}\n"
        )
        (tmp_path / "config").write_text(
            f"Include {tmp_path}/included\n"
            f"Match host bastion\n  HostName 127.0.0.1\n  Port {hop.port}\n"
            f"  IdentityFile {hop.user_key}\n  UserKnownHostsFile {hop.known_hosts}\n"
            "Match all\n  IdentityAgent none\n  IdentitiesOnly yes\n"
        )
        host = open_host(resolve("meet", ssh_config=tmp_path / "config"))
        assert host.via == ("bastion",)
        assert host.name == "meet"
        assert host.run(Command(("echo", "there"))).stdout == b"there\n"

    def test_each_hop_s_key_is_checked(
        self, two: tuple[Server, Server], open_host: OpenHost
    ) -> None:
        hop, target = two
        hop.known_hosts.write_text("")
        with pytest.raises(HostKeyError, match="jump host hop"):
            open_host(through(hop, target))
        hop.trust_host_keys()
        target.known_hosts.write_text("")
        with pytest.raises(HostKeyError, match="unknown"):
            open_host(through(hop, target))

    def test_an_error_names_the_hop(self, two: tuple[Server, Server], open_host: OpenHost) -> None:
        hop, target = two
        hop.authorized.write_text("")
        with pytest.raises(AuthError, match="jump host hop"):
            open_host(through(hop, target))

    def test_a_target_that_the_hop_can_t_reach_is_told(
        self, two: tuple[Server, Server], open_host: OpenHost
    ) -> None:
        hop, target = two
        lost = replace(through(hop, target), port=free_port())
        with pytest.raises(ConnectError, match=r"jump host can't reach.*refused"):
            open_host(lost)

    def test_a_hop_that_forbids_it_is_told(
        self, start_server: StartServer, open_host: OpenHost
    ) -> None:
        hop = start_server("hop", AllowTcpForwarding="no")
        target = start_server("target")
        with pytest.raises(ConnectError, match=r"prohibited|open failed"):
            open_host(through(hop, target))

    def test_a_hop_that_breaks_breaks_the_connection(
        self, two: tuple[Server, Server], open_host: OpenHost
    ) -> None:
        hop, target = two
        host = open_host(through(hop, target))
        stream = host.stream(Command(("cat",)))
        hop.cut_connections()
        with pytest.raises(ConnectionLostError):
            stream.read(timeout=60)

    def test_a_silent_target_behind_a_living_hop_is_noticed(
        self, two: tuple[Server, Server], open_host: OpenHost
    ) -> None:
        hop, target = two
        host = open_host(through(hop, target))
        stream = host.stream(Command(("cat",)))
        try:
            target.cut_connections(signal.SIGSTOP)
            start = time.monotonic()
            with pytest.raises(ConnectionLostError):
                stream.read()
            assert time.monotonic() - start < 60
        finally:
            target.cut_connections(signal.SIGCONT)

    def test_three_hops(self, start_server: StartServer, open_host: OpenHost) -> None:
        hops = [start_server(f"hop{n}") for n in range(3)]
        target = start_server("target")
        jumps = tuple(hop.destination(alias=f"hop{n}") for n, hop in enumerate(hops))
        host = open_host(target.destination(jumps=jumps))
        assert host.via == ("hop0", "hop1", "hop2")
        assert host.run(Command(("true",))).exit == 0

    def test_a_way_that_just_ended_is_closed_without_a_word(self) -> None:
        class Ended:
            """A channel whose connection ended as it was about to say that it closes."""

            def settimeout(self, seconds: float | None, /) -> None: ...
            def recv(self, size: int, /) -> bytes:
                return b""

            def send(self, data: bytes, /) -> int:
                raise EOFError

            def close(self) -> None:
                self.send(b"")

        Wire(Ended()).close()


RELAY = """
import selectors, socket, sys, os
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
k = selectors.DefaultSelector()
k.register(0, 1); k.register(s, 1)
while True:
    for key, _ in k.select():
        if key.fd == 0:
            data = os.read(0, 65536)
            if not data: sys.exit()
            s.sendall(data)
        else:
            data = s.recv(65536)
            if not data: sys.exit()
            while data: data = data[os.write(1, data):]
"""


class TestProxyCommand:
    """Child processes as the way."""

    @pytest.fixture
    def relay(self, tmp_path: Path) -> str:
        (tmp_path / "relay.py").write_text(RELAY)
        return f"{sys.executable} {tmp_path}/relay.py"

    def test_it_is_the_connection(self, server: Server, open_host: OpenHost, relay: str) -> None:
        host = open_host(server.destination(proxy_command=f"{relay} {server.port}"))
        data = b"y" * 3_000_000
        assert host.run(Command(("cat",), stdin=data), timeout=60).stdout == data

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ("sh -c 'echo no way >&2; exit 1'", "no way"),
            ("no-such-command-at-all", "not found"),
            ("true", "gave no connection"),
            ("sh -c 'printf \"\\033[2Jbad\" >&2'", r"\^\[\[2Jbad"),
        ],
    )
    def test_one_that_dies_is_told_in_its_own_words(
        self, server: Server, open_host: OpenHost, line: str, said: str
    ) -> None:
        cpu = time.process_time()
        with pytest.raises(ConnectError, match=said):
            open_host(server.destination(proxy_command=line), timeout=60)
        assert time.process_time() - cpu < 1

    def test_one_that_says_nothing_is_given_up(self, server: Server, open_host: OpenHost) -> None:
        with pytest.raises(ConnectError):
            open_host(server.destination(proxy_command="sleep 30"), timeout=0.5)

    def test_one_that_dies_later_is_noticed_and_does_not_spin(
        self, server: Server, open_host: OpenHost, relay: str
    ) -> None:
        """paramiko's own ProxyCommand turns into a busy loop when its child has died."""
        host = open_host(server.destination(proxy_command=f"{relay} {server.port}"))
        stream = host.stream(Command(("cat",)))
        assert server.cut_connections() > 0
        with pytest.raises(ConnectionLostError):
            stream.read(timeout=60)
        cpu = time.process_time()
        time.sleep(1)
        assert time.process_time() - cpu < 0.5

    def test_it_ends_with_the_connection(
        self, server: Server, open_host: OpenHost, relay: str
    ) -> None:
        host = open_host(server.destination(proxy_command=f"{relay} {server.port}"))
        child = host._link.wire.inner._child  # type: ignore[attr-defined]
        host.close()
        assert child.poll() is not None


class TestForwarding:
    """TCP connections that start on the server."""

    def test_bytes_go_both_ways(self, host: SshHost) -> None:
        before = host.commands_run
        with socket.create_server(("127.0.0.1", 0)) as there:
            tcp = host.connect_tcp("127.0.0.1", there.getsockname()[1])
            with there.accept()[0] as peer:
                tcp.sendall(b"hello")
                assert peer.recv(10) == b"hello"
                peer.sendall(b"world")
                assert tcp.recv(10) == b"world"
                tcp.settimeout(0.1)
                with pytest.raises(TimeoutError):
                    tcp.recv(10)
                peer.close()
                tcp.settimeout(60)
                assert tcp.recv(10) == b""
            tcp.close()
        assert host.commands_run == before

    def test_a_refused_one_is_told(self, host: SshHost) -> None:
        with pytest.raises(ForwardError, match="refused") as caught:
            host.connect_tcp("127.0.0.1", free_port())
        assert not caught.value.forbidden

    @pytest.mark.parametrize(
        "setting", [{"AllowTcpForwarding": "no"}, {"PermitOpen": "127.0.0.1:1"}]
    )
    def test_a_forbidden_one_is_told_apart(
        self, start_server: StartServer, open_host: OpenHost, setting: dict[str, str]
    ) -> None:
        host = open_host(start_server(**setting).destination())
        with pytest.raises(ForwardError) as caught:
            host.connect_tcp("127.0.0.1", free_port())
        assert caught.value.forbidden
        assert host.run(Command(("true",))).exit == 0

    def test_one_that_is_not_answered_is_given_up(self, host: SshHost) -> None:
        full = socket.create_server(("127.0.0.1", 0), backlog=0)
        held = [socket.socket() for _ in range(4)]
        for each in held:
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        start = time.monotonic()
        with pytest.raises(ForwardError, match="no answer"):
            host.connect_tcp("127.0.0.1", full.getsockname()[1], timeout=0.5)
        assert time.monotonic() - start < 60
        for each in (full, *held):
            each.close()
        assert host.run(Command(("true",))).exit == 0


def test_nobody_is_asked_twice_by_a_jump(start_server: StartServer, open_host: OpenHost) -> None:
    hop, target = start_server("hop"), start_server("target")
    for each in (hop, target):
        each.known_hosts.write_text("")
    person = Answers(trust=True)
    open_host(through(hop, target), prompts=person)
    assert [asked[1] for asked in person.asked] == [hop.name, target.name]
