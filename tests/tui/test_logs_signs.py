"""What panes tell of themselves: where one stands in them, what is elsewhere, why nothing comes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jitsi_tui.logs import events as log
from jitsi_tui.logs.marked import Held
from jitsi_tui.session import events as ev
from jitsi_tui.settings import Settings
from jitsi_tui.tui.present.panes import Panes
from jitsi_tui.tui.screens.plain import PlainScreen

from .driving import Driven, shown, tell, until
from .test_logs import drawn, opened, pane, prosody
from .test_logs_reading import cursor, jicofo, many, page


async def test_the_match_is_marked_while_one_still_types() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await many(pilot)
        await pilot.press("slash", *"line 42")
        await until(pilot, lambda: cursor(pilot) == "line 42")
        assert "›14:00:42" in await drawn(pilot)


async def test_every_pane_marks_the_time_that_one_went_to() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        feed = await many(pilot)
        lines = b"".join(jicofo(second, f"joined {second}") for second in range(60))
        await tell(pilot, feed.batch("jicofo", lines))
        await drawn(pilot)
        await pilot.press("j", *"2026-11-24 14:00:30", "enter")
        await until(pilot, lambda: shown(pilot).count("›14:00:30") == 2)


async def test_end_once_more_follows_in_all_panes() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        feed = await many(pilot)
        await tell(pilot, feed.batch("jicofo", jicofo(1, "one") + jicofo(2, "two")))
        await drawn(pilot)
        await pilot.press("up", "tab", "up", "end")
        assert pane(pilot, "jicofo").following and not pane(pilot).following
        await pilot.press("end")
        assert pane(pilot).following


async def test_how_many_panes_are_elsewhere_is_said() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        assert "panes" not in await drawn(pilot)
        page(pilot).grid.put(Panes(("prosody", "jicofo", "jvb", "nginx"), in_sight=1))
        await pilot.pause()
        await until(pilot, lambda: "+3 panes  Tab" in shown(pilot))
        await pilot.press("t")
        assert "panes  Tab" not in await drawn(pilot)


async def test_the_plain_view_has_what_the_pane_dims() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await many(pilot)
        await pilot.press("ampersand", *"line 98", "enter", "d", "v")
        await until(pilot, lambda: isinstance(app.screen, PlainScreen))
        assert "line 97" in await drawn(pilot)


async def test_what_memory_has_no_room_for_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Driven(settings=Settings(log_records=1000))
    told: list[str] = []
    monkeypatch.setattr(app, "notify", lambda message, **_: told.append(message))
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        older = b"".join(prosody(i) for i in range(1500))
        newer = b"".join(prosody(i) for i in range(1500, 2500))
        began = log.Began("prosody", 1, "/var/log/prosody", 0)
        await tell(pilot, ev.LogBatch((began, log.Lines("prosody", newer, len(older), 1))))
        await drawn(pilot)
        await pilot.press("home")
        number = len(app.recorder.asked)
        await tell(pilot, ev.LogBatch((log.History(number, "prosody", 1, 0, older, "done"),)))
        await drawn(pilot)
        await pilot.press("home")
        assert "no room for older (log_records)" in await drawn(pilot)
        await pilot.press("j", *"2026-11-24 14:00:10", "enter")
        await until(pilot, lambda: bool(told))
        assert told[0].startswith("prosody: There is no room")


async def test_the_journal_does_not_begin_where_its_tail_begins() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        began = log.Began("jvb", 9, "jitsi-videobridge2.service", 0, journal=True)
        said = b"2026-11-24T14:00:01.000000Z [notice] Started\n"
        state = log.State("jvb", "journal", "jitsi-videobridge2.service")
        await tell(pilot, ev.LogBatch((began, state, log.Lines("jvb", said, 0, 9))))
        assert "14:00:01 info  Started" in await drawn(pilot)
        await pilot.press("tab", "tab", "home")
        number = len(app.recorder.asked)
        await tell(pilot, ev.LogBatch((log.History(number, "jvb", 9, 0, b"", "none"),)))
        await until(pilot, lambda: "older: see journalctl" in shown(pilot))
        assert "here the log begins" not in shown(pilot)


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        ("not a regular file", "not a regular file"),
        ("Permission denied", "not readable for us"),
        ("Input/output error", "Input/output error"),
    ],
)
async def test_a_log_that_cannot_be_read_says_why(detail: str, words: str) -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await tell(pilot, ev.LogBatch((log.State("jvb", "unreadable", detail),)))
        assert words in await drawn(pilot)


async def test_the_records_that_belong_together_are_counted() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        feed = await opened(pilot)
        lines = b"".join(prosody(i).replace(b"line", b"room=daily@conf") for i in range(3))
        await tell(pilot, feed.batch("prosody", lines + prosody(7)))
        await drawn(pilot)
        await pilot.press("up", "x")
        await until(pilot, lambda: "›found  3 records" in shown(pilot))


async def test_what_enter_does_is_said_while_one_types() -> None:
    app = Driven()
    async with app.run_test(size=(80, 24)) as pilot:
        await many(pilot)
        await pilot.press("ampersand", *"line 9")
        assert "Enter keep it   Esc leave the line" in await drawn(pilot)
        await pilot.click("#footer", offset=(3, 0))
        await until(pilot, lambda: not page(pilot).line.is_open)
        assert [str(one) for one in page(pilot).filtering.kept] == ["line 9"]


async def test_there_is_room_to_type_beside_many_filters_and_a_long_complaint() -> None:
    app = Driven()
    async with app.run_test(size=(80, 24)) as pilot:
        await many(pilot)
        for number in range(4):
            await pilot.press("ampersand", *f"({number}|a very long filter|line)", "enter")
        await pilot.press("slash", *"line 4")
        await until(pilot, lambda: "newest first" in shown(pilot))
        await pilot.press("escape", "ampersand", *"[typed")
        text = await drawn(pilot)
        assert "'[typed' is no regular" in text
        assert "[typed" in text.replace("'[typed'", "")


async def test_what_is_dimmed_is_hidden_again_by_the_next_filter() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await many(pilot)
        await pilot.press("ampersand", *"line 98", "enter", "d", "ampersand", "backspace")
        await pilot.press(*"line 97")
        await until(pilot, lambda: "•14:01:37" in shown(pilot))
        await pilot.press("backspace", "escape", "ampersand", *"line 96", "enter")
        assert "line 95" not in await drawn(pilot)
        await pilot.press("ampersand", "backspace", "escape", "l", "d")
        assert "rest dimmed" in await drawn(pilot)
        await pilot.press("l", "l", "l")
        assert not page(pilot).filtering.dim


async def test_a_marked_record_under_the_cursor_is_told_from_other_marked_ones() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await many(pilot)
        await pilot.press("up", "m", "up", "m")
        text = await drawn(pilot)
        assert "◈14:01:37" in text and "◆14:01:38" in text
        await pilot.press("m", "end")
        assert "◈" not in await drawn(pilot)


async def test_what_was_searched_for_is_in_sight_in_the_whole_record() -> None:
    app = Driven()
    async with app.run_test(size=(80, 24)) as pilot:
        feed = await many(pilot)
        trace = b"".join(b"\n\tat org.jitsi.Some.run%d(Some.java)" % at for at in range(90))
        await tell(pilot, feed.batch("jicofo", jicofo(1, "failed").strip() + trace + b"\n"))
        await pilot.press("tab", "slash", *"run77", "enter", "enter")
        await until(pilot, lambda: "at org.jitsi.Some.run77(" in shown(pilot))


async def test_a_mark_that_is_out_of_sight_keeps_nobody_from_the_others() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        feed = await many(pilot)
        await tell(pilot, feed.batch("jicofo", jicofo(1, "one") + jicofo(2, "two")))
        await drawn(pilot)
        await pilot.press("up", "m", "tab", "up", "m", "h", "end", "end", "apostrophe")
        await until(pilot, lambda: cursor(pilot) == "line 98")
        await pilot.press("m", "end", "apostrophe")
        assert "Its pane is hidden; a brings it back." in await drawn(pilot)


async def test_lines_in_sight_are_told_in_the_zone_that_was_set() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await many(pilot, 3)
        assert "14:00:02" in await drawn(pilot)
        await tell(pilot, ev.LogBatch((log.ZoneSet("", 7200),)))
        await until(pilot, lambda: "16:00:02" in shown(pilot) and "14:00" not in shown(pilot))


async def test_an_unfolded_record_that_is_gone_keeps_no_pane_from_the_fast_way() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        feed = await opened(pilot)
        await tell(pilot, feed.batch("jicofo", jicofo(1, "failed") + b"\tat x\n"))
        await pilot.press("tab", "f")
        await until(pilot, lambda: pane(pilot, "jicofo").page_rows == 1)
        await tell(pilot, ev.LogBatch((log.Elsewhere("jicofo"),)))
        room = pane(pilot, "jicofo").size.height - 1
        await until(pilot, lambda: pane(pilot, "jicofo").page_rows == room)


async def test_a_mark_is_found_in_a_pane_that_was_out_of_sight_when_its_record_came() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        feed = await many(pilot)
        await pilot.press("z")
        await tell(pilot, feed.batch("jicofo", jicofo(1, "one") + jicofo(2, "two")))
        await drawn(pilot)
        app.logs.marked.toggle(Held.of(app.logs.source("jicofo"), 0), 1)
        await pilot.press("apostrophe")
        await until(pilot, lambda: cursor(pilot, "jicofo").endswith("one"))


async def test_panes_out_of_sight_fetch_older_lines_for_a_time_too() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        for number, name in enumerate(("prosody", "jicofo"), 1):
            lines = prosody(100) if name == "prosody" else jicofo(59, "late")
            began = log.Began(name, number, f"/var/log/{name}", 0)
            await tell(pilot, ev.LogBatch((began, log.Lines(name, lines, 10_000, number))))
        await pilot.press("z", "j", *"2026-11-24 14:00:10", "enter")
        await drawn(pilot)
        asked = {call[1] for call in app.recorder.asked if call[0] == "before"}
        assert asked == {"prosody", "jicofo"}


@pytest.mark.parametrize("lines", [3, 4, 5])
async def test_a_pane_without_room_for_a_record_is_no_reason_to_stop(lines: int) -> None:
    app = Driven()
    async with app.run_test(size=(80, 24)) as pilot:
        await many(pilot)
        await pilot.press("W", "up", "slash", *"line 4")
        await pilot.resize_terminal(80, lines)
        await pilot.press("escape", "up")
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: "›14:01:3" in shown(pilot))


@pytest.mark.parametrize("keys", [(), ("up",), ("home",)])
async def test_panes_do_not_claim_to_follow_while_the_connection_is_broken(
    keys: tuple[str, ...],
) -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await many(pilot)
        await pilot.press(*keys)
        await tell(pilot, ev.Disconnected("gone", "", 2.0))
        app.time += timedelta(seconds=34)
        await tell(pilot, ev.Connecting("reaching it"), ev.Disconnected("gone", "", 2.0))
        await until(pilot, lambda: shown(pilot).count("not connected for 34 s") == 4)
        assert "following" not in shown(pilot) and "fetching" not in shown(pilot)
        await tell(pilot, ev.Connecting("reaching it"), ev.Connected("ada", (), True))
        await until(pilot, lambda: "not connected" not in shown(pilot))


async def test_logs_that_are_missing_among_others_are_named() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await many(pilot)
        away = log.State("jvb", "missing", ""), log.State("nginx", "unreadable", "denied")
        await tell(pilot, ev.LogBatch(away))
        await pilot.press("t")
        assert "without jvb and nginx" in await drawn(pilot)
        await pilot.resize_terminal(60, 20)
        await until(pilot, lambda: "without 2 logs" in shown(pilot))
        await tell(pilot, ev.LogBatch(tuple(one._replace(state="open") for one in away)))
        await until(pilot, lambda: "without" not in shown(pilot))


async def test_a_log_that_is_not_for_us_says_where_to_learn_what_it_takes() -> None:
    app = Driven()
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await tell(pilot, ev.LogBatch((log.State("jvb", "unreadable", "Permission denied"),)))
        assert "the Overview says what it takes" in await drawn(pilot)


@pytest.mark.parametrize("key", ["v", "x"])
async def test_what_lies_over_the_panes_says_too_that_the_connection_is_broken(key: str) -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        feed = await many(pilot)
        await tell(pilot, feed.batch("prosody", prosody(100).replace(b"line", b"room=daily@c")))
        await drawn(pilot)
        await pilot.press(key)
        await until(pilot, lambda: len(app.screen_stack) > 1)
        await tell(pilot, ev.Disconnected("gone", "", 2.0))
        app.time += timedelta(seconds=5)
        await tell(pilot, ev.Connecting("reaching it"))
        top = app.screen
        await until(pilot, lambda: "not connected for 5 s" in shown(pilot))
        assert app.screen is top


async def test_the_plain_view_names_the_keys_that_do_something() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await many(pilot)
        await pilot.press("v")
        await until(pilot, lambda: "-- prosody, following; Space pauses, Esc" in shown(pilot))
        await pilot.press("up")
        await until(pilot, lambda: "behind; Space or End follows, Esc goes back" in shown(pilot))


async def test_panes_say_that_no_log_can_be_followed_and_why_until_they_are_again() -> None:
    app = Driven()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        feed = await opened(pilot)
        await tell(pilot, feed.batch("prosody", prosody(1, "one")))
        words = "the program that reads the logs on the server ended: perl: \x1bnot found"
        failed = ev.LogsFailed(words, "look whether perl runs there")
        await tell(pilot, failed)
        await until(pilot, lambda: "look whether perl runs there" in shown(pilot))
        assert "The logs can't be followed" in shown(pilot)
        app.clear_notifications()
        await tell(pilot, failed._replace(again=True))
        await until(pilot, lambda: shown(pilot).count("○ can't be followed") == 4)
        assert "look whether perl runs there" not in shown(pilot)
        assert shown(pilot).count("perl: ^[not found") == 3
        assert "first line" not in shown(pilot) and "following" not in shown(pilot)
        await tell(pilot, ev.LogBatch((log.CaughtUp(),)))
        await until(pilot, lambda: "followed" not in shown(pilot))
        assert shown(pilot).count("waiting for its first line") == 3


@pytest.mark.parametrize(
    ("offset", "words"), [(0, "here the log begins"), (9000, "older lines are gone")]
)
async def test_a_log_does_not_begin_where_its_file_was_taken_away(offset: int, words: str) -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        began = log.Began("jvb", 9, "/var/log/jitsi/jvb.log", offset)
        lines = b"JVB 2026-11-24 14:02:02.001 INFO: [1] A.b#1: joined\n" * 3
        await tell(pilot, ev.LogBatch((began, log.Lines("jvb", lines, offset, 9))))
        await pilot.press("tab", "tab", "home")
        number = len(app.recorder.asked)
        await tell(pilot, ev.LogBatch((log.History(number, "jvb", 9, 0, b"", "none"),)))
        await until(pilot, lambda: words in shown(pilot))


@pytest.mark.parametrize(
    ("keys", "why"), [(("<",), "It stands first already."), ((">",) * 4, "It stands last already.")]
)
async def test_a_pane_that_can_be_moved_no_further_says_so(keys: tuple[str, ...], why: str) -> None:
    app = Driven()
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot)
        names = {"<": "less_than_sign", ">": "greater_than_sign"}
        await pilot.press(*(names[key] for key in keys))
        await until(pilot, lambda: why in shown(pilot))


async def test_another_layout_of_panes_is_seen_where_one_filled_the_page() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await pilot.press("z")
        await until(pilot, lambda: shown(pilot).count("following") == 1)
        await pilot.press("g")
        await until(pilot, lambda: shown(pilot).count("following") == 6)


async def test_a_log_is_no_second_one_by_its_path() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await pilot.press("a", *"/var/log/jitsi/jvb.log", "enter")
        await until(pilot, lambda: "It has a pane already." in shown(pilot))
        await pilot.press("escape", "a", *"/var/log/prosody/prosody.err", "enter")
        await until(pilot, lambda: "prosody.err" in page(pilot).grid.arrangement.shown)
