"""The thread that follows logs: at once, and elsewhere once it is known where they lie."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from jitsi_tui.instance.layout import Layout
from jitsi_tui.logs.book import LogBook
from jitsi_tui.session import events as ev
from jitsi_tui.session import logs
from jitsi_tui.session.logs import LogThread
from jitsi_tui.session.look import Look
from jitsi_tui.session.reconnect import Link
from jitsi_tui.ssh.command import Command
from jitsi_tui.ssh.host import ConnectionLostError, Host, Stream, SudoError
from jitsi_tui.ssh.local import LocalHost
from jitsi_tui.ssh.prompts import NoPrompts
from tests.unit.logs.machine import Machine, ProcessStream

USUAL = "/var/log/prosody/prosody.log"
FOUND = "/srv/prosody.log"
NGINX = "/var/log/nginx/error.log"


class Here:
    """A thread that follows logs below a folder of this machine, and the book of what it said."""

    def __init__(self, root: Path, host: Host | None = None) -> None:
        self.root = root
        self.said: queue.Queue[ev.Event] = queue.Queue()
        self.book = LogBook(["prosody", "nginx"])
        way = host or LocalHost(prompts=NoPrompts())
        self.reported = threading.Event()
        self.link = SimpleNamespace(
            up=True,
            target=SimpleNamespace(layout=Layout(root=str(root))),
            host=lambda: way,
            report_lost=self.reported.set,
        )
        self.thread = LogThread(cast("Link", self.link), self.said.put, self.crashed)

    def crashed(self, error: BaseException) -> None:
        raise error

    def write(self, path: str, *lines: str) -> None:
        file = self.root / path[1:]
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a") as log:
            log.writelines(
                f"Nov 24 04:00:{at % 60:02} x\tinfo\t{line}\n" for at, line in enumerate(lines)
            )

    def looked(self, paths: Mapping[str, str], *, as_root: bool = True) -> None:
        look = SimpleNamespace(instance=SimpleNamespace(log_paths=paths, as_root=as_root))
        self.thread.looked(cast("Look", look))

    def lines(self, source: str) -> list[str]:
        buffer = self.book.sources[source].buffer
        numbers = range(buffer.first, buffer.end)
        return [buffer.record(at).text.rpartition("\t")[2] for at in numbers]

    def batch(self) -> ev.LogBatch:
        event = self.said.get(timeout=60)
        assert isinstance(event, ev.LogBatch), event
        self.book.take(event.events)
        event.taken()
        return event

    def wait_for(self, source: str, *lines: str) -> None:
        while self.lines(source) != list(lines):
            self.batch()


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


class Refusing(LocalHost):
    """What it raises instead of starting a program, one after the other."""

    def __init__(self, *errors: Exception | None) -> None:
        super().__init__(prompts=NoPrompts())
        self.errors = list(errors)

    def stream(self, command: Command) -> Stream:
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error
        return super().stream(command)


def test_a_log_that_lies_elsewhere_is_read_there_though_the_first_try_fails(
    tmp_path: Path,
) -> None:
    there = Here(tmp_path, Refusing(None, ConnectionLostError("the connection broke")))
    there.write(USUAL, "usual")
    there.write(FOUND, *map(str, range(600)))
    there.thread.follow(("prosody",))
    try:
        there.wait_for("prosody", "usual")
        there.looked({"prosody": FOUND})
        while "599" not in there.lines("prosody"):
            there.batch()
        assert there.lines("prosody") == [str(number) for number in range(100, 600)]
    finally:
        there.thread.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who tries again soon."""
    monkeypatch.setattr(logs, "_RETRY_FIRST", 0.01)


class WithoutPerl(Machine):
    """It has none, for so many tries."""

    def __init__(self, tries: int) -> None:
        super().__init__()
        self.tries = tries

    def stream(self, command: Command) -> ProcessStream:
        if len(self.streams) < self.tries:
            command = Command(("sh", "-c", "cat >/dev/null & echo perl: not found >&2; exit 127"))
        return super().stream(command)


def test_why_no_log_can_be_followed_is_told_and_it_is_tried_again_with_longer_pauses(
    tmp_path: Path, impatient: None
) -> None:
    machine = WithoutPerl(4)
    there = Here(tmp_path, machine)
    there.write(USUAL, "usual")
    there.thread.follow(("prosody",))
    try:
        told = [there.said.get(timeout=60) for _ in range(4)]
        words = "the program that reads the logs on the server ended: perl: not found"
        hint = "look whether perl runs there"
        again = ev.LogsFailed(words, hint, again=True)
        assert told == [ev.LogsFailed(words, hint), again, again, again]
        there.wait_for("prosody", "usual")
        assert there.thread._retry == 16 * logs._RETRY_FIRST
        assert not there.reported.is_set()
        there.thread.reconnected()
        assert there.thread._retry == logs._RETRY_FIRST
    finally:
        there.thread.close()
        machine.close()


class Wrong(Machine):
    """What comes from its first program is taken amiss once."""

    def stream(self, command: Command) -> ProcessStream:
        self.streams.append((ProcessStream if self.streams else WrongStream)(command))
        return self.streams[-1]


class WrongStream(ProcessStream):
    fine = True

    def read(self, size: int = 65536, timeout: float | None = None) -> bytes:
        if not self.fine:
            raise RecursionError("deep")
        return super().read(size, timeout)


def test_what_fails_in_our_own_code_ends_neither_the_thread_nor_what_was_read(
    tmp_path: Path, impatient: None
) -> None:
    machine = Wrong()
    there = Here(tmp_path, machine)
    there.write(USUAL, "usual")
    there.thread.follow(("prosody",))
    try:
        there.wait_for("prosody", "usual")
        cast("WrongStream", machine.streams[0]).fine = False
        event = there.said.get(timeout=60)
        while isinstance(event, ev.LogBatch):
            event.taken()
            event = there.said.get(timeout=60)
        assert isinstance(event, ev.LogsFailed) and "RecursionError" in event.message
        there.write(USUAL, "more")
        there.wait_for("prosody", "usual", "more")
    finally:
        there.thread.close()
        machine.close()


def test_a_connection_that_breaks_is_reported_and_told_by_nobody_else(
    tmp_path: Path, impatient: None
) -> None:
    there = Here(tmp_path, Refusing(ConnectionLostError("the connection broke")))
    there.write(USUAL, "usual")
    there.thread.follow(("prosody",))
    try:
        there.wait_for("prosody", "usual")
        assert there.reported.is_set()
    finally:
        there.thread.close()


class Rising(LocalHost):
    """Root is had from the second program on."""

    begun = 0

    def stream(self, command: Command) -> Stream:
        stream = super().stream(command)
        self.begun += 1
        stream.as_root = self.begun > 1
        return stream


def test_once_root_is_had_logs_are_followed_as_root(tmp_path: Path) -> None:
    host = Rising(prompts=NoPrompts())
    there = Here(tmp_path, host)
    there.write(USUAL, "usual")
    there.thread.follow(("prosody",))
    try:
        there.wait_for("prosody", "usual")
        there.looked({}, as_root=False)
        assert host.begun == 1
        there.looked({})
        while host.begun == 1:
            there.batch()
        there.looked({})
        there.write(USUAL, "more")
        there.wait_for("prosody", "usual", "more")
        assert host.begun == 2
    finally:
        there.thread.close()


def test_where_sudo_took_no_password_the_next_look_is_waited_for(tmp_path: Path) -> None:
    there = Here(tmp_path, Refusing(SudoError("it did not accept the password", "")))
    there.write(USUAL, "usual")
    there.thread.follow(("prosody",))
    try:
        assert isinstance(there.said.get(timeout=60), ev.LogsFailed)
        with pytest.raises(queue.Empty):
            there.said.get(timeout=3)
        there.looked({})
        there.wait_for("prosody", "usual")
    finally:
        there.thread.close()


def test_whoever_waits_for_the_first_lines_goes_on_when_they_were_taken(here: Here) -> None:
    here.thread.wait_until_told(0)
    here.thread.follow(("prosody",))
    here.wait_for("prosody", "usual")
    here.thread.wait_until_told(20)
    assert here.thread._told


def test_whoever_waits_whether_logs_are_wanted_goes_on_when_they_are(here: Here) -> None:
    here.thread.wait_until_wanted(0)
    waiter = threading.Thread(target=here.thread.wait_until_wanted, args=(600,))
    waiter.start()
    here.thread.follow(("prosody",))
    waiter.join(60)
    assert not waiter.is_alive()


class Breaking(Machine):
    """The connection to it breaks when so many bytes have come."""

    left = 300_000

    def stream(self, command: Command) -> ProcessStream:
        self.streams.append(BreakingStream(command, self))
        return self.streams[-1]


class BreakingStream(ProcessStream):
    def __init__(self, command: Command, machine: Breaking) -> None:
        super().__init__(command)
        self.machine = machine

    def read(self, size: int = 65536, timeout: float | None = None) -> bytes:
        if not self.machine.left:
            raise ConnectionLostError("the connection broke")
        data = super().read(min(size, self.machine.left), timeout)
        self.machine.left -= len(data)
        return data


def test_what_came_just_before_the_connection_broke_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines of a burst are drawn with those that follow at once; these do not come any more."""
    monkeypatch.setattr(logs, "_STEP_SECONDS", 3600)
    machine = Breaking()
    there = Here(tmp_path, machine)
    there.write(USUAL, *(f"{number} {'x' * 2000}" for number in range(400)))
    there.thread.follow(("prosody",))
    try:
        while there.batch().shows:
            pass
        there.link.up = False
        while not there.batch().shows:
            pass
        assert machine.left == 0
        assert len(there.lines("prosody")) > 100
    finally:
        there.thread.close()
        machine.close()
