"""Every action has a key, a place in the palette and a line in the help, and no two clash."""

from __future__ import annotations

from importlib import import_module

import pytest
from textual.command import CommandPalette

from jitsi_tui.tui.actions import Acting, Action, clashes, key_label
from jitsi_tui.tui.app import JitsiTuiApp
from jitsi_tui.tui.lines import plain
from jitsi_tui.tui.palette import ActionProvider
from jitsi_tui.tui.screens import MODES, SHEETS, page_class
from jitsi_tui.tui.screens.base import LEAVE, Showing
from jitsi_tui.tui.screens.commands import CommandsSheet
from jitsi_tui.tui.screens.help import HelpSheet
from jitsi_tui.tui.screens.plan import PlanSheet
from jitsi_tui.tui.screens.service import ServiceSheet

from . import samples
from .driving import Driven, connected, shown, tell

FORBIDDEN = {"ctrl+a", "ctrl+b", "ctrl+s", "ctrl+j", "ctrl+o", "ctrl+m", "ctrl+i", "ctrl+h"}


def sheet_classes() -> list[type[Showing[object]]]:
    return [
        getattr(import_module(f"jitsi_tui.tui.screens.{module}"), name) for module, name in SHEETS
    ]


OWNERS: list[type[Acting]] = [
    JitsiTuiApp,
    *(page_class(mode) for mode in MODES),
    *sheet_classes(),
]


def everything() -> list[Action]:
    return [action for owner in OWNERS for action in owner.ACTIONS] + [LEAVE]


def test_no_key_and_no_id_stands_twice_where_both_work() -> None:
    pages = [(*page_class(mode).ACTIONS, *JitsiTuiApp.ACTIONS, LEAVE) for mode in MODES]
    sheets = [sheet.ACTIONS for sheet in sheet_classes()]
    assert clashes([*pages, *sheets]) == []


def test_a_clash_is_found() -> None:
    one = Action("x.one", ("a",), "one", "One.")
    other = Action("x.other", ("a",), "other", "Other.")
    again = Action("x.one", ("b",), "again", "Again.")
    assert clashes([[one, other]]) == ["a means both x.one and x.other"]
    assert clashes([[one], [again]]) == ["two actions are called x.one"]


@pytest.mark.parametrize("owner", OWNERS, ids=lambda owner: owner.__name__)
def test_each_action_has_its_method_key_and_sentence(owner: type[Acting]) -> None:
    for action in owner.ACTIONS:
        assert callable(getattr(owner, f"do_{action.name}", None)), action.id
        assert action.keys and action.title
        assert action.help.endswith("."), action.id
        assert not FORBIDDEN & set(action.keys), action.id
        bound = {binding.key for binding in owner.BINDINGS}  # type: ignore[attr-defined]
        assert set(action.keys) <= bound, action.id


def test_keys_are_written_as_people_write_them() -> None:
    for action in everything():
        assert "_" not in key_label(action.keys[0]), action.id


async def test_each_action_of_the_page_and_the_app_is_in_the_palette() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await connected(pilot)
        provider = ActionProvider(app.screen)
        found = " ".join([str(hit.help) async for hit in provider.discover()])
        for mode in MODES:
            if mode != "connect":
                for action in page_class(mode).ACTIONS:
                    assert action.help in found, action.id
        for action in app.ACTIONS:
            assert action.name == "palette" or action.help in found, action.id


async def test_each_action_of_a_sheet_is_in_the_palette_over_it() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await connected(pilot)
        for sheet in (
            HelpSheet(),
            CommandsSheet(),
            PlanSheet(samples.plan()),
            ServiceSheet("nginx"),
        ):
            await app.push_screen(sheet)
            await pilot.pause()
            found = " ".join([str(hit.help) async for hit in ActionProvider(sheet).discover()])
            assert sheet.ACTIONS and all(action.help in found for action in sheet.ACTIONS)
            await pilot.press("ctrl+p")
            await pilot.pause()
            assert isinstance(app.screen, CommandPalette)
            await pilot.press("escape")
            await pilot.pause()
            app.pop_screen()


async def test_f1_has_a_line_for_each_action_of_every_page() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await pilot.press("f1")
        sheet = app.screen
        assert isinstance(sheet, HelpSheet)
        rows = "\n".join(plain(row) for row in sheet.help_lines(200))
        for mode in MODES:
            for action in page_class(mode).ACTIONS:
                assert action.help in rows, action.id
        for action in app.ACTIONS:
            assert action.help in rows, action.id


async def test_read_only_refuses_what_mutates_and_says_so() -> None:
    app = Driven(read_only=True)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await connected(pilot)
        assert "looking only" in shown(pilot)
        await pilot.press("c")
        await pilot.pause()
        assert app.current_mode == "overview"
        assert "--read-only" in shown(pilot)


async def test_under_read_only_no_page_offers_a_key_that_mutates() -> None:
    app = Driven(read_only=True)
    async with app.run_test(size=(200, 50)) as pilot:
        await connected(pilot, secure=True)
        await tell(pilot, samples.moderators_event(), samples.backups_event())
        for mode in ("overview", "auth", "guests", "moderators", "history"):
            app.go(mode)
            await pilot.pause()
            assert app.page is not None
            assert not [a.id for a in app.page.footer_actions() if a.mutates]


async def test_a_key_that_cannot_act_says_why() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await connected(pilot, secure=True)
        await pilot.press("c")
        await pilot.pause()
        assert "It is closed to strangers already" in shown(pilot)
        assert app.current_mode == "overview"


async def test_the_footer_keeps_four_keys_and_help_at_80(size: tuple[int, int]) -> None:
    app = Driven()
    async with app.run_test(size=size) as pilot:
        await connected(pilot)
        await tell(pilot, samples.moderators_event(), samples.backups_event())
        for mode in ("overview", "auth", "moderators", "logs", "history"):
            app.go(mode)
            await pilot.pause()
            footer = shown(pilot).splitlines()[-1]
            assert "? help" in footer, mode
            assert len(footer.split("   ")) >= 4, footer
