"""The practice server starts fast, is alone in its folder, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from jitsi_tui import demo
from jitsi_tui.demo.practice import PracticeServer
from jitsi_tui.ssh.command import Command
from tests.demo.helpers import eventually, processes_of, reach, shell

_STORY = """
import sys, time
from jitsi_tui import demo
server = demo.start()
print(server.root.parent, flush=True)
time.sleep(60)
"""


def start_elsewhere(place: Path) -> tuple[subprocess.Popen[str], Path]:
    """A practice server in a process of its own, which can be killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", _STORY], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "TMPDIR": str(place)},
    )  # fmt: skip
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def keeper_of(folder: Path) -> int:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if str(folder).encode() in words and any(w.endswith(b"keeper.py") for w in words):
                return int(entry.name)
    raise AssertionError("no keeper")


def test_it_is_usable_at_once(practice: PracticeServer) -> None:
    host = reach(practice)
    said = host.run(Command(("prosodyctl", "shell", "muc", "list", "conference.meet.example.org")))
    assert b"OK: " in said.stdout
    host.close()


def test_closing_leaves_no_process_no_file_and_no_thread() -> None:
    threads = set(threading.enumerate())
    server = demo.start()
    folder = server.root.parent
    host = reach(server)
    stream = host.stream(Command(("sh", "-c", "setsid sleep 987 & sleep 987")))
    host.connect_tcp("127.0.0.1", 5280)
    began = time.monotonic()
    server.close()
    assert time.monotonic() - began < 60
    assert not folder.exists()
    assert eventually(60, lambda: processes_of(folder) == [])
    stream.close()
    host.close()
    assert eventually(60, lambda: set(threading.enumerate()) <= threads)
    server.close()


def test_an_exception_ends_it_too() -> None:
    with pytest.raises(ZeroDivisionError), demo.start() as server:
        raise ZeroDivisionError
    assert not server.root.parent.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_it_ends_when_its_process_is_killed(number: signal.Signals, tmp_path: Path) -> None:
    process, folder = start_elsewhere(tmp_path)
    assert folder.is_dir() and processes_of(folder)
    process.send_signal(number)
    process.wait(60)
    assert eventually(60, lambda: not folder.exists() and not processes_of(folder))


def test_what_a_killed_keeper_left_is_removed_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process, folder = start_elsewhere(tmp_path)
    os.kill(keeper_of(folder), signal.SIGKILL)
    process.kill()
    process.wait(60)
    assert folder.is_dir()
    assert eventually(60, lambda: not processes_of(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with demo.start() as server:
        assert server.root.parent.parent == tmp_path
        assert not folder.exists()


def test_the_next_start_leaves_those_alone_that_live(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with demo.start() as first, demo.start() as second:
        assert first.root != second.root and first.port != second.port
        assert shell(first, "service prosody stop").returncode == 0
        assert shell(second, "service prosody status").returncode == 0
        assert shell(first, "service prosody status").returncode == 3


def test_others_can_neither_read_it_nor_take_its_key(practice: PracticeServer) -> None:
    assert stat.S_IMODE(practice.root.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(practice.identity.stat().st_mode) == 0o600


def test_a_long_path_is_no_obstacle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path / ("long" * 20) / ("longer" * 10)
    deep.mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    with demo.start() as server:
        assert shell(server, "prosodyctl status").returncode == 0


def test_idle_it_costs_next_to_nothing(practice: PracticeServer) -> None:
    time.sleep(0.5)
    before = time.process_time()
    time.sleep(2.0)
    assert time.process_time() - before < 0.5
    del practice


def test_it_can_start_beside_a_running_event_loop() -> None:
    async def inside() -> Path:
        with await asyncio.to_thread(demo.start) as server:
            return server.root.parent

    assert not asyncio.run(inside()).exists()
