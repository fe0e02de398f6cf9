"""The style sheet is read once, and again only where its colours change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from rich.console import Console
from textual.css import stylesheet
from textual.pilot import Pilot
from textual.strip import Strip

from .driving import Driven, connected


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[tuple[object, ...]]]:
    """How often each source was read."""
    counted: Counter[tuple[object, ...]] = Counter()
    parse = stylesheet.parse  # type: ignore[attr-defined]

    def counting(scope: str, css: str, read_from: Any, **others: Any) -> Any:
        counted[scope, read_from] += 1
        return parse(scope, css, read_from, **others)

    monkeypatch.setattr(stylesheet, "parse", counting)
    yield counted


async def test_pages_that_are_first_shown_read_nothing_anew(
    read: Counter[tuple[object, ...]],
) -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await connected(pilot, secure=True)
        for page in "25146":
            await pilot.press(page)
            await pilot.pause()
    ours = {source: times for source, times in read.items() if str(source).count(".tcss")}
    assert len(ours) >= 7 and set(ours.values()) == {1}


async def test_another_theme_brings_its_colours(read: Counter[tuple[object, ...]]) -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        before = app.screen.background_colors
        await pilot.press("ctrl+t")
        await pilot.pause()
        assert app.screen.background_colors != before
    assert max(read.values()) == 2


def _seen(pilot: Pilot[None]) -> str:
    return _drawn(pilot.app.screen._compositor.render_strips())


def _drawn(strips: Iterable[Strip]) -> str:
    return "\n".join(strip.render(Console(color_system="truecolor")) for strip in strips)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_a_page_that_is_first_shown_has_all_its_styles(size: tuple[int, int]) -> None:
    app = Driven()
    async with app.run_test(size=size) as pilot:
        await connected(pilot)
        for page in "123456":
            await pilot.press(page)
            await pilot.pause()
            before = _seen(pilot)
            app.stylesheet.update(app.screen)
            app.screen.refresh(layout=True)
            await pilot.pause()
            assert _seen(pilot) == before, page


@pytest.mark.parametrize("theme", ["", "ctrl+t"])
@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_a_page_that_was_not_in_sight_takes_over_another_theme_and_size(
    theme: str, size: tuple[int, int]
) -> None:
    app, other = Driven(), Driven()
    async with app.run_test(size=(200, 50)) as pilot:
        await connected(pilot)
        await pilot.press("2")
        await pilot.pause()
        await pilot.press("1", *([theme] if theme else ()))
        await pilot.pause()
        await pilot.resize_terminal(*size)
        await pilot.pause()
        await pilot.press("2")
        await pilot.pause()
        again = _seen(pilot)
    async with other.run_test(size=size) as pilot:
        await pilot.press(*([theme] if theme else ()))
        await connected(pilot)
        await pilot.press("2")
        await pilot.pause()
        assert _seen(pilot) == again
