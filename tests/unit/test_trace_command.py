"""``trace`` from its first moment on: who was quicker than the connection is told too."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from jitsi_tui.commands import trace
from jitsi_tui.commands.context import Context
from jitsi_tui.commands.terminal import TerminalPrompts
from jitsi_tui.instance.layout import Layout
from jitsi_tui.logs.levels import Level
from jitsi_tui.logs.records import Record
from jitsi_tui.session.target import Access, Target
from jitsi_tui.settings import Settings
from jitsi_tui.ssh.command import Command
from jitsi_tui.ssh.host import Host
from jitsi_tui.ssh.prompts import Prompts
from jitsi_tui.trace.tracer import Tracer
from tests.unit.instance.folder_server import FolderServer
from tests.unit.logs.machine import Machine, ProcessStream
from tests.unit.trace import people

LOGS = {
    "nginx.access": "nginx/access.log",
    "nginx": "nginx/error.log",
    "prosody": "prosody/prosody.log",
    "jicofo": "jitsi/jicofo.log",
    "jvb": "jitsi/jvb.log",
}


class SlowToFollow(Machine):
    """A guest comes, and only then the program that follows the logs is started."""

    def __init__(self, server: FolderServer) -> None:
        super().__init__()
        self._server = server
        for path in LOGS.values():
            server.write(f"/var/log/{path}", "")

    def stream(self, command: Command) -> ProcessStream:
        after = datetime.now(UTC) - people.START
        for line in people.guest(0, after.total_seconds()).lines:
            with self._server.path(f"/var/log/{LOGS[line.source]}").open("a") as log:
                log.write(f"{line.text}\n")
        time.sleep(2.5)  # more than a trace looks back for whom it met on the way
        return super().stream(command)


class There(Target):
    """A server that is open already."""

    def __init__(self, host: Machine, layout: Layout) -> None:
        super().__init__(Access("there"))
        self._host, self._layout = host, layout

    @property
    def layout(self) -> Layout:
        return self._layout

    def open(self, prompts: Prompts) -> Host:
        return cast("Host", self._host)


def test_who_comes_before_the_logs_are_followed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "UTC")  # of the logs
    server = FolderServer(tmp_path)
    arguments = argparse.Namespace(
        domain=None, seconds=0.1, ask_sudo=False, sudo_password_stdin=False
    )
    said: list[str] = []
    context = Context(
        arguments,
        Settings(),
        There(SlowToFollow(server), server.layout),
        TerminalPrompts(said.append),
        said.append,
    )
    data = cast("Mapping[str, Any]", trace.run(context).data)
    [attempt] = data["attempts"]
    assert attempt["who"] == "a guest"
    assert attempt["room"] == people.ROOM


def test_a_record_that_comes_late_does_not_set_the_clock_back() -> None:
    teller = trace._Teller(cast("Context", None), Tracer("meet.example.org"))
    now = datetime.now(UTC)
    for age in (0, 5):
        moment = int((now - timedelta(seconds=age)).timestamp() * 1_000_000)
        teller.take(Record("prosody", moment, Level.INFO, "any", 0, 0))
    assert teller.now() >= now
