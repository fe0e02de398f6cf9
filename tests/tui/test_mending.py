"""A finding's own diff, several mended at once, and what the second look says."""

from __future__ import annotations

from jitsi_tui.instance.mending import Mending, Refusal
from jitsi_tui.instance.model import Finding
from jitsi_tui.session import events as ev

from . import samples
from .driving import Driven, connected, shown, tell, wait_out_deafness

PLAN = samples.plan(summary="mend meet.example.org: open-server", mends=("open-server",))


def planned(*findings: Finding, refused: tuple[Refusal, ...] = ()) -> ev.MendPlanned:
    left = {one.finding for one in refused}
    mended = tuple(one for one in findings if one not in left)
    return ev.MendPlanned(findings, Mending(PLAN, mended, refused))


def asked(app: Driven) -> tuple[Finding, ...]:
    """The findings whose mend was asked for last."""
    findings = app.recorder.asked[-1][1]
    assert isinstance(findings, tuple)
    return findings


async def test_enter_on_a_finding_shows_its_diff_and_one_key_mends_it() -> None:
    app = Driven()
    async with app.run_test(size=(120, 45)) as pilot:
        await connected(pilot)
        await pilot.press("enter")
        await pilot.pause()
        [finding] = asked(app)
        assert app.recorder.asked[-1][0] == "plan_mend"
        assert "working out what mends it" in shown(pilot)
        await tell(pilot, planned(finding))
        assert "internal_hashed" in shown(pilot) and "restarts" in shown(pilot)
        await pilot.press("a")
        await pilot.pause()
        await wait_out_deafness(pilot)
        await pilot.press("y")
        await pilot.pause()
        assert app.recorder.asked[-1] == ("apply", PLAN, False)
        await tell(pilot, ev.Mended(("open-server",), ()))


async def test_marked_findings_are_mended_by_one_change() -> None:
    app = Driven()
    async with app.run_test(size=(120, 45)) as pilot:
        await connected(pilot)
        await pilot.press("space", "space", "m")
        await pilot.pause()
        name, wanted = app.recorder.asked[-1]
        assert name == "plan_mend" and isinstance(wanted, tuple) and len(wanted) == 2
        refusal = Refusal(wanted[1], "jitsi-tui has no mend for it", "do it")
        await tell(pilot, planned(*wanted, refused=(refusal,)))
        assert "Mend 2 findings at once" in shown(pilot)
        assert "left alone, jitsi-tui has no mend for it" in shown(pilot)


async def test_a_finding_that_is_mended_by_hand_says_its_commands_and_no_key() -> None:
    app = Driven()
    async with app.run_test(size=(120, 45)) as pilot:
        await connected(pilot)
        await pilot.press("enter")
        await pilot.pause()
        [finding] = asked(app)
        await tell(pilot, ev.MendPlanned((finding,), None, "this is by hand", "chgrp jitsi /x"))
        assert "chgrp jitsi /x" in shown(pilot)
        await pilot.press("a")
        await pilot.pause()
        assert app.recorder.names().count("apply") == 0


async def test_the_plan_of_another_finding_is_not_shown() -> None:
    app = Driven()
    async with app.run_test(size=(120, 45)) as pilot:
        await connected(pilot)
        await pilot.press("enter")
        await pilot.pause()
        await tell(pilot, planned(Finding("other", "error", "m", "e")))
        assert "working out what mends it" in shown(pilot)
