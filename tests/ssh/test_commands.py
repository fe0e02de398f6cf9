"""Commands on a real sshd: nothing hangs, nothing grows without bound, nothing is lost."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import paramiko
import pytest
from paramiko.common import MSG_CHANNEL_DATA, MSG_CHANNEL_EOF, MSG_CHANNEL_REQUEST

from jitsi_tui.ssh.channel import Slots, open_pipes
from jitsi_tui.ssh.command import Command, Root, Secret, program
from jitsi_tui.ssh.handover import handover
from jitsi_tui.ssh.host import (
    CommandTimeoutError,
    ConnectionLostError,
    Host,
    HostError,
    OutputTooLargeError,
)
from jitsi_tui.ssh.sshhost import SshHost
from tests.ssh.server import Server
from tests.ssh.waiting import gone, settled

OpenHost = Callable[..., SshHost]
StartServer = Callable[..., Server]


def sh(script: str, **more: object) -> Command:
    return Command(("sh", "-c", script), **more)  # type: ignore[arg-type]


def test_it_is_a_host(host: Host, shared_server: Server) -> None:
    assert isinstance(host, Host)
    assert host.name == f"127.0.0.1:{shared_server.port}"
    assert host.user == shared_server.destination().user
    assert host.via == ()


def test_output_error_and_status_come_back_apart(host: Host) -> None:
    result = host.run(sh("echo out; echo err >&2; exit 3"))
    assert (result.exit, result.stdout, result.stderr) == (3, b"out\n", b"err\n")


def test_a_signal_is_128_and_its_number(host: Host) -> None:
    assert host.run(sh("kill -KILL $$")).exit == 128 + signal.SIGKILL
    assert host.run(sh("kill -SEGV $$")).exit == 128 + signal.SIGSEGV


def test_a_missing_program_is_127(host: Host) -> None:
    assert host.run(Command(("no-such-program",))).exit == 127


def test_words_reach_the_program_unchanged(host: Host) -> None:
    words = ("a b", "$HOME", "`id`", "it's", '"', "*", "", "ä→🎥", "-n", "a\nb", "\\", "!x")
    result = host.run(Command(("printf", "%s\\0", *words)))
    assert result.stdout.decode().split("\0")[:-1] == list(words)


@pytest.mark.parametrize("late", [MSG_CHANNEL_EOF, MSG_CHANNEL_DATA, MSG_CHANNEL_REQUEST])
def test_nothing_follows_the_close_of_a_channel(
    shared_server: Server, open_host: OpenHost, monkeypatch: pytest.MonkeyPatch, late: int
) -> None:
    host = open_host(shared_server.destination())
    host.run(sh("true"))
    link = host._link
    send = link._send_user_message
    pipes = open_pipes(link, Slots(), "sleep 0.2")

    def send_late(message: paramiko.Message) -> None:
        if message.asbytes()[0] == late and threading.current_thread() is not link:
            while not pipes._channel.closed:
                time.sleep(0.01)
            time.sleep(0.3)
        send(message)

    monkeypatch.setattr(link, "_send_user_message", send_late)
    if late == MSG_CHANNEL_EOF:
        pipes.close_input()
    elif late == MSG_CHANNEL_DATA:
        pipes.send(memoryview(b"too late"))
    else:
        link.signal_process(pipes._channel, "TERM")
    monkeypatch.undo()
    assert host.run(sh("echo still here")).stdout == b"still here\n"


def test_input_of_any_size_arrives_while_output_comes(host: Host) -> None:
    data = bytes(range(256)) * 40_000
    assert host.run(Command(("cat",), stdin=data), timeout=60).stdout == data


def test_a_program_that_does_not_read_its_input_is_no_error(host: Host) -> None:
    result = host.run(sh("exec <&-; echo done", stdin=b"x" * 5_000_000), timeout=60)
    assert (result.exit, result.stdout) == (0, b"done\n")


def test_six_megabytes_on_standard_error_do_not_hang(host: Host) -> None:
    """paramiko's own reading waits for ever here: the window is full of what nobody reads."""
    result = host.run(
        Command(("perl", "-e", "print STDERR 'x' x 6_000_000; print 'done'")), timeout=60
    )
    assert result.stdout == b"done"
    assert len(result.stderr) == 6_000_000


def test_both_streams_at_once_are_drained(host: Host) -> None:
    each = "for (1..60) { print STDOUT 'o' x 100_000; print STDERR 'e' x 100_000 }"
    result = host.run(Command(("perl", "-e", each)), timeout=60)
    assert (len(result.stdout), len(result.stderr)) == (6_000_000, 6_000_000)


def test_new_session_keys_in_the_middle_do_no_harm(
    start_server: StartServer, open_host: OpenHost
) -> None:
    host = open_host(start_server(RekeyLimit="1M").destination())
    data = b"0123456789abcdef" * 500_000
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(host.run, Command(("cat",), stdin=data), timeout=60) for _ in range(4)]
        while not all(job.done() for job in jobs):
            assert host.ping(timeout=60) < 60
            time.sleep(0.05)
        assert all(job.result().stdout == data for job in jobs)


@pytest.mark.parametrize("where", ["STDOUT", "STDERR"])
def test_a_server_that_never_stops_talking_is_cut_off(host: Host, where: str) -> None:
    with pytest.raises(OutputTooLargeError):
        host.run(
            Command(("perl", "-e", f"print {where} 'x' x 65536 while 1")), limit=200_000, timeout=60
        )
    assert host.run(Command(("echo", "on"))).stdout == b"on\n"


def test_a_command_that_does_not_end_is_ended(host: Host) -> None:
    start = time.monotonic()
    with pytest.raises(CommandTimeoutError, match=r"the talker did not end within 0\.3 s"):
        host.run(
            Command(
                ("perl", "-e", "$| = 1; while (1) { print 987654; sleep 1 }"), title="the talker"
            ),
            timeout=0.3,
        )
    assert time.monotonic() - start < 60
    assert gone(host, "print 98765[4]")


def test_hostile_standard_error_stays_bytes(host: Host) -> None:
    result = host.run(Command(("printf", r"\033]0;owned\007\377\000")))
    assert result.stdout == b"\x1b]0;owned\x07\xff\x00"
    result = host.run(sh(r"printf '\033[2J\377' >&2; exit 1"))
    assert result.stderr == b"\x1b[2J\xff"


def test_many_commands_at_once_wait_for_a_free_session(host: Host) -> None:
    """sshd allows ten sessions a connection; forty threads ask."""
    before = host.commands_run
    with ThreadPoolExecutor(40) as pool:
        results = list(
            pool.map(lambda n: host.run(sh(f"sleep 0.05; echo {n}"), timeout=200), range(40))
        )
    assert [int(result.stdout) for result in results] == list(range(40))
    assert host.commands_run == before + 40


def test_a_server_with_fewer_sessions_is_waited_for(
    start_server: StartServer, open_host: OpenHost
) -> None:
    host = open_host(start_server(MaxSessions="2").destination())
    with ThreadPoolExecutor(8) as pool:
        results = list(
            pool.map(lambda n: host.run(sh(f"sleep 0.1; echo {n}"), timeout=60), range(8))
        )
    assert [int(result.stdout) for result in results] == list(range(8))


def test_no_session_at_all_is_an_error_that_says_so(
    start_server: StartServer, open_host: OpenHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jitsi_tui.ssh.channel._REFUSED_PATIENCE", 0.5)
    host = open_host(start_server(MaxSessions="0").destination())
    with pytest.raises(HostError, match="no session") as caught:
        host.run(Command(("true",)))
    assert "MaxSessions" in caught.value.hint


def test_two_commands_that_need_each_other_do_not_wait_where_one_alone_may_run(
    start_server: StartServer, open_host: OpenHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jitsi_tui.ssh.channel._OTHERS_PATIENCE", 1.0)
    host = open_host(start_server(MaxSessions="1").destination())
    with (
        pytest.raises(HostError, match="no further session") as caught,
        handover(host, Secret("mine")) as path,
    ):
        host.run(Command(("cat", path)), timeout=60)
    assert "MaxSessions" in caught.value.hint
    assert host.run(sh("echo free again"), timeout=60).stdout == b"free again\n"


class TestStreams:
    """Commands that go on."""

    def test_what_comes_is_read_as_it_comes(self, host: SshHost) -> None:
        stream = host.stream(sh("echo one; read line; echo got $line; exit 4"))
        assert stream.read() == b"one\n"
        stream.write(b"two\n")
        assert stream.read() == b"got two\n"
        assert stream.read() == b""
        assert stream.exit_status(60) == 4
        stream.close()
        stream.close()

    def test_standard_input_stays_open_behind_the_program(self, host: SshHost) -> None:
        stream = host.stream(
            program("echo.pl", b"$| = 1; print scalar <DATA>; print scalar <DATA>;", data=b"a\n")
        )
        assert stream.read() == b"a\n"
        assert stream.exit_status() is None
        stream.write(b"b\n")
        assert stream.read() == b"b\n"
        stream.close()

    def test_silence_is_a_timeout_and_the_stream_stays_usable(self, host: SshHost) -> None:
        stream = host.stream(Command(("cat",)))
        start = time.monotonic()
        with pytest.raises(CommandTimeoutError):
            stream.read(timeout=0.2)
        assert 0.15 < time.monotonic() - start < 60
        stream.write(b"x")
        assert stream.read(timeout=60) == b"x"
        stream.close_input()
        assert stream.read(timeout=60) == b""
        assert stream.exit_status(60) == 0
        stream.close()

    def test_another_thread_may_close_it(self, host: SshHost) -> None:
        stream = host.stream(Command(("cat",)))
        closer = threading.Timer(0.2, stream.close)
        closer.start()
        start = time.monotonic()
        assert stream.read() == b""
        assert time.monotonic() - start < 60
        closer.join()
        with pytest.raises(OSError, match="closed"):
            stream.write(b"x")

    def test_closing_ends_the_command(self, host: SshHost) -> None:
        """Its input ends, its output breaks, and sshd signals it unless it is root's own."""
        stream = host.stream(sh("echo on; cat; exit 98765"))
        stream.read()
        stream.close()
        assert gone(host, "exit 9876[5]")

    def test_a_slow_reader_holds_the_command_back(self, host: SshHost) -> None:
        """Nothing is fetched beyond SSH's window, however long nobody reads."""
        stream = host.stream(
            Command(("perl", "-e", "$|=1; while (1) { print 'x' x 65536; $n++; warn qq{$n\\n} }"))
        )
        stream.read(10)
        written = int(settled(stream).split()[-1]) * 65536
        assert written < 8 * 1024 * 1024
        assert len(stream.read(16 * 1024 * 1024)) <= 2 * 1024 * 1024 + 1
        stream.close()

    def test_the_end_of_standard_error_is_kept(self, host: SshHost) -> None:
        stream = host.stream(Command(("perl", "-e", "print STDERR 'x' x 3_000_000, 'end'")))
        assert stream.read() == b""
        said = stream.stderr()
        assert len(said) == 64 * 1024
        assert said.endswith(b"end")
        stream.close()

    def test_large_chunks_are_read_whole(self, host: SshHost) -> None:
        stream = host.stream(Command(("head", "-c", "20000000", "/dev/zero")))
        total = 0
        while data := stream.read(1 << 20):
            total += len(data)
        assert total == 20_000_000
        stream.close()


def test_root_where_the_user_is_root_needs_no_sudo(host: Host) -> None:
    if host.user != "root":
        pytest.skip("not root")
    before = host.commands_run
    for wish in Root:
        assert host.run(Command(("id", "-u"), root=wish)).as_root
    assert host.commands_run == before + 3


def test_the_round_trip_is_measured_without_a_command(host: Host) -> None:
    before = host.commands_run
    assert 0 < host.ping(timeout=60) < 60
    assert host.commands_run == before


def test_pings_from_several_threads_are_not_mixed_up(host: Host) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert all(seconds < 60 for seconds in pool.map(lambda _: host.ping(60), range(80)))


def test_after_close_everything_says_so(server: Server, open_host: OpenHost) -> None:
    host = open_host(server.destination())
    host.close()
    host.close()
    for broken in (
        lambda: host.run(Command(("true",))),
        lambda: host.stream(Command(("true",))),
        lambda: host.connect_tcp("127.0.0.1", 1),
        host.ping,
    ):
        with pytest.raises(ConnectionLostError):
            broken()
