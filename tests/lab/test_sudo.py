"""Becoming root by the real sudo of each Debian, and what it writes down of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from jitsi_tui.ssh.client import connect
from jitsi_tui.ssh.command import Command, Root, Secret, program
from jitsi_tui.ssh.destination import resolve
from jitsi_tui.ssh.handover import handover
from jitsi_tui.ssh.host import AuthError, CommandTimeoutError, HostError, SudoError
from jitsi_tui.ssh.sshhost import SshHost
from tests.lab.host import LabHost
from tests.lab.rootfs import ADMIN_PASSWORD
from tests.lab.watching import Watch, written
from tests.ssh.server import Answers

Reach = Callable[..., SshHost]
WHO = Command(("id", "-u"), root=Root.YES)
MAYBE = Command(("id", "-u"), root=Root.IF_POSSIBLE)


@pytest.fixture(scope="module", params=["bullseye", "bookworm", "trixie"])
def machine(request: pytest.FixtureRequest, module_lab_host: Callable[..., LabHost]) -> LabHost:
    return module_lab_host(release=request.param, generation=None)


@pytest.fixture
def reach(machine: LabHost) -> Iterator[Reach]:
    """Log in as somebody, with a person at hand."""
    opened: list[SshHost] = []

    def log_in(
        user: str, person: Answers | None = None, sudo_password: str | None = None
    ) -> SshHost:
        way = resolve(
            f"{user}@{machine.address}",
            identity=machine.key,
            known_hosts=machine.known_hosts,
            ssh_config=Path("/dev/null"),
        )
        opened.append(
            connect(
                way,
                prompts=person or Answers(),
                sudo_password=Secret(sudo_password) if sudo_password else None,
                timeout=60,
            )
        )
        return opened[-1]

    yield log_in
    for each in opened:
        each.close()


@contextmanager
def rule(machine: LabHost, text: str) -> Iterator[None]:
    """One more file of sudo rules."""
    machine.files.write("/etc/sudoers.d/zz-test", text + "\n", mode=0o440)
    try:
        machine.run("visudo -cq")
        yield
    finally:
        machine.run("rm -f /etc/sudoers.d/zz-test")


def test_without_a_password_nothing_is_asked(reach: Reach) -> None:
    person = Answers(sudo=["never"])
    host = reach("ada", person)
    result = host.run(
        program(
            "who.pl", b"print qq{$> }, <DATA>; warn qq{mine\\n};", root=Root.YES, data=b"data\n"
        )
    )
    assert (result.exit, result.stdout, result.stderr) == (0, b"0 data\n", b"mine\n")
    assert result.as_root
    assert person.asked == []
    assert host.commands_run == 1
    assert host.run(Command(("id", "-u"))).stdout != b"0\n"


def test_the_right_password_is_asked_for_once(reach: Reach) -> None:
    person = Answers(sudo=[ADMIN_PASSWORD])
    host = reach("grace", person)
    for _ in range(3):
        result = host.run(
            Command(("sh", "-c", "id -u; cat; echo mine >&2"), root=Root.YES, stdin=b"in")
        )
        assert (result.stdout, result.stderr, result.as_root) == (b"0\nin", b"mine\n", True)
    assert len(person.asked) == 1
    assert host.commands_run == 3


def test_a_password_given_beforehand_is_used(reach: Reach) -> None:
    person = Answers()
    host = reach("grace", person, ADMIN_PASSWORD)
    assert host.run(WHO).stdout == b"0\n"
    assert host.run(MAYBE).as_root
    assert person.asked == []


def test_a_wrong_password_is_forgotten_and_asked_again(reach: Reach) -> None:
    person = Answers(sudo=["wrong-1", ADMIN_PASSWORD])
    host = reach("grace", person)
    result = host.run(Command(("sh", "-c", "cat; echo mine >&2"), root=Root.YES, stdin=b"in"))
    assert (result.stdout, result.stderr) == (b"in", b"mine\n")
    assert [asked[3] for asked in person.asked] == ["False", "True"]
    assert host.run(WHO).as_root
    assert len(person.asked) == 2


def test_three_wrong_passwords_are_an_error(reach: Reach) -> None:
    person = Answers(sudo=["wrong-1", "wrong-2", "wrong-3", ADMIN_PASSWORD])
    host = reach("grace", person)
    with pytest.raises(SudoError, match="did not accept the password") as caught:
        host.run(WHO)
    assert len(person.asked) == 3
    assert "wrong-" not in f"{caught.value!r}{caught.value.hint}"
    assert host.run(WHO).as_root


@pytest.mark.parametrize("wish", [Root.YES, Root.IF_POSSIBLE])
def test_a_wrong_password_given_beforehand_is_an_error(reach: Reach, wish: Root) -> None:
    host = reach("grace", None, "wrong")
    with pytest.raises(SudoError, match="did not accept"):
        host.run(Command(("id",), root=wish))


def test_without_a_password_at_hand_the_user_s_own_rights_must_do(reach: Reach) -> None:
    person = Answers()
    host = reach("grace", person)
    first = host.run(Command(("sh", "-c", "id -un; cat"), root=Root.IF_POSSIBLE, stdin=b"in"))
    assert (first.stdout, first.as_root) == (b"grace\nin", False)
    assert host.commands_run == 2
    second = host.run(MAYBE)
    assert not second.as_root
    assert (host.commands_run, len(person.asked)) == (3, 1)
    with pytest.raises(SudoError, match="asks for the password"):
        host.run(WHO)
    person.sudo = [ADMIN_PASSWORD]
    assert host.run(WHO).as_root
    assert host.run(MAYBE).as_root


def test_who_may_not_become_root_is_told(reach: Reach) -> None:
    person = Answers(sudo=[ADMIN_PASSWORD, ADMIN_PASSWORD])
    host = reach("mallory", person)
    with pytest.raises(SudoError, match="does not let mallory become root"):
        host.run(WHO)
    result = host.run(Command(("id", "-un"), root=Root.IF_POSSIBLE))
    assert (result.stdout, result.as_root) == (b"mallory\n", False)
    before = host.commands_run
    host.run(MAYBE)
    assert host.commands_run == before + 1


def test_root_itself_uses_no_sudo(reach: Reach, machine: LabHost) -> None:
    host = reach("root")
    for wish in Root:
        assert host.run(Command(("id", "-u"), root=wish)).stdout == b"0\n"
    assert host.commands_run == 3


def test_an_expired_timestamp_is_answered_from_memory(reach: Reach, machine: LabHost) -> None:
    person = Answers(sudo=[ADMIN_PASSWORD])
    host = reach("grace", person)
    host.run(WHO)
    host.run(Command(("sudo", "-K")))
    assert host.run(WHO).as_root
    assert len(person.asked) == 1


def test_several_threads_share_one_question(reach: Reach) -> None:
    person = Answers(sudo=[ADMIN_PASSWORD])
    host = reach("grace", person)
    with ThreadPoolExecutor(12) as pool:
        results = list(pool.map(lambda _: host.run(WHO, timeout=60), range(12)))
    assert all(result.stdout == b"0\n" for result in results)
    assert len(person.asked) == 1


def test_large_input_and_output_go_through_sudo(reach: Reach) -> None:
    host = reach("ada")
    data = bytes(range(256)) * 20_000
    result = host.run(Command(("cat",), root=Root.YES, stdin=data), timeout=60)
    assert result.stdout == data
    result = host.run(
        Command(
            ("perl", "-e", "print STDERR 'x' x 6_000_000; print STDOUT 'y' x 6_000_000"),
            root=Root.YES,
        ),
        timeout=60,
    )
    assert (len(result.stdout), len(result.stderr)) == (6_000_000, 6_000_000)


def test_a_root_stream_goes_on_and_ends_with_us(reach: Reach, machine: LabHost) -> None:
    host = reach("grace", Answers(sudo=[ADMIN_PASSWORD]))
    stream = host.stream(
        program(
            "echo.pl",
            b"$| = 1; print qq{$> $_} while <DATA>; warn qq{over\\n}; exit 3",
            root=Root.YES,
            data=b"first\n",
        )
    )
    assert stream.as_root
    assert stream.read(timeout=60) == b"0 first\n"
    stream.write(b"second\n")
    assert stream.read(timeout=60) == b"0 second\n"
    stream.close_input()
    assert stream.read(timeout=60) == b""
    assert stream.exit_status(60) == 3
    assert stream.stderr() == b"over\n"
    stream.close()
    left = host.stream(Command(("sh", "-c", "echo on; cat; exit 91823"), root=Root.YES))
    left.read(timeout=60)
    left.close()
    machine.wait_for(
        "the end of what was closed",
        lambda: not any("exit 9182" in line for line in machine.processes().values()),
        60,
    )


def test_a_command_that_hangs_is_signalled(reach: Reach, machine: LabHost) -> None:
    host = reach("ada")
    with pytest.raises(CommandTimeoutError):
        host.run(Command(("sleep", "91824")), timeout=0.3)
    machine.wait_for(
        "the end of the sleeper",
        lambda: not any("sleep 91824" in line for line in machine.processes().values()),
        60,
    )


@pytest.mark.parametrize("shell", ["/bin/dash", "/bin/bash"])
def test_the_login_shell_does_not_matter(reach: Reach, machine: LabHost, shell: str) -> None:
    machine.run(["usermod", "--shell", shell, "ada"])
    host = reach("ada")
    words = ("$HOME", "it's", '"', "a\nb", "\\", "ä")
    result = host.run(Command(("printf", "%s\\0", *words), root=Root.YES))
    assert result.stdout.decode().split("\0")[:-1] == list(words)


def test_a_lecture_is_not_the_program_s(reach: Reach, machine: LabHost) -> None:
    with rule(machine, "Defaults lecture=always"):
        host = reach("grace", Answers(sudo=["wrong", ADMIN_PASSWORD]))
        result = host.run(Command(("sh", "-c", "echo mine >&2"), root=Root.YES))
        assert result.stderr == b"mine\n"


def test_one_try_only_is_no_endless_question(reach: Reach, machine: LabHost) -> None:
    with rule(machine, "Defaults passwd_tries=1"):
        host = reach("grace", Answers(sudo=["wrong", ADMIN_PASSWORD]))
        with pytest.raises(SudoError, match="did not accept"):
            host.run(WHO)
        assert host.run(WHO).as_root


def test_a_wanted_terminal_is_told(reach: Reach, machine: LabHost) -> None:
    with rule(machine, "Defaults requiretty"):
        host = reach("ada")
        with pytest.raises(SudoError, match="terminal") as caught:
            host.run(WHO)
        assert "requiretty" in caught.value.hint
        assert not host.run(MAYBE).as_root


def test_programs_that_may_start_no_others_are_told(reach: Reach, machine: LabHost) -> None:
    with rule(machine, "Defaults noexec"):
        host = reach("ada")
        with pytest.raises(SudoError, match="noexec") as caught:
            host.run(WHO)
        assert caught.value.hint.endswith("Defaults:ada !noexec")
        maybe = host.run(MAYBE)
        assert not maybe.as_root and "!noexec" in maybe.refusal
    assert host.run(WHO).as_root and host.run(MAYBE).refusal == ""


def test_a_shell_that_runs_something_else_is_not_waited_for_as_sudo_is(
    reach: Reach, machine: LabHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jitsi_tui.ssh.sudo._STARTING", 5.0)
    machine.files.write("/home/ada/.bashrc", "echo hello >&2; exec dash\n")
    machine.run(["usermod", "--shell", "/bin/bash", "ada"])
    try:
        for wish in (WHO, MAYBE):
            with pytest.raises(HostError, match="did not run our command: hello") as caught:
                reach("ada").run(wish)
            assert "ada's .bashrc" in caught.value.hint
    finally:
        machine.run("rm /home/ada/.bashrc")


def test_a_rule_for_other_commands_only_is_told(reach: Reach, machine: LabHost) -> None:
    """sudo's refusal repeats the command, with whatever mark stands in its arguments."""
    with rule(machine, "mallory ALL=(root) NOPASSWD: /usr/bin/true"):
        host = reach("mallory", Answers(sudo=[ADMIN_PASSWORD]))
        with pytest.raises(SudoError, match="does not let"):
            host.run(WHO)


def test_a_host_without_sudo_is_told(reach: Reach, machine: LabHost) -> None:
    machine.run("mv /usr/bin/sudo /usr/bin/sudo.away")
    try:
        host = reach("ada")
        with pytest.raises(SudoError, match="has no sudo"):
            host.run(WHO)
        assert not host.run(MAYBE).as_root
    finally:
        machine.run("mv /usr/bin/sudo.away /usr/bin/sudo")


def test_nothing_writes_a_secret_down(reach: Reach, machine: LabHost) -> None:
    handed = "Handed-Over-8421-Moderator"
    seen = "Seen-On-Standard-Input-99"
    logging = (
        "Defaults log_input, log_output, !compress_io\nDefaults log_subcmds"
        if machine.spec.release != "bullseye"
        else "Defaults log_input, log_output, !compress_io"
    )
    with rule(machine, logging), Watch(machine, handed, ADMIN_PASSWORD) as watch:
        host = reach("grace", Answers(sudo=["Wrong-Password-77", ADMIN_PASSWORD]))
        result = host.run(Command(("sh", "-c", "cat"), root=Root.YES, stdin=seen.encode()))
        assert result.stdout.decode() == seen
        for _ in range(3):
            with handover(host, Secret(handed)) as path:
                got = host.run(
                    Command(("sh", "-c", 'wc -c < "$1"', "sh", path), root=Root.YES), timeout=60
                )
                assert int(got.stdout) == len(handed)
        watch.go_round(6)
    assert watch.found == set()
    # sudo did write down what it could see, so that an empty search means something.
    assert "sudo-io" in written(machine, seen)
    for secret in (handed, ADMIN_PASSWORD, "Wrong-Password-77"):
        assert written(machine, secret) == ""


def test_a_handed_over_secret_leaves_no_file(reach: Reach, machine: LabHost) -> None:
    host = reach("ada")
    with handover(host, Secret("x")) as path:
        assert path.startswith("/run/user/")
        assert host.run(Command(("cat", path), root=Root.YES), timeout=60).stdout == b"x"
    with handover(host, Secret("x")) as other:
        assert host.run(Command(("test", "-p", other), root=Root.YES)).exit == 0
    found = machine.run("find / -xdev -name '.jitsi-tui-*'; find /run/user -name '.jitsi-tui-*'")
    assert found.stdout == ""


def restart_sshd(machine: LabHost) -> None:
    """A reload comes back before sshd has read its files; a restart when it listens again."""
    machine.run("systemctl reset-failed ssh; systemctl restart ssh")


def test_a_password_login_works_by_pam(machine: LabHost) -> None:
    """Through keyboard-interactive, or by the password method: whatever the server has."""
    way = resolve(
        f"ada@{machine.address}", known_hosts=machine.known_hosts, ssh_config=Path("/dev/null")
    )
    for code, password in (("yes", "no"), ("no", "yes")):
        machine.files.write(
            "/etc/ssh/sshd_config.d/00-test.conf",
            # The first of both names is that of OpenSSH before 8.7.
            f"ChallengeResponseAuthentication {code}\nKbdInteractiveAuthentication {code}\n"
            f"PasswordAuthentication {password}\nUsePAM yes\n",
        )
        restart_sshd(machine)
        person = Answers(passwords=["wrong", ADMIN_PASSWORD])
        try:
            host = connect(way, prompts=person, timeout=60)
        finally:
            machine.run("rm /etc/ssh/sshd_config.d/00-test.conf")
        assert host.run(Command(("id", "-un"))).stdout == b"ada\n"
        host.close()
        assert [asked[0] for asked in person.asked] == ["password", "password"]
    restart_sshd(machine)
    with pytest.raises(AuthError):
        connect(way, prompts=Answers(passwords=["wrong"]), timeout=60)
