"""Practice servers for these tests, and what is left of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from jitsi_tui import demo
from jitsi_tui.demo.practice import PracticeServer
from jitsi_tui.ssh import client, destination
from jitsi_tui.ssh.host import Host
from jitsi_tui.ssh.prompts import NoPrompts


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


def reach(server: PracticeServer) -> Host:
    """As the app goes there: nobody is asked anything."""
    resolved = destination.resolve(
        f"{server.user}@{server.address}",
        identity=server.identity,
        port=server.port,
        known_hosts=server.known_hosts,
        ssh_config=Path("/dev/null"),
    )
    return client.connect(resolved, prompts=NoPrompts())


@dataclass(frozen=True)
class OpenSsh:
    """OpenSSH's own client, which is no relative of ours."""

    server: PracticeServer

    def argv(self, *options: str) -> list[str]:
        server = self.server
        return [
            "ssh", "-F", "none", "-i", str(server.identity), "-o", "BatchMode=yes",
            "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=yes",
            "-o", f"UserKnownHostsFile={server.known_hosts}", "-p", str(server.port),
            *options, f"{server.user}@{server.address}",
        ]  # fmt: skip

    def run(self, command: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [*self.argv(), command], input=data, capture_output=True, timeout=60, check=False
        )


@pytest.fixture(scope="module")
def openssh(shared_practice: PracticeServer) -> OpenSsh:
    return OpenSsh(shared_practice)


def shell(server: PracticeServer, command: str) -> subprocess.CompletedProcess[str]:
    """Run in the sandbox as a command that came by SSH would, but faster."""
    return subprocess.run(
        ["/bin/sh", "-c", command], env=server.environment, cwd=server.root / "root",
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def processes_of(folder: Path) -> list[str]:
    """Command lines of processes that have to do with this folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            except OSError:
                continue
            if str(folder).encode() in words:
                found.append(words.split(b"\0")[0].decode("utf-8", "replace"))
    return found
