"""Commands that are ended from outside while they ask."""

from __future__ import annotations

import io
import os
import select
import signal
import sys
import termios
from pathlib import Path

import pytest

from jitsi_tui import cli
from tests.terminal import in_terminal

LOCAL_MODES = 3
SECONDS = 60.0
ASKS = ("status", "127.0.0.1", "--ask-sudo", "--ssh-config", "/dev/null")


def shows_what_is_typed(terminal: int) -> bool:
    return bool(termios.tcgetattr(terminal)[LOCAL_MODES] & termios.ECHO)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_terminal_that_hid_a_password_shows_what_is_typed_again(
    tmp_path: Path, number: signal.Signals
) -> None:
    environment = {**os.environ, "HOME": str(tmp_path)}
    process, terminal = in_terminal([sys.executable, "-m", "jitsi_tui", *ASKS], environment)
    try:
        said = b""
        while b"Password for sudo" not in said:
            assert select.select([terminal], [], [], SECONDS)[0], said
            said += os.read(terminal, 4096)
        assert not shows_what_is_typed(terminal)
        process.send_signal(number)
        assert process.wait(SECONDS) == 130
        assert shows_what_is_typed(terminal)
        while b"interrupted" not in said:
            said += os.read(terminal, 4096)
        assert b"\njitsi-tui: interrupted" in said
    finally:
        process.kill()
        process.wait()
        os.close(terminal)


class Interrupted(io.StringIO):
    """Ctrl-C comes as soon as something was written."""

    def write(self, text: str) -> int:
        super().write(text)
        raise KeyboardInterrupt


def test_ctrl_c_ends_no_line_in_the_middle(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said next would stand behind it."""
    said = Interrupted()
    monkeypatch.setattr(sys, "stderr", said)
    with pytest.raises(KeyboardInterrupt):
        cli.main(["status", "demo", "--config", "/missing/jitsi-tui.toml"])
    assert said.getvalue().endswith("\n")
