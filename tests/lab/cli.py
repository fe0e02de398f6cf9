"""The program as an admin runs it, against a lab host: a process of its own, no shortcuts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from .host import LabHost


@dataclass(frozen=True)
class Done:
    """How one run of ``jitsi-tui`` ended."""

    exit: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its standard output as JSON."""
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, str]:
        """The error object on its standard error."""
        found = json.loads(self.err.strip().splitlines()[-1])["error"]
        assert isinstance(found, dict)
        return found


def argv(host: LabHost, command: str, *words: str, user: str = "root") -> list[str]:
    """The command line; ``words`` stand behind the destination."""
    return [
        sys.executable,
        "-m",
        "jitsi_tui",
        command,
        f"{user}@{host.address}",
        *("--identity", str(host.key)),
        *("--known-hosts", str(host.known_hosts)),
        *("--ssh-config", "/dev/null"),
        *words,
    ]


def environment() -> dict[str, str]:
    """The environment without an agent, whose keys would be offered first."""
    return {k: v for k, v in os.environ.items() if k != "SSH_AUTH_SOCK"}


def jitsi_tui(
    host: LabHost,
    command: str,
    *words: str,
    user: str = "root",
    stdin: str | None = None,
    timeout: float = 240,
) -> Done:
    """Run one command to its end."""
    done = subprocess.run(
        argv(host, command, *words, user=user),
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        text=True,
        timeout=timeout,
        env=environment(),
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)
