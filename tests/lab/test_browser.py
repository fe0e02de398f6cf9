"""Jitsi's own client library in a browser, on secured servers of Prosody 0.12 and 13."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .browser import missing, visit
from .cli import jitsi_tui
from .fixtures import HostFactory
from .host import LabHost
from .requirements import demand

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]
PASSWORD = "right-9-battery-staple"


@pytest.fixture(scope="module", params=["bookworm", "trixie"])
def secured(request: pytest.FixtureRequest, module_lab_host: HostFactory) -> Iterator[LabHost]:
    demand(missing())
    host = module_lab_host(release=request.param, generation="fixture")
    host.wait_for_jitsi()
    done = jitsi_tui(host, "secure", "--yes", "--json")
    assert done.exit == 0, done.err
    added = jitsi_tui(host, "moderators", "add", "joki", "--password-stdin", stdin=f"{PASSWORD}\n")
    assert added.exit == 0, added.err
    yield host


def test_a_stranger_is_asked_for_a_password_and_does_not_loop(secured: LabHost) -> None:
    with visit(secured) as seen:
        assert seen.first() == "connection.passwordRequired"
        assert seen.requests < 20


def test_a_stranger_on_the_guest_domain_is_let_in(secured: LabHost) -> None:
    with visit(secured, login=f"guest.{secured.domain}") as seen:
        assert seen.first() == "connection.established"


def test_a_moderator_with_the_right_password_is_let_in(secured: LabHost) -> None:
    with visit(secured, user="joki", password=PASSWORD) as seen:
        assert seen.first() == "connection.established"


def test_a_moderator_with_a_wrong_password_is_not(secured: LabHost) -> None:
    with visit(secured, user="joki", password="wrong") as seen:
        assert seen.first() == "connection.passwordRequired"
