"""Keys that come faster than sheets open and close."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.command import CommandList
from textual.pilot import Pilot
from textual.widgets import Input

from jitsi_tui.logs.levels import Level
from jitsi_tui.session import events as ev
from jitsi_tui.ssh.command import Secret
from jitsi_tui.tui.palette import Palette
from jitsi_tui.tui.screens.export import ExportSheet
from jitsi_tui.tui.screens.logs import LogsScreen
from jitsi_tui.tui.screens.secret import SecretSheet

from . import fuzz_keys
from .driving import Driven, shown, tell, until
from .test_logs_reading import many
from .test_moderators import listed

_SPECIAL: dict[str, tuple[str, str | None]] = {
    name: (name, None) for name in ("ctrl+u", "backspace", "home", "delete", "tab", "shift+tab")
} | {"~": ("tilde", "~"), "&": ("ampersand", "&")}


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


async def typed_at_once(app: Driven, pilot: Pilot[None], *keys: str) -> None:
    """All in one piece, as a slow connection delivers them."""
    for key in keys:
        name, character = _SPECIAL.get(key, (key, key))
        app.post_message(events.Key(name, character))
    await pilot.pause()


async def test_keys_that_arrive_together_take_effect_in_their_order() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await many(pilot, 3)
        await pilot.press("s")
        field = app.screen.query_one("#path", Input)
        await typed_at_once(app, pilot, "ctrl+u", *"~ac", "backspace", *"b", "home", "delete", "x")
        assert field.value == "xab"


async def test_what_arrives_with_a_tab_stands_in_the_field_behind_it() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await listed(pilot)
        await pilot.press("a")
        await typed_at_once(
            app, pilot, *"mia", "tab", *"secret", "backspace", "shift+tab", "end", "o"
        )
        assert app.screen.query_one("#name", Input).value == "miao"
        assert app.screen.query_one("#password", Input).value == "secre"


async def test_a_filter_typed_in_one_go_is_kept_and_the_next_one_begins_behind_it() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await many(pilot, 3)
        await typed_at_once(app, pilot, "&", *"linx", "backspace", "e", "enter", "&", *"2")
        await pilot.press("!")
        screen = pilot.app.screen
        assert isinstance(screen, LogsScreen)
        assert [one.text for one in screen.filtering.kept] == ["line"]
        assert screen.line.field.value == "2!"


async def test_the_palette_bears_keys_that_come_faster_than_it() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        page = (await listed(pilot)).screen
        for key in ("ctrl+p", "down", "pageup", "ctrl+p", "escape", "escape") * 3:
            app.post_message(events.Key(key, None))
        await pilot.pause()
        app.push_screen(sheet := SecretSheet("one", Secret("x")))
        await pilot.pause()
        app.action_command_palette()
        palette = app.screen
        assert isinstance(palette, Palette)
        await app.run_action("cursor_down", palette)
        await pilot.pause()
        palette.dismiss()
        palette.dismiss()
        app.action_command_palette()
        await pilot.pause()
        assert app.screen_stack[:-1] == [page, sheet]
        assert isinstance(app.screen, Palette)


async def test_the_palette_bears_having_no_room_for_its_list() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await listed(pilot)
        app.action_command_palette()
        await pilot.pause(0.2)
        await pilot.press("down")
        commands = app.screen.query_one(CommandList)
        assert commands.highlighted is not None
        commands.styles.max_height = 0
        await pilot.pause()
        await pilot.press("pageup", "pagedown", "down", "up", "a", "pageup")
        assert isinstance(app.screen, Palette)


async def test_a_question_that_is_settled_under_something_goes_once_it_is_on_top() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        page = (await listed(pilot)).screen
        answer: Future[tuple[Secret, ...] | bool | None] = Future()
        await tell(pilot, ev.Asked("password", "Login", "", (("Password", False),), answer))
        asked = app.screen
        app.action_command_palette()
        await pilot.pause()
        answer.set_result(None)
        app.show_state()
        asked.dismiss()
        await pilot.pause()
        assert app.screen_stack[:2] == [page, asked]
        assert isinstance(app.screen, Palette)
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen is page


async def test_a_palette_whose_page_went_as_it_opened_goes_too() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await listed(pilot)
        app.action_command_palette()
        app.go("guests")
        await pilot.pause()
        app.go("moderators")
        await pilot.pause()
        assert app.screen is app.page


@pytest.mark.parametrize("seed", range(3))
async def test_nothing_that_comes_ends_the_app(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    await fuzz_keys.play(seed, 60)


@pytest.mark.parametrize("turns", range(6))
async def test_keys_stay_in_order_however_they_meet_the_line_that_opens_and_closes(
    turns: int,
) -> None:
    """``turns``: of the loop between two keys."""
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await many(pilot)
        names = {"&": "ampersand", "/": "slash", "\r": "enter"}
        for character in "&line\r&emo\r/room\rd":
            app.post_message(events.Key(names.get(character, character), character))
            for _ in range(turns):
                await asyncio.sleep(0)
        page = app.screen
        assert isinstance(page, LogsScreen)
        await until(pilot, lambda: page.filtering.dim)
        assert [str(one) for one in page.filtering.kept] == ["line", "emo"]
        assert page.search is not None and page.search.text == "room"
        assert not page.line.is_open


async def test_keys_that_leave_the_focus_where_it_is_wait_for_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await many(pilot)
        waited: list[str] = []
        follow = app._follow

        async def noted(key: events.Key, *way: Any) -> None:
            waited.append(key.key)
            await follow(key, *way)

        monkeypatch.setattr(app, "_follow", noted)
        await pilot.press(*["up"] * 9)
        assert waited == []
        await pilot.press("slash")
        waited.clear()
        await pilot.press(*"some words".replace(" ", "_"))
        assert waited == []


async def test_a_key_whose_widget_went_away_under_it_holds_up_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await many(pilot)
        page = app.screen
        assert isinstance(page, LogsScreen)
        later = page.grid.call_later
        # As one that is removed before it comes to what it was sent.
        monkeypatch.setattr(
            page.grid,
            "call_later",
            lambda call, *args: call == app._follow or later(call, *args),
        )
        for key in ("up", "l", "l"):
            app.post_message(events.Key(key, None if key == "up" else key))
        await until(pilot, lambda: page.filtering.level == Level.WARNING)
