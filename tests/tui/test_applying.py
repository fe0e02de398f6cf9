"""From a choice to a proved change: nothing happens unasked, everything is shown."""

from __future__ import annotations

from concurrent.futures import Future

import pytest
from textual.pilot import Pilot

from jitsi_tui.instance.model import Access, Ending, Policy, Step
from jitsi_tui.session import events as ev
from jitsi_tui.tui.deafness import Deafness
from jitsi_tui.tui.screens.applying import ApplyingSheet
from jitsi_tui.tui.screens.confirm import ConfirmSheet
from jitsi_tui.tui.screens.unproved import UnprovedSheet

from . import samples
from .driving import Driven, connected, shown, tell, wait_out_deafness


async def to_the_question(pilot: Pilot[None]) -> Driven:
    """Open server, closed on the Auth screen, asked whether to apply."""
    app = pilot.app
    assert isinstance(app, Driven)
    await connected(pilot)
    await pilot.press("c")
    await tell(pilot, ev.Planned(samples.POLICY, samples.plan()))
    await pilot.press("a")
    await pilot.pause()
    return app


async def test_close_it_shows_the_plan_on_the_auth_screen(size: tuple[int, int]) -> None:
    app = Driven()
    async with app.run_test(size=size) as pilot:
        await connected(pilot)
        await pilot.press("c")
        await pilot.pause()
        assert app.current_mode == "auth"
        assert app.recorder.asked[-1] == ("plan", Policy(Access.ACCOUNTS))
        assert "working it out" in shown(pilot)
        await tell(pilot, ev.Planned(samples.POLICY, samples.plan()))
        text = shown(pilot)
        assert "3 files, 12 lines" in text
        assert "restarts prosody and jicofo" in text
        assert "2 calls with 7 people will reconnect" in text
        assert "Jigasi needs credentials" in text
        assert "jicofo.conf" in text
        if size[0] >= 100:
            assert "− " in text and 'authentication = "internal_hashed"' in text


async def test_a_plan_for_an_older_choice_is_not_shown() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await pilot.press("c")
        await tell(pilot, ev.Planned(Policy(Access.ACCOUNTS, False), samples.plan()))
        assert "working it out" in shown(pilot)


async def test_arrows_choose_and_the_plan_is_asked_for_anew() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await pilot.press("2", "down")
        await pilot.pause()
        assert app.recorder.asked[-1] == ("plan", Policy(Access.ACCOUNTS))
        await pilot.press("tab", "down")
        await pilot.pause()
        assert app.recorder.asked[-1] == ("plan", Policy(Access.ACCOUNTS, False))
        await pilot.press("z")
        await pilot.pause()
        assert app.state.draft is None
        assert "As meet.example.org is now" in shown(pilot)
        assert "apply" not in app.recorder.names()


async def test_secrets_in_a_diff_are_masked() -> None:
    app = Driven()
    async with app.run_test(size=(200, 50)) as pilot:
        await to_the_question(pilot)
        await pilot.press("escape")
        assert "veryhidden" not in shown(pilot)


async def test_the_question_names_the_server_and_focuses_cancel(size: tuple[int, int]) -> None:
    app = Driven()
    async with app.run_test(size=size) as pilot:
        await to_the_question(pilot)
        sheet = app.screen
        assert isinstance(sheet, ConfirmSheet)
        assert "on meet.example.org" in shown(pilot)
        assert sheet.focused is not None and sheet.focused.id == "no"
        opener = next(a for a in app.page.ACTIONS if a.name == "apply") if app.page else None
        answer = next(a for a in sheet.ACTIONS if a.name == "yes")
        assert opener is not None and not set(opener.keys) & set(answer.keys)


@pytest.mark.parametrize("key", ["y", "enter", "escape", "n"])
async def test_the_question_is_deaf_for_its_first_300_ms(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Deafness.SECONDS == 0.3
    # A busy machine may take longer than that between two keys of a test.
    monkeypatch.setattr(Deafness, "SECONDS", 60.0)
    app = Driven()
    async with app.run_test() as pilot:
        await to_the_question(pilot)
        await pilot.press(key)
        assert isinstance(app.screen, ConfirmSheet)
        assert "apply" not in app.recorder.names()


async def test_enter_on_the_fresh_question_cancels() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await to_the_question(pilot)
        await wait_out_deafness(pilot)
        await pilot.press("enter")
        await pilot.pause()
        assert not isinstance(app.screen, ConfirmSheet)
        assert "apply" not in app.recorder.names()


async def test_the_key_that_opened_the_question_does_not_answer_it() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await to_the_question(pilot)
        await wait_out_deafness(pilot)
        await pilot.press("a", "a", "a")
        assert isinstance(app.screen, ConfirmSheet)
        assert "apply" not in app.recorder.names()


async def applying(pilot: Pilot[None]) -> Driven:
    app = await to_the_question(pilot)
    await wait_out_deafness(pilot)
    await pilot.press("y")
    await pilot.pause()
    assert app.recorder.asked[-1][0] == "apply"
    assert isinstance(app.screen, ApplyingSheet)
    return app


async def test_steps_fill_live_and_the_proof_ends_them(size: tuple[int, int]) -> None:
    app = Driven()
    async with app.run_test(size=size) as pilot:
        await applying(pilot)
        await tell(pilot, ev.ApplyStep(Step("backup")))
        assert "○ making a backup …" in shown(pilot)
        await tell(pilot, ev.ApplyStep(Step("backup", 0.12, True)))
        text = shown(pilot)
        assert "● a backup is made" in text and "0.1 s" in text
        assert text.count("a backup is made") == 1
        await tell(pilot, ev.ApplyCountdown(52.0))
        assert "goes back by itself in 52 s" in shown(pilot)
        await tell(pilot, ev.ApplyDone(samples.applied()), samples.status(secure=True))
        text = shown(pilot)
        assert "Now: an account is needed. Guests may join." in text
        assert "https://meet.example.org/" in text
        for who in ("a stranger", "a moderator", "a guest"):
            assert who in text
        await pilot.press("escape")
        await pilot.press("1")
        await pilot.pause()
        assert "An account is needed to open a meeting" in shown(pilot)


@pytest.mark.parametrize(
    ("ending", "words"),
    [
        (Ending.ROLLED_BACK, "everything is as before"),
        (Ending.REFUSED, "Nothing was changed"),
        (Ending.BROKEN, "The server needs you"),
        (Ending.NOTHING, "Nothing was to do"),
    ],
)
async def test_other_endings_are_said_in_plain_words(
    size: tuple[int, int], ending: Ending, words: str
) -> None:
    app = Driven()
    async with app.run_test(size=size) as pilot:
        await applying(pilot)
        await tell(pilot, *(ev.ApplyStep(step) for step in samples.STEPS))
        result = samples.applied(ending)
        await tell(pilot, ev.ApplyDone(result))
        text = shown(pilot)
        assert words in text
        assert result.message in text


async def test_a_change_can_be_left_and_comes_back_when_it_ends() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await applying(pilot)
        await pilot.press("escape")
        await pilot.pause()
        assert not isinstance(app.screen, ApplyingSheet)
        assert "being changed" in shown(pilot)
        await pilot.press("w")
        await pilot.pause()
        assert isinstance(app.screen, ApplyingSheet)
        await pilot.press("escape")
        await tell(pilot, ev.ApplyDone(samples.applied()))
        assert isinstance(app.screen, ApplyingSheet)


async def test_rolling_back_asks_first() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await applying(pilot)
        await pilot.press("x")
        await wait_out_deafness(pilot)
        assert "cancel_apply" not in app.recorder.names()
        await pilot.press("y")
        await pilot.pause()
        assert app.recorder.asked[-1] == ("cancel_apply",)


async def test_what_cannot_be_proved_is_decided_by_the_admin(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await applying(pilot)
        answer: Future[bool] = Future()
        await tell(pilot, ev.Unproved(("its debug page is off",), 52.0, answer))
        assert isinstance(app.screen, UnprovedSheet)
        text = shown(pilot)
        assert "its debug page is off" in text and "52 s" in text
        assert app.focused is not None and app.focused.id == "back"
        with monkeypatch.context() as patch:
            patch.setattr(Deafness, "SECONDS", 60.0)
            await pilot.press("k")
            assert not answer.done()
        await wait_out_deafness(pilot)
        await pilot.press("k")
        assert answer.result(0) is True


async def test_an_undecided_proof_goes_when_the_server_has_decided() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await applying(pilot)
        answer: Future[bool] = Future()
        await tell(pilot, ev.Unproved(("its debug page is off",), 52.0, answer))
        answer.cancel()
        await tell(pilot, ev.Latency(0.01))
        assert isinstance(app.screen, ApplyingSheet)


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_leaving_while_a_change_runs_asks_twice(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jitsi_tui.tui.app.LEAVE_SECONDS", 600.0)
    app = Driven()
    async with app.run_test(notifications=True) as pilot:
        await applying(pilot)
        await pilot.press("escape", key)
        await pilot.pause()
        assert app.is_running
        assert "close" not in app.recorder.names()
        assert "A change is under way" in shown(pilot)
        await pilot.press(key)
        await pilot.pause()
        assert "close" in app.recorder.names()
