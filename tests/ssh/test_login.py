"""The ways in, in OpenSSH's order, each against a real sshd."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jitsi_tui.ssh.command import Command, Secret
from jitsi_tui.ssh.destination import Agent
from jitsi_tui.ssh.host import AuthError, ConnectError
from jitsi_tui.ssh.sshhost import SshHost
from tests.ssh.server import Answers, Server, keygen

OpenHost = Callable[..., SshHost]
StartServer = Callable[..., Server]


def authorize(server: Server, *keys: Path) -> None:
    server.authorized.write_text("".join(Path(f"{key}.pub").read_text() for key in keys))


def works(host: SshHost) -> bool:
    return host.run(Command(("echo", "in"))).stdout == b"in\n"


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Path]:
    """A running ssh-agent's socket."""
    path = tmp_path / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(path)], stdout=subprocess.DEVNULL)
    end = time.monotonic() + 60
    while not answers(path):
        assert time.monotonic() < end, "no agent came"
        time.sleep(0.01)
    yield path
    process.terminate()
    process.wait(60)


def answers(path: Path) -> bool:
    """Whether somebody listens on a socket: its path is there before that."""
    with socket.socket(socket.AF_UNIX) as asking:
        return asking.connect_ex(str(path)) == 0


def add(agent: Path, key: Path, *options: str) -> None:
    subprocess.run(
        ["ssh-add", "-q", *options, str(key)],
        env={**os.environ, "SSH_AUTH_SOCK": str(agent)},
        check=True,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("ed25519", ()),
        ("rsa", ()),
        ("rsa", ("-m", "PEM")),
        ("ecdsa", ("-b", "256")),
        ("ecdsa", ("-b", "384")),
        ("ecdsa", ("-b", "521")),
        ("ecdsa", ("-m", "PEM")),
    ],
)
def test_a_key_file_of_every_kind_opens(
    server: Server, open_host: OpenHost, kind: str, options: tuple[str, ...]
) -> None:
    key = keygen(server.folder / "mine", kind, "", *options)
    authorize(server, key)
    Path(f"{key}.pub").unlink()
    assert works(open_host(server.destination(identity_files=(key,))))


@pytest.mark.parametrize("options", [(), ("-m", "PEM")])
@pytest.mark.parametrize("with_public", [True, False])
def test_a_locked_key_asks_for_its_passphrase(
    server: Server, open_host: OpenHost, options: tuple[str, ...], with_public: bool
) -> None:
    key = keygen(server.folder / "mine", "rsa", "open sesame", *options)
    authorize(server, key)
    if not with_public:
        Path(f"{key}.pub").unlink()
    person = Answers(passphrases=["wrong", "open sesame"])
    assert works(open_host(server.destination(identity_files=(key,)), prompts=person))
    assert person.asked == [("passphrase", str(key))] * 2


def test_a_passphrase_is_asked_only_for_a_key_that_the_server_wants(
    server: Server, open_host: OpenHost
) -> None:
    other = keygen(server.folder / "other", "ed25519", "locked")
    person = Answers()
    destination = server.destination(identity_files=(other, server.user_key))
    assert works(open_host(destination, prompts=person))
    assert person.asked == []


def test_without_a_passphrase_the_next_key_is_tried(server: Server, open_host: OpenHost) -> None:
    locked = keygen(server.folder / "locked", "ed25519", "locked")
    authorize(server, locked, server.user_key)
    person = Answers()
    destination = server.destination(identity_files=(locked, server.user_key))
    assert works(open_host(destination, prompts=person))
    assert person.asked == [("passphrase", str(locked))]


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
def test_the_agent_s_keys_open(server: Server, open_host: OpenHost, agent: Path, kind: str) -> None:
    key = keygen(server.folder / "mine", kind)
    authorize(server, key)
    add(agent, key)
    key.unlink()
    assert works(open_host(server.destination(identity_files=(), agent=Agent(str(agent)))))


def test_identities_only_keeps_the_agent_s_other_keys_back(
    server: Server, open_host: OpenHost, agent: Path
) -> None:
    add(agent, server.user_key)
    named = keygen(server.folder / "named")
    with pytest.raises(AuthError):
        open_host(server.destination(identity_files=(named,), agent=Agent(str(agent), True)))
    # The public half is enough to choose one of the agent's keys.
    add(agent, named)
    authorize(server, named)
    named.unlink()
    assert works(
        open_host(server.destination(identity_files=(named,), agent=Agent(str(agent), True)))
    )


def test_configured_keys_of_the_agent_come_before_its_others(
    start_server: StartServer, open_host: OpenHost, agent: Path, tmp_path: Path
) -> None:
    """sshd hangs up after MaxAuthTries: with a full agent the right key must come first."""
    server = start_server(MaxAuthTries="3")
    for number in range(6):
        add(agent, keygen(tmp_path / f"key{number}"))
    add(agent, server.user_key)
    assert works(open_host(server.destination(agent=Agent(str(agent)))))


def test_too_many_keys_are_told(
    start_server: StartServer, open_host: OpenHost, agent: Path, tmp_path: Path
) -> None:
    server = start_server(MaxAuthTries="2")
    for number in range(4):
        add(agent, keygen(tmp_path / f"key{number}"))
    with pytest.raises(AuthError, match=r"hung up.*Too many") as caught:
        open_host(server.destination(identity_files=(), agent=Agent(str(agent))))
    assert "IdentitiesOnly" in caught.value.hint


def test_a_connection_that_breaks_during_the_login_is_no_refusal(
    server: Server, open_host: OpenHost
) -> None:
    """The app tried no more by itself where its connection broke once more just then."""

    class Cutting(Answers):
        def passphrase(self, path: str) -> Secret | None:
            server.cut_connections()
            return super().passphrase(path)

    key = keygen(server.folder / "mine", "rsa", "open sesame")
    authorize(server, key)
    person = Cutting(passphrases=["open sesame"])
    with pytest.raises(ConnectError, match="hung up while"):
        open_host(server.destination(identity_files=(key,)), prompts=person)


def test_a_dead_agent_does_not_matter(server: Server, open_host: OpenHost) -> None:
    assert works(open_host(server.destination(agent=Agent(str(server.folder / "gone")))))


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
@pytest.mark.parametrize("where", ["beside the key", "named", "agent"])
def test_a_certificate_opens(
    start_server: StartServer,
    open_host: OpenHost,
    tmp_path: Path,
    agent: Path,
    kind: str,
    where: str,
) -> None:
    authority = keygen(tmp_path / "ca")
    server = start_server(TrustedUserCAKeys=f"{authority}.pub")
    server.authorized.write_text("")
    key = keygen(tmp_path / "mine", kind)
    user = server.destination().user
    subprocess.run(
        ["ssh-keygen", "-q", "-s", authority, "-I", "me", "-n", user, f"{key}.pub"], check=True
    )
    certificate = Path(f"{key}-cert.pub")
    destination = server.destination(identity_files=(key,))
    if where == "named":
        moved = certificate.rename(tmp_path / "certificate")
        destination = server.destination(identity_files=(key,), certificate_files=(moved,))
    elif where == "agent":
        add(agent, key)
        key.unlink()
        certificate.unlink()
        destination = server.destination(identity_files=(), agent=Agent(str(agent)))
    assert works(open_host(destination))


def test_the_error_says_what_was_tried_and_what_the_server_takes(
    start_server: StartServer, open_host: OpenHost
) -> None:
    server = start_server(PasswordAuthentication="yes")
    server.authorized.write_text("")
    with pytest.raises(AuthError) as caught:
        open_host(server.destination())
    assert str(server.user_key) in caught.value.message
    assert "password" in caught.value.hint
    assert "\n" not in caught.value.message + caught.value.hint


def test_a_broken_key_file_is_said(server: Server, open_host: OpenHost) -> None:
    server.user_key.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\nbm90IGEga2V5\n-----END")
    with pytest.raises(AuthError, match="no key that can be used"):
        open_host(server.destination())


def test_a_password_is_asked_for_and_never_shown(
    start_server: StartServer, open_host: OpenHost
) -> None:
    """sshd without PAM looks at /etc/shadow, which is not ours: all three are wrong here."""
    server = start_server(PasswordAuthentication="yes", MaxAuthTries="10")
    server.authorized.write_text("")
    person = Answers(passwords=["hunter-1", "hunter-2", "hunter-3", "hunter-4"])
    with pytest.raises(AuthError) as caught:
        open_host(server.destination(identity_files=()), prompts=person)
    assert len(person.asked) == 3
    assert "hunter" not in f"{caught.value!r} {caught.value.hint}"
    assert "tried password" in caught.value.message


def test_methods_that_the_user_turned_off_are_not_tried(
    start_server: StartServer, open_host: OpenHost
) -> None:
    server = start_server(PasswordAuthentication="yes")
    person = Answers(passwords=["x"])
    options = {"pubkeyauthentication": "false", "passwordauthentication": "no"}
    with pytest.raises(AuthError, match="tried nothing"):
        open_host(server.destination(options=options), prompts=person)
    assert person.asked == []
    assert works(open_host(server.destination(options={"pubkeyauthentication": "true"})))


def test_publickey_is_enough_where_two_keys_are_wanted(
    start_server: StartServer, open_host: OpenHost, tmp_path: Path
) -> None:
    """Partial success: the login goes on with what the server wants next."""
    server = start_server(AuthenticationMethods="publickey,publickey")
    second = keygen(tmp_path / "second")
    authorize(server, server.user_key, second)
    assert works(open_host(server.destination(identity_files=(server.user_key, second))))
    with pytest.raises(AuthError):
        open_host(server.destination())
