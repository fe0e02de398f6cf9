"""What the practice server's SSH side promises to OpenSSH's client and to ours."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import paramiko
import pytest

from jitsi_tui.demo.practice import PracticeServer
from jitsi_tui.ssh.command import Command
from jitsi_tui.ssh.host import ForwardError, Host
from tests.demo.helpers import OpenSsh, eventually, reach

SIX_MEGABYTES = 6_000_000

needs_ssh = pytest.mark.skipif(shutil.which("ssh") is None, reason="ssh is missing")


def sleepers(mark: str) -> list[str]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if f"sleep\0{mark}\0".encode() == (entry / "cmdline").read_bytes():
                    found.append(entry.name)
            except OSError:
                continue
    return found


@needs_ssh
class TestOpenSsh:
    def test_output_errors_and_exit_status_arrive_apart(self, openssh: OpenSsh) -> None:
        ran = openssh.run("echo out; echo err >&2; exit 7")
        assert (ran.returncode, ran.stdout, ran.stderr) == (7, b"out\n", b"err\n")

    def test_input_arrives_whole_and_ends(self, openssh: OpenSsh) -> None:
        ran = openssh.run("wc -c", b"x" * SIX_MEGABYTES)
        assert ran.stdout.strip() == str(SIX_MEGABYTES).encode()

    def test_six_megabytes_come_on_both_streams(self, openssh: OpenSsh) -> None:
        half = f"head -c {SIX_MEGABYTES} /dev/zero"
        ran = openssh.run(f"{half}; {half} >&2")
        assert (len(ran.stdout), len(ran.stderr)) == (SIX_MEGABYTES, SIX_MEGABYTES)

    def test_a_signal_counts_as_128_and_its_number(self, openssh: OpenSsh) -> None:
        assert openssh.run("kill -9 $$").returncode == 137

    def test_a_command_that_is_not_there_is_127(self, openssh: OpenSsh) -> None:
        assert openssh.run("no-such-command").returncode == 127

    def test_the_environment_is_clean(
        self, openssh: OpenSsh, shared_practice: PracticeServer
    ) -> None:
        lines = openssh.run("env").stdout.decode().splitlines()
        names = {line.partition("=")[0] for line in lines} - {"PWD", "_", "SHLVL", "OLDPWD"}
        assert names == set(shared_practice.environment)
        first = openssh.run("command -v prosodyctl").stdout.decode().strip()
        assert first == f"{shared_practice.layout.path_first}/prosodyctl"

    def test_there_is_no_shell_no_terminal_and_no_sftp(self, openssh: OpenSsh) -> None:
        for options in (["-T"], ["-s"]):
            argv = [*openssh.argv(*options), *(["sftp"] if options == ["-s"] else [])]
            ran = subprocess.run(
                argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False
            )
            assert ran.returncode == 255

    def test_what_a_gone_client_left_running_is_killed(self, openssh: OpenSsh) -> None:
        mark = f"{4000 + time.time() % 1000:.6f}"
        client = subprocess.Popen([*openssh.argv(), f"sleep {mark}"], stdin=subprocess.DEVNULL)
        assert eventually(60, lambda: bool(sleepers(mark)))
        client.kill()
        client.wait()
        assert eventually(60, lambda: not sleepers(mark))

    def test_what_detached_itself_goes_on(self, openssh: OpenSsh) -> None:
        mark = f"{5000 + time.time() % 1000:.6f}"
        openssh.run(f"setsid sleep {mark} >/dev/null 2>&1 </dev/null &")
        assert eventually(60, lambda: bool(sleepers(mark)))
        time.sleep(0.3)
        assert len(sleepers(mark)) == 1

    def test_only_the_servers_own_ports_are_forwarded(self, openssh: OpenSsh) -> None:
        allowed = openssh.argv("-W", "127.0.0.1:8888")
        ran = subprocess.run(
            allowed, input=b"GET /about/version HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
            capture_output=True, timeout=60, check=False,
        )  # fmt: skip
        assert b"JICOFO" in ran.stdout
        with socket.create_server(("127.0.0.1", 0)) as other:
            argv = openssh.argv("-W", f"127.0.0.1:{other.getsockname()[1]}")
            ran = subprocess.run(argv, input=b"", capture_output=True, timeout=60, check=False)
        assert b"administratively prohibited" in ran.stderr

    def test_nobody_else_gets_in(self, openssh: OpenSsh, tmp_path: Path) -> None:
        other = tmp_path / "id"
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(other)], check=True
        )
        argv = [
            str(other) if word == str(openssh.server.identity) else word for word in openssh.argv()
        ]
        ran = subprocess.run([*argv, "true"], capture_output=True, timeout=60, check=False)
        assert ran.returncode == 255 and b"Permission denied" in ran.stderr
        argv = [word.replace("root@", "ada@") for word in openssh.argv()]
        ran = subprocess.run([*argv, "true"], capture_output=True, timeout=60, check=False)
        assert ran.returncode == 255 and b"Permission denied" in ran.stderr


class TestOurs:
    def test_nobody_is_asked_anything(self, shared_host: Host) -> None:
        ran = shared_host.run(Command(("sh", "-c", "echo here; exit 3")))
        assert (ran.exit, ran.stdout, ran.as_root) == (3, b"here\n", True)

    def test_several_commands_run_at_once(self, shared_host: Host, tmp_path: Path) -> None:
        meet = 'touch "$1/$2"; until [ "$(ls "$1" | wc -l)" = 8 ]; do sleep 0.05; done'

        def come(number: int) -> int:
            words = ("sh", "-c", meet, "sh", str(tmp_path), str(number))
            return shared_host.run(Command(words), timeout=60).exit

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(come, range(8))) == [0] * 8

    def test_a_slow_reader_slows_the_writer(self, shared_host: Host) -> None:
        stream = shared_host.stream(Command(("sh", "-c", "echo $$; exec yes jitsi")))
        first = stream.read(64)
        pid = int(first.split(b"\n")[0])

        def held_back() -> bool:
            before = _cpu(pid)
            time.sleep(0.5)
            return _cpu(pid) - before < 0.1

        assert eventually(60, held_back)
        stream.close()
        assert eventually(60, lambda: not Path(f"/proc/{pid}").exists())

    def test_a_stream_takes_input_while_it_speaks(self, shared_host: Host) -> None:
        stream = shared_host.stream(Command(("cat",)))
        for word in (b"one\n", b"two\n"):
            stream.write(word)
            assert stream.read(64, 60) == word
        stream.close_input()
        assert stream.read(64, 60) == b""
        assert stream.exit_status(60) == 0

    def test_forwards_reach_the_pretended_ports_alone(
        self, shared_host: Host, shared_practice: PracticeServer
    ) -> None:
        for port in (8080, shared_practice.layout.videobridge_http):
            tcp = shared_host.connect_tcp("127.0.0.1", port)
            tcp.sendall(b"GET /about/health HTTP/1.1\r\nHost: x\r\n\r\n")
            assert tcp.recv(4096).startswith(b"HTTP/1.1 200 ")
            tcp.close()
        for address, port in (("127.0.0.1", 22), ("192.0.2.1", 5280)):
            with pytest.raises(ForwardError) as refusal:
                shared_host.connect_tcp(address, port)
            assert refusal.value.forbidden

    def test_a_round_trip_is_answered(self, shared_host: Host) -> None:
        assert shared_host.ping(60) < 60

    def test_the_eleventh_session_is_refused(self, shared_practice: PracticeServer) -> None:
        with paramiko.SSHClient() as client:
            client.load_host_keys(str(shared_practice.known_hosts))
            client.connect(
                shared_practice.address, shared_practice.port, shared_practice.user,
                key_filename=str(shared_practice.identity), allow_agent=False, look_for_keys=False,
            )  # fmt: skip
            open_ones = [client.exec_command("cat") for _ in range(10)]
            with pytest.raises(paramiko.ChannelException):
                client.exec_command("cat")
            open_ones[0][0].channel.close()
            assert eventually(60, lambda: _runs(client, "true"))

    @needs_ssh
    def test_an_agent_full_of_keys_is_left_alone(
        self, shared_practice: PracticeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A server hangs up after a few keys that it doesn't know (MaxAuthTries)."""
        socket_path = tmp_path / "agent"
        agent = subprocess.Popen(
            ["ssh-agent", "-D", "-a", str(socket_path)], stdout=subprocess.DEVNULL
        )
        try:
            monkeypatch.setenv("SSH_AUTH_SOCK", str(socket_path))
            assert eventually(60, _agent_answers)
            for number in range(12):
                key = tmp_path / f"id{number}"
                make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)]
                subprocess.run(make, check=True)
                subprocess.run(["ssh-add", "-q", str(key)], check=True, timeout=60)
            opened = reach(shared_practice)
            assert opened.run(Command(("true",))).exit == 0
            opened.close()
        finally:
            agent.terminate()
            agent.wait()

    def test_a_lost_server_is_noticed_and_a_new_connection_works(
        self, shared_practice: PracticeServer
    ) -> None:
        for _ in range(3):
            opened = reach(shared_practice)
            assert opened.run(Command(("true",))).exit == 0
            opened.close()


def _agent_answers() -> bool:
    """Its socket is there a moment before it takes connections."""
    listed = subprocess.run(["ssh-add", "-l"], capture_output=True, timeout=60, check=False)
    return listed.returncode == 1  # it has no keys


def _runs(client: paramiko.SSHClient, command: str) -> bool:
    try:
        return client.exec_command(command)[1].channel.recv_exit_status() == 0
    except paramiko.ChannelException:
        return False


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100
