"""Many moderators at once, by keyboard: previewed, asked about, handed out once."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from jitsi_tui.instance.access import Remembered
from jitsi_tui.instance.accounts.bulk_add import BulkResult, Made
from jitsi_tui.instance.model import KeptRemoval, ModeratorList
from jitsi_tui.session import events as ev
from jitsi_tui.session.aftermath import Aftermath
from jitsi_tui.ssh.command import Secret
from jitsi_tui.tui.screens.access import AccessSheet
from jitsi_tui.tui.screens.handout import HandoutSheet
from jitsi_tui.tui.screens.many import ManySheet
from jitsi_tui.tui.screens.progress import ProgressSheet
from jitsi_tui.tui.widgets.row_list import RowList

from . import samples
from .driving import Driven, shown, tell, wait_out_deafness
from .test_moderators import listed

NAMES = "zoe\na b\nada\nmax,geheim123\nzoe\n"


async def pasted(pilot: Pilot[None], words: str) -> Driven:
    app = await listed(pilot)
    await pilot.press("b")
    await pilot.pause()
    assert isinstance(app.screen, ManySheet)
    app.screen.query_one("#names", TextArea).text = words
    await pilot.pause()
    return app


async def test_a_pasted_list_says_what_is_wrong_before_it_is_asked_about(
    size: tuple[int, int],
) -> None:
    app = Driven()
    async with app.run_test(size=size) as pilot:
        await pasted(pilot, NAMES)
        text = shown(pilot)
        assert "2 accounts to add, 1 password given" in text
        assert "2 wrong" in text and "1 exist already" in text
        assert "line 2" in text
        assert "Ctrl-G" in text
        await pilot.press("ctrl+g")
        await wait_out_deafness(pilot)
        text = shown(pilot)
        assert "Add 2 moderators" in text and "geheim123" not in text.split("Add 2")[1][:400]
        await pilot.press("y")
        await pilot.pause()
        assert ("add many", ("zoe", "max"), None) in app.recorder.asked
        assert isinstance(app.screen, ProgressSheet)


async def test_a_file_is_read_too_and_a_pipe_is_not(tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("name,note\nzoe,x\n")
    app = Driven()
    async with app.run_test() as pilot:
        await pasted(pilot, "")
        field = app.screen.query_one("#from", Input)
        field.focus()
        field.value = str(people)
        await pilot.press("enter")
        await pilot.pause()
        assert "1 account to add" in shown(pilot)
        field.value = "/dev/zero"
        await pilot.press("enter")
        await pilot.pause()
        assert "no plain file" in shown(pilot)


async def test_progress_is_shown_and_stopped_by_key() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await pasted(pilot, "zoe\nmax\n")
        await pilot.press("ctrl+g")
        await wait_out_deafness(pilot)
        await pilot.press("y")
        await tell(pilot, ev.BulkProgress(1, 2))
        assert "1 of 2" in shown(pilot)
        await pilot.press("escape")
        await pilot.pause()
        assert app.recorder.asked[-1] == ("stop",)
        done = BulkResult(
            (Made("zoe", Secret("correct-horse"), True),), (), (), ("max",), "stopped as asked"
        )
        await tell(pilot, ev.BulkDone(samples.DOMAIN, done, None))
        assert isinstance(app.screen, HandoutSheet)
        text = shown(pilot)
        assert "correct-horse" in text
        assert "1 not made: stopped as asked" in text


async def test_passphrases_are_written_to_a_private_file_and_then_forgotten(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    app = Driven()
    made = tuple(Made(f"user{n}", Secret(f"secret-{n}"), True) for n in range(30))
    async with app.run_test(size=size) as pilot:
        await listed(pilot)
        await tell(pilot, ev.BulkDone(samples.DOMAIN, BulkResult(made, (), (), ()), None))
        assert "30 moderators added" in shown(pilot)
        assert "Esc" in shown(pilot)
        await pilot.press("w")
        field = app.screen.query_one("#path", Input)
        field.value = str(tmp_path / "out.txt")
        await pilot.press("enter")
        await pilot.pause()
        written = tmp_path / "out.txt"
        assert written.stat().st_mode & 0o777 == 0o600
        assert written.read_text().splitlines()[0] == "user0\tsecret-0"
        sheet = app.screen
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen is not sheet
        assert "secret-0" not in shown(pilot)


async def test_access_that_goes_on_is_said_and_ended_by_key() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await listed(pilot)
        after = Aftermath(
            Remembered(samples.NOW, "Who was logged in can open meetings until then."), None
        )
        await tell(pilot, ev.AccessGoesOn("grace is removed", after))
        assert isinstance(app.screen, AccessSheet)
        assert "Grace is removed, and may still open meetings" in shown(pilot)
        await pilot.press("j")
        await wait_out_deafness(pilot)
        assert ("restart", "jicofo") not in app.recorder.asked
        await pilot.press("y")
        await pilot.pause()
        assert ("restart", "jicofo") in app.recorder.asked


async def test_an_offer_that_comes_by_itself_waits_until_nobody_types() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await listed(pilot)
        await pilot.press("a")
        await pilot.pause()
        after = Aftermath(Remembered(samples.NOW, "Until then."), None)
        await tell(pilot, ev.AccessGoesOn("grace is removed", after))
        await pilot.press("j")
        assert app.screen.query_one("#name", Input).value == "j"
        await pilot.press("escape")
        for _ in range(60):
            if isinstance(app.screen, AccessSheet):
                break
            await pilot.pause(0.5)
        assert isinstance(app.screen, AccessSheet)


async def test_many_are_removed_only_once_their_number_is_typed() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await listed(pilot, 8)
        await pilot.press("asterisk", "x")
        await pilot.pause()
        assert "Remove 8 moderators" in shown(pilot)
        await pilot.press("7", "enter")
        await pilot.pause()
        assert "That is not 8" in shown(pilot)
        assert "remove" not in app.recorder.names()
        await pilot.press("backspace", "8", "enter")
        await pilot.pause()
        assert app.recorder.asked[-1][0] == "remove"
        assert len(app.recorder.asked[-1][1]) == 8  # type: ignore[arg-type]


async def test_a_removal_is_brought_back_by_key() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await listed(pilot)
        kept = (KeptRemoval("20261124T1-1", samples.NOW, "ada", ("linus", "zoe")),)
        people = samples.moderators().moderators
        await tell(pilot, ev.Moderators(ModeratorList(samples.DOMAIN, "shell", people, kept)))
        await pilot.press("u")
        await pilot.pause()
        assert "linus, zoe" in shown(pilot)
        await pilot.press("u")
        await pilot.pause()
        assert "restore" not in app.recorder.names()
        assert "Bring back 2 moderators" in shown(pilot) and "linus, zoe" in shown(pilot)
        await wait_out_deafness(pilot)
        await pilot.press("y")
        await pilot.pause()
        assert app.recorder.asked[-1] == ("restore", "20261124T1-1")


async def test_the_list_is_sorted_by_key() -> None:
    app = Driven()
    async with app.run_test(size=(160, 40)) as pilot:
        await listed(pilot, 5)
        await pilot.press("s", "s", "s", "s")
        await pilot.pause()
        assert "by changed" in shown(pilot)
        rows = app.screen.query_one("#moderators", RowList)
        times = [m.created for m in rows.items]
        assert times == sorted(times, reverse=True)


@pytest.mark.parametrize("key", ["d", "u"])
async def test_a_key_that_cannot_act_says_why(key: str) -> None:
    app = Driven()
    async with app.run_test(notifications=True) as pilot:
        await listed(pilot)
        await pilot.press(key)
        await pilot.pause()
        assert ("can't disable" if key == "d" else "No removal") in shown(pilot)


@pytest.mark.parametrize(
    "place", ["~nobody-is-called-so/x", "/tmp/" + "x" * 5000], ids=["nobody", "long"]
)
async def test_a_place_that_cannot_be_is_told_and_the_list_stays(place: str) -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await pasted(pilot, "zoe\n")
        app.screen.query_one("#to", Input).value = place
        await pilot.press("ctrl+g")
        await pilot.pause()
        assert isinstance(app.screen, ManySheet)
        assert "can't be written" in shown(pilot)


async def test_what_breaks_while_many_are_added_leaves_no_sheet_behind() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await pasted(pilot, "zoe\n")
        await pilot.press("ctrl+g")
        await wait_out_deafness(pilot)
        await pilot.press("y")
        await pilot.pause()
        assert isinstance(app.screen, ProgressSheet)
        await tell(pilot, ev.JobFailed("session", "something of ours failed", "look again"))
        assert not isinstance(app.screen, ProgressSheet)
