"""The parts of the Logs screen that need no terminal: layouts, filters, lines, the memory."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jitsi_tui import remembered
from jitsi_tui.logs import events as log
from jitsi_tui.logs.book import SourceBook
from jitsi_tui.logs.clock import NO_TIME
from jitsi_tui.logs.filters import Filter
from jitsi_tui.logs.finding import Hit, Matches, next_of_all
from jitsi_tui.logs.levels import Level
from jitsi_tui.logs.marked import Held, Key, Marked
from jitsi_tui.logs.marks import find_marks
from jitsi_tui.logs.patterns import compile_pattern
from jitsi_tui.logs.records import Record
from jitsi_tui.logs.rows import MergedRows, OneLog
from jitsi_tui.text import visible
from jitsi_tui.tui import pane_memory
from jitsi_tui.tui.lines import clip_line, plain, width
from jitsi_tui.tui.present.filtering import Filtering, Pattern
from jitsi_tui.tui.present.log_rows import MOST_LINES, Reading, lines_of
from jitsi_tui.tui.present.logs import one_line, tag, whole
from jitsi_tui.tui.present.pane_title import pane_title
from jitsi_tui.tui.present.panes import COUNTS, Panes, fitting, shape
from jitsi_tui.tui.widgets.log_title import day_of

NAMES = ("a", "b", "c", "d", "e", "f", "g")
SIZES = st.tuples(st.integers(1, 400), st.integers(1, 120))


class TestLayouts:
    @pytest.mark.parametrize("size", [(80, 20), (200, 46), (120, 32), (250, 70)])
    @pytest.mark.parametrize("count", COUNTS)
    def test_every_layout_fits_the_usual_terminals(self, size: tuple[int, int], count: int) -> None:
        assert fitting(count, *size) == count

    def test_panes_stand_where_lines_are_longest(self) -> None:
        two = shape(2, 80, 20)
        assert two is not None and (two.columns, two.rows) == (1, 2)
        six = shape(6, 200, 46)
        assert six is not None and (six.columns, six.rows) == (2, 3)

    @given(st.integers(1, 6), SIZES)
    def test_no_pane_is_too_small_to_read(self, count: int, size: tuple[int, int]) -> None:
        found = shape(count, *size)
        if found is not None:
            assert found.columns * found.rows >= count
            assert size[0] // found.columns >= 36 and size[1] // found.rows >= 4

    @given(
        st.lists(st.sampled_from(NAMES), min_size=1, unique=True),
        st.sampled_from(COUNTS),
        st.lists(st.tuples(st.sampled_from("hmsg"), st.sampled_from(NAMES)), max_size=20),
        SIZES,
    )
    def test_whatever_is_done_no_log_is_lost_and_one_is_in_sight(
        self, shown: list[str], count: int, steps: list[tuple[str, str]], size: tuple[int, int]
    ) -> None:
        panes = Panes(tuple(shown), tuple(n for n in NAMES if n not in shown), count)
        for what, name in steps:
            if what == "h":
                panes = panes.hiding(name)
            elif what == "m" and name in panes.shown:
                panes = panes.moved(name, 1)
            elif what == "s":
                panes = panes.showing([name], after=panes.shown[0])
            else:
                panes = panes.counting(panes.next_count(*size))
            assert sorted(panes.sources) == sorted(NAMES)
            for here in panes.shown:
                assert here in panes.seen(here, *size)

    def test_asking_for_six_brings_what_was_hidden(self) -> None:
        panes = Panes(("a", "b", "c", "d"), ("e", "f", "g")).counting(6)
        assert panes.shown == ("a", "b", "c", "d", "e", "f")


class TestMemory:
    def test_what_was_kept_is_recalled_by_server(self) -> None:
        pane_memory.keep("one", Panes(("jvb", "/var/log/x"), ("nginx",), 2))
        pane_memory.keep("two", Panes(("nginx",), (), 1))
        one = pane_memory.recall("one")
        assert (one.shown, one.in_sight) == (("jvb", "/var/log/x"), 2)
        assert pane_memory.recall("two").shown == ("nginx",)

    def test_a_new_server_is_laid_out_as_the_last_one_without_its_files(self) -> None:
        pane_memory.keep("one", Panes(("jvb", "/var/log/x"), (), 2))
        assert pane_memory.recall("new").shown == ("jvb",)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "[]",
            "{",
            '{"one": 3}',
            '{"one": {"shown": "x", "count": 4}}',
            '{"one": {"shown": [1, {}], "count": 4}}',
            '{"one": {"shown": ["../../etc", "nonsense", "a/b", "/x/"], "count": 4}}',
            '{"one": {"shown": ["/a\\u0000b", "/a\\ud800"], "count": 4}}',
            '{"one": {"shown": ["jvb"], "count": "many"}}',
            "[" * 100_000,
        ],
    )
    def test_a_note_that_is_none_means_the_usual_panes(self, text: str) -> None:
        path = remembered.default_path()
        path.parent.mkdir(parents=True)
        path.write_text(text)
        assert pane_memory.recall("one").shown == ("prosody", "jicofo", "jvb", "nginx")

    def test_a_note_that_can_not_be_written_disturbs_nobody(self) -> None:
        path = remembered.default_path()
        path.parent.parent.mkdir(parents=True)
        path.parent.write_text("a file where the folder would be")
        pane_memory.keep("one", Panes(("jvb",)))
        assert pane_memory.recall("one").shown[0] == "prosody"

    def test_it_does_not_grow_for_ever(self) -> None:
        for number in range(80):
            pane_memory.keep(f"host{number}", Panes(("jvb",)))
        assert len(json.loads(remembered.default_path().read_text())) <= 50
        assert remembered.default_path().stat().st_mode & 0o077 == 0


class TestFiltering:
    def test_a_mark_at_the_start_excludes_and_a_backslash_takes_it_back(self) -> None:
        assert Pattern.typed("!x") == Pattern("x", exclude=True)
        assert Pattern.typed("\\!x") == Pattern("\\!x")
        assert Pattern.typed("!") is None and Pattern.typed("") is None

    def test_all_of_them_must_agree(self) -> None:
        filtering = Filtering(typing=Pattern("room")).keep().typed(Pattern("left", exclude=True))
        wanted = filtering.next_level().wanted
        assert wanted == Filter(Level.INFO, include=("room",), exclude=("left",))
        assert filtering.keep().without_last().wanted == Filter(include=("room",))

    def test_the_same_is_kept_once(self) -> None:
        filtering = Filtering().typed(Pattern("x")).keep().typed(Pattern("x")).keep()
        assert filtering.kept == (Pattern("x"),)


def book(source: str, entries: Sequence[tuple[int, str]]) -> SourceBook:
    """A log with a record at each of these seconds."""
    made = SourceBook(source)
    data = b"".join(
        f"JVB 2026-11-24 14:{second // 60:02}:{second % 60:02}.000 {level}: [1] A.b#1: x\n".encode()
        for second, level in entries
    )
    made.take(log.Began(source, 1, source, 0), UTC, 0.0)
    made.take(log.Lines(source, data, 0, 1), UTC, 0.0)
    return made


def errors(one: SourceBook) -> Matches:
    rows = OneLog(one)
    rows.update()
    return Matches(rows, OneLog(one, Filter(Level.ERROR)))


class TestNextOfAll:
    @given(
        st.lists(
            st.lists(st.tuples(st.integers(0, 20), st.booleans()), max_size=12),
            min_size=1,
            max_size=4,
        )
    )
    def test_every_error_is_come_by_once_in_order_of_time(
        self, logs: list[list[tuple[int, bool]]]
    ) -> None:
        books = [
            book(f"log{at}", [(s, "SEVERE" if bad else "INFO") for s, bad in sorted(one)])
            for at, one in enumerate(logs)
        ]
        panes = [errors(one) for one in books]
        for one in panes:
            one.update()
        wanted = sum(bad for one in logs for _, bad in one)
        seen: list[Hit] = []
        hit, _ = next_of_all(panes, 0, None, -1)
        while hit is not None and len(seen) <= wanted:
            seen.append(hit)
            hit, _ = next_of_all(panes, hit.pane, hit.row, -1)
        assert len(seen) == len(set(seen)) == wanted
        times = [books[hit.pane].buffer.time(hit.row) for hit in seen]
        assert times == sorted(times, reverse=True)
        back = seen[-1:]
        while back and len(back) <= wanted:
            hit, _ = next_of_all(panes, back[-1].pane, back[-1].row, 1)
            if hit is None:
                break
            back.append(hit)
        assert back == seen[::-1]

    def test_in_a_merged_pane_matches_are_found_in_its_order(self) -> None:
        books = [book("a", [(1, "INFO"), (4, "SEVERE")]), book("b", [(2, "SEVERE"), (3, "INFO")])]
        rows, found = MergedRows(books), MergedRows(books, Filter(Level.ERROR))
        rows.update()
        matches = Matches(rows, found)
        matches.update()
        assert [matches.next(at, -1) for at in range(5)] == [None, None, 1, 1, 3]
        assert [matches.next(at, 1) for at in range(4)] == [1, 3, 3, None]


def record(text: str, level: Level = Level.INFO) -> Record:
    return Record("jicofo", NO_TIME, level, text, 0, 1)


class TestLines:
    @given(
        st.text(max_size=400),
        st.integers(10, 120),
        st.booleans(),
        st.booleans(),
        st.integers(0, 60),
    )
    def test_lines_of_any_record_are_harmless_and_bounded(
        self, text: str, cells: int, wrap: bool, unfold: bool, pan: int
    ) -> None:
        reading = Reading(wrap=wrap, unfold=unfold, pan=0 if wrap else pan)
        lines = lines_of(record(text), UTC, cells, reading)
        assert 1 <= len(lines) <= MOST_LINES
        assert all(plain(line).isprintable() for line in lines)
        if wrap:
            assert all(width(line) <= cells for line in lines)

    @given(st.text(max_size=400), st.integers(10, 120))
    def test_a_bare_record_says_all_of_it(self, text: str, cells: int) -> None:
        lines = lines_of(record(text), UTC, cells, Reading(bare=True))
        assert all(width(line) <= cells and plain(line).isprintable() for line in lines)
        shown = "".join(plain(line) for line in lines)
        assert shown == visible(text, lines=True).replace("\n", "")

    def test_a_bare_record_says_all_of_it_however_long_it_is(self) -> None:
        lines = lines_of(record("x" * 60_000), UTC, 80, Reading(bare=True))
        assert "".join(plain(line) for line in lines) == "x" * 60_000

    @pytest.mark.parametrize("words", ["x", "e\u0301", "\u8868"])
    @pytest.mark.parametrize(("behind", "told"), [("", "it goes on"), ("\n\tat x" * 3, "+4 lines")])
    def test_what_a_pane_has_no_room_for_is_told(self, words: str, behind: str, told: str) -> None:
        for unfold in (False, True):
            text = words * 15_000 + behind
            rows = lines_of(record(text), UTC, 80, Reading(wrap=True, unfold=unfold))
            assert len(rows) <= MOST_LINES
            assert told in plain(rows[-1]) and "; Enter shows " in plain(rows[-1])

    def test_a_further_line_that_is_too_long_is_told(self) -> None:
        text = "failed\n\tat " + "x" * 30_000 + "\n\tat y"
        rows = lines_of(record(text), UTC, 80, Reading(wrap=True, unfold=True))
        assert len(rows) == MOST_LINES
        assert "+2 lines more; Enter shows them" in plain(rows[-1])

    @pytest.mark.parametrize("lines", [MOST_LINES - 1, MOST_LINES, MOST_LINES + 1])
    def test_what_just_has_room_is_shown(self, lines: int) -> None:
        text = "\n".join(f"line {at}" for at in range(lines))
        for wrap in (False, True):
            rows = lines_of(record(text), UTC, 80, Reading(wrap=wrap, unfold=True))
            assert len(rows) == min(lines, MOST_LINES)
            assert (f"line {lines - 1}" in plain(rows[-1])) is (lines <= MOST_LINES)

    def test_further_lines_are_panned_as_far_as_they_reach(self) -> None:
        text = "failed\n" + "x" * 20_000 + "needle"
        rows = lines_of(record(text), UTC, 80, Reading(unfold=True, pan=19_990))
        assert "needle" in plain(rows[1])

    def test_no_bare_line_passes_for_a_record_of_another_log(self) -> None:
        reading = Reading(bare=True)
        lines = lines_of(record("one\nnginx: two"), UTC, 80, reading, source="jicofo")
        assert [plain(line) for line in lines] == ["jicofo: one", "  nginx: two"]

    def test_a_long_trace_says_how_much_is_left(self) -> None:
        text = "failed\n" + "\n".join(f"\tat line {at}" for at in range(500))
        lines = lines_of(record(text), UTC, 80, Reading(unfold=True))
        assert len(lines) <= MOST_LINES
        assert "lines more; Enter shows them" in plain(lines[-1])
        shown = len(lines) - 2
        assert f"+{500 - shown} lines more" in plain(lines[-1])


def title(**changed: Any) -> str:
    """The title of a pane, as text."""
    parts: dict[str, Any] = {
        "rate": 5,
        "following": True,
        "behind": 0,
        "errors": 3,
        "warnings": 0,
        "trouble": "",
        "focused": False,
        "cells": 120,
    }
    return plain(pane_title("prosody", **parts | changed))


def test_thousands_of_records_a_second_are_set_apart_as_all_numbers_are() -> None:
    assert "1,251/s" in title(rate=1251.2) and " 12/s" in title(rate=12)


class TestTags:
    @pytest.mark.parametrize(
        ("names", "told"),
        [
            (("prosody", "jvb"), ("prosody", "jvb")),
            (("jicofo", "/srv/a/app.log", "/srv/b/app.log"), ("jicofo", "a/app.log", "b/app.log")),
            (("/a/log/x", "/b/log/x", "x"), ("a/log/x", "b/log/x", "x")),
            (("/l/conference-1.log", "/l/conference-2.log"), ("conference-1…", "conference-2…")),
            (("/l/a-very-long-name-indeed", "jvb"), ("a-very-long…", "jvb")),
        ],
    )
    def test_they_tell_logs_apart(self, names: tuple[str, ...], told: tuple[str, ...]) -> None:
        tags = [tag(names, which)[0] for which in range(len(names))]
        assert tuple(one.rstrip() for one in tags) == told
        assert len({len(one) for one in tags}) == 1


class TestTitles:
    def test_seconds_with_errors_have_a_shape_of_their_own(self) -> None:
        seconds = [(4, 0), (8, 2), (8, 0), (0, 0), (8, 1)] * 2
        assert "▄✖█▁✖▄✖█▁✖" in title(seconds=seconds).partition("following")[2]

    def test_where_errors_come_on_and_on_the_rate_is_still_seen(self) -> None:
        assert "▄█▁▄█▁▄█▁" in title(seconds=[(4, 2), (8, 2), (0, 0)] * 3)

    @pytest.mark.parametrize("behind", [7, 312, 12_345, 1_234_567])
    @pytest.mark.parametrize("rate", [0, 0.4, 8, 2515])
    @pytest.mark.parametrize("cells", [36, 39, 49])
    def test_no_number_is_cut_short_where_room_is(
        self, behind: int, rate: float, cells: int
    ) -> None:
        told = title(rate=rate, following=False, behind=behind, errors=4096, cells=cells)
        assert f"{behind:,}" in told and "✖ 4,096" in told
        assert "…" not in told
        assert width(((told, ""),)) == cells

    def test_a_word_gives_way_before_a_number_or_a_key(self) -> None:
        told = title(rate=20, following=False, behind=59, errors=25, warnings=48, cells=62)
        assert "20/s  ○ 59 behind  End" in told and "✖ 25 errors" in told
        told = title(rate=20, following=False, behind=59, errors=25, warnings=48, cells=80)
        assert "20/s  ○ paused, 59 behind  End" in told

    @pytest.mark.parametrize("cells", [39, 60, 120])
    def test_files_of_one_name_are_told_apart(self, cells: int) -> None:
        parts: dict[str, Any] = {"rate": 0, "following": True, "behind": 0, "errors": 3}
        parts |= {"warnings": 0, "trouble": "", "focused": False, "cells": cells}
        told = [plain(pane_title(f"/var/log/{one}/app.log", **parts)) for one in ("a", "b")]
        assert "/a/app.log " in told[0] and "/b/app.log " in told[1]

    def test_how_far_back_one_is_is_told_beside_where_the_log_begins(self) -> None:
        parts = {"trouble": "here it begins", "following": False, "behind": 9781, "day": "Nov 21"}
        assert "○ paused, 9,781 behind   here it begins  Nov 21  End" in title(**parts)
        assert "○ here it begins  Nov 21  End" in title(**parts, cells=62)
        assert "○ here it begins  End" in title(**parts, cells=50)

    def test_the_way_back_is_told_beside_what_is_wrong(self) -> None:
        assert "○ here it begins  End" in title(trouble="here it begins", following=False)
        assert "End" not in title(trouble="here it begins", following=True)

    def test_the_day_is_told_where_it_is_not_today(self) -> None:
        one = book("jvb", [(1, "INFO"), (2, "INFO")])
        rows = OneLog(one)
        rows.update()
        now = datetime(2026, 11, 24, 23, tzinfo=UTC).timestamp()
        assert day_of(rows, 0, UTC, now) == ""
        assert day_of(rows, 1, UTC, now + 3600) == "Nov 24"
        assert day_of(rows, 1, UTC, now + 86400 * 60) == "2026-11-24"
        assert "behind  Nov 24" in title(following=False, behind=3, day="Nov 24")


def shown_line(words: str, cells: int, find: str = "", level: Level = Level.INFO) -> str:
    """A record as one line of a pane."""
    expression = compile_pattern(find) if find else None
    return plain(clip_line(one_line(record(words, level), UTC, cells, expression), cells))


class TestOneLine:
    @pytest.mark.parametrize("named", ["room=daily@conference.x", "confId=1 conf_name=daily@c.x"])
    def test_it_says_in_which_room_it_happened(self, named: str) -> None:
        text = f"JVB 2026-11-24 14:00:00.000 INFO: [7] [{named} meeting_id=1] A.b#1: joined"
        assert "A  daily  joined" in shown_line(text, 90)
        assert "info  daily  joined" in shown_line(text, 60)
        assert "daily" not in shown_line(text, 40)

    def test_without_a_room_nothing_stands_in_its_place(self) -> None:
        text = "JVB 2026-11-24 14:00:00.000 INFO: [7] [confId=1 epId=2] A.b#1: joined"
        assert "A  joined" in shown_line(text, 90)

    def test_what_was_searched_for_is_in_sight_wherever_it_stands(self) -> None:
        text = f"Nov 24 14:00:00 c2s\tinfo\tbegins {'x' * 300} needle {'y' * 300}"
        assert "begins" in shown_line(text, 80) and "needle" not in shown_line(text, 80)
        assert "…x" in shown_line(text, 80, "needle") and "needle" in shown_line(text, 80, "needle")
        assert "begins" in shown_line(text, 80, "begins")

    @pytest.mark.parametrize("length", [5000, 60_000])
    def test_a_match_at_the_end_of_a_very_long_line_is_in_sight(self, length: int) -> None:
        text = f"Nov 24 14:00:00 c2s\tinfo\tbegins {'x' * length} needle"
        assert "needle" in shown_line(text, 80, "needle")

    def test_a_word_behind_what_was_searched_for_is_not_torn(self) -> None:
        text = f"Nov 24 14:00:00 c2s\tinfo\t{'x' * 50} needle haystack"
        find = compile_pattern("needle")
        rows = [
            plain(row) for row in lines_of(record(text), UTC, 70, Reading(wrap=True), find=find)
        ]
        assert rows[1].strip() == "haystack"

    def test_a_match_that_stands_before_the_words_is_in_sight(self) -> None:
        text = "JVB 2026-11-24 14:00:00.000 INFO: [7] [room=a@b meeting_id=77e] A.b#1: joined"
        assert "meeting_id=77e" in shown_line(text, 60, "77e")

    def test_a_match_in_further_lines_is_marked_where_they_are_counted(self) -> None:
        text = "Nov 24 14:00:00 c2s\terror\tfailed\n\tat Some.method\n\tat Other.method"
        find = compile_pattern("other")
        assert one_line(record(text), UTC, 80, find)[-1] == ("  +2 lines", "match")
        find = compile_pattern("failed")
        assert one_line(record(text), UTC, 80, find)[-1] == ("  +2 lines", "faint")

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("Nov 24, 2026 2:00:00 PM org.jitsi.Focus run\nINFO: joined", "Focus  joined"),
            (
                "11\u6708 24, 2026 2:00:00 \u5348\u5f8c org.jitsi.Focus run\nINFO: joined",
                "Focus  joined",
            ),
            ("Nov. 24, 2026 2:00:00 nachm. a.B c\nSCHWERWIEGEND: weg", "B  weg"),
            ("nov 24, 2026 2:00:00 p. m. a.B <init>\nGRAVE: adi\u00f3s", "B  adi\u00f3s"),
            ("Jicofo 2020-11-24 14:00:00.001 INFO: [4] org.a.Focus.run().497 made", "Focus  made"),
            ("Jicofo 2020-11-24 14:00:00.001 INFO: [4] org.a.Focus.log() made", "Focus  made"),
            ("JVB 2020-11-24 14:00:00.001 INFO: [4] org.a.Focus.run#4: made", "Focus  made"),
            ("Nov 24 14:00:00 meet prosody[812]: c2s: hello", "prosody  c2s: hello"),
            ("Nov 24 14:00:00 meet kernel: hello", "kernel  hello"),
            ("2026-11-24T14:00:00.123456Z [notice] Started nginx.service", "Started nginx"),
            ("[2026-11-24 14:00:00,123] hello", "hello"),
            ("[Tue Nov 24 14:00:00.12 2026] [core:error] [pid 7:tid 8] AH1: no", "core  AH1: no"),
            ("[Tue Nov 24 14:00:00 2026] [error] AH1: no", "AH1: no"),
        ],
    )
    def test_the_time_is_not_said_twice(self, text: str, says: str) -> None:
        assert shown_line(text, 90).partition("info  ")[2].startswith(says)

    def test_of_two_lines_that_belong_together_the_one_that_tells_is_shown(self) -> None:
        text = "Nov 24, 2026 2:00:00 PM org.jitsi.Focus run\nSEVERE: lost\njava.x.Y: z\n\tat a.b(c)"
        line = one_line(record(text), UTC, 80, compile_pattern("at a"))
        assert line[-1] == ("  +2 lines", "match")
        assert "org.jitsi" in shown_line(text, 80, "jitsi")
        rows = [plain(row) for row in lines_of(record(text), UTC, 80, Reading(unfold=True))]
        assert [row.strip() for row in rows[1:]] == ["java.x.Y: z", "at a.b(c)"]
        assert rows[0].endswith("lost")

    def test_nothing_else_passes_for_two_lines(self) -> None:
        text = "Nov 24, 2026 2:00:00 PM org.jitsi.Focus run"
        assert shown_line(text, 90).endswith(text)


class TestWhole:
    def test_further_lines_stand_as_far_in_as_in_the_log(self) -> None:
        text = "Nov 24 14:00:00 c2s\terror\tfailed\n\tat a.b(c)\n      deeper " + "word " * 20
        rows = [plain(row) for row in whole(record(text), UTC, 60)][2:]
        assert rows[1] == "    at a.b(c)"
        assert len(rows) > 4 and all(row.startswith("      ") for row in rows[2:])

    def test_what_was_searched_for_and_who_it_is_about_stand_out(self) -> None:
        text = f"c2s1 said {'x ' * 100} ada@meet.example.org\n\tat needle"
        rows = whole(record(text), UTC, 40, compile_pattern("needle"))
        assert rows[-1][-1] == ("needle", "match")
        assert [words for row in rows for words, kind in row if kind == "accent"] == [
            "ada@meet.example.org"
        ]

    def test_nothing_is_set_in_so_far_that_no_room_is_left(self) -> None:
        rows = whole(record("a\n" + " " * 5000 + "far"), UTC, 40)
        assert plain(rows[-1]).strip() == "far" and width(rows[-1]) <= 40


class TestMarked:
    def test_the_last_mark_counts_and_goes_with_its_record(self) -> None:
        one = book("a", [(1, "INFO"), (2, "INFO")])
        marked = Marked()
        first, last = Held.of(one, 0), Held.of(one, 1)
        other = Key("b", first.key.place)
        assert marked.toggle(first, 10) and marked.toggle(last, 5)
        assert marked.since == 5 and marked.before(None) == (last.key, first.key)
        assert marked.before(last.key) == (first.key, last.key)
        assert marked.before(first.key) == marked.before(other) == (last.key, first.key)
        assert not marked.toggle(last, 5)
        assert marked.since == 10
        one.buffer.clear()
        assert first.record is None


@pytest.mark.parametrize("part", ["a", "a@", "1.", "1:", "room=", "a\n", "[", "0123abcd-"])
def test_looking_for_marks_takes_bounded_time_however_long_a_record_is(part: str) -> None:
    begun = time.perf_counter()
    find_marks(part * 100_000)
    assert time.perf_counter() - begun < 30
