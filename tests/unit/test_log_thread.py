"""The thread that follows logs: at once, and elsewhere once it is known where they lie."""

from __future__ import annotations

import queue
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from jitsi_tui.instance.layout import Layout
from jitsi_tui.logs.book import LogBook
from jitsi_tui.session import events as ev
from jitsi_tui.session.logs import LogThread
from jitsi_tui.session.look import Look
from jitsi_tui.session.reconnect import Link
from jitsi_tui.ssh.local import LocalHost
from jitsi_tui.ssh.prompts import NoPrompts

USUAL = "/var/log/prosody/prosody.log"
FOUND = "/srv/prosody.log"
NGINX = "/var/log/nginx/error.log"


class Here:
    """A thread that follows logs below a folder of this machine, and the book of what it said."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.said: queue.Queue[ev.Event] = queue.Queue()
        self.book = LogBook(["prosody", "nginx"])
        host = LocalHost(prompts=NoPrompts())
        link = SimpleNamespace(
            up=True, target=SimpleNamespace(layout=Layout(root=str(root))), host=lambda: host
        )
        self.thread = LogThread(cast("Link", link), self.said.put, self.crashed)

    def crashed(self, error: BaseException) -> None:
        raise error

    def write(self, path: str, *lines: str) -> None:
        file = self.root / path[1:]
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a") as log:
            log.writelines(f"Nov 24 04:00:0{at} x\tinfo\t{line}\n" for at, line in enumerate(lines))

    def looked(self, paths: Mapping[str, str]) -> None:
        look = SimpleNamespace(instance=SimpleNamespace(log_paths=paths))
        self.thread.looked(cast("Look", look))

    def lines(self, source: str) -> list[str]:
        buffer = self.book.sources[source].buffer
        numbers = range(buffer.first, buffer.end)
        return [buffer.record(at).text.rpartition("\t")[2] for at in numbers]

    def wait_for(self, source: str, *lines: str) -> None:
        while self.lines(source) != list(lines):
            event = self.said.get(timeout=60)
            assert isinstance(event, ev.LogBatch), event
            self.book.take(event.events)
            event.taken()


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Here]:
    there = Here(tmp_path)
    there.write(USUAL, "usual")
    there.write(FOUND, "found")
    there.write(NGINX, "web")
    yield there
    there.thread.close()


def test_logs_are_followed_before_the_server_was_looked_at(here: Here) -> None:
    here.thread.follow(("prosody", "nginx"))
    here.wait_for("prosody", "usual")
    here.wait_for("nginx", "web")


def test_a_look_that_agrees_changes_nothing(here: Here) -> None:
    here.thread.follow(("prosody", "nginx"))
    here.wait_for("prosody", "usual")
    here.looked({"prosody": USUAL})
    here.write(USUAL, "more")
    here.wait_for("prosody", "usual", "more")


def test_a_log_that_lies_elsewhere_is_read_there_and_the_others_go_on(here: Here) -> None:
    here.thread.follow(("prosody", "nginx"))
    here.wait_for("prosody", "usual")
    here.wait_for("nginx", "web")
    here.looked({"prosody": FOUND})
    here.wait_for("prosody", "found")
    here.write(NGINX, "more")
    here.write(FOUND, "more")
    here.wait_for("prosody", "found", "more")
    here.wait_for("nginx", "web", "more")


def test_whoever_waits_for_the_first_lines_goes_on_when_they_were_taken(here: Here) -> None:
    here.thread.wait_until_told(0)
    here.thread.follow(("prosody",))
    here.wait_for("prosody", "usual")
    here.thread.wait_until_told(20)
    assert here.thread._told
