"""The fault matrix: whatever strikes, the server is changed and proved, or exactly as before.

A part of it in every run; all of it by ``make matrix``, or with ``-m slow``.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.matrix import ALL_FAULTS
from tests.matrix.faults import Fault, play

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]


def _cases() -> Iterator[object]:
    for fault in ALL_FAULTS:
        for step in fault.expected:
            marks = () if step in fault.quick else (pytest.mark.slow,)
            name = f"{fault.name}-at-{step.replace(' ', '-')}"
            yield pytest.param(fault, step, id=name, marks=marks)


@pytest.mark.parametrize(("fault", "step"), _cases())
def test_the_server_is_proved_or_as_before(fault: Fault, step: str) -> None:
    row = play(fault, step)

    assert not row.problems, "\n".join(row.problems)
