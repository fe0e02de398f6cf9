"""Questions on a terminal: Ctrl-C ends them, and what is read of standard input is one line."""

from __future__ import annotations

import io
import signal

import pytest

from jitsi_tui.commands.context import interruptions
from jitsi_tui.commands.terminal import NoTerminalError, TerminalPrompts, line_of_stdin
from jitsi_tui.ssh.command import Secret


class Keyboard:
    """Somebody who presses Ctrl-C, and answers only where that ends nothing."""

    def isatty(self) -> bool:
        return True

    def readline(self) -> str:
        signal.raise_signal(signal.SIGINT)
        return "y\n"


def test_ctrl_c_ends_a_question_also_while_a_change_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Keyboard())
    monkeypatch.setattr("getpass.getpass", lambda _: Keyboard().readline())
    prompts = TerminalPrompts(lambda _: None)
    with interruptions() as cancel:
        for ask in (prompts.confirm, prompts.line, prompts.secret):
            with pytest.raises(KeyboardInterrupt):
                ask("Keep the change?")
        signal.raise_signal(signal.SIGINT)
    assert cancel.is_set()


def test_an_empty_line_is_an_answer_to_whoever_asks_for_enter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdin", Keyboard())
    typed = iter(["", "123456"])
    monkeypatch.setattr("getpass.getpass", lambda _: next(typed))
    asked = [("Enter sends a push: ", True), ("Code: ", False)]
    found = TerminalPrompts(lambda _: None).answers("Login", "", asked)
    assert found == [Secret(""), Secret("123456")]


def test_a_password_on_standard_input_leaves_the_list_behind_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stdin = io.TextIOWrapper(io.BytesIO("geheim é\r\nann\nbob\n".encode()), "utf-8")
    monkeypatch.setattr("sys.stdin", stdin)
    assert line_of_stdin() == Secret("geheim é")
    assert stdin.buffer.read() == b"ann\nbob\n"


@pytest.mark.parametrize("given", [b"", b"\n", b"\xff\n"])
def test_no_password_on_standard_input_is_told(
    given: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given), "utf-8"))
    with pytest.raises(NoTerminalError, match="password"):
        line_of_stdin()
