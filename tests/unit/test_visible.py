"""Text from servers can't speak to the terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jitsi_tui.visible import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("müsli ☕ 日本", "müsli ☕ 日本"),
        ("a\tb", "a b"),
        ("a\x1b[31mred", "a^[[31mred"),
        ("\x1b]0;title\x07", "^[]0;title^G"),
        ("\x9b31m", "<9B>31m"),
        ("\x7f\x00", "^?^@"),
        ("a\r\nb", "a^M^Jb"),
        ("\u202eevil", "<U+202E>evil"),
        ("zero\u200bwidth", "zero<U+200B>width"),
        ("\u2066x\u2069", "<U+2066>x<U+2069>"),
        ("\udcff", "<U+DCFF>"),
        ("\u2028", "<U+2028>"),
        ("a\ufe0f\u115f", "a<U+FE0F><U+115F>"),
        ("e\u0301", "e\u0301"),
        ("e\u0301\u0301\u0301", "e\u0301\u0301<U+0301>"),
        ("no\xa0break", "no break"),
        ("[/x]", "[/x]"),
    ],
)
def test_what_controls_is_spelled_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_tabs_stay_tabs_where_they_are_wanted() -> None:
    assert visible("a\tb\x1b\n\tc\r\n", lines=True, tabs=True) == "a\tb^[\n\tc\n"
    assert visible("\t\n", tabs=True) == "\t^J"


def test_lines_stay_lines_where_they_are_wanted() -> None:
    assert visible("a\r\nb\x1b\nc", lines=True) == "a\nb^[\nc"


@given(st.text(st.characters(codec=None), max_size=200))
def test_nothing_that_controls_ever_passes(text: str) -> None:
    shown = visible(text)
    assert shown.isprintable()
    assert not any(unicodedata.category(char) in {"Cc", "Cf", "Cs"} for char in shown)
    assert visible(shown) == shown
