"""The style sheet is read once, and again only where its colours change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from textual.css import stylesheet

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
