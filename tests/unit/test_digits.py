"""Numbers that others wrote: plain digits alone, and no more of them than make sense."""

from __future__ import annotations

import pytest

from jitsi_tui.digits import whole


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("007", 7), ("999999999", 999_999_999)])
def test_plain_digits_are_a_number(text: str, number: int) -> None:
    assert whole(text) == number


@pytest.mark.parametrize(
    "text", ["", " 1", "-1", "1_0", "1.0", "²", "٣", "1" * 10, pytest.param("9" * 5000, id="long")]
)
def test_all_else_is_none(text: str) -> None:
    assert whole(text) is None
