"""Whatever a server says, nothing but harmless text reaches the terminal, and nothing crashes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import replace

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from jitsi_tui.instance.model import (
    Backup,
    BackupFile,
    FileChange,
    Finding,
    Known,
    Moderator,
    ModeratorList,
    Step,
)
from jitsi_tui.logs import events as log
from jitsi_tui.session import events as ev
from jitsi_tui.ssh.command import Secret
from jitsi_tui.tui.known import KnownServer

from . import samples
from .driving import Driven, connected, shown, tell

EVIL = (
    "\x1b[2J\x1b]0;owned\x07\x9b31m\u202e\u200b\u2066\udc80\x00\r"
    "[/x][b]$bad @{x} [@click=app.quit()]q[/]"
)
EVIL_BYTES = EVIL.encode("utf-8", "surrogateescape")


def assert_harmless(pilot: Pilot[None]) -> None:
    """No control, format or surrogate character in any cell."""
    wrong = {
        char
        for char in shown(pilot)
        if char != "\n" and unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn"}
    }
    assert not wrong, sorted(map(hex, map(ord, wrong)))


def evil_status() -> ev.Status:
    status = samples.status()
    instance = replace(
        status.instance,
        domain="meet" + EVIL,
        prosody=replace(status.instance.prosody, version=Known(EVIL)),
        services=tuple(
            replace(service, state="failed", detail=EVIL) for service in status.instance.services
        ),
    )
    finding = Finding(EVIL, "error", EVIL, EVIL + "\n" + EVIL, EVIL, EVIL)
    assert status.verdict is not None
    verdict = replace(status.verdict, domain=EVIL, guest_domain=EVIL, doubts=(EVIL, EVIL))
    return ev.Status(instance, verdict, "unknown", (finding,))


async def overview(pilot: Pilot[None]) -> None:
    await tell(pilot, evil_status())


async def finding(pilot: Pilot[None]) -> None:
    await tell(pilot, evil_status())
    await pilot.press("enter")


async def service(pilot: Pilot[None]) -> None:
    await tell(pilot, evil_status())
    await pilot.press("shift+tab", "enter")


async def guests(pilot: Pilot[None]) -> None:
    await tell(pilot, evil_status())
    await pilot.press("3")


def evil_plan() -> ev.Planned:
    change = FileChange("/etc/" + EVIL, b"a\n" + EVIL_BYTES + b"\n", b"b\n" + EVIL_BYTES * 2)
    plan = samples.plan(domain=EVIL, summary=EVIL, changes=(change,), warnings=(EVIL,), reason=EVIL)
    return ev.Planned(samples.POLICY, plan)


async def auth(pilot: Pilot[None]) -> None:
    await pilot.press("c")
    await tell(pilot, evil_plan())


async def whole_diff(pilot: Pilot[None]) -> None:
    await auth(pilot)
    await pilot.press("enter")


async def confirm(pilot: Pilot[None]) -> None:
    await auth(pilot)
    await pilot.press("a")


async def refused_plan(pilot: Pilot[None]) -> None:
    await pilot.press("c")
    await tell(pilot, ev.Planned(samples.POLICY, None, EVIL, EVIL))


async def applying(pilot: Pilot[None]) -> None:
    app = pilot.app
    assert isinstance(app, Driven)
    planned = evil_plan()
    assert planned.plan is not None
    app.start_apply(planned.plan)
    await tell(
        pilot,
        ev.ApplyStep(Step(EVIL, 0.1, True, EVIL)),
        ev.ApplyStep(Step(EVIL, None, None, EVIL)),
        ev.ApplyDone(replace(samples.applied(), message=EVIL, hint=EVIL)),
    )


async def unproved(pilot: Pilot[None]) -> None:
    await tell(pilot, ev.Unproved((EVIL, EVIL), 20.0, Future()))


async def asked(pilot: Pilot[None]) -> None:
    await tell(pilot, ev.Asked("answers", EVIL, EVIL, ((EVIL, True), (EVIL, False)), Future()))


async def moderators(pilot: Pilot[None]) -> None:
    await pilot.press("4")
    listing = ModeratorList(EVIL, "shell", (Moderator(EVIL, EVIL, False),))
    await tell(pilot, ev.Moderators(listing))


async def reset(pilot: Pilot[None]) -> None:
    await moderators(pilot)
    await pilot.press("p")


async def remove(pilot: Pilot[None]) -> None:
    await moderators(pilot)
    await pilot.press("x")


async def no_list(pilot: Pilot[None]) -> None:
    await pilot.press("4")
    await tell(pilot, ev.ModeratorsFailed(EVIL, EVIL))


async def history(pilot: Pilot[None]) -> None:
    await pilot.press("6")
    file = BackupFile(EVIL, "a", "b")
    await tell(pilot, ev.Backups((Backup(EVIL, samples.NOW, EVIL, EVIL, (file,), EVIL, "open"),)))


async def logs(pilot: Pilot[None]) -> None:
    await pilot.press("5")
    lines = (
        b"Nov 24 14:02:01 " + EVIL_BYTES + b"\terror\t" + EVIL_BYTES + b"\n" + EVIL_BYTES + b"\n"
    )
    await tell(
        pilot,
        ev.LogBatch(
            (
                log.Began("prosody", 1, EVIL, 0),
                log.Lines("prosody", lines * 5, 0, 1),
                log.Gap("prosody", EVIL.encode("ascii", "replace").decode(), 1),
                log.Began("nginx", 2, EVIL, 0),
                log.State("nginx", "missing", EVIL),
            )
        ),
    )
    await pilot.pause(0.1)


async def record(pilot: Pilot[None]) -> None:
    await logs(pilot)
    await pilot.press("up", "up", "enter")


async def unfolded(pilot: Pilot[None]) -> None:
    await logs(pilot)
    await pilot.press("up", "m", "F", "W")
    await pilot.pause(0.1)


async def panned(pilot: Pilot[None]) -> None:
    await logs(pilot)
    await pilot.press("right", "F")
    await pilot.pause(0.1)


async def plain_text(pilot: Pilot[None]) -> None:
    await logs(pilot)
    await pilot.press("v")
    await pilot.pause(0.2)


async def together(pilot: Pilot[None]) -> None:
    await logs(pilot)
    await pilot.press("t")
    await pilot.pause(0.1)


async def same(pilot: Pilot[None]) -> None:
    await pilot.press("5")
    line = b"Nov 24 14:02:01 x\terror\troom=" + EVIL_BYTES.replace(b" ", b"") + b" " + EVIL_BYTES
    events = log.Began("prosody", 1, EVIL, 0), log.Lines("prosody", (line + b"\n") * 3, 0, 1)
    await tell(pilot, ev.LogBatch(events))
    await pilot.pause(0.1)
    await pilot.press("up", "x")
    await pilot.pause(0.2)


async def typed(pilot: Pilot[None]) -> None:
    await logs(pilot)
    for key in ("ampersand", "slash"):
        await pilot.press(key)
        field = pilot.app.focused
        assert isinstance(field, Input)
        field.value = re.escape(EVIL)
        await pilot.pause(0.1)
        await pilot.press("enter")
    await pilot.pause(0.1)


async def saving(pilot: Pilot[None]) -> None:
    await tell(pilot, evil_status())
    await logs(pilot)
    await pilot.press("s")
    field = pilot.app.focused
    assert isinstance(field, Input)
    assert field.value.isprintable()
    field.value = "/no/such/[/x][b]$bad[@click=app.quit()]q[/]"
    await pilot.press("enter")


async def other_file(pilot: Pilot[None]) -> None:
    await logs(pilot)
    await pilot.press("a")
    field = pilot.app.focused
    assert isinstance(field, Input)
    field.value = "/var/log/" + EVIL.replace("\x00", "") + ".log"
    await pilot.press("enter")
    await pilot.pause(0.2)
    await pilot.press("t")


async def no_time(pilot: Pilot[None]) -> None:
    await logs(pilot)
    await pilot.press("j")
    field = pilot.app.focused
    assert isinstance(field, Input)
    field.value = "[/x][b]$bad[@click=app.quit()]q[/]"
    await pilot.press("enter")


async def commands(pilot: Pilot[None]) -> None:
    await tell(pilot, ev.CommandRan(EVIL, EVIL, 1, 0.1))
    await pilot.press("exclamation_mark")


async def notices(pilot: Pilot[None]) -> None:
    await tell(
        pilot,
        ev.JobDone("check", EVIL),
        ev.JobFailed("check", EVIL, EVIL),
        ev.StatusFailed(EVIL, EVIL),
    )


async def secret(pilot: Pilot[None]) -> None:
    await tell(pilot, ev.JobDone("add", EVIL, Secret("plain")))


async def lost(pilot: Pilot[None]) -> None:
    await tell(pilot, ev.Connected(EVIL, (EVIL, EVIL)), ev.Disconnected(EVIL, EVIL, 3.0))


PLACES: list[Callable[[Pilot[None]], Awaitable[None]]] = [
    overview,
    finding,
    service,
    guests,
    auth,
    whole_diff,
    confirm,
    refused_plan,
    applying,
    unproved,
    asked,
    moderators,
    reset,
    remove,
    no_list,
    history,
    logs,
    record,
    unfolded,
    panned,
    plain_text,
    together,
    same,
    typed,
    saving,
    other_file,
    no_time,
    commands,
    notices,
    secret,
    lost,
]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
async def test_hostile_text_is_shown_harmlessly(
    size: tuple[int, int], place: Callable[[Pilot[None]], Awaitable[None]]
) -> None:
    app = Driven()
    async with app.run_test(size=size, notifications=True) as pilot:
        await connected(pilot)
        await place(pilot)
        await pilot.pause()
        assert_harmless(pilot)
        assert app.is_running


async def test_hostile_text_before_the_first_look(size: tuple[int, int]) -> None:
    app = Driven()
    async with app.run_test(size=size) as pilot:
        await tell(pilot, ev.Connecting(EVIL))
        assert_harmless(pilot)
        await tell(pilot, ev.Connected(EVIL, ()), ev.StatusFailed(EVIL, EVIL))
        assert_harmless(pilot)
        await tell(pilot, ev.Disconnected(EVIL, EVIL, None))
        assert_harmless(pilot)


async def test_hostile_servers_in_the_connect_list(size: tuple[int, int]) -> None:
    known = [KnownServer(EVIL, "saved", EVIL, EVIL), KnownServer(EVIL + "2", "ssh")]
    app = Driven(None, known=known)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert_harmless(pilot)
