"""Servers for these tests: started by them, ended with them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from jitsi_tui.ssh.client import NoPrompts, connect
from jitsi_tui.ssh.destination import Destination
from jitsi_tui.ssh.host import Host
from jitsi_tui.ssh.sshhost import SshHost
from tests.ssh.apart import open_apart
from tests.ssh.server import SSHD, Server

_WHY = "sshd is missing (apt-get install openssh-server)"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without sshd its tests are skipped with the reason; where CI runs they fail instead."""
    if SSHD is not None or os.environ.get("CI") == "true":
        return
    for item in items:
        ours = Path(item.path).parent == Path(__file__).parent
        if ours and {"start_server", "shared_server"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.skip(reason=_WHY))


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start one more sshd: ``start_server("name", Option="value")``."""
    assert SSHD is not None, _WHY
    servers: list[Server] = []

    def start(
        name: str = "server", key_types: tuple[str, ...] = ("ed25519",), **options: str
    ) -> Server:
        servers.append(Server(tmp_path / name, options, key_types).start())
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def server(start_server: Callable[..., Server]) -> Server:
    return start_server()


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One sshd for the tests that change nothing about it."""
    assert SSHD is not None, _WHY
    started = Server(tmp_path_factory.mktemp("shared")).start()
    yield started
    started.stop()


@pytest.fixture
def ssh_host(shared_server: Server) -> Iterator[Host]:
    """An open connection of this process."""
    with closing(connect(shared_server.destination(), prompts=NoPrompts(), timeout=60)) as opened:
        yield opened


@pytest.fixture
def apart_host(shared_server: Server) -> Iterator[Host]:
    """An open connection that a process of its own holds."""
    with closing(open_apart(shared_server)) as opened:
        yield opened


@pytest.fixture(params=["ssh", "apart"])
def host(request: pytest.FixtureRequest) -> Host:
    """An open connection of each kind."""
    opened: Host = request.getfixturevalue(f"{request.param}_host")
    return opened


@pytest.fixture
def open_host() -> Iterator[Callable[..., SshHost]]:
    """``connect`` whose connections are closed at the test's end."""
    opened: list[SshHost] = []

    def open_one(destination: Destination, **wishes: object) -> SshHost:
        opened.append(connect(destination, **({"prompts": NoPrompts(), "timeout": 60} | wishes)))  # type: ignore[arg-type]
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()
