"""How these tests reach practice servers, and what they find of them."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jitsi_tui.demo.practice import PracticeServer
from jitsi_tui.ssh import client, destination
from jitsi_tui.ssh.host import Host
from jitsi_tui.ssh.prompts import NoPrompts


def eventually(seconds: float, what: Callable[[], object]) -> bool:
    """Whether it comes true within so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.02)
    return bool(what())


def reach(server: PracticeServer) -> Host:
    """As the app goes there: nobody is asked anything."""
    resolved = destination.resolve(
        f"{server.user}@{server.address}",
        identity=server.identity,
        port=server.port,
        known_hosts=server.known_hosts,
        ssh_config=server.ssh_config,
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
