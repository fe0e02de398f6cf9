"""Who may open meetings: by keyboard, asked before anything goes, secrets handed over as such."""

from __future__ import annotations

import time

from textual.pilot import Pilot

from jitsi_tui.session import events as ev
from jitsi_tui.ssh.command import Secret
from jitsi_tui.tui.screens.account import AccountSheet

from . import samples
from .driving import Driven, connected, shown, tell, wait_out_deafness


async def listed(pilot: Pilot[None], count: int = 3) -> Driven:
    app = pilot.app
    assert isinstance(app, Driven)
    await connected(pilot, secure=True)
    await pilot.press("4")
    await pilot.pause()
    assert "load_moderators" in app.recorder.names()
    await tell(pilot, samples.moderators_event(count))
    return app


async def test_adding_with_a_made_password(size: tuple[int, int]) -> None:
    app = Driven()
    async with app.run_test(size=size) as pilot:
        await listed(pilot)
        await pilot.press("a")
        await pilot.pause()
        assert "on meet.example.org" in shown(pilot)
        await pilot.press(*"joki", "enter", "enter")
        await pilot.pause()
        assert app.recorder.asked[-1] == ("add", "joki", None)


async def test_adding_with_a_typed_password_never_shows_it() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await listed(pilot)
        await pilot.press("a", *"joki", "enter", *"hush")
        await pilot.pause()
        assert "hush" not in shown(pilot)
        await pilot.press("enter")
        await pilot.pause()
        assert app.recorder.asked[-1] == ("add", "joki", Secret("hush"))


async def test_an_account_without_a_name_is_not_added() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await listed(pilot)
        await pilot.press("a", "tab", "enter")
        await pilot.pause()
        assert isinstance(app.screen, AccountSheet)
        assert "A name is needed" in shown(pilot)
        assert "add" not in app.recorder.names()


async def test_a_new_password_for_the_row_under_the_cursor() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await listed(pilot)
        await pilot.press("down", "p")
        await pilot.pause()
        assert "A new password for grace" in shown(pilot)
        await pilot.press("enter")
        await pilot.pause()
        assert app.recorder.asked[-1] == ("reset", "grace", None)


async def test_checking_needs_the_password() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await listed(pilot)
        await pilot.press("k", "enter")
        await pilot.pause()
        assert "Type the password" in shown(pilot)
        await pilot.press(*"hush", "enter")
        await pilot.pause()
        assert app.recorder.asked[-1] == ("check", "ada", Secret("hush"))


async def test_removing_asks_and_names_whom() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await listed(pilot)
        await pilot.press("down", "x")
        await wait_out_deafness(pilot)
        text = shown(pilot)
        assert "Remove grace" in text and "on meet.example.org" in text
        assert "remove" not in app.recorder.names()
        await pilot.press("y")
        await pilot.pause()
        assert app.recorder.asked[-1] == ("remove", ("grace",))


async def test_marked_accounts_go_together_and_the_last_ones_are_warned_of() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await listed(pilot, 2)
        await pilot.press("space", "space", "x")
        await wait_out_deafness(pilot)
        text = shown(pilot)
        assert "Remove 2 moderators" in text
        assert "Nobody is left then" in text
        await pilot.press("y")
        await pilot.pause()
        assert app.recorder.asked[-1] == ("remove", ("ada", "grace"))


async def test_no_one_yet_is_said_with_the_key_that_changes_it(size: tuple[int, int]) -> None:
    app = Driven()
    async with app.run_test(size=size) as pilot:
        await listed(pilot, 0)
        assert "add the first moderator" in shown(pilot)


async def test_on_an_open_server_accounts_do_not_matter_yet(size: tuple[int, int]) -> None:
    app = Driven()
    async with app.run_test(size=size, notifications=True) as pilot:
        await connected(pilot)
        await pilot.press("4")
        await tell(pilot, samples.moderators_event(3))
        assert "accounts do not matter yet" in shown(pilot)
        for key in ("a", "x"):
            app.clear_notifications()
            await pilot.press(key)
            await pilot.pause()
            assert "Prosody knows no accounts" in shown(pilot)
            assert app.screen is app.page
        await tell(pilot, samples.moderators_event(0))
        assert "Once it is closed" in shown(pilot)
        assert "add the first moderator" not in shown(pilot)


async def test_a_list_that_cannot_be_had_says_why() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await connected(pilot, secure=True)
        await pilot.press("4")
        await tell(pilot, ev.ModeratorsFailed("prosodyctl needs root", "use sudo"))
        text = shown(pilot)
        assert "prosodyctl needs root" in text and "use sudo" in text


async def test_ten_thousand_accounts_open_and_filter_at_once() -> None:
    app = Driven()
    async with app.run_test(size=(200, 50)) as pilot:
        event = samples.moderators_event(10_000)
        await connected(pilot, secure=True)
        await pilot.press("4")
        started = time.process_time()
        await tell(pilot, event)
        assert "10,000 moderators" in shown(pilot)
        assert time.process_time() - started < 15
        await pilot.press("slash", *"user0500")
        started = time.process_time()
        await pilot.press("7")
        assert time.process_time() - started < 5
        text = shown(pilot)
        assert "user05007" in text and "user05008" not in text
        assert "1 of 10,000 moderators" in text


async def test_the_cursor_stays_on_its_row_when_the_list_changes() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await listed(pilot, 3)
        await pilot.press("down", "down")
        await tell(
            pilot,
            ev.Moderators(
                samples.moderators(3).__class__(
                    samples.DOMAIN, "shell", samples.moderators(3).moderators[1:]
                )
            ),
        )
        rows = app.screen.query_one("#moderators")
        assert rows.current.name == "joki"  # type: ignore[attr-defined]


async def test_a_new_look_reads_the_accounts_anew() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await connected(pilot, secure=True)
        await pilot.press("4")
        await tell(pilot, ev.ModeratorsFailed("the connection broke", "try again"))
        assert app.recorder.names().count("load_moderators") == 1
        await tell(pilot, samples.status(secure=True))
        assert app.recorder.names().count("load_moderators") == 2
        await tell(pilot, samples.moderators_event(3))
        assert "3 moderators" in shown(pilot) and "broke" not in shown(pilot)
        await tell(pilot, samples.status(secure=True))
        assert app.recorder.names().count("load_moderators") == 3
        assert "reading it again" in shown(pilot)
        await tell(pilot, ev.ModeratorsFailed("prosodyctl is gone", "look at it"))
        text = shown(pilot)
        assert "3 moderators" in text
        assert "It could not be read again: prosodyctl is gone" in text
        assert app.recorder.names().count("load_moderators") == 3
