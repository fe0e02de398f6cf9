"""The Moderators screen on real servers, by keyboard alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from jitsi_tui.commands import arguments
from jitsi_tui.settings import Settings
from jitsi_tui.tui import launch
from jitsi_tui.tui.app import JitsiTuiApp
from jitsi_tui.tui.screens.access import AccessSheet
from jitsi_tui.tui.screens.base import Page
from jitsi_tui.tui.screens.confirm import ConfirmSheet
from jitsi_tui.tui.screens.handout import HandoutSheet
from jitsi_tui.tui.screens.kept import KeptSheet

from .host import LabHost
from .xmpp import logs_in

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]
DOMAIN = "meet.example.org"


def app_on(host: LabHost, folder: Path) -> JitsiTuiApp:
    config = folder / "config.toml"
    config.touch()
    words = ["--identity", str(host.key), "--known-hosts", str(host.known_hosts)]
    words += ["--ssh-config", "/dev/null", "--config", str(config), f"root@{host.address}"]
    return launch.build(arguments.parse(words), Settings())


def shown(pilot: Pilot[None]) -> str:
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips)


async def until(pilot: Pilot[None], seen: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < end, shown(pilot)
        await pilot.pause(0.05)


async def agree(pilot: Pilot[None]) -> None:
    """Say yes to the question that comes, once it listens."""

    def listens() -> bool:
        question = pilot.app.screen
        return isinstance(question, ConfirmSheet) and not question._deaf

    await until(pilot, listens)
    await pilot.press("y")


async def find(pilot: Pilot[None], page: Page, name: str) -> None:
    """Type a name into the line that finds, and leave it."""
    await pilot.press("slash", *name)
    await until(pilot, lambda: "1 of 4 moderators" in shown(pilot))
    await pilot.press("enter")
    await until(pilot, lambda: not page.in_input)


async def outside(host: LabHost, name: str, password: str) -> bool:
    return await asyncio.to_thread(logs_in, host, name, password)


async def test_people_are_added_removed_and_brought_back_by_key(
    closed: LabHost, tmp_path: Path
) -> None:
    app = app_on(closed, tmp_path)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, lambda: app.state.status is not None)
        await pilot.press("4")
        await until(pilot, lambda: app.state.listing is not None)
        page = app.page
        assert page is not None
        await pilot.press("b")
        await until(pilot, lambda: bool(app.screen.query("#names")))
        app.screen.query_one("#names", TextArea).text = "key1\nkey 2\nkey3,given-Secret-3\nkey4\n"
        await until(pilot, lambda: "1 wrong" in shown(pilot))
        await pilot.press("ctrl+g")
        await agree(pilot)
        await until(pilot, lambda: isinstance(app.screen, HandoutSheet))
        await pilot.press("w")
        await until(pilot, lambda: app.focused is app.screen.query_one("#path"))
        app.screen.query_one("#path", Input).value = str(tmp_path / "handout.txt")
        await pilot.press("enter")
        await until(pilot, lambda: not app.screen.query_one("#handout-file").display)
        passphrases = dict(
            line.split("\t") for line in (tmp_path / "handout.txt").read_text().splitlines()
        )
        assert set(passphrases) == {"key1", "key4"}
        assert await outside(closed, "key1", passphrases["key1"])
        assert await outside(closed, "key3", "given-Secret-3")
        await pilot.press("escape")
        await until(pilot, lambda: "key4" in shown(pilot))

        await find(pilot, page, "key1")
        await pilot.press("x")
        await until(pilot, lambda: "Remove key1" in shown(pilot))
        await agree(pilot)
        await until(pilot, lambda: isinstance(app.screen, AccessSheet))
        await until(pilot, lambda: "can open meetings until" in shown(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is page)
        await pilot.press("escape")
        assert not await outside(closed, "key1", passphrases["key1"])

        await until(pilot, lambda: bool(app.state.listing and app.state.listing.kept))
        await pilot.press("u")
        await until(pilot, lambda: isinstance(app.screen, KeptSheet) and "key1" in shown(pilot))
        await pilot.press("u")
        await until(pilot, lambda: "Bring back 1 moderator" in shown(pilot))
        await agree(pilot)
        await until(pilot, lambda: "back with their passwords: key1" in shown(pilot))
        assert await outside(closed, "key1", passphrases["key1"])


async def test_an_account_is_disabled_and_enabled_by_key(closed: LabHost, tmp_path: Path) -> None:
    app = app_on(closed, tmp_path)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, lambda: app.state.status is not None)
        await pilot.press("4")
        await until(pilot, lambda: app.state.listing is not None)
        page = app.page
        assert page is not None
        await find(pilot, page, "key3")
        await pilot.press("d")
        if closed.spec.release != "trixie":
            await until(pilot, lambda: "can't disable accounts" in shown(pilot))
            return
        await agree(pilot)
        await until(pilot, lambda: isinstance(app.screen, AccessSheet))
        await pilot.press("escape")
        assert not await outside(closed, "key3", "given-Secret-3")
        await until(pilot, lambda: "disabled" in shown(pilot))
        await pilot.press("d")
        await agree(pilot)
        await until(pilot, lambda: "enabled: key3" in shown(pilot))
        assert await outside(closed, "key3", "given-Secret-3")
