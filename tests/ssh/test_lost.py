"""A connection that breaks is noticed, by everybody who waits on it, and soon."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import pytest

from jitsi_tui.ssh import dial, link
from jitsi_tui.ssh.command import Command
from jitsi_tui.ssh.host import ConnectError, ConnectionLostError, Host
from jitsi_tui.ssh.sshhost import SshHost
from tests.ports import free_port
from tests.ssh.apart import open_apart
from tests.ssh.server import Server
from tests.stopping import until_stopped

OpenHost = Callable[..., SshHost]
StartServer = Callable[..., Server]


@pytest.fixture(params=["ssh", "apart"])
def its_host(request: pytest.FixtureRequest, server: Server, open_host: OpenHost) -> Iterator[Host]:
    """An open connection of each kind to a server of this test's own."""
    if request.param == "ssh":
        yield open_host(server.destination())
    else:
        with closing(open_apart(server)) as opened:
            yield opened


def test_everybody_who_waits_is_told_at_once(server: Server, its_host: Host) -> None:
    host = its_host
    streams = [host.stream(Command(("sleep", "60"))) for _ in range(3)]
    port, _ = listener(b"here", hold=True)
    tcp = host.connect_tcp("127.0.0.1", port)
    assert tcp.recv(100) == b"here"
    tcp.settimeout(60)
    waiting: list[Callable[[], object]] = [stream.read for stream in streams]
    waiting += [lambda: host.run(Command(("sleep", "60"))), lambda: tcp.recv(1)]
    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(wait) for wait in waiting]
        time.sleep(0.5)
        start = time.monotonic()
        assert server.cut_connections() > 0
        for job in jobs:
            with pytest.raises(ConnectionLostError):
                job.result(timeout=50)
        assert time.monotonic() - start < 50
    for ask in (lambda: host.run(Command(("true",))), host.ping):
        with pytest.raises(ConnectionLostError):
            ask()


def test_what_ended_before_the_cut_still_counts(server: Server, its_host: Host) -> None:
    stream = its_host.stream(Command(("sh", "-c", "echo all; exit 5")))
    assert stream.exit_status(60) == 5
    server.cut_connections()
    time.sleep(0.3)
    assert stream.read() == b"all\n"
    assert stream.read() == b""
    assert stream.exit_status() == 5


def test_a_peer_that_fell_silent_is_noticed(
    server: Server, open_host: OpenHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its kernel still acknowledges what we send: only an answer proves that somebody is there."""
    monkeypatch.setattr(link, "_ASK_AFTER", 0.5)
    host = open_host(server.destination())
    stream = host.stream(Command(("cat",)))
    try:
        server.cut_connections(signal.SIGSTOP)
        monkeypatch.setattr(dial, "DEAD_AFTER", 2.0)
        monkeypatch.setattr(link, "DEAD_AFTER", 2.0)
        start = time.monotonic()
        with pytest.raises(ConnectionLostError, match="no answer"):
            stream.read()
        assert time.monotonic() - start < 60
    finally:
        server.cut_connections(signal.SIGCONT)


def test_a_silent_but_living_peer_is_kept(
    server: Server, open_host: OpenHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dial, "DEAD_AFTER", 6.0)
    monkeypatch.setattr(link, "DEAD_AFTER", 6.0)
    monkeypatch.setattr(link, "_ASK_AFTER", 0.3)
    host = open_host(server.destination())
    time.sleep(8)
    assert host.run(Command(("echo", "here"))).stdout == b"here\n"


def test_a_ping_that_is_not_answered_is_a_lost_connection(server: Server, its_host: Host) -> None:
    try:
        server.cut_connections(signal.SIGSTOP)
        with pytest.raises(ConnectionLostError, match=r"0\.5 s"):
            its_host.ping(timeout=0.5)
    finally:
        server.cut_connections(signal.SIGCONT)


def test_to_have_been_stopped_ourselves_is_no_silence_of_the_peer(server: Server) -> None:
    """``logs -f`` was stopped by Ctrl-Z: its connection broke when it went on."""
    with closing(open_apart(server)) as host, ThreadPoolExecutor(1) as pool:
        ours = host._process
        stream = host.stream(Command(("cat",)))
        stream.write(b"before\n")
        assert stream.read() == b"before\n"  # what would be stopped as sshd's own is none of it now
        server.cut_connections(signal.SIGSTOP)
        try:
            ping = pool.submit(host.ping)
            time.sleep(1.0)
            ours.send_signal(signal.SIGSTOP)
            until_stopped(Path(f"/proc/{ours.pid}"))
        finally:
            server.cut_connections(signal.SIGCONT)
        time.sleep(dial.DEAD_AFTER + 2.0)
        ours.send_signal(signal.SIGCONT)
        assert ping.result(60) > dial.DEAD_AFTER
        stream.write(b"here\n")
        assert stream.read() == b"here\n"


def test_a_slow_line_is_not_taken_for_a_lost_connection(
    server: Server, open_host: OpenHost
) -> None:
    """The answer stands behind all that is on its way: whoever caught up was cut off again."""
    line = server.destination(port=slow_line(server.port, 100_000))
    host = open_host(line, accept_new=True)
    stream = host.stream(Command(("head", "-c", "600000", "/dev/zero")))
    left = 600_000 - len(stream.read())
    assert host.ping(timeout=1.0) > 1.0
    while left:
        left -= len(stream.read())


def slow_line(port: int, rate: int) -> int:
    """A way to a port of this machine on which so many bytes a second come back; its own port."""
    waiting = socket.create_server(("127.0.0.1", 0))

    def carry(source: socket.socket, to: socket.socket, seconds: float) -> None:
        with closing(to), suppress(OSError):
            while data := source.recv(4096):
                time.sleep(len(data) * seconds)
                to.sendall(data)

    def serve() -> None:
        with waiting:
            here, _ = waiting.accept()
        there = socket.create_connection(("127.0.0.1", port))
        for way in ((here, there, 0.0), (there, here, 1 / rate)):
            threading.Thread(target=carry, args=way, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    return int(waiting.getsockname()[1])


def test_who_writes_into_a_broken_connection_before_it_is_noticed_is_told(
    server: Server, open_host: OpenHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system tells one caller that a connection is gone: who writes may hear it first."""
    monkeypatch.setattr(link, "_ASK_AFTER", 600.0)  # the reading thread writes by itself after it
    host = open_host(server.destination())
    tcp = host.connect_tcp("127.0.0.1", server.port)
    try:
        server.cut_connections(signal.SIGSTOP)
        way = host._link.wire.inner
        assert isinstance(way, socket.socket)
        way.shutdown(socket.SHUT_WR)
        asks: list[Callable[[], object]] = [
            lambda: host.run(Command(("true",))),
            lambda: host.stream(Command(("true",))),
            lambda: host.connect_tcp("127.0.0.1", server.port),
            lambda: tcp.sendall(b"x"),
            host.ping,
        ]
        for ask in asks:
            with pytest.raises(ConnectionLostError):
                ask()
        tcp.close()
        assert host._link.active, "it was noticed: this proves nothing"
    finally:
        server.cut_connections(signal.SIGCONT)


def test_a_refused_connection_is_told(server: Server, open_host: OpenHost) -> None:
    destination = server.destination()
    server.stop()
    with pytest.raises(ConnectError, match="refused the connection") as caught:
        open_host(destination)
    assert caught.value.hint


def test_a_name_that_does_not_resolve_is_told(server: Server, open_host: OpenHost) -> None:
    with pytest.raises(ConnectError, match="does not resolve"):
        open_host(server.destination(host="no-such-host.invalid"))


def listener(*answers: bytes, hold: bool = False) -> tuple[int, threading.Thread]:
    """A TCP server that is no SSH server: says its answers to the first caller and hangs up,
    or holds the line until the caller does."""
    waiting = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with waiting, waiting.accept()[0] as caller:
            for answer in answers:
                caller.sendall(answer)
            while hold and caller.recv(1000):
                pass

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return int(waiting.getsockname()[1]), thread


@pytest.mark.parametrize(
    ("answers", "hold", "timeout", "message"),
    [
        ((b"HTTP/1.1 400 Bad Request\r\n\r\n",), False, 60, "no SSH server"),
        ((b"\x00\xff\x1b[2J" * 100,), False, 60, "no SSH server"),
        ((), False, 60, "closed the connection at once"),
        ((b"SSH-2.0-x\r\n",), False, 60, "broke off"),
        ((b"SSH-2.0-x\r\n" + b"\x00" * 64,), False, 60, "broke off"),
        ((b"SSH-2.0-x\r\n" + b"\x7f\x7f\x7f\x7c" + b"x" * 999,), True, 60, "packet of 21390621"),
        ((b"SSH-1.5-old\r\n",), True, 60, "no algorithm|broke off"),
        ((), True, 1, "within 1 s"),
        ((b"SSH-2.0-x\r\n",), True, 1, "within 1 s"),
    ],
)
def test_whatever_listens_there_is_told(
    server: Server,
    open_host: OpenHost,
    answers: tuple[bytes, ...],
    hold: bool,
    timeout: float,
    message: str,
) -> None:
    port, _ = listener(*answers, hold=hold)
    with pytest.raises(ConnectError, match=message) as caught:
        open_host(server.destination(port=port), timeout=timeout)
    assert caught.value.message.isprintable()


def test_a_failed_connection_leaves_no_thread_behind(server: Server, open_host: OpenHost) -> None:
    """paramiko's handshake timer would keep the process alive for 15 s."""
    port, _ = listener(b"SSH-2.0-x\r\n")
    before = threading.active_count()
    with pytest.raises(ConnectError):
        open_host(server.destination(port=port), timeout=60)
    for _ in range(100):
        if threading.active_count() <= before:
            return
        time.sleep(0.1)
    pytest.fail(f"still there: {threading.enumerate()}")


def test_an_address_that_swallows_packets_does_not_hold_up_the_next(
    server: Server, open_host: OpenHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = socket.create_server(("127.0.0.1", 0), backlog=0)
    held = [socket.socket() for _ in range(4)]
    for each in held:
        each.setblocking(False)
        each.connect_ex(full.getsockname())
    monkeypatch.setattr(
        dial,
        "_addresses",
        lambda _host, _port, _family: [
            (socket.AF_INET, full.getsockname()),
            (socket.AF_INET, ("127.0.0.1", free_port())),
            (socket.AF_INET, ("127.0.0.1", server.port)),
        ],
    )
    start = time.monotonic()
    assert open_host(server.destination(), timeout=100).run(Command(("true",))).exit == 0
    assert time.monotonic() - start < 50
    for each in (full, *held):
        each.close()


def test_nothing_holds_the_process_when_it_ends(server: Server) -> None:
    code = (
        "import sys, time\n"
        "sys.path.insert(0, '.')\n"
        "from pathlib import Path\n"
        "from jitsi_tui.ssh.client import NoPrompts, connect\n"
        "from jitsi_tui.ssh.command import Command\n"
        "from jitsi_tui.ssh.destination import Agent, Destination\n"
        f"host = connect(Destination('x', 'x', '127.0.0.1', {server.port}, "
        f"{server.destination().user!r}, (Path({str(server.user_key)!r}),), agent=Agent(None), "
        f"known_hosts=(Path({str(server.known_hosts)!r}),)), prompts=NoPrompts())\n"
        "stream = host.stream(Command(('cat',)))\n"
        "print(host.run(Command(('echo', 'ran'))).stdout)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.stdout == "b'ran\\n'\n"
    assert done.stderr == ""
