"""The program as an admin runs it, against a lab host: a process of its own."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import program
from .host import LabHost

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([program.__name__])


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
        *("--timeout", "60"),
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
    """Run one command to its end, in a process that has loaded the program already."""
    line = argv(host, command, *words, user=user)
    with tempfile.TemporaryDirectory() as folder:
        streams = [Path(folder, name) for name in ("in", "out", "err")]
        for path, text in zip(streams, (stdin or "", "", ""), strict=True):
            path.write_text(text)
        out, err = streams[1:]
        wish = (line[line.index(command) :], environment(), [str(path) for path in streams])
        process = _FORKS.Process(target=program.run, args=wish)
        process.start()
        process.join(timeout)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(line, timeout, out.read_text(), err.read_text())
        return Done(process.exitcode, out.read_text(), err.read_text())
