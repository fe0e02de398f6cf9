"""Four logs at once: they follow, stop where one stops, and are found and filtered."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from textual.pilot import Pilot
from textual.strip import Strip

from jitsi_tui.logs import events as log
from jitsi_tui.logs.records import Record
from jitsi_tui.session import events as ev
from jitsi_tui.settings import Settings
from jitsi_tui.tui.screens.logs import LogsScreen
from jitsi_tui.tui.widgets.log_pane import LogPane
from jitsi_tui.tui.widgets.pane_compositor import PaneCompositor

from . import samples
from .driving import Driven, connected, shown, tell

FILES = {"prosody": 1, "jicofo": 2, "jvb": 3, "nginx": 4}


def prosody(number: int, level: str = "info") -> bytes:
    clock = f"14:{number // 60 % 60:02}:{number % 60:02}"
    return f"Nov 24 {clock} c2s{number}\t{level}\tline {number}\n".encode()


class Feed:
    """Lines as the follower would tell them, with the right offsets."""

    def __init__(self) -> None:
        self._at = dict.fromkeys(FILES, 0)
        self._began: set[str] = set()

    def batch(self, source: str, data: bytes) -> ev.LogBatch:
        events: list[log.Event] = []
        if source not in self._began:
            self._began.add(source)
            events.append(log.Began(source, FILES[source], f"/var/log/{source}", 0))
        events.append(log.Lines(source, data, self._at[source], FILES[source]))
        self._at[source] += len(data)
        return ev.LogBatch(tuple(events))


async def opened(pilot: Pilot[None]) -> Feed:
    await connected(pilot, secure=True)
    await pilot.press("5")
    await tell(pilot, samples.log_clock())
    return Feed()


def pane(pilot: Pilot[None], source: str = "prosody") -> LogPane:
    screen = pilot.app.screen_stack[0]
    assert isinstance(screen, LogsScreen)
    return next(pane for pane in screen.panes if pane.source == source)


def record(pilot: Pilot[None], source: str = "prosody") -> Record | None:
    held = pane(pilot, source).held
    return held.record if held is not None else None


async def drawn(pilot: Pilot[None]) -> str:
    await pilot.pause(0.1)
    return shown(pilot)


@pytest.mark.parametrize("keys", [("t",), ("ampersand", *"line", "enter")])
async def test_more_than_is_held_may_come_while_another_page_shows(keys: tuple[str, ...]) -> None:
    app = Driven(settings=Settings(log_records=1000))
    async with app.run_test(size=(120, 40)) as pilot:
        feed = await opened(pilot)
        await tell(pilot, feed.batch("prosody", b"".join(prosody(i) for i in range(50))))
        await pilot.press(*keys, "home", "1")
        for _ in range(30):
            await tell(pilot, feed.batch("prosody", b"".join(prosody(i) for i in range(100))))
        await pilot.press("5")
        assert "line 7" in await drawn(pilot)


async def test_the_logs_are_asked_for_once_and_kept_while_other_pages_show() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        feed = await opened(pilot)
        assert app.recorder.names().count("start_logs") == 1
        await pilot.press("1")
        await tell(pilot, feed.batch("prosody", prosody(7)))
        await pilot.press("5")
        assert "line 7" in await drawn(pilot)
        assert app.recorder.names().count("start_logs") == 1


async def test_lines_arrive_in_all_panes(size: tuple[int, int]) -> None:
    app = Driven()
    async with app.run_test(size=size) as pilot:
        feed = await opened(pilot)
        await tell(
            pilot,
            feed.batch("prosody", prosody(1)),
            feed.batch(
                "jicofo",
                b"Jicofo 2026-11-24 14:02:02.000 WARNING: [1] A.b#1: Not authorized\n",
            ),
            feed.batch("jvb", b"JVB 2026-11-24 14:02:02.001 INFO: [1] A.b#1: joined\n"),
            feed.batch("nginx", b"2026/11/24 14:02:02 [error] 1#1: *1 open() failed\n"),
        )
        text = await drawn(pilot)
        for words in ("line 1", "Not authorized", "joined", "open() failed"):
            assert words in text
        assert text.count("● following") == 4
        assert "✖ 1" in text and "▲ 1" in text


async def test_a_paused_pane_stays_where_it_is_and_says_how_far_behind() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        feed = await opened(pilot)
        await tell(pilot, feed.batch("prosody", b"".join(prosody(i) for i in range(100))))
        assert "line 99" in await drawn(pilot)
        await pilot.press("space")
        await tell(pilot, feed.batch("prosody", b"".join(prosody(i) for i in range(100, 412))))
        text = await drawn(pilot)
        assert "paused, 312 behind" in text
        assert "line 99" in text and "line 411" not in text
        await pilot.press("end")
        text = await drawn(pilot)
        assert "line 411" in text and "paused" not in text


async def test_scrolling_back_pauses_and_reaching_the_end_follows() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        feed = await opened(pilot)
        await tell(pilot, feed.batch("prosody", b"".join(prosody(i) for i in range(100))))
        await drawn(pilot)
        await pilot.press("pageup", "pageup")
        assert not pane(pilot).following
        assert "line 99" not in await drawn(pilot)
        await pilot.press("home")
        assert "line 0" in await drawn(pilot)
        await pilot.press(*["pagedown"] * 9)
        assert pane(pilot).following


async def test_a_filter_works_as_one_types_in_every_pane() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        feed = await opened(pilot)
        await tell(pilot, feed.batch("prosody", b"".join(prosody(i) for i in range(30))))
        await pilot.press("ampersand", *"line 2[0-3]")
        text = await drawn(pilot)
        assert "line 23" in text and "line 24" not in text
        await pilot.press("backspace")
        assert "is no regular expression" in await drawn(pilot)
        await pilot.press("escape")
        text = await drawn(pilot)
        assert "line 24" in text


async def test_the_level_and_the_next_error() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        feed = await opened(pilot)
        lines = b"".join(prosody(i, "error" if i == 5 else "info") for i in range(60))
        await tell(pilot, feed.batch("prosody", lines))
        await drawn(pilot)
        await pilot.press("e")
        found = record(pilot)
        assert found is not None and "line 5" in found.text
        await pilot.press("end", "l", "l", "l")
        text = await drawn(pilot)
        assert "errors only" in text and "line 5" in text and "line 59" not in text


async def test_finding_goes_to_the_next_older_match() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        feed = await opened(pilot)
        await tell(pilot, feed.batch("prosody", b"".join(prosody(i) for i in range(100))))
        await drawn(pilot)
        await pilot.press("slash", *"line .1$", "enter")
        found = record(pilot)
        assert found is not None and found.text.endswith("line 91")
        await pilot.press("n")
        found = record(pilot)
        assert found is not None and found.text.endswith("line 81")
        await pilot.press("N")
        found = record(pilot)
        assert found is not None and found.text.endswith("line 91")


async def test_zoom_fills_the_page_and_escape_brings_all_back() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await pilot.press("tab", "z")
        text = await drawn(pilot)
        assert "jicofo" in text and "jvb" not in text
        await pilot.press("escape")
        assert "jvb" in await drawn(pilot)


async def test_a_record_opens_whole() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        feed = await opened(pilot)
        trace = prosody(1, "error") + b"stack traceback:\n\tmod_x.lua:7: in main\n"
        await tell(pilot, feed.batch("prosody", trace))
        assert "+2 lines" in await drawn(pilot)
        await pilot.press("enter")
        text = await drawn(pilot)
        assert "mod_x.lua:7: in main" in text


async def test_a_gap_is_marked_and_a_missing_file_said() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        feed = await opened(pilot)
        await tell(
            pilot,
            feed.batch("prosody", prosody(1)),
            ev.LogBatch(
                (
                    log.Gap("prosody", "copied", 1),
                    log.State("nginx", "missing", "No such file or directory"),
                )
            ),
        )
        text = await drawn(pilot)
        assert "copied and emptied" in text
        assert "there is no such file" in text


async def test_another_server_has_its_own_records() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        feed = await opened(pilot)
        await tell(pilot, feed.batch("prosody", prosody(1)))
        assert "line 1" in await drawn(pilot)
        app.open_server("other.example.org")
        await connected(pilot)
        await pilot.press("5")
        assert "line 1" not in await drawn(pilot)
        assert app.recorder.names().count("start_logs") == 2


async def test_all_logs_stand_in_one_pane_by_time_with_their_names() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        feed = await opened(pilot)
        await tell(
            pilot,
            feed.batch("prosody", prosody(1) + prosody(3)),
            feed.batch("jicofo", b"Jicofo 2026-11-24 14:00:02.000 INFO: [1] A.b#1: between\n"),
            feed.batch("nginx", b"2026/11/24 14:00:04 [error] 1#1: *1 last\n"),
        )
        await pilot.press("t")
        rows = [row for row in (await drawn(pilot)).splitlines() if "14:00:0" in row]
        assert [row.split()[0] for row in rows] == ["prosody", "jicofo", "prosody", "nginx"]
        await pilot.press("t")
        assert (await drawn(pilot)).count("● following") == 4


async def test_older_lines_are_fetched_where_one_looks_at_the_oldest() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await connected(pilot, secure=True)
        await pilot.press("5")
        await pilot.pause()
        older = b"".join(prosody(i) for i in range(50))
        newer = b"".join(prosody(i) for i in range(50, 100))
        await tell(
            pilot,
            ev.LogBatch(
                (
                    log.Began("prosody", 1, "/var/log/prosody", 0),
                    log.Lines("prosody", newer, len(older), 1),
                )
            ),
        )
        assert "before" not in app.recorder.names()
        await pilot.press("home")
        text = await drawn(pilot)
        asked = [call for call in app.recorder.asked if call[0] == "before"]
        assert [call[1:4] for call in asked] == [("prosody", 1, len(older))]
        assert "fetching older lines" in text
        number = len(app.recorder.asked)
        await tell(pilot, ev.LogBatch((log.History(number, "prosody", 1, 0, older, "done"),)))
        assert "line 50" in await drawn(pilot)
        await pilot.press("home")
        assert "line 0" in await drawn(pilot)


@pytest.mark.parametrize("key", ["up", "pageup", "home"])
async def test_a_log_that_is_empty_has_older_lines_where_one_looks_for_them(key: str) -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await tell(pilot, ev.LogBatch((log.Began("prosody", 1, "/var/log/prosody", 0),)))
        assert "waiting for its first line …   ↑ looks in older files" in await drawn(pilot)
        assert "previous" not in app.recorder.names()
        await pilot.press(key)
        assert "looking for older lines …" in await drawn(pilot)
        asked = [call for call in app.recorder.asked if call[0] == "previous"]
        assert [call[1:3] for call in asked] == [("prosody", 1)]
        past = log.Began("prosody", 7, "/var/log/prosody.1", 0, past=True)
        older = b"".join(prosody(i) for i in range(20))
        answer = log.History(len(app.recorder.asked), "prosody", 7, 0, older, "done")
        await tell(pilot, ev.LogBatch((past, answer)))
        assert "line 19" in await drawn(pilot)
        assert pane(pilot).following


async def test_where_nothing_is_older_an_empty_log_says_no_more_of_it() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await tell(pilot, ev.LogBatch((log.Began("prosody", 1, "/var/log/prosody", 0),)))
        await pilot.press("up")
        await drawn(pilot)
        answer = log.History(len(app.recorder.asked), "prosody", 1, 0, b"", "none")
        await tell(pilot, ev.LogBatch((answer,)))
        assert "waiting for its first line …  " in (text := await drawn(pilot))
        assert "older" not in text


async def test_what_passes_a_filter_is_looked_for_further_back() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        older = b"".join(prosody(i) for i in range(50))
        newer = b"".join(prosody(i) for i in range(50, 100))
        began = log.Began("prosody", 1, "/var/log/prosody", 0)
        await tell(pilot, ev.LogBatch((began, log.Lines("prosody", newer, len(older), 1))))
        await pilot.press("ampersand", *"line 7 ", "backspace", "$", "enter")
        assert "nothing passes the filter   ↑ looks further back" in await drawn(pilot)
        await pilot.press("up")
        await drawn(pilot)
        answer = log.History(len(app.recorder.asked), "prosody", 1, 0, older, "done")
        await tell(pilot, ev.LogBatch((answer,)))
        text = await drawn(pilot)
        assert "line 7" in text and "line 8" not in text


async def test_a_log_that_lies_elsewhere_begins_anew() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        feed = await opened(pilot)
        await tell(pilot, feed.batch("prosody", prosody(1)))
        await tell(
            pilot,
            ev.LogBatch(
                (
                    log.Elsewhere("prosody"),
                    log.Began("prosody", 9, "/srv/prosody.log", 0),
                    log.Lines("prosody", prosody(2), 0, 9),
                )
            ),
        )
        text = await drawn(pilot)
        assert "line 2" in text and "line 1" not in text


async def test_only_lines_that_changed_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, int]] = []
    taken: list[bool] = []
    send = PaneCompositor.send

    def counting(self: PaneCompositor, pane: LogPane, lines: Sequence[tuple[int, Strip]]) -> bool:
        seen.append((pane.source, len(lines)))
        taken.append(send(self, pane, lines))
        return taken[-1]

    monkeypatch.setattr(PaneCompositor, "send", counting)
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        feed = await opened(pilot)
        await tell(pilot, feed.batch("prosody", b"".join(prosody(i) for i in range(100))))
        await pilot.press("space")
        await pilot.pause(0.6)
        seen.clear()
        taken.clear()
        await tell(pilot, feed.batch("prosody", prosody(100)))
        await tell(pilot, feed.batch("jicofo", b"Jicofo 2026-11-24 14:02:02.000 INFO: [1] x\n"))
        await pilot.pause(0.3)
    quiet = [lines for source, lines in seen if source in ("jvb", "nginx")]
    paused = [lines for source, lines in seen if source == "prosody"]
    assert any(taken), "no line was sent at once"
    assert max(quiet, default=0) <= 1
    # Its title, and the record to which lines could be added until another came.
    assert paused and max(paused) <= 2
