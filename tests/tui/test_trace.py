"""Following one attempt on the Logs screen: who comes is listed, and told step by step."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from textual.pilot import Pilot

from jitsi_tui.logs import events as log
from jitsi_tui.logs.buffer import SourceBuffer
from jitsi_tui.logs.records import Record
from jitsi_tui.session import events as ev
from jitsi_tui.session.tracing import SOURCES
from jitsi_tui.tui.log_store import LogStore
from jitsi_tui.tui.present.trace import head
from jitsi_tui.tui.screens.trace import TraceSheet
from jitsi_tui.tui.trace_feed import TraceFeed
from tests.unit.trace import people
from tests.unit.trace.people import Person

from . import samples
from .driving import Driven, connected, shown, tell, until

PEOPLE = (people.stranger(0, 0), people.wrong_password(1, 12), people.moderator(2, 25))


async def come(pilot: Pilot[None], *persons: Person) -> None:
    """Their lines arrive, and the sheet looks."""
    sheet = pilot.app.screen
    assert isinstance(sheet, TraceSheet)
    sheet.begin(people.START)
    lines: dict[str, list[tuple[datetime, str]]] = {}
    for person in persons:
        for line in person.lines:
            lines.setdefault(line.source, []).append((line.time, line.text))
    for number, (source, told) in enumerate(lines.items(), 1):
        data = "".join(f"{text}\n" for _, text in sorted(told, key=lambda one: one[0])).encode()
        began = log.Began(source, number, f"/var/log/{source}", 0)
        await tell(pilot, ev.LogBatch((began, log.Lines(source, data, 0, number))))
    sheet.look()
    await pilot.pause()


async def opened(pilot: Pilot[None]) -> None:
    await connected(pilot, secure=True)
    await pilot.press("5", "T")
    await tell(pilot, samples.log_clock())


async def test_it_says_what_to_do_until_somebody_comes() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        assert "Try it now: open https://meet.example.org/" in shown(pilot)
        asked = [call[1] for call in app.recorder.asked if call[0] == "start_logs"]
        assert set(SOURCES) <= set(asked[-1])  # type: ignore[call-overload]
        await pilot.press("escape")
        await pilot.pause()
        assert "Follow one attempt" not in shown(pilot)


async def test_attempts_are_listed_and_the_chosen_one_told() -> None:
    app = Driven()
    async with app.run_test(size=(140, 45)) as pilot:
        await opened(pilot)
        await come(pilot, *PEOPLE)
        text = shown(pilot)
        assert "3 attempts: 1 in, 1 waiting or turned away, 1 failed" in text
        assert "Mod2 is in the meeting daily, as a moderator" in text
        assert "may open rooms, and is a moderator there" in text
        await pilot.press("down")
        await pilot.pause()
        assert "Prosody writes refused passwords only at debug" in shown(pilot)
        await pilot.press("enter")
        await pilot.pause()
        assert "New BOSH session, assigned it sid" in shown(pilot)
        await pilot.press("c")
        await pilot.pause()
        assert "Try it now" in shown(pilot)


def test_what_was_held_before_is_not_decoded_and_what_comes_is_read_in_pieces(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    decoded: list[int] = []
    real = SourceBuffer.record

    def record(buffer: SourceBuffer, number: int) -> Record:
        decoded.append(number)
        return real(buffer, number)

    monkeypatch.setattr(SourceBuffer, "record", record)
    store = LogStore(10_000)
    before = people.START - timedelta(hours=1)
    jicofo = "Jicofo {:%Y-%m-%d %H:%M:%S}.000 INFO: [1] Some.text#1: number {}\n"
    store.source("jicofo")

    def tell(first: datetime, lines: int, offset: int) -> int:
        data = "".join(jicofo.format(first, number) for number in range(lines)).encode()
        store.take([log.Began("jicofo", 1, "/jicofo", 0), log.Lines("jicofo", data, offset, 1)])
        return offset + len(data)

    end = tell(before, 5000, 0)
    feed = TraceFeed(store, "meet.example.org", "", since=people.START)
    assert feed.look() == () and decoded == []
    end = tell(people.START, 2500, end)
    pieces: list[int] = []
    while not pieces or pieces[-1]:
        decoded.clear()
        feed.read_on()
        pieces.append(len(decoded))
    assert pieces == [1000, 1000, 500, 0]
    tell(before, 1, end)
    feed.read_on()
    assert decoded == []


def test_on_the_practice_server_nobody_is_sent_to_a_browser() -> None:
    [waiting] = head((), "meet.example.org", 80, practice=True)
    assert "come by themselves" in "".join(text for text, _ in waiting)
    [told] = head((), "meet.example.org", 80)
    assert "https://meet.example.org/any-name" in "".join(text for text, _ in told)


async def test_nobody_is_told_to_try_while_nothing_can_be_seen() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await tell(pilot, ev.Disconnected("gone", "", 2.0))
        await until(pilot, lambda: "Not connected for 0 s: who comes meanwhile" in shown(pilot))
        assert "Try it now" not in shown(pilot)
        await tell(pilot, ev.Connected("ada", (), True))
        await until(pilot, lambda: "Try it now" in shown(pilot))
