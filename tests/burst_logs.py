"""Logs at their worst: ``python -m tests.burst_logs [--lines N] [--still MINUTES]``.

First N numbered lines are written into one log at once, while it is followed through a real sshd
and held as the app holds it. Then the app stands in a terminal that nobody reads for some minutes,
as after Ctrl-S, while 2,000 lines a second come; once it is read again, what the app holds is saved
to a file. Each number must be there exactly once; what processes had in memory is said.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import re
import select
import struct
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import measure
from jitsi_tui.logs.book import LogBook
from jitsi_tui.logs.buffer import CAPACITY
from jitsi_tui.logs.events import Gap, Lines
from jitsi_tui.logs.follow import Follower
from jitsi_tui.logs.sources import Source
from jitsi_tui.remembered import Remembered, remember
from jitsi_tui.ssh.client import NoPrompts, connect
from jitsi_tui.ssh.sshhost import SshHost
from tests.ssh.server import Server
from tests.terminal import in_terminal

RATE = 2_000
"""Lines a second while the terminal stands still."""

_NUMBER = re.compile(rb"number (\d+) end")
_MB = 1 << 20


def _lines(first: int, end: int) -> bytes:
    stamp = time.strftime("%Y-%m-%d %H:%M:%S").encode()
    line = b"Jicofo %s.000 INFO: [1] Some.text#1: number %%d end\n" % stamp
    return b"".join(line % number for number in range(first, end))


class Memory(threading.Thread):
    """The most that our program on the server had in memory, and what is watched beside it."""

    def __init__(self, server: Server, beside: int) -> None:
        super().__init__(daemon=True)
        self.server, self.beside = server, beside
        self.most = self.first = 0
        self.most_perl = 0
        self._end = threading.Event()

    def run(self) -> None:
        self.first = measure.memory(self.beside)
        while not self._end.wait(0.2):
            self.most = max(self.most, measure.memory(self.beside))
            for pid in measure.below(self.server.pid):
                try:
                    if Path(f"/proc/{pid}/comm").read_text() == "perl\n":
                        self.most_perl = max(self.most_perl, measure.memory(pid))
                except (OSError, ProcessLookupError):
                    continue

    def end(self) -> str:
        self._end.set()
        self.join()
        return (
            f"{self.first / _MB:.0f} MB at first, {self.most / _MB:.0f} MB at most;"
            f" on the server {self.most_perl / _MB:.0f} MB"
        )


def burst(count: int, server: Server, log: Path) -> list[str]:
    """Follow a log while very many lines are written to it; what is wrong, in words."""
    log.touch()
    host = connect(server.destination(), prompts=NoPrompts())
    assert isinstance(host, SshHost)
    follower = Follower(host, [Source(log.name, str(log))], tail=-1)
    book = LogBook([log.name])
    seen, gaps, last = bytearray(count), 0, -1
    book.take(follower.read(60))
    memory = Memory(server, os.getpid())
    memory.start()
    writing = threading.Thread(target=_write, args=(log, count))
    start = time.monotonic()
    writing.start()
    while last < count - 1:
        events = follower.read(60)
        if not events:
            return [f"nothing came for a minute after number {last}"]
        book.take(events)
        for event in events:
            gaps += isinstance(event, Gap)
            if isinstance(event, Lines):
                for number in map(int, _NUMBER.findall(event.data)):
                    seen[number] = min(2, seen[number] + 1)
                    last = number
    took = time.monotonic() - start
    writing.join()
    follower.close()
    host.close()
    held = len(book.sources[log.name].buffer)
    print(f"{count:,} lines at once: told in {took:.1f} s, {held:,} held, {memory.end()}")
    faults = [f"{seen.count(0)} were never told"] if 0 in seen else []
    faults += [f"{seen.count(2)} were told twice"] if 2 in seen else []
    return faults + ([f"{gaps} gaps"] if gaps else [])


def _write(log: Path, count: int) -> None:
    with log.open("ab", buffering=0) as file:
        for first in range(0, count, 10_000):
            file.write(_lines(first, min(count, first + 10_000)))


def _plain(shown: bytes) -> str:
    return re.sub(r"\s+|\x1b\[[0-9;?]*[a-zA-Z]", " ", shown[-20_000:].decode("utf-8", "replace"))


class Pty:
    """The app in a terminal of ours."""

    def __init__(self, argv: list[str], environment: dict[str, str]) -> None:
        self.process, self.master = in_terminal(argv, environment)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        self.shown = b""

    def read(self, seconds: float) -> None:
        """Read what it draws for so long."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self.master], [], [], left)[0]:
                try:
                    self.shown = (self.shown + os.read(self.master, 65_536))[-_MB:]
                except OSError as error:
                    raise EOFError(f"the app ended: {self.shown[-2000:]!r}") from error

    def wait_for(self, reached: Callable[[], bool], what: str, seconds: float = 60.0) -> float:
        """Read until something is true; how long that took."""
        start = time.monotonic()
        while not reached():
            if time.monotonic() - start > seconds:
                raise TimeoutError(f"{what} never came: {_plain(self.shown)}")
            self.read(0.05)
        return time.monotonic() - start

    def press(self, keys: str) -> None:
        os.write(self.master, keys.encode())


@contextmanager
def _app(server: Server, log: Path, folder: Path) -> Iterator[Pty]:
    destination = f"127.0.0.1:{server.port}"
    environment = dict(os.environ, TERM="xterm-256color", XDG_STATE_HOME=str(folder / "state"))
    remember(
        destination,
        Remembered((str(log),), (), 1),
        folder / "state" / "jitsi-tui" / "panes.json",
    )
    argv = [sys.executable, "-m", "jitsi_tui", destination]
    argv += ["--identity", str(server.user_key), "--known-hosts", str(server.known_hosts)]
    (folder / "config.toml").touch()
    argv += ["--config", str(folder / "config.toml")]
    app = Pty(argv, environment)
    try:
        yield app
    finally:
        app.process.kill()
        app.process.wait()
        os.close(app.master)


def still(seconds: float, server: Server, log: Path, folder: Path) -> list[str]:
    """Read nothing of what the app draws for so long; what is wrong afterwards, in words."""
    writer = Steady(log)
    writer.start()
    with _app(server, log, folder) as app:
        app.wait_for(lambda: b"Overview" in app.shown, "the app")
        app.press("5")
        app.wait_for(lambda: bool(_NUMBER.search(app.shown)), "a line")
        begun = writer.number
        app.read(3)
        memory = Memory(server, app.process.pid)
        memory.start()
        time.sleep(seconds)
        due = writer.number
        app.shown = b""
        took = app.wait_for(lambda: _newest(app.shown) >= due, "what was written meanwhile")
        writer.stop.set()
        writer.join()
        app.wait_for(lambda: _newest(app.shown) >= writer.number - 1, "the last line")
        said = memory.end()
        saved = folder / "saved.log"
        app.press("s")
        app.wait_for(lambda: b"Save" in app.shown, "the question where to")
        for keys in ("\x15", str(saved), "\r"):
            app.read(1)
            app.press(keys)
        app.wait_for(lambda: _newest(_content(saved)) == writer.number - 1, "the file")
        numbers = [int(number) for number in _NUMBER.findall(saved.read_bytes())]
    print(
        f"{seconds:.0f} s without a reader, {due - begun:,} lines: shown {took:.1f} s after,"
        f" {len(numbers):,} held at the end, {said}"
    )
    faults = []
    if not numbers or numbers != list(range(numbers[0], writer.number)):
        faults.append(f"what is held is not each number once: {numbers[:3]} to {numbers[-3:]}")
    if len(numbers) < min(writer.number - begun, CAPACITY * 0.9):
        faults.append(f"only {len(numbers)} are held")
    return faults


def _content(file: Path) -> bytes:
    return file.read_bytes() if file.exists() else b""


def _newest(shown: bytes) -> int:
    return max(map(int, _NUMBER.findall(shown)), default=-1)


class Steady(threading.Thread):
    """Writes numbered lines at one rate."""

    def __init__(self, log: Path) -> None:
        super().__init__(daemon=True)
        self.log = log
        self.number = 0
        self.stop = threading.Event()

    def run(self) -> None:
        start = time.monotonic()
        with self.log.open("ab", buffering=0) as file:
            while not self.stop.wait(0.005):
                due = int((time.monotonic() - start) * RATE)
                file.write(_lines(self.number, due))
                self.number = due


def main() -> int:
    """From the command line; exit 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--lines", type=int, default=1_000_000, metavar="N")
    parser.add_argument("--still", type=float, default=3.0, metavar="MINUTES")
    arguments = parser.parse_args()
    faults: list[str] = []
    with tempfile.TemporaryDirectory(prefix="jitsi-tui-burst-") as name:
        folder = Path(name)
        server = Server(folder / "sshd").start()
        try:
            if arguments.lines:
                faults += burst(arguments.lines, server, folder / "burst.log")
            if arguments.still:
                faults += still(arguments.still * 60, server, folder / "still.log", folder)
        finally:
            server.stop()
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
