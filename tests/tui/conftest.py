"""What every test of the app shares."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import textual.app
import textual.pilot
from textual.widgets import Input

from . import idle


@pytest.fixture(autouse=True)
def plain_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The same clock, locale and home for every test, and a cursor that doesn't blink."""
    monkeypatch.setattr(Input, "_toggle_cursor", lambda _: None)
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("TMUX", raising=False)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(autouse=True)
def patient_pilot(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys and pauses last until the app has done what they set off."""
    pause = textual.pilot.Pilot.pause

    async def until_idle(self: textual.pilot.Pilot[object], delay: float | None = None) -> None:
        if delay is not None:
            await pause(self, delay)
        await pause(self)

    monkeypatch.setattr(textual.pilot.Pilot, "pause", until_idle)
    for module in (textual.app, textual.pilot):
        monkeypatch.setattr(module, "wait_for_idle", idle.wait_for_idle)


@pytest.fixture(params=[(80, 24), (200, 50)], ids=["80x24", "200x50"])
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    """Both terminals that have to be enough."""
    found: tuple[int, int] = request.param
    return found
