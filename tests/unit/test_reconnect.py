"""A session with a server that can't be reached: when that is tried again."""

from __future__ import annotations

import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from jitsi_tui import demo
from jitsi_tui.session import events as ev
from jitsi_tui.session import reconnect
from jitsi_tui.session.live import LiveSession
from jitsi_tui.session.prompts import SessionPrompts
from jitsi_tui.session.reconnect import Link, NotConnectedError
from jitsi_tui.session.target import Access, Target
from jitsi_tui.settings import Settings
from jitsi_tui.ssh.client import NoPrompts
from jitsi_tui.ssh.host import AuthError, ConnectError, HostError
from jitsi_tui.ssh.local import LocalHost
from tests.ports import free_port

PATIENCE = 30.0


class Unreachable:
    """A target to which there is no way."""

    def __init__(self, why: HostError) -> None:
        self.access = Access("meet.example.org")
        self._why = why

    def open(self, _prompts: object) -> None:
        raise self._why

    def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize(
    ("why", "seconds"),
    [(ConnectError("nobody answers"), 3600.0), (AuthError("wrong password"), None)],
    ids=["unreachable", "refused"],
)
def test_a_connection_is_tried_at_once_when_somebody_looks_again(
    why: HostError, seconds: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("_RETRY_FIRST", "_RETRY_MOST"):
        monkeypatch.setattr(reconnect, name, 3600.0)
    events: queue.Queue[ev.Event] = queue.Queue()
    target = cast("Target", Unreachable(why))
    session = LiveSession(target, Settings(), events.put, read_only=False)
    session.start()
    try:
        for _ in range(3):
            assert isinstance(events.get(timeout=PATIENCE), ev.Connecting)
            assert events.get(timeout=PATIENCE) == ev.Disconnected(why.message, why.hint, seconds)
            with pytest.raises(NotConnectedError) as refused:
                session._link.host()
            assert ("by itself" in refused.value.hint) is (seconds is not None)
            session.refresh()
    finally:
        session.close()
    assert not session._link._thread.is_alive()


def test_a_practice_server_that_is_just_being_started_is_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entered, release = threading.Event(), threading.Event()
    ended = threading.Event()
    server = SimpleNamespace(
        user="ada", address="127.0.0.1", identity=None, port=free_port(), close=ended.set
    )
    server.known_hosts = server.ssh_config = Path("/dev/null")

    def start() -> SimpleNamespace:
        entered.set()
        assert release.wait(PATIENCE)
        return server

    monkeypatch.setattr(demo, "start", start)
    target = Target(Access("demo"))
    with ThreadPoolExecutor(2) as threads:
        opening = threads.submit(target.open, NoPrompts())
        assert entered.wait(PATIENCE)
        closing = threads.submit(target.close)
        release.set()
        closing.result(PATIENCE)
        assert ended.is_set()
        assert isinstance(opening.exception(PATIENCE), HostError)


class Closing(threading.Event):
    """Somebody closes the link just when it becomes one."""

    link: Link

    def clear(self) -> None:
        super().clear()
        threading.Thread(target=self.link.close).start()
        assert self.link._stop.wait(PATIENCE)
        time.sleep(0.1)


class Reached:
    """A target that leads to this machine."""

    def __init__(self, host: LocalHost) -> None:
        self.access = Access("meet.example.org")
        self._host = host

    def open(self, _prompts: object) -> LocalHost:
        return self._host

    def close(self) -> None:
        """Nothing is open but the host."""


def test_a_connection_that_stands_as_its_session_ends_is_ended_too() -> None:
    """It was held for as long as the app ran."""
    ended = threading.Event()
    host = LocalHost(prompts=NoPrompts())
    host.close = ended.set  # type: ignore[method-assign]
    link = Link(cast("Target", Reached(host)), SessionPrompts(ignore), ignore, lambda: None)
    link._broken = Closing()
    link._broken.link = link
    link.start()
    assert ended.wait(PATIENCE)
    link._thread.join(PATIENCE)
    assert not link.up


class Odd(LocalHost):
    """Not even asking it works."""

    def ping(self, timeout: float = 5.0) -> float:
        raise OSError("no more files")


def test_what_goes_wrong_here_leaves_no_connection_that_seems_to_stand() -> None:
    said: queue.Queue[ev.Event] = queue.Queue()
    target = cast("Target", Reached(Odd(prompts=NoPrompts())))
    link = Link(target, SessionPrompts(ignore), said.put, lambda: None)
    link.start()
    try:
        while not isinstance(said.get(timeout=PATIENCE), ev.Disconnected):
            pass
        assert not link.up
        with pytest.raises(NotConnectedError):
            link.host()
    finally:
        link.close()


def ignore(_event: ev.Event) -> None:
    """Nobody listens."""
