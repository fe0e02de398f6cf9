"""Practice servers for these tests, and what is left of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jitsi_tui import demo
from jitsi_tui.demo.practice import PracticeServer
from jitsi_tui.ssh.host import Host
from tests.demo.helpers import OpenSsh, reach


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if sys.platform != "linux":
        for item in items:
            if Path(item.path).parent == Path(__file__).parent:
                item.add_marker(pytest.mark.skip(reason="the practice server needs Linux"))


@pytest.fixture
def practice() -> Iterator[PracticeServer]:
    """A practice server of one's own."""
    with demo.start() as server:
        yield server


@pytest.fixture(scope="module")
def shared_practice() -> Iterator[PracticeServer]:
    """One for all tests of a module that change nothing on it."""
    with demo.start() as server:
        yield server


@pytest.fixture
def host(practice: PracticeServer) -> Iterator[Host]:
    """Our own SSH code, connected."""
    opened = reach(practice)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def shared_host(shared_practice: PracticeServer) -> Iterator[Host]:
    opened = reach(shared_practice)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def openssh(shared_practice: PracticeServer) -> OpenSsh:
    return OpenSsh(shared_practice)
