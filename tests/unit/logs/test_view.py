"""Views: what passes a filter, at once and as the log grows."""

from __future__ import annotations

import re
import threading
from datetime import UTC
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jitsi_tui.logs.buffer import SourceBuffer
from jitsi_tui.logs.filters import Filter
from jitsi_tui.logs.levels import Level
from jitsi_tui.logs.patterns import PatternError, SlowPatternError, compile_pattern, patience
from jitsi_tui.logs.records import MAX_RECORD, RecordParser
from jitsi_tui.logs.view import View

from .parsed import NOW, at
from .test_buffer import filled, lines, number_of


def shown(view: View) -> list[str]:
    return [view.buffer.record(number).text for number in view[:]]


class TestFilter:
    @pytest.mark.parametrize(
        ("pattern", "text", "found"),
        [
            ("bosh", "New BOSH session", True),
            ("BOSH", "New bosh session", False),
            ("Bosh", "New BOSH session", False),
            (r"\Sosh", "New BOSH", True),
            (r"^New", "x\nNew", True),
            ("größe", "GRÖSSE Größe", True),
        ],
    )
    def test_small_letters_match_capitals_too(self, pattern: str, text: str, found: bool) -> None:
        assert compile_pattern(pattern).search(text) is found

    @pytest.mark.parametrize("pattern", ["(", "[", "a{2,1}", "*", "(?P<a>x)(?P<a>y)", "x" * 2000])
    def test_what_is_no_pattern_is_said(self, pattern: str) -> None:
        with pytest.raises(PatternError):
            Filter(include=(pattern,))

    @pytest.mark.filterwarnings("error")
    def test_what_python_may_read_otherwise_one_day_is_read_without_a_word(self) -> None:
        assert compile_pattern("[[a]").search("a [")

    @pytest.mark.parametrize(
        "pattern", ["(a+)+$", "(a|aa)+$", "^(([a-z])+)+X", "(.*,){20}x", ".*.*.*.*.*.*="]
    )
    def test_what_takes_too_long_ends_finds_nothing_and_says_so(self, pattern: str) -> None:
        text = "a" * 60 + "," * 3000 + "b"
        wanted = Filter(include=(pattern,))
        assert not wanted.passes(text)
        assert wanted.slow == (pattern,)
        assert Filter(exclude=("b", pattern)).slow == (pattern,)
        with pytest.raises(SlowPatternError, match="takes too long"):
            wanted.check_speed()
        assert compile_pattern(pattern).spans(text) == ()

    def test_many_records_that_each_take_a_while_take_too_long_together(self) -> None:
        wanted = Filter(include=("(a+)+#",))
        buffer = SourceBuffer("jvb")
        buffer.append(RecordParser(UTC, at(NOW)).feed((b"a" * 13 + b"\n") * 3000, 0), 1)
        view = View(buffer, wanted)
        view.update(3000)
        assert wanted.slow

    def test_usual_expressions_are_never_slow(self) -> None:
        patterns = (r"a.*b.*c.*d", r"\[[^\]]*\] +\w+", r"(error|warn)(ing)?s?", r"[^Q]+!", r"\s+$")
        wanted = Filter(exclude=patterns)
        view = View(filled(0, 5000), wanted)
        view.update()
        assert wanted.slow == ()

    @given(
        st.text("abk -_.|\n\\", min_size=1, max_size=3),
        st.text("aAbBkK\N{KELVIN SIGN}ſs -_.|\n", max_size=30),
    )
    def test_words_are_found_where_re_finds_them(self, words: str, text: str) -> None:
        try:
            expression = compile_pattern(words)
        except PatternError:
            return
        pattern = re.compile(words, re.IGNORECASE | re.MULTILINE)
        found = pattern.search(text)
        assert expression.span(text) == (found and found.span())
        spans = [match.span() for match in pattern.finditer(text) if match.group()]
        assert list(expression.spans(text)) == spans

    def test_a_search_in_another_thread_ends_none_in_this_one(self) -> None:
        found: list[bool] = []
        other = threading.Thread(target=lambda: found.append(compile_pattern("x+").search("x")))
        with patience():
            other.start()
            other.join()
        assert found == [True]

    def test_a_record_without_level_counts_as_info(self) -> None:
        assert Filter(Level.INFO).passes_record("x", Level.NONE)
        assert not Filter(Level.WARNING).passes_record("x", Level.NONE)

    def test_include_and_exclude_work_together(self) -> None:
        wanted = Filter(include=("room", "daily"), exclude=("health",))
        assert wanted.passes("room=daily")
        assert not wanted.passes("room=weekly")
        assert not wanted.passes("room=daily health check")


def test_everything_needs_no_memory_and_no_time() -> None:
    buffer = filled(0, 5000)
    view = View(buffer)
    view.update()
    assert len(view) == 5000
    assert list(view[4998:]) == [4998, 4999]
    assert view.row(-1) == 4999


def test_new_records_are_filtered_as_they_come() -> None:
    buffer = SourceBuffer("jicofo")
    parser = RecordParser(UTC, at(NOW))
    view = View(buffer, Filter(include=(r"number \d*7$",)))
    for start in range(0, 100, 10):
        buffer.append(parser.feed(lines(start, start + 10), 0), 1)
        view.update()
    assert len(view) == 10


def test_the_end_of_a_long_log_is_filtered_first() -> None:
    buffer = filled(0, 50_000, step=1000)
    view = View(buffer, Filter(include=("number .*9$",)))
    assert not view.update(1000)
    assert shown(view)[-1].endswith("number 49999")
    steps = 1
    while not view.update(1000):
        steps += 1
    assert steps < 60
    assert len(view) == 5000
    assert list(view[:]) == sorted(view[:])


def test_what_falls_out_of_the_buffer_falls_out_of_the_view() -> None:
    buffer = SourceBuffer("jicofo", 1000)
    parser = RecordParser(UTC, at(NOW))
    view = View(buffer, Filter(include=("number",)))
    for start in range(0, 5000, 100):
        buffer.append(parser.feed(lines(start, start + 100), 0), 1)
        view.update()
        assert len(view) == len(buffer)
        assert view.row(0) == buffer.first


def test_what_fell_out_is_looked_at_again_when_it_is_fetched_again() -> None:
    buffer = filled(0, 1500, capacity=2000)
    view = View(buffer, Filter(include=("[05]$",)))
    while not view.update():
        pass
    for start in range(1500, 6000, 100):
        buffer.append(RecordParser(UTC, at(NOW)).feed(lines(start, start + 100), 0), 1)
        view.update()
    first = buffer.first
    buffer.reading = True
    buffer.prepend(RecordParser(UTC, at(NOW)).feed(lines(first - 1000, first), 0), 1)
    while not view.update():
        pass
    assert list(view[:]) == list(range(first - 1000, 6000, 5))


def test_numbers_that_came_to_mean_other_records_stand_for_none_that_matched_before() -> None:
    """A line behind a gap was a record, and then belongs to one: all before it count one on."""
    buffer = filled(0, 100, capacity=800)
    buffer.append_gap("gone", 1)
    orphan = b"\tat orphan\n"
    buffer.append(RecordParser(UTC, at(NOW)).feed(orphan + lines(100, 200), 0), 1)
    view = View(buffer, Filter(include=("0$",)))
    view.update()
    buffer.append(RecordParser(UTC, at(NOW)).feed(lines(200, 950), 0), 1)
    oldest = number_of(buffer.record(buffer.first).text)
    buffer.reading = True
    again = lines(0, 100) + orphan + lines(100, oldest)
    buffer.prepend(RecordParser(UTC, at(NOW)).feed(again, 0), 1)
    while not view.update():
        pass
    texts = shown(view)
    assert "gone" in texts.pop(10)
    assert [number_of(text) for text in texts] == list(range(0, 950, 10))


def test_a_record_that_comes_to_match_by_a_later_line_appears() -> None:
    buffer = SourceBuffer("jicofo")
    parser = RecordParser(UTC, at(NOW))
    wanted, unwanted = (
        View(buffer, Filter(include=("Broken pipe",))),
        View(buffer, Filter(exclude=("Broken pipe",))),
    )
    buffer.append(parser.feed(lines(0, 2), 0), 1)
    assert wanted.update() and unwanted.update()
    assert (len(wanted), len(unwanted)) == (0, 2)
    buffer.append(parser.feed(b"Caused by: Broken pipe\n" + lines(2, 3), 0), 1)
    assert wanted.update() and unwanted.update()
    assert list(wanted[:]) == [1]
    assert list(unwanted[:]) == [0, 2]


@pytest.mark.parametrize(
    "pattern",
    [
        *(r"\ANov", r"word\Z", r"number \d\Z", r"^Nov", "word$", r"\bword\b", r"\BNov"),
        *(r"word(?!\s*Nov)", r"(?<!\n)Nov", r"(?<![^x])Nov", r"(?<![\w.-])word(?![\w-])"),
        *(r"(?s)word.Nov", "^Nov 23"),
    ],
)
@pytest.mark.parametrize("size", [10, MAX_RECORD + 10])
def test_what_is_found_in_a_record_is_found_beside_others_too(pattern: str, size: int) -> None:
    """A record's ends are those of a text, also where it was too long to be kept whole."""
    line = b"Nov 24 04:00:01 mod\tinfo\tword"
    records = [line, b"%s %s" % (line, b"x" * size), line.replace(b"24", b"23"), b"%s 7" % line]
    buffer = SourceBuffer("prosody")
    buffer.append(RecordParser(UTC, at(NOW)).feed(b"".join(one + b"\n" for one in records), 0), 1)
    for wanted in (Filter(include=(pattern,)), Filter(exclude=(pattern,))):
        view = View(buffer, wanted)
        view.update()
        passing = [n for n in range(4) if wanted.passes(buffer.record(n).text)]
        assert list(view[:]) == passing


_HIDDEN = (
    *(
        "hunter2",
        "sid",
        "bosh1a2b3c4d-55aa",
        " password=hunter2",
        " SID=abc, MUID=e",
        "a",
        "é",
        " ",
    ),
    *("x://u:a@b", "://", "eyJabcdefghij.b", " token: 'a b'", "PLAIN AGFhAGFhYQ", "mod"),
)
_ASKED = (
    *("hunter2", "a", "55aa", "b", "sid", "SID=a", "a$", r"\ba", r"d=h", "•", "=••••", "•$", "eyJ"),
    *(r"a\b", "(?<!=)a", "a(?=b)", "[ab]+", r"\d{2}", "(?i)SID=", "4d", "(?<![\\w.-])a(?![\\w-])"),
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from(_HIDDEN), max_size=6).map("".join), min_size=1, max_size=4),
    st.lists(st.sampled_from(_ASKED), max_size=2),
    st.lists(st.sampled_from(_ASKED), max_size=2),
)
def test_a_credential_that_is_hidden_is_not_found(
    texts: list[str], include: list[str], exclude: list[str]
) -> None:
    wanted = Filter(include=tuple(include), exclude=tuple(exclude))
    data = "".join(f"Nov 24 04:00:01 mod\tinfo\t{text}\n" for text in texts).encode()
    buffer = SourceBuffer("prosody")
    buffer.append(RecordParser(UTC, at(NOW)).feed(data, 0), 1)
    view = View(buffer, wanted)
    view.update()
    passing = [n for n in range(len(texts)) if wanted.passes(buffer.record(n).text)]
    assert list(view[:]) == passing


def test_gaps_pass_every_filter() -> None:
    buffer = filled(0, 5)
    buffer.append_gap("copied", 1)
    view = View(buffer, Filter(Level.ERROR, include=("nothing",)))
    view.update()
    assert list(view[:]) == [5]


def test_history_is_filtered_too() -> None:
    buffer = filled(1000, 1010)
    view = View(buffer, Filter(include=("[05]$",)))
    view.update()
    buffer.prepend(RecordParser(UTC, at(NOW)).feed(lines(0, 1000), 0), 1)
    view.update()
    assert len(view) == 202
    assert view.row(0) == -1000


def test_a_time_is_found() -> None:
    view = View(filled(0, 5000))
    view.update()
    moment = view.buffer.time(1234)
    assert view.index_at(moment) == 1234
    assert view.index_at(moment + 1) == 1235
    assert view.index_at(0) == 0
    assert view.index_at(2**60) == 5000


TEXTS = st.lists(
    st.sampled_from(["alpha", "Beta", "gämma", "alpha Beta", "\tat delta", "ERROR", ""]),
    max_size=30,
)


@settings(max_examples=200, deadline=None)
@given(
    TEXTS,
    st.lists(st.integers(0, 30), max_size=6),
    st.sampled_from(["alpha", "Beta", "ä", "delta", "^", "a.*B"]),
    st.booleans(),
    st.integers(1, 5),
)
def test_growing_gives_what_filtering_at_the_end_gives(
    texts: list[str], places: list[int], pattern: str, exclude: bool, limit: int
) -> None:
    wanted = Filter(exclude=(pattern,)) if exclude else Filter(include=(pattern,))
    buffer = SourceBuffer("prosody", 8)
    parser = RecordParser(UTC, at(NOW))
    view = View(buffer, wanted)
    rows = [
        text if text.startswith("\t") else f"Nov 24 04:00:01 mod\tinfo\t{text}" for text in texts
    ]
    bounds = [0, *sorted(min(place, len(rows)) for place in places), len(rows)]
    for first, end in pairwise(bounds):
        data = "".join(row + "\n" for row in rows[first:end]).encode()
        buffer.append(parser.feed(data, 0), 1)
        view.update(limit)
    while not view.update(limit):
        pass
    expected = [
        number
        for number in range(buffer.first, buffer.end)
        if wanted.passes(buffer.record(number).text)
    ]
    assert list(view[:]) == expected
