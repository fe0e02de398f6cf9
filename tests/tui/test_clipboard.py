"""Copying reaches tmux's terminal, and a secret leaves its buffers again."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator

import pytest

from jitsi_tui.tui import clipboard

from .driving import Driven, connected


@pytest.fixture
def tmux(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A tmux server of the test's own."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    name = f"jt-{uuid.uuid4().hex[:8]}"
    subprocess.run(["tmux", "-L", name, "new-session", "-d", "-s", "x", "sleep 600"], check=True)
    socket = subprocess.run(
        ["tmux", "-L", name, "display-message", "-p", "#{socket_path},#{pid},0"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    monkeypatch.setenv("TMUX", socket)
    monkeypatch.setattr(clipboard, "_TIMEOUT", 60.0)
    yield name
    subprocess.run(["tmux", "-L", name, "kill-server"], check=False)


def buffers(name: str) -> str:
    return subprocess.run(
        ["tmux", "-L", name, "list-buffers", "-F", "#{buffer_sample}"],
        check=False,
        capture_output=True,
        text=True,
    ).stdout


async def test_text_is_handed_to_tmux_and_taken_back(tmux: str) -> None:
    assert await clipboard.copy_with_tmux("seven words; $(id)")
    assert "seven words; $(id)" in buffers(tmux)
    await clipboard.forget_in_tmux()
    assert "seven words" not in buffers(tmux)


async def test_without_tmux_it_says_no() -> None:
    assert "TMUX" not in os.environ
    assert not await clipboard.copy_with_tmux("text")


def test_osc_52_carries_the_text() -> None:
    sequence = clipboard.osc52("grüße")
    assert sequence.startswith("\x1b]52;c;") and sequence.endswith("\a")
    assert base64.b64decode(sequence[7:-1]).decode() == "grüße"


async def test_the_app_keeps_no_copy() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await connected(pilot)
        app.copy_to_clipboard("seven words")
        await pilot.pause()
        assert app.clipboard == ""
