"""Waiting until nobody meets: the real program, a Jicofo that answers, lines that break."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path

import pytest

from jitsi_tui.commands.waiting import WaitTeller
from jitsi_tui.instance.calls import CountError
from jitsi_tui.instance.layout import Layout
from jitsi_tui.session import idle
from jitsi_tui.session.idle import CancelledError, Wait, Waiting
from jitsi_tui.ssh.host import AuthError, ConnectionLostError, Host

from .test_calls import Answers, Server
from .tree import ProcessHost


class Jicofo:
    """A server under a folder whose Jicofo says what it is told to say."""

    def __init__(self, root: Path) -> None:
        self.stats: Answers = {}
        self.server = Server(self.stats)
        (root / "etc/init.d").mkdir(parents=True)
        (root / "etc/init.d/jicofo").touch()
        (root / "run").mkdir()
        (root / "run/jicofo.pid").write_text(str(os.getpid()))
        self.layout = Layout(
            root=str(root), manager="init", jicofo_http=self.server.port, videobridge_http=1
        )

    def has(self, conferences: int) -> None:
        self.stats["/stats"] = {"conferences": conferences, "participants": 2 * conferences}


@pytest.fixture
def jicofo(tmp_path: Path) -> Iterator[Jicofo]:
    made = Jicofo(tmp_path)
    yield made
    made.server.close()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jitsi_tui.instance.calls.EVERY", 0.1)
    monkeypatch.setattr(idle, "_PAUSE", 0.05)


def waiter(
    jicofo: Jicofo,
    said: list[Waiting],
    *,
    reopen: Callable[[], Host] = ProcessHost,
    act: Callable[[Waiting], object] = lambda now: None,
    cancel: threading.Event | None = None,
) -> Wait:
    def on_wait(now: Waiting) -> None:
        said.append(now)
        act(now)

    return Wait(reopen, jicofo.layout, on_wait, cancel or threading.Event())


def in_turn(values: Iterable[object]) -> list[object]:
    """What was said, once each: the server may count again before we come to the first count."""
    return [value for value, _ in groupby(values)]


def test_it_ends_when_the_last_meeting_ends(jicofo: Jicofo) -> None:
    jicofo.has(2)
    said: list[Waiting] = []

    def people_leave(now: Waiting) -> None:
        assert now.calls
        jicofo.has(max(0, (now.calls.conferences or 0) - 1))

    host = ProcessHost()
    assert waiter(jicofo, said, act=people_leave).until_idle(host) is host
    assert in_turn(now.calls.conferences for now in said if now.calls) == [2, 1, 0]
    assert host.commands_run == 1, "one command for the whole of the waiting"
    assert host.streams[0].process.poll() is not None


def test_it_can_be_cancelled_at_once(jicofo: Jicofo) -> None:
    jicofo.has(1)
    cancel = threading.Event()
    host = ProcessHost()
    wait = waiter(jicofo, [], act=lambda now: cancel.set(), cancel=cancel)
    began = time.monotonic()
    with pytest.raises(CancelledError):
        wait.until_idle(host)
    assert time.monotonic() - began < 30
    assert host.streams[0].process.poll() is not None


def test_a_count_that_cannot_be_had_ends_the_waiting_in_words(
    jicofo: Jicofo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idle, "UNKNOWN", 0.5)
    said: list[Waiting] = []
    with pytest.raises(CountError, match="jicofo gives no count") as caught:
        waiter(jicofo, said).until_idle(ProcessHost())
    assert "without waiting" in caught.value.hint
    assert "jicofo gives no count" in said[0].trouble


def test_a_jicofo_that_is_coming_up_is_waited_for(jicofo: Jicofo) -> None:
    said: list[Waiting] = []
    waiter(jicofo, said, act=lambda now: jicofo.has(0)).until_idle(ProcessHost())
    assert in_turn(bool(now.trouble) for now in said) == [True, False]


class Breaking(ProcessHost):
    """Its connection breaks after the first count."""

    def stream(self, command):  # type: ignore[no-untyped-def]
        raise ConnectionLostError("the connection broke")


def test_a_lost_connection_is_made_again(jicofo: Jicofo) -> None:
    jicofo.has(0)
    said: list[Waiting] = []
    tries = iter([ConnectionLostError("not yet"), ConnectionLostError("not yet"), None])
    new = ProcessHost()

    def reopen() -> Host:
        error = next(tries)
        if error:
            raise error
        return new

    assert waiter(jicofo, said, reopen=reopen).until_idle(Breaking()) is new
    assert said[0] == Waiting(None, "the connection broke; connecting again")
    assert said[-1].calls and said[-1].calls.idle


@pytest.mark.parametrize("error", [AuthError("no"), ConnectionLostError("no way")])
def test_a_server_that_does_not_come_back_is_not_waited_for_in_silence(
    jicofo: Jicofo, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(idle, "AWAY", 0.2)

    def reopen() -> Host:
        raise error

    with pytest.raises(type(error)):
        waiter(jicofo, [], reopen=reopen).until_idle(Breaking())


def test_a_command_says_each_count_once_and_never_falls_silent(
    jicofo: Jicofo, monkeypatch: pytest.MonkeyPatch
) -> None:
    jicofo.has(1)
    lines: list[str] = []
    teller = WaitTeller(lambda _data, line: lines.append(line))
    stop = threading.Event()
    said: list[Waiting] = []

    def act(now: Waiting) -> None:
        teller(now)
        if len(said) == 4:
            stop.set()

    with pytest.raises(CancelledError):
        waiter(jicofo, said, act=act, cancel=stop).until_idle(ProcessHost())
    assert lines == ["○ Waiting for the last meeting to end: 1 call with 2 people now"]
    monkeypatch.setattr("jitsi_tui.commands.waiting._AGAIN", 0.0)
    teller(said[-1])
    assert len(lines) == 2 and "Ctrl-C ends the waiting" in lines[1]
