"""One-time codes and steps in a row, by a server whose questions a test can choose."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import paramiko
import pytest
from paramiko.common import AUTH_FAILED, AUTH_PARTIALLY_SUCCESSFUL, AUTH_SUCCESSFUL
from paramiko.server import InteractiveQuery

from jitsi_tui.ssh.client import NoPrompts, connect
from jitsi_tui.ssh.command import Command
from jitsi_tui.ssh.destination import Agent, Destination
from jitsi_tui.ssh.host import AuthError, ConnectError
from tests.ssh.server import Answers, keygen


@dataclass
class Doorman(paramiko.ServerInterface):
    """Wants ``steps`` one after the other; a step is a method, or the questions of one round."""

    steps: list[str]
    questions: list[tuple[str, str, list[tuple[str, bool]]]] = field(default_factory=list)
    right: list[list[str]] = field(default_factory=list)
    heard: list[object] = field(default_factory=list)
    sent: int = 0

    def get_allowed_auths(self, username: str) -> str:
        return self.steps[0] if self.steps else ""

    def _step(self, method: str, right: bool) -> int:
        if not right or self.steps[0] != method:
            return int(AUTH_FAILED)
        self.steps.pop(0)
        return int(AUTH_PARTIALLY_SUCCESSFUL if self.steps else AUTH_SUCCESSFUL)

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        self.heard.append("key")
        return self._step("publickey", True)

    def check_auth_password(self, username: str, password: str) -> int:
        self.heard.append(password)
        return self._step("password", password == "right")

    def check_auth_interactive(self, username: str, submethods: str) -> object:  # type: ignore[override]
        if self.steps[0] != "keyboard-interactive":
            return AUTH_FAILED
        return self._next_question()

    def _next_question(self) -> object:
        if not self.questions:
            return self._step("keyboard-interactive", True)
        title, instructions, prompts = self.questions.pop(0)
        query = InteractiveQuery(title, instructions)
        for text, echo in prompts:
            query.add_prompt(text, echo)
        return query

    def check_auth_interactive_response(self, responses: list[str]) -> object:  # type: ignore[override]
        self.heard.append(responses)
        if responses and (not self.right or self.right.pop(0) != responses):
            return AUTH_FAILED
        return self._next_question()

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return 0  # every channel is opened

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        threading.Thread(target=self._flood, args=(channel,), daemon=True).start()
        return True

    def _flood(self, channel: paramiko.Channel) -> None:
        """Ignore the window, as no honest server does."""
        time.sleep(0.2)
        channel.out_window_size = 1 << 40
        with suppress(OSError, EOFError, paramiko.SSHException):
            while True:
                self.sent += channel.send(b"x" * 30_000)


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Callable[..., Destination]]:
    """Serve one doorman to every caller; gives the way there."""
    key = paramiko.Ed25519Key.from_private_key_file(str(keygen(tmp_path / "host")))
    user_key = keygen(tmp_path / "user")
    listening = socket.create_server(("127.0.0.1", 0))
    transports: list[paramiko.Transport] = []

    def serve(doorman: Doorman) -> None:
        try:
            while True:
                transport = paramiko.Transport(listening.accept()[0])
                transports.append(transport)
                transport.add_server_key(key)
                transport.start_server(threading.Event(), doorman)
        except OSError:
            return

    def open_door(doorman: Doorman) -> Destination:
        threading.Thread(target=serve, args=(doorman,), daemon=True).start()
        port = listening.getsockname()[1]
        known = tmp_path / "known_hosts"
        known.write_text(f"[127.0.0.1]:{port} {key.get_name()} {key.get_base64()}\n")
        return Destination(
            typed="door",
            alias="door",
            host="127.0.0.1",
            port=port,
            user="ada",
            identity_files=(user_key,),
            agent=Agent(None),
            known_hosts=(known,),
        )

    yield open_door
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    for transport in transports:
        transport.close()


def test_a_code_after_the_key(door: Callable[..., Destination]) -> None:
    asked = ("Two factors", "Look at your phone", [("Code: ", True)])
    doorman = Doorman(["publickey", "keyboard-interactive"], [asked], [["123456"]])
    person = Answers(codes=[["123456"]])
    connect(door(doorman), prompts=person, timeout=60).close()
    assert person.asked == [("answers", "Two factors", "Look at your phone", "(('Code: ', True),)")]
    assert "key" in doorman.heard


def test_a_password_and_then_a_code_by_the_same_method(door: Callable[..., Destination]) -> None:
    doorman = Doorman(
        ["keyboard-interactive"],
        [("", "", [("Password: ", False)]), ("", "", [("Verification code: ", False)])],
        [["right"], ["42"]],
    )
    person = Answers(passwords=["right"], codes=[["42"]])
    connect(door(doorman), prompts=person, timeout=60).close()
    assert [asked[0] for asked in person.asked] == ["password", "answers"]


def test_key_password_and_code_in_a_row(door: Callable[..., Destination]) -> None:
    doorman = Doorman(
        ["publickey", "password", "keyboard-interactive"],
        [("", "", [("Code: ", False), ("PIN: ", False)])],
        [["1", "2"]],
    )
    person = Answers(passwords=["wrong", "right"], codes=[["1", "2"]])
    connect(door(doorman), prompts=person, timeout=60).close()
    assert doorman.heard == ["key", "wrong", "right", ["1", "2"]]


def test_a_round_without_questions_is_answered_with_nothing(
    door: Callable[..., Destination],
) -> None:
    doorman = Doorman(["keyboard-interactive"], [("Welcome", "Nothing to do", [])])
    person = Answers()
    connect(door(doorman), prompts=person, timeout=60).close()
    assert person.asked == []
    assert doorman.heard == ["key", []]


def test_no_answer_ends_the_login_without_a_second_question(
    door: Callable[..., Destination],
) -> None:
    doorman = Doorman(["keyboard-interactive"], [("", "", [("Code: ", False)])] * 3)
    person = Answers()
    with pytest.raises(AuthError) as caught:
        connect(door(doorman), prompts=person, timeout=60)
    assert len(person.asked) == 1
    assert "asked" in caught.value.hint


def test_a_wrong_number_of_answers_is_not_sent(door: Callable[..., Destination]) -> None:
    doorman = Doorman(["keyboard-interactive"], [("", "", [("A: ", False), ("B: ", False)])])
    with pytest.raises(AuthError):
        connect(door(doorman), prompts=Answers(codes=[["only one"]]), timeout=60)
    assert doorman.heard == ["key"]


def test_a_server_that_asks_without_end_is_left(door: Callable[..., Destination]) -> None:
    asked = ("", "", [("Again: ", False)])
    doorman = Doorman(["keyboard-interactive"], [asked] * 500, [["x"]] * 500)
    person = Answers(codes=[["x"]] * 500)
    with pytest.raises((AuthError, ConnectError)):
        connect(door(doorman), prompts=person, timeout=60)
    assert len(person.asked) < 100


def test_hostile_questions_reach_the_person_as_they_are_and_errors_are_clean(
    door: Callable[..., Destination],
) -> None:
    """The asker shows them; whoever shows them makes them visible. Errors are ours, and clean."""
    nasty = "\x1b]0;x\x07[/red]"
    doorman = Doorman(["keyboard-interactive"], [(nasty, nasty, [(nasty, True)])])
    person = Answers()
    with pytest.raises(AuthError) as caught:
        connect(door(doorman), prompts=person, timeout=60)
    assert caught.value.message.isprintable()
    assert person.asked[0][1] == nasty


def test_a_server_that_ignores_the_window_is_left(door: Callable[..., Destination]) -> None:
    """paramiko itself would buffer without end what nobody reads."""
    doorman = Doorman(["publickey"])
    host = connect(door(doorman), prompts=NoPrompts(), timeout=60)
    stream = host.stream(Command(("anything",)))
    for _ in range(1200):
        time.sleep(0.05)
        if not host._link.active:
            break
    host.close()
    stream.close()
    assert 2 << 20 <= doorman.sent < 40 << 20
    assert "more than it may" in host._link.reason
