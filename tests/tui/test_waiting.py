"""A change that waits until nobody is in a meeting, and backups that go."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jitsi_tui.instance.calls import Calls, Count
from jitsi_tui.instance.model import Applied, Ending
from jitsi_tui.session import events as ev
from jitsi_tui.session.idle import Waiting
from jitsi_tui.tui.screens.apply_question import ApplyQuestion

from . import samples
from .driving import Driven, connected, shown, tell, wait_out_deafness


def meetings(conferences: int | None, people: int | None = None) -> Calls:
    why = "" if conferences is not None else "jicofo does not answer on port 8888"
    return Calls((Count("jicofo", "running", conferences, people, why),))


async def asked(pilot, plan=None) -> None:  # type: ignore[no-untyped-def]
    """On the Auth screen with the question open."""
    await connected(pilot)
    await pilot.press("2")
    await pilot.press("down")
    await tell(pilot, ev.Planned(pilot.app.state.draft, plan or samples.plan()))
    await pilot.press("a")
    await wait_out_deafness(pilot)


async def test_the_question_counts_who_is_in_a_meeting(size: tuple[int, int]) -> None:
    app = Driven()
    async with app.run_test(size=size) as pilot:
        await asked(pilot)
        assert "count_calls" in app.recorder.names()
        assert "counting who is in a meeting" in shown(pilot)
        await tell(pilot, ev.CallsCounted(meetings(2, 7)))
        assert "2 calls with 7 people will reconnect" in shown(pilot)
        assert "When nobody meets" in shown(pilot)


async def test_where_nobody_meets_there_is_nothing_to_wait_for() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await asked(pilot)
        await tell(pilot, ev.CallsCounted(meetings(0, 0)))
        assert "Nobody is in a meeting now" in shown(pilot)
        assert "When nobody meets" not in shown(pilot)
        await pilot.press("w")
        await pilot.pause()
        assert isinstance(app.screen, ApplyQuestion)


async def test_a_count_that_cannot_be_had_is_said_with_why() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await asked(pilot)
        await tell(pilot, ev.CallsCounted(meetings(None)))
        assert "How many meetings run is not known: jicofo does not answer" in shown(pilot)
        await tell(pilot, ev.CallsCounted(None, "the connection broke"))
        assert "The connection broke" in shown(pilot)


async def test_it_waits_with_the_count_in_sight_and_can_be_ended(size: tuple[int, int]) -> None:
    app = Driven()
    async with app.run_test(size=size) as pilot:
        await asked(pilot)
        await tell(pilot, ev.CallsCounted(meetings(2, 7)))
        await pilot.press("w")
        await pilot.pause()
        assert app.recorder.asked[-1] == ("apply", samples.plan(), True)
        await tell(pilot, ev.ApplyWaiting(Waiting(meetings(1, 2))))
        text = shown(pilot)
        assert "Waiting for the last meeting to end: 1 call with 2 people now" in text
        assert "Nothing is changed yet" in text
        assert "stop waiting" in text and "roll back" not in text
        await pilot.press("c")
        await pilot.pause()
        assert app.recorder.names()[-1] == "cancel_apply"
        await tell(pilot, ev.ApplyDone(Applied(Ending.REFUSED, "the waiting was ended")))
        assert "Nothing was changed" in shown(pilot)


async def test_a_meeting_that_begins_late_sends_it_back_to_waiting() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await asked(pilot)
        await pilot.press("w")
        await tell(pilot, ev.ApplyWaiting(Waiting(meetings(0, 0))))
        await tell(pilot, *(ev.ApplyStep(step) for step in samples.STEPS[:3]))
        assert "nobody else is changing it" in shown(pilot)
        await tell(pilot, ev.ApplyWaiting(Waiting(meetings(1, 3))))
        assert "1 call with 3 people now" in shown(pilot)
        assert "nobody else is changing it" not in shown(pilot)


async def test_leaving_while_it_waits_says_that_nothing_is_made() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await asked(pilot)
        await pilot.press("w")
        await tell(pilot, ev.ApplyWaiting(Waiting(None, "the connection broke")))
        assert "the connection broke" in shown(pilot)
        await pilot.press("escape")
        await pilot.pause()
        assert "waits for meetings" in shown(pilot)
        await pilot.press("q")
        await pilot.pause()
        assert any("waits for the last meeting" in note.message for note in app._notifications)


async def test_older_backups_are_deleted_after_a_question(size: tuple[int, int]) -> None:
    app = Driven()
    async with app.run_test(size=size) as pilot:
        await connected(pilot, secure=True)
        await tell(pilot, with_backups())
        await pilot.press("6")
        await pilot.press("D")
        await wait_out_deafness(pilot)
        assert "Delete 1 backup for good" in shown(pilot)
        assert "None of these changes can be undone then." in shown(pilot)
        await pilot.press("y")
        await pilot.pause()
        assert app.recorder.asked[-1] == ("prune", samples.BACKUPS[1].id)


async def test_with_nothing_older_the_key_says_so() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await connected(pilot, secure=True)
        await tell(pilot, with_backups())
        await pilot.press("6")
        await pilot.press("down")
        await pilot.press("D")
        await pilot.pause()
        assert any("no older backups" in note.message for note in app._notifications)


@pytest.mark.parametrize(
    ("proof", "said"),
    [
        (
            "An account is needed. Guests may join.  [meet: SCRAM-SHA-1; Jicofo: xmpp]",
            "An account is needed. Guests may join.",
        ),
        ("kept without a proof: BOSH can't be reached", "It was kept without a proof."),
    ],
)
async def test_the_history_says_the_proof_as_a_sentence(proof: str, said: str) -> None:
    app = Driven()
    async with app.run_test(size=(160, 40)) as pilot:
        await connected(pilot, secure=True)
        await pilot.press("6")
        first = replace(samples.BACKUPS[0], proof=proof)
        await tell(pilot, ev.Backups((first,)))
        assert said in shown(pilot)
        assert "Jicofo: xmpp" in shown(pilot) or "BOSH" in shown(pilot)


def with_backups() -> ev.Status:
    status = samples.status(secure=True)
    return status._replace(instance=replace(status.instance, backups=samples.BACKUPS))
