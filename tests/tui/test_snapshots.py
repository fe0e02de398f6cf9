"""Pictures of the pages, compared with pictures that a person has looked at.

What they say is asserted elsewhere; these hold spacing, alignment and colour. After a wanted
change: ``pytest tests/tui/test_snapshots.py --snapshot-update``, and look at each one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import Any

import pytest
from textual.pilot import Pilot

from jitsi_tui.instance.mending import Mending
from jitsi_tui.session import events as ev
from jitsi_tui.session.idle import Waiting
from jitsi_tui.settings import SavedServer
from jitsi_tui.tui.known import known_servers
from jitsi_tui.tui.widgets.frame import FrameLine
from jitsi_tui.tui.widgets.pane_grid import PaneGrid

from . import findings, samples
from . import test_trace as attempts
from .busy_logs import busy
from .driving import Driven, connected, shown, tell, until
from .test_logs import Feed, prosody
from .test_logs_reading import page
from .test_waiting import meetings

Steps = Callable[[Pilot[None]], Awaitable[None]]

KNOWN = known_servers(
    (
        SavedServer("meet.example.org", "meet.example.org", "secure", samples.NOW),
        SavedServer("root@video", "video.example.net", "open", samples.NOW),
    ),
    ("jump1",),
)


async def overview(pilot: Pilot[None]) -> None:
    await connected(pilot)


async def no_findings(pilot: Pilot[None]) -> None:
    await connected(pilot, secure=True)


async def one_finding(pilot: Pilot[None]) -> None:
    await connected(pilot)
    await tell(pilot, samples.status(findings=findings.FIFTEEN[:1]))


async def fifteen_findings(pilot: Pilot[None]) -> None:
    await connected(pilot)
    await tell(pilot, samples.status(findings=findings.FIFTEEN))


async def opened_finding(pilot: Pilot[None]) -> None:
    await fifteen_findings(pilot)
    await pilot.press("down", "enter")


async def opened_log_finding(pilot: Pilot[None]) -> None:
    await fifteen_findings(pilot)
    await pilot.press(*["down"] * 5, "enter")


async def explained_findings(pilot: Pilot[None]) -> None:
    await fifteen_findings(pilot)
    await pilot.press("f1")


FINDINGS: list[Steps] = [
    explained_findings,
    no_findings,
    one_finding,
    fifteen_findings,
    opened_finding,
    opened_log_finding,
]


async def auth(pilot: Pilot[None]) -> None:
    await connected(pilot)
    await pilot.press("c")
    await tell(pilot, ev.Planned(samples.POLICY, samples.plan()))


async def guests(pilot: Pilot[None]) -> None:
    await connected(pilot, secure=True)
    await pilot.press("3")


async def moderators(pilot: Pilot[None]) -> None:
    await connected(pilot, secure=True)
    await pilot.press("4")
    await tell(pilot, samples.moderators_event(5))


async def logs(pilot: Pilot[None]) -> None:
    await connected(pilot, secure=True)
    await pilot.press("5")
    feed = Feed()
    lines = b"".join(prosody(i, "warn" if i % 9 == 0 else "info") for i in range(60))
    await tell(pilot, feed.batch("prosody", lines))
    for _ in range(100):
        await pilot.pause(0.05)
        if "line 59" in shown(pilot):
            break
    pilot.app.show_state()  # type: ignore[attr-defined]
    await pilot.pause()


async def history(pilot: Pilot[None]) -> None:
    await connected(pilot, secure=True)
    await pilot.press("6")
    await tell(pilot, samples.backups_event())


async def confirm(pilot: Pilot[None]) -> None:
    await auth(pilot)
    await pilot.press("a")
    await tell(pilot, ev.CallsCounted(meetings(2, 7)))


async def waiting(pilot: Pilot[None]) -> None:
    await auth(pilot)
    app = pilot.app
    assert isinstance(app, Driven)
    app.start_apply(samples.plan(), when_idle=True)
    await tell(pilot, ev.ApplyWaiting(Waiting(meetings(2, 7))))


async def finding(pilot: Pilot[None]) -> None:
    await connected(pilot)
    await pilot.press("enter")
    await pilot.pause()
    app = pilot.app
    assert isinstance(app, Driven)
    wanted = app.recorder.asked[-1][1]
    assert isinstance(wanted, tuple)
    await tell(pilot, ev.MendPlanned(wanted, Mending(samples.plan(), wanted)))


async def trace(pilot: Pilot[None]) -> None:
    await attempts.opened(pilot)
    # What lies behind tells rates by a clock that runs, and keys by what was drawn.
    behind = pilot.app.screen_stack[-2]
    behind.query_one(PaneGrid).display = False
    behind.query(FrameLine).set(display=False)
    await attempts.come(pilot, *attempts.PEOPLE)


async def applied(pilot: Pilot[None]) -> None:
    await auth(pilot)
    app = pilot.app
    assert isinstance(app, Driven)
    app.start_apply(samples.plan())
    await tell(pilot, *(ev.ApplyStep(step) for step in samples.STEPS))
    await tell(pilot, ev.ApplyDone(samples.applied()), samples.status(secure=True))


async def unknown_key(pilot: Pilot[None]) -> None:
    text = "ED25519 key fingerprint is\nSHA256:uNiVztksCsDhcc0u9e8BrcXUh0gYc3rDfJf1kPsoA2k"
    title = "Do you know this key of meet.example.org?"
    await tell(pilot, ev.Asked("unknown-host-key", title, text, (), Future()))


async def nothing(pilot: Pilot[None]) -> None:
    await pilot.pause()


SMALL: list[Steps] = [
    overview,
    auth,
    guests,
    moderators,
    logs,
    history,
    confirm,
    finding,
    trace,
    waiting,
    applied,
    unknown_key,
]
LARGE: list[Steps] = [overview, auth, finding, trace, logs]


@pytest.mark.parametrize("steps", SMALL, ids=lambda steps: steps.__name__)
def test_at_80x24(steps: Steps, snap_compare: Any) -> None:
    assert snap_compare(Driven(), terminal_size=(80, 24), run_before=steps)


@pytest.mark.parametrize("size", [(80, 24), (200, 50)], ids=["80x24", "200x50"])
@pytest.mark.parametrize("steps", FINDINGS, ids=lambda steps: steps.__name__)
def test_findings(steps: Steps, size: tuple[int, int], snap_compare: Any) -> None:
    assert snap_compare(Driven(), terminal_size=size, run_before=steps)


@pytest.mark.parametrize("steps", LARGE, ids=lambda steps: steps.__name__)
def test_at_200x50(steps: Steps, snap_compare: Any) -> None:
    assert snap_compare(Driven(), terminal_size=(200, 50), run_before=steps)


@pytest.mark.parametrize("size", [(80, 24), (200, 50)], ids=["80x24", "200x50"])
@pytest.mark.parametrize("count", [1, 2, 4, 6])
def test_each_layout_of_the_logs_under_load(
    count: int, size: tuple[int, int], snap_compare: Any
) -> None:
    async def laid_out(pilot: Pilot[None]) -> None:
        await connected(pilot, secure=True)
        await pilot.press("5")
        grid = page(pilot).grid
        grid.put(grid.arrangement.counting(count))
        await pilot.pause()
        await busy(pilot)
        await until(pilot, lambda: all(len(pane.rows) == 600 for pane in grid.in_sight))
        await pilot.press("up", "up", "m", "f")
        pilot.app.show_state()  # type: ignore[attr-defined]
        pilot.app.clear_notifications()
        await pilot.pause(0.3)

    assert snap_compare(Driven(), terminal_size=size, run_before=laid_out)


def test_the_connect_screen(snap_compare: Any) -> None:
    assert snap_compare(Driven(None, known=KNOWN), terminal_size=(80, 24), run_before=nothing)
