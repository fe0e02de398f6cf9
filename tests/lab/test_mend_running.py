"""Servers that run with their fault: mended, gone, and by undo broken as they were."""

from __future__ import annotations

import pytest

from tests.lab.admin import secured
from tests.lab.breaking import CONF, DOMAIN, look, put
from tests.lab.cli import jitsi_tui
from tests.lab.fixtures import HostFactory
from tests.lab.test_doctor import RUNNING, broken_and_running
from tests.lab.test_mend import mend, undo

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]

MENDED = (
    "a guest host that wants encryption",
    "a main host that offers nothing",
    "Jicofo asks nobody",
    "a main host that lets everyone in",
    "Jicofo wants tokens",
    "a main host that is turned off",
    "tokens, and people without one",
    "Jicofo's port on all addresses",
    "no way to Jicofo",
)
QUICK = frozenset({"Jicofo's port on all addresses"})
NOT_UNDONE = {"a main host that is turned off": f"Prosody would not serve {DOMAIN}"}
"""Faults that an undo does not bring back, and what it says of them."""


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=() if n in QUICK else (pytest.mark.slow,), id=n) for n in MENDED],
)
def test_a_server_that_runs_with_its_fault_is_mended(
    module_lab_host: HostFactory, name: str
) -> None:
    host = module_lab_host(generation="debian-2026", prepare=secured(DOMAIN))
    edits, expected, _ = RUNNING[name]
    with broken_and_running(host, edits):
        bad = {path: host.files.path(path).read_bytes() for path in edits}
        answer = mend(host, *expected)
        assert set(answer["gone"]) == expected and answer["left"] == []
        assert not expected & set(look(host, ask=True))
        if name in NOT_UNDONE:
            done = jitsi_tui(host, "undo", "--yes", "--json")
            assert done.exit == 1 and NOT_UNDONE[name] in done.error["message"], done
            assert not expected & set(look(host, ask=True)), "and nothing was touched"
            return
        undo(host)
        assert {path: host.files.path(path).read_bytes() for path in edits} == bad
        assert expected <= set(look(host, ask=True)), "and what was mended is found again"


@pytest.mark.slow
def test_services_that_come_up_slowly_are_waited_for(lab_host: HostFactory) -> None:
    """A Jicofo that has much to load, and that only its log tells of."""
    host = lab_host(generation="debian-2026", prepare=secured(DOMAIN, guests=False))
    host.files.edit(CONF, host.files.read(CONF) + "jicofo.rest.debug.enabled = false\n")
    program = "/usr/share/jicofo/jicofo.sh"
    host.files.edit(program, put("exec ", "sleep 40; exec ")(host.files.read(program)))
    host.run("systemctl stop nginx jicofo prosody jitsi-videobridge2")
    answer = mend(host, "service-down")
    assert answer["gone"] == ["service-down"] * 4 and answer["left"] == [], answer
    assert answer["steps"][-1]["name"] == "proof" and answer["applied"]
    assert "service-down" not in look(host, ask=True)
