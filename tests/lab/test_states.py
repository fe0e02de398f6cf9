"""No false alarm: in each state of each server exactly what docs/states.md says is found."""

from __future__ import annotations

import pytest

from tests.lab.generations import available
from tests.lab.odd import ODD
from tests.lab.states import ODD_ON, SERVERS, Server, visit, visit_odd, written

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]
QUICK = ("IPv6 alone",)
"""Two that were false alarms once."""


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


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=() if n in QUICK else pytest.mark.slow, id=n) for n in ODD]
)
def test_what_is_odd_and_fine_is_no_alarm(name: str) -> None:
    if not available(ODD_ON.generation):
        pytest.skip(f"no files of {ODD_ON.generation}: set JITSI_TUI_CORPUS")
    assert visit_odd(name) == ()
