"""No colour means none, poor glyphs have plain ones, lines never leave their width."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.theme import Theme

from jitsi_tui.tui.actions import Action
from jitsi_tui.tui.lines import clip, clip_line, fit, plain, sparkline, spread, width, wrap
from jitsi_tui.tui.present import frame
from jitsi_tui.tui.state import Link, State
from jitsi_tui.tui.theme import THEMES, OnlyAscii, WithoutColour, glyphs_are_poor

from . import samples
from .driving import Driven, connected, shown

BLACK = Color(0, 0, 0)


async def test_no_color_sends_no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        strips = app.screen._compositor.render_strips()
        styles = [segment.style for strip in strips for segment in strip if segment.style]
        assert styles
        assert all(style.color is None and style.bgcolor is None for style in styles)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_every_colour_of_words_is_told_from_its_ground(theme: Theme) -> None:
    """WCAG 2.1, 1.4.3: 4.5 for text; 3 for what is told to stand back."""
    named = {**theme.variables, "text": theme.foreground or "", "accent": theme.accent or ""}
    kinds = (
        "text",
        "accent",
        "dim",
        "good",
        "attention",
        "bad",
        *(f"tag-{n}" for n in range(1, 7)),
    )
    for ground in ("page", "raised", "chosen"):
        below = Color.parse(named[ground])
        for kind in kinds:
            assert _contrast(Color.parse(named[kind]), below) >= 4.5, (kind, ground)
        assert _contrast(Color.parse(named["faint"]), below) >= 3, ground


def _contrast(one: Color, other: Color) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Color) -> float:
    """Relative luminance, as WCAG defines it."""
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in colour.normalized
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def test_without_colour_weight_stays() -> None:
    segments = [Segment("x", Style(color="red", bgcolor="blue", bold=True))]
    (after,) = WithoutColour().apply(segments, BLACK)
    assert after.style == Style(bold=True)


async def test_without_utf8_the_screen_is_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    app = Driven()
    async with app.run_test(size=(80, 24)) as pilot:
        await connected(pilot)
        text = shown(pilot)
        assert text.isascii()
        assert "x Strangers can open meetings" in text
        assert "* prosody" in text and "! Jicofo's port" in text


@pytest.mark.parametrize(
    ("environ", "poor"),
    [
        ({"LANG": "de_DE.UTF-8"}, False),
        ({"LANG": "C.utf8"}, False),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, True),
        ({"LANG": "de_DE"}, True),
        ({"LC_CTYPE": "en_US.ISO-8859-1", "LANG": "en_US.UTF-8"}, True),
    ],
)
def test_the_locale_says_whether_glyphs_are_poor(environ: dict[str, str], poor: bool) -> None:
    assert glyphs_are_poor(environ) is poor


@given(st.text())
def test_plain_glyphs_take_the_same_room(text: str) -> None:
    (after,) = OnlyAscii().apply([Segment(text)], BLACK)
    assert after.text.isascii()
    assert cell_len(after.text) == cell_len(text) or not text.isprintable()


def test_every_mark_of_ours_has_a_plain_one() -> None:
    (after,) = OnlyAscii().apply([Segment("●▲✖○◆◈┄…›−▁▄█→←")], BLACK)
    assert "?" not in after.text


@given(st.text("ab 会é\u0301👩", max_size=60), st.integers(8, 12))
def test_nothing_is_lost_between_lines(text: str, cells: int) -> None:
    rows = [plain(row) for row in wrap(text, cells)]
    assert "".join(rows).replace(" ", "") == text.replace(" ", "")
    assert all(cell_len(row) <= cells for row in rows)


def test_a_word_without_end_takes_bounded_time() -> None:
    begun = time.process_time()
    assert len(wrap("会" * 100_000, 70)) == 100_000 // 35 + 1
    assert time.process_time() - begun < 30


@given(st.text(st.characters(codec="utf-8", exclude_categories=["C", "M"])), st.integers(1, 60))
def test_text_fits_its_cells(text: str, cells: int) -> None:
    assert cell_len(clip(text, cells)) <= cells
    assert cell_len(fit(text, cells)) == cells
    assert width(clip_line(((text, ""), (text, "dim")), cells)) <= cells
    for row in wrap(text, max(8, cells)):
        assert width(row) <= max(8, cells)


def test_what_spreads_ends_at_the_edge() -> None:
    row = spread((("left", ""),), (("right", ""),), 20)
    assert plain(row) == "left           right"


@pytest.mark.parametrize("cells", [40, 60, 80, 100, 200])
def test_the_header_never_leaves_its_line(cells: int) -> None:
    state = State(
        destination="a-very-long-name.of-a-server.example.org",
        link=Link("up", user="somebody", via=("jump1", "jump2")),
        status=samples.status(),
        latency=0.0123,
        read_only=True,
    )
    assert width(frame.header(state, samples.NOW, cells)) <= cells


@pytest.mark.parametrize("cells", [20, 40, 80, 200])
def test_the_footer_keeps_what_matters_most(cells: int) -> None:
    actions = [
        Action(f"x.{n}", (chr(97 + n),), f"action {n}", "Does it.", rank=10 - n) for n in range(9)
    ]
    row, spots = frame.footer(actions, cells)
    assert width(row) <= cells + 3
    assert spots[-1].target == "x.8"


def test_a_sparkline_is_as_long_as_its_values() -> None:
    assert sparkline((0, 4, 8)) == "▁▄█"
    assert sparkline((0, 0)) == ""


async def test_light_and_dark_are_one_key_apart() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await connected(pilot)
        before = app.theme
        await pilot.press("ctrl+t")
        assert app.theme != before
        await pilot.press("ctrl+t")
        assert app.theme == before
