"""Keys that come faster than sheets open and close."""

from __future__ import annotations

import asyncio

import pytest

from jitsi_tui.ssh.command import Secret
from jitsi_tui.tui.screens.export import ExportSheet
from jitsi_tui.tui.screens.secret import SecretSheet

from .driving import Driven, shown
from .test_moderators import listed


async def test_a_sheet_that_is_closed_before_it_is_built_waits_and_then_goes() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        page = (await listed(pilot)).screen
        sheet = SecretSheet("joki may open meetings", Secret("correct-horse-battery"))
        app.push_screen(sheet)
        sheet.action_do("secret.close")
        sheet.action_do("secret.copy")
        await pilot.pause()
        assert "correct-horse" in shown(pilot)
        sheet.action_do("secret.close")
        sheet.action_do("secret.close")
        sheet.dismiss()
        await pilot.pause()
        assert app.screen is page


async def test_closing_twice_leaves_what_lies_below() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await listed(pilot)
        below, above = SecretSheet("one", Secret("x")), SecretSheet("two", Secret("y"))
        answers: list[None] = []
        app.push_screen(below)
        await app.push_screen(above, answers.append)
        above.dismiss()
        above.dismiss()
        await pilot.pause()
        assert app.screen is below
        assert answers == [None]


async def test_a_size_that_changes_under_a_sheet_and_keys_in_a_row_do_no_harm() -> None:
    app = Driven()
    async with app.run_test(size=(200, 50)) as pilot:
        page = (await listed(pilot)).screen
        await pilot.press("e")
        assert isinstance(app.screen, ExportSheet)
        for size in ((40, 10), (20, 5), (80, 24)):
            await pilot.resize_terminal(*size)
        await pilot.press("escape", "escape", "escape")
        await pilot.pause()
        assert app.screen is page


@pytest.mark.parametrize("page", ["overview", "auth", "guests", "moderators", "logs", "history"])
async def test_leaving_while_a_page_is_built_is_no_crash(page: str) -> None:
    for turns in range(0, 60, 4):
        app = Driven()
        async with app.run_test():
            app.go(page)
            for _ in range(turns):
                await asyncio.sleep(0)
            app.exit()
        assert app.return_code == 0
