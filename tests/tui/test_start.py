"""The app paints before it loads what is slow, and connects after it has painted."""

from __future__ import annotations

import subprocess
import sys

import pytest

from jitsi_tui.tui.screens.base import NO_ANSWER

from . import samples
from .driving import Driven, tell


def test_the_app_loads_nothing_slow_before_its_first_paint() -> None:
    code = (
        "import sys; import jitsi_tui.tui.app, jitsi_tui.tui.screens as s; "
        "[s.page_class(m) for m in ('overview', 'connect', 'logs')]; "
        "print([m for m in ('paramiko', 'tree_sitter', 'tomlkit', 'cryptography', "
        "'jitsi_tui.instance.model', 'jitsi_tui.configs') if m in sys.modules])"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout
    assert said.strip() == "[]"


async def test_logs_are_asked_for_before_there_is_a_page_for_them() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await pilot.pause()
        app.go("logs")
        assert app.recorder.names() == ["start", "start_logs"]
        await pilot.pause()


async def test_logs_of_the_page_in_sight_are_asked_for_before_the_first_look() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await pilot.press("5")
        await pilot.pause()
        app.recorder.asked.clear()
        app.open_server("other.example.org", stay=True)
        await pilot.pause()
        assert app.recorder.names()[:3] == ["close", "start_logs", "start"]


@pytest.mark.parametrize("mode", ["overview", "auth", "guests", "moderators", "history"])
async def test_a_page_makes_its_widgets_once_the_server_has_answered(mode: str) -> None:
    app = Driven()
    async with app.run_test() as pilot:
        app.go(mode)
        await pilot.pause()
        assert not app.screen.query("#page")
        page = app.page
        assert page is not None
        for action in page.ACTIONS:
            page.action_do(action.id)
        await pilot.pause()
        assert len(app._notifications) == len(page.ACTIONS)
        assert {notice.message for notice in app._notifications} == {NO_ANSWER}
        await tell(pilot, samples.status())
        assert app.screen.query_one("#page").display
        assert app.screen.focused is not None
        assert not app.screen.query_one("#waiting").display
