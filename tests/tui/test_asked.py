"""Questions of the connection reach the user, and the answer reaches whoever asked."""

from __future__ import annotations

from concurrent.futures import Future

import pytest

from jitsi_tui.session import events as ev
from jitsi_tui.ssh.command import Secret
from jitsi_tui.tui.deafness import Deafness
from jitsi_tui.tui.screens.asked import AskedSheet

from .driving import Driven, shown, tell, wait_out_deafness

FINGERPRINT = "SHA256:uNiVztksCsDhcc0u9e8BrcXUh0gYc3rDfJf1kPsoA2k"
Answer = tuple[Secret, ...] | bool | None


async def test_an_unknown_key_shows_its_fingerprint_whole(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = Driven()
    async with app.run_test(size=size) as pilot:
        answer: Future[Answer] = Future()
        await tell(
            pilot,
            ev.Asked(
                "unknown-host-key",
                "Do you know this key of meet.example.org?",
                f"ED25519 key fingerprint is\n{FINGERPRINT}",
                (),
                answer,
            ),
        )
        assert FINGERPRINT in shown(pilot)
        assert app.focused is not None and app.focused.id == "no"
        with monkeypatch.context() as patch:
            patch.setattr(Deafness, "SECONDS", 60.0)
            await pilot.press("y")
            assert not answer.done()
        await wait_out_deafness(pilot)
        await pilot.press("y")
        assert answer.result(0) is True


async def test_escape_trusts_nothing() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        answer: Future[Answer] = Future()
        await tell(pilot, ev.Asked("unknown-host-key", "Known?", FINGERPRINT, (), answer))
        await pilot.press("escape")
        assert answer.result(0) is False


async def test_a_password_is_typed_unseen_and_handed_over_as_a_secret() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        answer: Future[Answer] = Future()
        await tell(
            pilot,
            ev.Asked(
                "answers", "Login", "", (("Password: ", False), ("One-time code: ", True)), answer
            ),
        )
        await pilot.press(*"hush", "enter", *"1234")
        assert "hush" not in shown(pilot) and "1234" in shown(pilot)
        await pilot.press("enter")
        assert answer.result(0) == (Secret("hush"), Secret("1234"))
        await pilot.pause()
        assert not isinstance(app.screen, AskedSheet)


async def test_a_question_that_was_taken_back_goes_away() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        answer: Future[Answer] = Future()
        await tell(
            pilot, ev.Asked("password", "Password", "of ada", (("Password", False),), answer)
        )
        assert isinstance(app.screen, AskedSheet)
        answer.cancel()
        await tell(pilot, ev.Latency(0.1))
        assert not isinstance(app.screen, AskedSheet)


async def test_escape_from_sudo_s_question_is_not_said_to_keep_from_connecting() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        answer: Future[Answer] = Future()
        asked = "sudo on meet.example.org asks for the password of ada."
        await tell(pilot, ev.Asked("sudo-password", "sudo", asked, (("Password", False),), answer))
        text = shown(pilot)
        assert "Esc not now" in text and "do not connect" not in text
        assert "Without it you see what you may read there without root." in text
        await pilot.press("escape")
        assert answer.result(0) is None
