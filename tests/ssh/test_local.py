"""This machine as a host, and secrets handed over there and through SSH."""

from __future__ import annotations

import os
import signal
import socket
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from jitsi_tui.ssh import handover as module
from jitsi_tui.ssh.client import NoPrompts
from jitsi_tui.ssh.command import Command, Root, Secret, program
from jitsi_tui.ssh.handover import HandoverError, handover
from jitsi_tui.ssh.host import (
    CommandTimeoutError,
    ForwardError,
    Host,
    OutputTooLargeError,
    SudoError,
)
from jitsi_tui.ssh.local import LocalHost
from jitsi_tui.ssh.pipes import Pipes
from jitsi_tui.ssh.sshhost import SshHost
from tests.ports import free_port
from tests.ssh.server import Answers, Server
from tests.ssh.waiting import gone, settled


class Greeting(LocalHost):
    """Says something before every command, as a .bashrc may, and does not end its line."""

    def _open(self, argv: tuple[str, ...]) -> Pipes:
        return super()._open(("sh", "-c", "printf 'Hello\nyou'; exec \"$@\"", "sh", *argv))


@pytest.fixture
def here() -> LocalHost:
    return LocalHost(prompts=NoPrompts())


def sh(script: str, **more: object) -> Command:
    return Command(("sh", "-c", script), **more)  # type: ignore[arg-type]


class TestLocalHost:
    """The Host protocol by child processes."""

    def test_it_is_a_host(self, here: LocalHost) -> None:
        assert isinstance(here, Host)
        assert (here.name, here.via) == ("local", ())
        assert here.ping() < 1

    def test_output_error_status_and_signals(self, here: LocalHost) -> None:
        result = here.run(sh("cat; echo err >&2; exit 3", stdin=b"in"))
        assert (result.exit, result.stdout, result.stderr) == (3, b"in", b"err\n")
        assert here.run(sh("kill -KILL $$")).exit == 128 + signal.SIGKILL
        assert here.run(Command(("no-such-program",))).exit == 127
        assert here.commands_run == 3

    def test_megabytes_in_all_directions(self, here: LocalHost) -> None:
        data = os.urandom(1 << 20) * 5
        assert here.run(Command(("cat",), stdin=data), timeout=60).stdout == data
        result = here.run(
            Command(("perl", "-e", "print STDERR 'x' x 6_000_000; print 'done'")), timeout=60
        )
        assert (result.stdout, len(result.stderr)) == (b"done", 6_000_000)
        assert here.run(sh("exec <&-", stdin=data), timeout=60).exit == 0

    def test_limits(self, here: LocalHost) -> None:
        with pytest.raises(OutputTooLargeError):
            here.run(Command(("cat", "/dev/zero")), limit=100_000, timeout=60)
        start = time.monotonic()
        with pytest.raises(CommandTimeoutError):
            here.run(sh("sleep 985.5 & sleep 985.25"), timeout=0.3)
        assert time.monotonic() - start < 60
        assert gone(here, "sleep 985[.]")

    def test_streams(self, here: LocalHost) -> None:
        stream = here.stream(
            program("echo.pl", b"$| = 1; print while <DATA>; warn 'end'; exit 4", data=b"a\n")
        )
        assert stream.read(timeout=60) == b"a\n"
        with pytest.raises(CommandTimeoutError):
            stream.read(timeout=0.1)
        stream.write(b"b\n")
        assert stream.read(timeout=60) == b"b\n"
        assert stream.exit_status() is None
        stream.close_input()
        assert stream.read(timeout=60) == b""
        assert stream.exit_status(60) == 4
        assert stream.stderr().startswith(b"end")
        stream.close()
        stream.close()

    def test_a_stream_may_be_closed_by_another_thread(self, here: LocalHost) -> None:
        stream = here.stream(Command(("cat",)))
        closer = threading.Timer(0.2, stream.close)
        closer.start()
        start = time.monotonic()
        assert stream.read() == b""
        assert time.monotonic() - start < 60
        closer.join()

    def test_a_slow_reader_holds_the_command_back(self, here: LocalHost) -> None:
        stream = here.stream(
            Command(("perl", "-e", "$|=1; while (1) { print 'x' x 65536; $n++; warn qq{$n\n} }"))
        )
        stream.read(10)
        assert int(settled(stream).split()[-1]) < 10
        stream.close()

    def test_nothing_stays_open(self, here: LocalHost) -> None:
        before = len(list(Path("/proc/self/fd").iterdir()))
        for _ in range(5):
            here.run(Command(("true",)))
            here.stream(Command(("cat",))).close()
        assert len(list(Path("/proc/self/fd").iterdir())) <= before

    def test_connections(self, here: LocalHost) -> None:
        with socket.create_server(("127.0.0.1", 0)) as there:
            tcp = here.connect_tcp("127.0.0.1", there.getsockname()[1])
            tcp.sendall(b"x")
            tcp.close()
        with pytest.raises(ForwardError, match="refused"):
            here.connect_tcp("127.0.0.1", free_port())


@pytest.fixture(params=["here", "ssh_host", "apart_host"])
def either(request: pytest.FixtureRequest) -> Host:
    """A host of each kind."""
    host: Host = request.getfixturevalue(request.param)
    return host


class TestHandover:
    """A secret for a root command."""

    def test_one_reader_gets_it_and_nothing_stays(self, either: Host) -> None:
        secret = Secret("pass wörd'\"\\$`\n 1")
        with handover(either, secret) as path:
            mode = either.run(Command(("stat", "-c", "%a %F", path, str(Path(path).parent)))).stdout
            assert mode == b"600 fifo\n700 directory\n"
            got = either.run(Command(("cat", path)), timeout=60)
            assert got.stdout.decode() == secret.reveal()
        assert either.run(Command(("ls", str(Path(path).parent)))).exit != 0

    def test_what_a_login_shell_says_first_is_not_the_path(self) -> None:
        with handover(Greeting(prompts=NoPrompts()), Secret("mine")) as path:
            assert Path(path).is_fifo()

    def test_a_fifo_that_nobody_opens_is_removed(self, either: Host) -> None:
        start = time.monotonic()
        with handover(either, Secret("x")) as path:
            pass
        assert time.monotonic() - start < 60
        assert either.run(Command(("ls", str(Path(path).parent)))).exit != 0

    def test_an_error_in_the_block_cleans_up_too(self, either: Host) -> None:
        with pytest.raises(ValueError, match="mine"), handover(either, Secret("x")) as path:
            raise ValueError("mine")
        assert either.run(Command(("ls", str(Path(path).parent)))).exit != 0

    def test_it_gives_up_in_time(self, either: Host, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "_READER_TIME", 0)
        with handover(either, Secret("x")) as path:
            for _ in range(1200):
                if either.run(Command(("ls", path))).exit != 0:
                    break
                time.sleep(0.05)
            assert either.run(Command(("ls", str(Path(path).parent)))).exit != 0

    def test_the_secret_stands_in_no_process_list(self, either: Host) -> None:
        with handover(either, Secret("handed-secret-0815")) as path:
            seen = either.run(sh("cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null"))
            assert b"handed-secret" not in seen.stdout
            assert b"handover" not in path.encode()
            either.run(Command(("cat", path)))

    def test_a_secret_that_does_not_fit_is_refused(self, either: Host) -> None:
        before = either.commands_run
        with pytest.raises(HandoverError), handover(either, Secret("x" * 300_000)):
            pass
        assert either.commands_run == before

    def test_a_broken_connection_cleans_up(
        self, server: Server, open_host: Callable[..., SshHost]
    ) -> None:
        host = open_host(server.destination())
        with handover(host, Secret("x")) as path:
            assert stat.S_ISFIFO(Path(path).stat().st_mode)
            server.cut_connections()
        for _ in range(1200):
            if not Path(path).parent.exists():
                return
            time.sleep(0.05)
        pytest.fail("the folder stays")

    def test_a_helper_that_is_killed_before_it_took_the_secret_is_told(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        perl = tmp_path / "perl"
        perl.write_text(
            "#!/bin/sh\nexec <&-; echo Killed >&2\n"
            'printf "/tmp/.jitsi-tui-%s/secret\\n" "$3"; exit 137\n'
        )
        perl.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        here = LocalHost(prompts=NoPrompts())
        with pytest.raises(HandoverError, match="not taken: Killed"), handover(here, Secret("x")):
            pass

    def test_without_a_runtime_folder_the_home_serves(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        here = LocalHost(prompts=NoPrompts())
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "missing"))
        with handover(here, Secret("x")) as path:
            assert path.startswith(str(Path.home()))


class TestSudoWords:
    """sudo's answers, by a program of that name; the real ones are in tests/lab/test_sudo.py."""

    @pytest.fixture
    def sudo(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], LocalHost]:
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        (tmp_path / "id").write_text("#!/bin/sh\necho 1000\n")
        (tmp_path / "id").chmod(0o755)

        def make(script: str, *answers: str) -> LocalHost:
            (tmp_path / "sudo").write_text(f"#!/bin/sh\n{script}\n")
            (tmp_path / "sudo").chmod(0o755)
            host = LocalHost(prompts=Answers(sudo=list(answers)))
            host._keeper.is_root = False
            return host

        return make

    @pytest.mark.parametrize(
        ("script", "message", "hint"),
        [
            (
                "echo 'sudo: sorry, you must have a tty to run sudo' >&2; exit 1",
                "terminal",
                "!requ",
            ),
            ("echo 'ada is not in the sudoers file.' >&2; exit 1", "does not let", "group sudo"),
            ("echo 'sudo: a password is required' >&2; exit 1", "asks for the password", "--ask"),
            ("printf '\\033[2Jweird\\n' >&2; exit 1", r"failed: \^\[\[2Jweird", "by hand"),
            ("exit 1", "it says nothing", "by hand"),
            ("yes lecture >&2", "never comes to an end", "by hand"),
        ],
    )
    def test_each_refusal_has_its_hint(
        self, sudo: Callable[..., LocalHost], script: str, message: str, hint: str
    ) -> None:
        host = sudo(script)
        with pytest.raises(SudoError, match=message) as caught:
            host.run(Command(("id",), root=Root.YES))
        assert hint in caught.value.hint
        if "password" not in message:
            result = host.run(Command(("echo", "me"), root=Root.IF_POSSIBLE))
            assert (result.stdout, result.as_root) == (b"me\n", False)

    def test_a_password_is_never_sent_unasked(self, sudo: Callable[..., LocalHost]) -> None:
        """Under NOPASSWD sudo would hand it to the program as its first line."""
        host = sudo('while [ "$1" != -- ]; do shift; done; shift; exec "$@"', "hunter2")
        result = host.run(Command(("cat",), root=Root.YES, stdin=b"program"))
        assert result.stdout == b"program"
        assert result.as_root

    def test_a_prompt_that_is_not_ours_gets_no_password(
        self, sudo: Callable[..., LocalHost], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("jitsi_tui.ssh.sudo._SILENCE", 5.0)
        host = sudo("printf 'Verification code: ' >&2; read x; echo \"got $x\" >&2", "hunter2")
        with pytest.raises(SudoError, match="can't be answered: Verification code"):
            host.run(Command(("id",), root=Root.YES))

    def test_lectures_and_what_follows_stay_apart(self, sudo: Callable[..., LocalHost]) -> None:
        host = sudo(
            'p=$3; echo "We trust you" >&2; printf %s "$p" >&2; read a; '
            'echo "Sorry, try again." >&2; printf %s "$p" >&2; read b; '
            '[ "$a$b" = wrongright ] || exit 9; '
            'while [ "$1" != -- ]; do shift; done; shift; exec "$@"',
            "wrong",
            "right",
        )
        result = host.run(Command(("sh", "-c", "cat; echo mine >&2"), root=Root.YES, stdin=b"text"))
        assert (result.stdout, result.stderr) == (b"text", b"mine\n")
        person = host._keeper._prompts
        assert [asked[3] for asked in person.asked] == ["False", "True"]  # type: ignore[attr-defined]
