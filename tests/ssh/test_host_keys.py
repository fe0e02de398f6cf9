"""Whose host key is checked, before anything secret is sent."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest

from jitsi_tui.ssh.host import HostKeyError
from jitsi_tui.ssh.sshhost import SshHost
from tests.ssh.server import Answers, Server, keygen

OpenHost = Callable[..., SshHost]
StartServer = Callable[..., Server]


def test_an_unknown_key_is_asked_about_with_openssh_s_fingerprint(
    server: Server, open_host: OpenHost
) -> None:
    server.known_hosts.unlink()
    person = Answers(trust=False)
    with pytest.raises(HostKeyError, match="unknown"):
        open_host(server.destination(), prompts=person)
    shown = subprocess.run(
        ["ssh-keygen", "-l", "-f", server.host_keys[0]], check=True, capture_output=True, text=True
    ).stdout.split()[1]
    assert person.asked == [("key", server.name, "ssh-ed25519", shown)]
    assert not server.known_hosts.exists()
    # Nobody tried to log in before the key was trusted.
    assert "publickey" not in server.log.read_text()


def test_an_accepted_key_is_added_once_and_known_from_then_on(
    server: Server, open_host: OpenHost
) -> None:
    server.known_hosts.write_bytes(b"not a line\xff\n@revoked x y")
    open_host(server.destination(), prompts=Answers(trust=True))
    expected = f"not a line\udcff\n@revoked x y\n{server.name} {server.public()}\n"
    assert server.known_hosts.read_text("utf-8", "surrogateescape") == expected
    open_host(server.destination())
    assert server.known_hosts.read_text("utf-8", "surrogateescape") == expected
    subprocess.run(
        ["ssh-keygen", "-F", server.name, "-f", server.known_hosts], check=True, capture_output=True
    )


def test_accept_new_takes_an_unknown_key_without_a_question(
    server: Server, open_host: OpenHost
) -> None:
    server.known_hosts.write_text("")
    person = Answers()
    open_host(server.destination(), prompts=person, accept_new=True)
    assert person.asked == []
    assert server.public() in server.known_hosts.read_text()


@pytest.mark.parametrize("accept_new", [False, True])
def test_a_changed_host_key_is_refused(
    server: Server, open_host: OpenHost, accept_new: bool
) -> None:
    other = keygen(server.folder / "other").with_suffix(".pub").read_text()
    before = f"# mine\n{server.name} {other}"
    server.known_hosts.write_text(before)
    person = Answers(trust=True)
    with pytest.raises(HostKeyError, match="changed") as caught:
        open_host(server.destination(), prompts=person, accept_new=accept_new)
    assert f"{server.known_hosts} line 2" in caught.value.message
    assert "ssh-keygen -R" in caught.value.hint
    assert person.asked == []
    assert server.known_hosts.read_text() == before


def test_a_revoked_key_is_refused(server: Server, open_host: OpenHost) -> None:
    with server.known_hosts.open("a") as file:
        file.write(f"@revoked * {server.public()}\n")
    with pytest.raises(HostKeyError, match="revoked"):
        open_host(server.destination(), accept_new=True)


def test_a_hashed_known_hosts_file_is_honoured(server: Server, open_host: OpenHost) -> None:
    subprocess.run(
        ["ssh-keygen", "-q", "-H", "-f", server.known_hosts], check=True, capture_output=True
    )
    assert "127.0.0.1" not in server.known_hosts.read_text()
    open_host(server.destination())


@pytest.mark.parametrize("known", ["ed25519", "rsa", "ecdsa"])
def test_a_server_with_several_keys_shows_the_one_that_is_known(
    start_server: StartServer, open_host: OpenHost, known: str
) -> None:
    server = start_server(key_types=("ed25519", "ecdsa", "rsa"))
    server.known_hosts.write_text(f"{server.name} {server.public(known)}\n")
    open_host(server.destination())


def test_accept_new_does_not_take_a_second_type_of_key(
    start_server: StartServer, open_host: OpenHost
) -> None:
    """Whoever sits in between would offer just a type that is not known."""
    server = start_server(key_types=("ed25519",))
    other = keygen(server.folder / "rsa", "rsa").with_suffix(".pub").read_text()
    server.known_hosts.write_text(f"{server.name} {other}")
    with pytest.raises(HostKeyError, match="known are only: ssh-rsa"):
        open_host(server.destination(), accept_new=True)
    open_host(server.destination(), prompts=Answers(trust=True))


def test_the_global_file_counts_too(server: Server, open_host: OpenHost) -> None:
    everywhere = server.folder / "ssh_known_hosts"
    server.known_hosts.rename(everywhere)
    open_host(server.destination(global_known_hosts=(everywhere,)))
    assert not server.known_hosts.exists()


def test_an_alias_names_the_key(server: Server, open_host: OpenHost) -> None:
    server.known_hosts.write_text(f"jitsi {server.public()}\n")
    open_host(server.destination(host_key_alias="jitsi"))


@pytest.mark.parametrize(
    ("setting", "trusted"), [("yes", False), ("accept-new", True), ("no", True)]
)
def test_strict_host_key_checking_of_the_user_s_configuration_counts(
    server: Server, open_host: OpenHost, setting: str, trusted: bool
) -> None:
    server.known_hosts.write_text("")
    destination = server.destination(options={"stricthostkeychecking": setting})
    person = Answers(trust=not trusted)
    if trusted:
        open_host(destination, prompts=person)
    else:
        with pytest.raises(HostKeyError):
            open_host(destination, prompts=person)
    assert person.asked == []
