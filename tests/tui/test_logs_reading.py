"""What one does with logs: find, filter, mark, follow a thread through them, save, lay out."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.style import Style
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from jitsi_tui.logs import events as log
from jitsi_tui.logs.filters import Filter
from jitsi_tui.session import events as ev
from jitsi_tui.tui.saving import Scope
from jitsi_tui.tui.screens.logs import LogsScreen
from jitsi_tui.tui.screens.plain import PlainPane, PlainScreen
from jitsi_tui.tui.screens.record import RecordSheet
from jitsi_tui.tui.screens.same import SameSheet
from jitsi_tui.tui.screens.save import SaveSheet

from .driving import Driven, connected, shown, tell, until
from .test_logs import Feed, drawn, opened, pane, prosody, record


def page(pilot: Pilot[None]) -> LogsScreen:
    screen = pilot.app.screen_stack[0]
    assert isinstance(screen, LogsScreen)
    return screen


def cursor(pilot: Pilot[None], source: str = "prosody") -> str:
    found = record(pilot, source)
    return found.text.split("\t")[-1] if found is not None else ""


def jicofo(second: int, text: str, level: str = "INFO") -> bytes:
    return f"Jicofo 2026-11-24 14:00:{second:02}.500 {level}: [7] A.b#1: {text}\n".encode()


async def many(pilot: Pilot[None], count: int = 100) -> Feed:
    feed = await opened(pilot)
    await tell(pilot, feed.batch("prosody", b"".join(prosody(i) for i in range(count))))
    await drawn(pilot)
    return feed


class TestFinding:
    async def test_it_goes_to_the_newest_match_as_one_types_and_back_on_escape(self) -> None:
        app = Driven()
        async with app.run_test(size=(120, 40)) as pilot:
            await many(pilot)
            await pilot.press("slash", *"LINE 4".lower())
            await until(pilot, lambda: cursor(pilot) == "line 49")
            assert "1 of 11, newest first" in await drawn(pilot)
            await pilot.press("2")
            await until(pilot, lambda: cursor(pilot) == "line 42")
            await pilot.press("escape")
            assert pane(pilot).following
            assert cursor(pilot) == "line 99"

    async def test_small_letters_match_capitals_and_capitals_only_themselves(self) -> None:
        app = Driven()
        async with app.run_test(size=(120, 40)) as pilot:
            feed = await opened(pilot)
            lines = prosody(1).replace(b"line", b"Room") + prosody(2).replace(b"line", b"room")
            await tell(pilot, feed.batch("prosody", lines))
            await drawn(pilot)
            await pilot.press("slash", *"room [12]", "enter", "n")
            await until(pilot, lambda: cursor(pilot) == "Room 1")
            await pilot.press("escape", "end", "slash", "R", *"oom")
            await until(pilot, lambda: cursor(pilot) == "Room 1")

    async def test_what_is_in_no_record_of_the_pane_is_said(self) -> None:
        app = Driven()
        async with app.run_test(size=(120, 40)) as pilot:
            await many(pilot)
            await pilot.press("slash", *"nowhere")
            assert "nothing older matches" in await drawn(pilot)
            await pilot.press("enter")
            assert "no match in this pane" in await drawn(pilot)
            assert pane(pilot).following

    async def test_a_pattern_that_is_none_is_said_and_nothing_moves(self) -> None:
        app = Driven()
        async with app.run_test(size=(120, 40)) as pilot:
            await many(pilot)
            await pilot.press("slash", "left_parenthesis")
            assert "is no regular expression" in await drawn(pilot)
            assert pane(pilot).following

    @pytest.mark.parametrize("key", ["slash", "ampersand"])
    async def test_what_is_no_pattern_is_not_taken_for_its_beginning(self, key: str) -> None:
        app = Driven()
        async with app.run_test(size=(120, 40)) as pilot:
            await many(pilot)
            await pilot.press(key, *"line 4")
            await drawn(pilot)
            await pilot.press("left_parenthesis", "enter")
            assert "is no regular expression" in await drawn(pilot)
            assert page(pilot).line.is_open and page(pilot).line.field.value == "line 4("
            assert page(pilot).filtering.kept == ()
            await pilot.press("backspace", "2", "enter")
            await until(pilot, lambda: not page(pilot).line.is_open)
            assert cursor(pilot) == "line 42"

    async def test_keys_typed_before_the_line_has_focus_are_not_lost(self) -> None:
        app = Driven()
        async with app.run_test(size=(120, 40)) as pilot:
            await many(pilot)
            for key, character in (("slash", "/"), ("r", "r"), ("o", "o"), ("q", "q")):
                app.post_message(events.Key(key, character))
            await pilot.pause(0.3)
            assert page(pilot).line.field.value == "roq"
            assert app.session is not None

    async def test_keys_that_come_right_behind_enter_are_meant_for_the_panes(self) -> None:
        app = Driven()
        async with app.run_test(size=(120, 40)) as pilot:
            await many(pilot)
            await pilot.press("ampersand")
            keys = [("l", "l"), ("i", "i"), ("n", "n"), ("enter", "\r"), ("d", "d")]
            for key, character in keys:
                app.post_message(events.Key(key, character))
            await pilot.pause(0.3)
            assert [str(one) for one in page(pilot).filtering.kept] == ["lin"]
            assert page(pilot).filtering.dim
            await pilot.press("slash", *"line 4")
            for key in ("2", "enter", "up", "up"):
                app.post_message(events.Key(key, key if key == "2" else None))
            await until(pilot, lambda: cursor(pilot) == "line 40")

    async def test_a_search_goes_through_more_than_one_piece_without_waiting(self) -> None:
        app = Driven()
        async with app.run_test(size=(120, 40)) as pilot:
            await many(pilot, 30_000)
            await pilot.press("slash", *"line 17$", "enter")
            await until(pilot, lambda: cursor(pilot) == "line 17")


class TestSlow:
    """Expressions that backtrack without end."""

    async def typed_slow(self, pilot: Pilot[None], key: str) -> Feed:
        feed = await many(pilot)
        await tell(pilot, feed.batch("prosody", prosody(101).replace(b"line", b"a" * 60)))
        await pilot.press(key, *"(a+)+$")
        await until(pilot, lambda: "this expression takes too long" in shown(pilot))
        return feed

    async def test_what_is_looked_for_is_given_up_and_one_goes_on_typing(self) -> None:
        app = Driven()
        async with app.run_test(size=(120, 40)) as pilot:
            await self.typed_slow(pilot, "slash")
            await pilot.press(*(["backspace"] * 6), *"line 42")
            await until(pilot, lambda: cursor(pilot) == "line 42")

    async def test_a_filter_is_given_up_and_the_others_stay(self) -> None:
        app = Driven()
        async with app.run_test(size=(120, 40)) as pilot:
            await many(pilot)
            await pilot.press("ampersand", *"line|a", "enter")
            await self.typed_slow(pilot, "ampersand")
            await pilot.press("enter")
            assert [str(one) for one in page(pilot).filtering.kept] == ["line|a"]
            assert "line 99" in await drawn(pilot)

    async def test_one_that_becomes_slow_later_is_taken_back_and_said(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        app = Driven()
        told: list[str] = []
        monkeypatch.setattr(app, "notify", lambda message, **_: told.append(message))
        async with app.run_test(size=(120, 40)) as pilot:
            feed = await many(pilot)
            await pilot.press("ampersand", *"!(a+)+$|never", "enter")
            assert page(pilot).filtering.kept
            await tell(pilot, feed.batch("prosody", prosody(101).replace(b"line", b"a" * 60)))
            await until(pilot, lambda: not page(pilot).filtering.kept)
            assert any("this expression takes too long" in one for one in told)

    async def test_nothing_is_saved_by_it(self, tmp_path: Path) -> None:
        app = Driven()
        async with app.run_test(size=(120, 40)) as pilot:
            feed = await many(pilot)
            await tell(pilot, feed.batch("prosody", prosody(101).replace(b"line", b"a" * 60)))
            wanted = Filter(include=("(a+)+$|nothing",))
            app.push_screen(SaveSheet([Scope("x", ("prosody",), wanted)], "meet"))
            await pilot.pause()
            app.screen.query_one("#path", Input).value = str(tmp_path / "saved")
            await pilot.press("enter")
            await until(pilot, lambda: "this expression takes too long" in shown(pilot))
            assert list(tmp_path.iterdir()) == []


class TestFilters:
    async def test_several_hold_together_and_the_last_is_taken_back(self) -> None:
        app = Driven()
        async with app.run_test(size=(120, 40)) as pilot:
            await many(pilot)
            await pilot.press("ampersand", *"line 2", "enter")
            await pilot.press("ampersand", *"!line 2[3-9]", "enter")
            text = await drawn(pilot)
            assert "line 22" in text and "line 23" not in text and "line 19" not in text
            assert "+line 2" in text and "−line 2[3-9]" in text
            await pilot.press("ampersand", "backspace")
            text = await drawn(pilot)
            assert "line 23" in text and "line 19" not in text
            await pilot.press("backspace", "escape")
            assert "line 99" in await drawn(pilot)

    async def test_the_rest_is_dimmed_instead_of_hidden(self) -> None:
        app = Driven()
        async with app.run_test(size=(120, 40)) as pilot:
            await many(pilot)
            await pilot.press("ampersand", *"line 98", "enter")
            assert "line 97" not in await drawn(pilot)
            await pilot.press("d")
            text = await drawn(pilot)
            assert " 14:01:37 info  line 97" in text and "rest dimmed" in text
            assert "•14:01:38 info  line 98" in text
            await pilot.press("d")
            assert "line 97" not in await drawn(pilot)

    async def test_a_filter_does_not_take_one_away_from_where_one_reads(self) -> None:
        app = Driven()
        async with app.run_test(size=(120, 40)) as pilot:
            await many(pilot)
            await pilot.press(*["up"] * 45)
            assert cursor(pilot) == "line 54"
            await pilot.press("ampersand", *"line .*[05]$", "enter")
            assert cursor(pilot) == "line 55"
            await pilot.press("ampersand", "backspace", "escape")
            assert cursor(pilot) == "line 54"
            assert "›14:00:54" in await drawn(pilot)

    async def test_new_panes_are_filtered_too(self) -> None:
        app = Driven()
        async with app.run_test(size=(120, 40)) as pilot:
            feed = await many(pilot)
            await pilot.press("ampersand", *"wanted", "enter", "a", *"nginx.access", "enter")
            await pilot.pause(0.2)
            lines = b"".join(
                b'10.0.0.1 - - [24/Nov/2026:14:00:01 +0000] "GET /%b HTTP/1.1" 200 1 "-" "-"\n'
                % name
                for name in (b"wanted", b"other")
            )
            began = log.Began("nginx.access", 9, "/var/log/nginx/access.log", 0)
            await tell(
                pilot,
                ev.LogBatch((began, log.Lines("nginx.access", lines, 0, 9))),
                feed.batch("nginx", b""),
            )
            text = await drawn(pilot)
            assert "/wanted" in text and "/other" not in text


class TestErrors:
    async def test_the_next_error_is_the_next_in_time_whichever_pane_it_is_in(self) -> None:
        app = Driven()
        async with app.run_test(size=(120, 40)) as pilot:
            feed = await opened(pilot)
            lines = b"".join(prosody(i, "error" if i in (10, 30) else "info") for i in range(50))
            await tell(
                pilot,
                feed.batch("prosody", lines),
                feed.batch(
                    "jicofo", jicofo(20, "twenty", "SEVERE") + jicofo(40, "forty", "SEVERE")
                ),
            )
            await drawn(pilot)
            seen = []
            for _ in range(4):
                await pilot.press("e")
                await pilot.pause(0.1)
                found = record(pilot, page(pilot).pane.source)
                assert found is not None
                seen.append(found.text.split()[-1])
            assert seen == ["forty", "30", "twenty", "10"]
            await pilot.press("E")
            await pilot.pause(0.1)
            assert page(pilot).pane.source == "jicofo"

    async def test_it_says_when_there_is_none(self) -> None:
        app = Driven()
        async with app.run_test(size=(120, 40), notifications=True) as pilot:
            await many(pilot)
            await pilot.press("e")
            assert "no further error" in await drawn(pilot)

    async def test_an_error_in_a_pane_out_of_sight_comes_into_sight(self) -> None:
        app = Driven()
        async with app.run_test(size=(120, 40)) as pilot:
            feed = await many(pilot)
            await tell(pilot, feed.batch("jicofo", jicofo(20, "hidden away", "SEVERE")))
            await pilot.press("z", "e")
            assert "hidden away" in await drawn(pilot)


class TestRecords:
    async def test_a_record_is_copied_as_it_is_shown(self) -> None:
        app = Driven()
        copied: list[str] = []
        app.copy_to_clipboard = copied.append  # type: ignore[method-assign,assignment]
        async with app.run_test(size=(120, 40)) as pilot:
            feed = await opened(pilot)
            line = prosody(1).replace(b"line 1", b"SID=abc123secret \x1b[2J")
            await tell(pilot, feed.batch("prosody", line))
            await drawn(pilot)
            await pilot.press("c", "enter", "c")
            assert len(copied) == 2 and copied[0] == copied[1]
            assert "abc123secret" not in copied[0] and "\x1b" not in copied[0]
            assert "\tinfo\t" in copied[0]

    async def test_the_same_room_is_shown_across_all_logs_in_order_of_time(self) -> None:
        app = Driven()
        async with app.run_test(size=(120, 40)) as pilot:
            feed = await opened(pilot)
            room, other = b"room=daily@conference.example.org", "room=other@conference.example.org"
            video = b"JVB 2026-11-24 14:00:02.000 INFO: [1] [conf_name=daily@x] A.b#1: v\n"
            await tell(
                pilot,
                feed.batch("prosody", prosody(1).replace(b"line", room) + prosody(9)),
                feed.batch("jicofo", jicofo(3, "x " + room.decode()) + jicofo(4, other)),
                feed.batch("jvb", video),
                feed.batch("nginx", b"2026/11/24 14:02:02 [error] 1#1: of another room\n"),
            )
            await drawn(pilot)
            await pilot.press("up", "x")
            await until(pilot, lambda: isinstance(app.screen, SameSheet))
            await pilot.pause(0.3)
            sheet = app.screen
            assert isinstance(sheet, SameSheet)
            rows = sheet.pane.rows
            assert [rows.record(row).source for row in rows.rows(0, 9)] == [
                "prosody",
                "jvb",
                "jicofo",
            ]
            assert "[room daily]" in shown(pilot)
            title = next(line for line in shown(pilot).splitlines() if "›found" in line)
            assert "✖" not in title
            await pilot.press("enter")
            assert isinstance(app.screen, RecordSheet)

    async def test_a_record_that_names_nothing_says_so(self) -> None:
        app = Driven()
        async with app.run_test(size=(120, 40), notifications=True) as pilot:
            feed = await opened(pilot)
            await tell(
                pilot, feed.batch("nginx", b"2026/11/24 14:02:02 [error] 1#1: plain words\n")
            )
            await pilot.press("tab", "tab", "tab", "x")
            assert "names no session" in await drawn(pilot)

    async def test_marks_are_seen_come_back_to_and_taken_away(self) -> None:
        app = Driven()
        async with app.run_test(size=(120, 40)) as pilot:
            await many(pilot)
            await pilot.press("up", "up", "m")
            assert "◈14:01:37" in await drawn(pilot)
            await pilot.press("end", "apostrophe")
            assert cursor(pilot) == "line 97"
            await pilot.press("enter", "m", "escape")
            assert "◈" not in await drawn(pilot)


class TestSaving:
    async def save(self, pilot: Pilot[None], path: Path, *keys: str) -> None:
        await pilot.press("s")
        screen = pilot.app.screen_stack[-1]
        assert isinstance(screen, SaveSheet)
        sheet: SaveSheet = screen
        field = screen.query_one("#path")
        field.value = str(path)  # type: ignore[attr-defined]
        await pilot.press(*keys, "enter")
        await until(pilot, lambda: pilot.app.screen is not sheet or not sheet.writing)
        await pilot.pause(0.1)

    async def test_what_is_shown_is_saved_for_its_owner_alone(self, tmp_path: Path) -> None:
        app = Driven()
        async with app.run_test(size=(120, 40)) as pilot:
            feed = await many(pilot, 2000)
            secret = prosody(1999).replace(b"line", b"MUID=topsecret line")
            await tell(pilot, feed.batch("prosody", secret))
            await pilot.press("ampersand", *"line 1[0-9]{3}", "enter")
            path = tmp_path / "saved.log"
            await self.save(pilot, path)
            lines = path.read_text().splitlines()
            assert len(lines) == 1001
            assert lines[0].startswith("prosody\tNov 24") and lines[0].endswith("line 1000")
            assert "topsecret" not in path.read_text()
            assert path.stat().st_mode & 0o777 == 0o600

    async def test_everything_since_the_mark_of_all_panes(self, tmp_path: Path) -> None:
        app = Driven()
        async with app.run_test(size=(120, 40)) as pilot:
            feed = await many(pilot, 20)
            await tell(pilot, feed.batch("jicofo", jicofo(1, "before") + jicofo(18, "after")))
            await pilot.press("up", "up", "up", "m")
            path = tmp_path / "since.log"
            await self.save(pilot, path, "tab", "tab")
            assert [line.split()[-1] for line in path.read_text().splitlines()] == [
                *("16", "17", "18", "after", "19"),
            ]

    async def test_a_file_that_is_there_is_replaced_only_when_asked(self, tmp_path: Path) -> None:
        app = Driven()
        async with app.run_test(size=(120, 40)) as pilot:
            await many(pilot, 3)
            path = tmp_path / "mine"
            path.write_text("mine")
            await self.save(pilot, path, "enter", "enter")
            assert path.read_text() == "mine"
            assert "Ctrl-R" in shown(pilot)
            await pilot.press("ctrl+r")
            await until(pilot, lambda: path.read_text().count("\n") == 3)
            assert path.stat().st_mode & 0o777 == 0o600
            assert [one.name for one in tmp_path.iterdir() if one.is_file()] == ["mine"]

    async def test_where_nothing_can_be_written_the_reason_is_said(self, tmp_path: Path) -> None:
        app = Driven()
        async with app.run_test(size=(120, 40)) as pilot:
            await many(pilot, 3)
            await self.save(pilot, tmp_path / "no" / "such")
            assert "No such file or directory" in shown(pilot)
            assert isinstance(app.screen, SaveSheet)


class TestTime:
    async def test_all_panes_go_to_a_time_together(self) -> None:
        app = Driven()
        async with app.run_test(size=(120, 40)) as pilot:
            feed = await many(pilot)
            lines = b"".join(jicofo(at, f"second {at}") for at in range(60))
            await tell(pilot, feed.batch("jicofo", lines))
            await pilot.press("j", *"2026-11-24 14:00:42", "enter")
            await pilot.pause(0.1)
            assert cursor(pilot) == "line 42"
            assert cursor(pilot, "jicofo").endswith("second 42")
            assert not pane(pilot).following and not pane(pilot, "jicofo").following

    async def test_a_time_before_what_is_held_is_reached_piece_by_piece(self) -> None:
        app = Driven()
        async with app.run_test(size=(120, 40)) as pilot:
            await opened(pilot)
            pieces = [b"".join(prosody(i) for i in range(at, at + 50)) for at in (0, 50, 100)]
            begin = log.Began("prosody", 1, "/var/log/prosody", 0)
            newest = log.Lines("prosody", pieces[2], len(pieces[0] + pieces[1]), 1)
            await tell(pilot, ev.LogBatch((begin, newest)))
            await drawn(pilot)
            await pilot.press("j", *"2026-11-24 14:00:10", "enter")
            asked = app.recorder.asked
            for older, offset in ((pieces[1], len(pieces[0])), (pieces[0], 0)):
                await until(pilot, lambda: asked[-1][0] == "before")
                answer = log.History(len(asked), "prosody", 1, offset, older, "done")
                asked.append(("answered",))
                await tell(pilot, ev.LogBatch((answer,)))
            await until(pilot, lambda: cursor(pilot) == "line 10")
            assert pane(pilot, "jicofo").following

    async def test_whoever_moves_on_is_not_taken_back_to_the_time(self) -> None:
        app = Driven()
        async with app.run_test(size=(120, 40)) as pilot:
            await opened(pilot)
            older = b"".join(prosody(i) for i in range(50))
            newer = b"".join(prosody(i) for i in range(50, 100))
            begin = log.Began("prosody", 1, "/var/log/prosody", 0)
            await tell(pilot, ev.LogBatch((begin, log.Lines("prosody", newer, len(older), 1))))
            await drawn(pilot)
            await pilot.press("j", *"2026-11-24 14:00:10", "enter")
            await until(pilot, lambda: app.recorder.asked[-1][0] == "before")
            await pilot.press("end")
            answer = log.History(len(app.recorder.asked), "prosody", 1, 0, older, "done")
            await tell(pilot, ev.LogBatch((answer,)))
            await pilot.pause(0.3)
            assert pane(pilot).following

    async def test_what_is_no_time_is_said(self) -> None:
        app = Driven()
        async with app.run_test(size=(120, 40)) as pilot:
            await many(pilot)
            await pilot.press("j", *"yesterday", "enter")
            assert "names no time" in await drawn(pilot)
            await pilot.press("escape")
            assert pane(pilot).following


class TestPanes:
    @pytest.mark.parametrize("count", [1, 2, 4, 6])
    async def test_each_layout_fits_and_shows_its_panes(
        self, size: tuple[int, int], count: int
    ) -> None:
        app = Driven()
        async with app.run_test(size=size) as pilot:
            await opened(pilot)
            grid = page(pilot).grid
            for _ in range(5):
                if len(grid.in_sight) == count:
                    break
                await pilot.press("g")
                await pilot.pause(0.1)
            panes = grid.in_sight
            assert len(panes) == count
            assert all(one.size.width >= 36 and one.size.height >= 4 for one in panes)
            assert shown(pilot).count("● following") == count

    async def test_tab_goes_round_also_through_panes_out_of_sight(self) -> None:
        app = Driven()
        async with app.run_test(size=(120, 40)) as pilot:
            await opened(pilot)
            await pilot.press("z")
            seen = []
            for _ in range(4):
                await pilot.press("tab")
                seen.append([one.source for one in page(pilot).grid.in_sight])
            assert seen == [["jicofo"], ["jvb"], ["nginx"], ["prosody"]]

    async def test_hiding_and_moving_are_remembered_for_the_server(self) -> None:
        app = Driven()
        async with app.run_test(size=(120, 40)) as pilot:
            await opened(pilot)
            await pilot.press("h", "greater_than_sign")
            await pilot.pause(0.1)
            assert [one.source for one in page(pilot).panes] == ["jvb", "jicofo", "nginx"]
        again = Driven()
        async with again.run_test(size=(120, 40)) as pilot:
            await opened(pilot)
            assert [one.source for one in page(pilot).panes] == ["jvb", "jicofo", "nginx"]

    async def test_any_file_is_followed_beside_the_others(self) -> None:
        app = Driven()
        async with app.run_test(size=(120, 40)) as pilot:
            await opened(pilot)
            await pilot.press("a", *"/var/log/a.log", "enter")
            await pilot.pause(0.2)
            await pilot.press("a", *"/var/log/b.log", "enter")
            await pilot.pause(0.2)
            files = ["/var/log/a.log", "/var/log/b.log"]
            assert [one.source for one in page(pilot).panes][1:3] == files
            asked = [call[1] for call in app.recorder.asked if call[0] == "start_logs"]
            assert asked[-1] == ("prosody", "jicofo", "jvb", "nginx", *files)

    async def test_what_can_be_no_log_is_said(self) -> None:
        app = Driven()
        async with app.run_test(size=(120, 40)) as pilot:
            await opened(pilot)
            await pilot.press("a", *"nonsense", "enter")
            assert "there is no log named" in await drawn(pilot)

    async def test_a_title_tells_how_fast_the_log_grows(self) -> None:
        app = Driven()
        async with app.run_test(size=(120, 40)) as pilot:
            feed = await many(pilot)
            await tell(pilot, ev.LogBatch((log.CaughtUp(),)))
            await tell(pilot, feed.batch("prosody", prosody(1, "info") * 5))
            for _ in range(300):
                if "█" in shown(pilot).splitlines()[2]:
                    break
                await pilot.pause(0.1)
            assert "█" in shown(pilot).splitlines()[2]


class TestReading:
    TRACE = b"".join(b"\tat a.b.C%d(C.java:%d)\n" % (at, at) for at in range(5))

    async def test_a_trace_stays_with_its_record_and_unfolds(self) -> None:
        app = Driven()
        async with app.run_test(size=(120, 40)) as pilot:
            feed = await opened(pilot)
            await tell(
                pilot,
                feed.batch(
                    "jicofo", jicofo(1, "failed", "SEVERE") + self.TRACE + jicofo(2, "next")
                ),
            )
            text = await drawn(pilot)
            assert "+5 lines" in text and "C3(C.java" not in text
            await pilot.press("tab", "up", "f")
            text = await drawn(pilot)
            assert "at a.b.C4(C.java:4)" in text and "+5 lines" not in text
            await pilot.press("f", "F")
            assert "at a.b.C4(C.java:4)" in await drawn(pilot)
            await pilot.press("F")
            assert "+5 lines" in await drawn(pilot)

    async def test_a_folded_record_says_so_however_long_its_first_line_is(
        self, size: tuple[int, int]
    ) -> None:
        app = Driven()
        async with app.run_test(size=size) as pilot:
            feed = await opened(pilot)
            await tell(pilot, feed.batch("jicofo", jicofo(1, "long " * 60, "SEVERE") + self.TRACE))
            assert "+5" in await drawn(pilot)

    async def test_long_lines_wrap_or_are_panned(self, size: tuple[int, int]) -> None:
        app = Driven()
        async with app.run_test(size=size) as pilot:
            feed = await opened(pilot)
            words = " ".join(f"word{at}" for at in range(25)).encode()
            await tell(pilot, feed.batch("prosody", prosody(1).replace(b"line 1", words)))
            assert "word24" not in await drawn(pilot)
            await pilot.press("W")
            assert "word24" in await drawn(pilot)
            await pilot.press("W", *["right"] * 9)
            text = await drawn(pilot)
            assert "word24" in text and "word2 " not in text
            await pilot.press(*["left"] * 9)
            assert "word2 " in await drawn(pilot)

    async def test_a_pane_out_of_sight_goes_to_a_time_also_while_it_wraps(self) -> None:
        app = Driven()
        async with app.run_test(size=(120, 40)) as pilot:
            feed = await many(pilot)
            lines = b"".join(jicofo(at, f"second {at}") for at in range(60))
            await tell(pilot, feed.batch("jicofo", lines))
            await pilot.press("tab", "W", "shift+tab", "z")
            await pilot.press("j", *"2026-11-24 14:00:42", "enter", "tab")
            assert cursor(pilot, "jicofo").endswith("second 42")
            assert "second 42" in await drawn(pilot)

    async def test_a_click_hits_the_record_it_was_meant_for(self) -> None:
        app = Driven()
        async with app.run_test(size=(120, 40)) as pilot:
            await many(pilot, 5)
            await pilot.press("W")
            last = pane(pilot).size.height - 1
            await pilot.click(pane(pilot), offset=(5, last - 2))
            assert cursor(pilot) == "line 2"

    async def test_the_cursor_stays_in_sight_among_tall_records(self) -> None:
        app = Driven()
        async with app.run_test(size=(120, 40)) as pilot:
            feed = await opened(pilot)
            lines = b"".join(jicofo(at, f"failed {at}") + self.TRACE for at in range(30))
            await tell(pilot, feed.batch("jicofo", lines))
            await pilot.press("tab", "F")
            for _ in range(12):
                await pilot.press("up")
                assert f"{cursor(pilot, 'jicofo')[-9:]}" in await drawn(pilot)
            await pilot.press("home")
            assert "failed 0" in await drawn(pilot)
            for _ in range(12):
                await pilot.press("down")
                assert f"{cursor(pilot, 'jicofo')[-9:]}" in await drawn(pilot)
            await pilot.press("end")
            assert "C4(C.java" in await drawn(pilot)

    async def test_the_plain_view_has_no_borders_no_colours_and_whole_lines(
        self, size: tuple[int, int]
    ) -> None:
        app = Driven()
        async with app.run_test(size=size) as pilot:
            feed = await many(pilot, 3)
            words = " ".join(f"word{at}" for at in range(40)).encode()
            await tell(pilot, feed.batch("prosody", prosody(1).replace(b"line 1", words)))
            await pilot.press("v")
            assert isinstance(app.screen, PlainScreen)
            await pilot.pause(0.2)
            text = shown(pilot)
            assert "Nov 24 14:00:01" in text and "word39" in text
            assert "Overview" not in text and not set("│╭╰●▲✖") & set(text)
            plain = app.screen.query_one(PlainPane)
            assert plain.size.width == size[0] and plain.size.height == size[1]
            for y in range(size[1]):
                assert {segment.style for segment in plain.render_line(y)} <= {Style(), None}
            await tell(pilot, feed.batch("prosody", prosody(2).replace(b"line 2", b"fresh")))
            await pilot.pause(0.2)
            assert "fresh" in shown(pilot)
            await pilot.press("escape")
            assert isinstance(app.screen, LogsScreen)


@pytest.mark.parametrize("key", ["v", "W"])
async def test_a_record_that_is_taller_than_its_pane_says_that_it_goes_on(key: str) -> None:
    app = Driven()
    async with app.run_test(size=(80, 24)) as pilot:
        feed = await many(pilot, 3)
        await tell(pilot, feed.batch("prosody", prosody(4).replace(b"line 4", b"word " * 1000)))
        await pilot.press(key)
        for keys in ((), ("up", "down"), ("end",)):
            await pilot.press(*keys)
            await until(pilot, lambda: "it goes on; " in shown(pilot))
            assert "14:00:04" in shown(pilot)
        await pilot.press("up", "up")
        await until(pilot, lambda: "it goes on; " not in shown(pilot))


async def test_the_mouse_comes_back_where_one_leaves_the_plain_view(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lent: list[bool] = []
    monkeypatch.setattr(Driven, "lend_mouse", lambda _, given: lent.append(given))
    app = Driven()
    async with app.run_test() as pilot:
        await many(pilot, 3)
        await pilot.press("v")
        await pilot.pause()
        assert lent[-1]
        await pilot.press("1")
        await pilot.pause()
        assert not lent[-1]
        await pilot.press("5")
        await pilot.pause()
        assert isinstance(app.screen, PlainScreen) and lent[-1]


async def test_another_server_has_its_own_marks_filters_and_panes() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await many(pilot)
        await pilot.press("m", "h", "slash", *"line 9", "enter")
        app.open_server("other.example.org")
        await connected(pilot)
        await pilot.press("5")
        await pilot.pause(0.2)
        assert not app.logs.marked
        assert page(pilot).search is None
        assert "waiting for its first line" in await drawn(pilot)
