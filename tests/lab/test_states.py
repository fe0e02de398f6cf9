"""No false alarm: in each state of each server exactly what docs/states.md says is found."""

from __future__ import annotations

import pytest

from tests.lab.generations import available
from tests.lab.states import SERVERS, Server, visit, written

pytestmark = pytest.mark.lab


@pytest.mark.parametrize(
    "server",
    [
        pytest.param(one, marks=() if one is SERVERS[0] else pytest.mark.slow, id=one.title)
        for one in SERVERS
    ],
)
def test_each_state_has_exactly_its_findings(server: Server) -> None:
    if not available(server.generation):
        pytest.skip(f"no files of {server.generation}: set JITSI_TUI_CORPUS")
    rows = list(visit(server))
    assert rows == written(server), "if it is right, run: make states"
    assert len(rows) == 8
