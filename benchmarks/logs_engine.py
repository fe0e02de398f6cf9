"""Following four logs through sshd without a screen: what it costs the server and us."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from jitsi_tui.logs.book import LogBook
from jitsi_tui.logs.events import CaughtUp, Lines
from jitsi_tui.logs.filters import Filter
from jitsi_tui.logs.follow import Follower
from jitsi_tui.logs.merge import MergedView
from jitsi_tui.logs.sources import Source
from jitsi_tui.logs.view import View
from jitsi_tui.ssh.client import NoPrompts, connect
from jitsi_tui.ssh.host import Host
from tests.ssh.server import Server

from . import measure, table, writer

RATES = (1_000, 5_000, 20_000)
HISTORY = 250_000
HELD = 100_000
_MARK = re.compile(rb"n=(-?\d+) t=(\d+)")


@dataclass
class Run:
    """What one rate gave."""

    rate: int
    ages: list[float] = field(default_factory=list)
    seen: list[int] = field(default_factory=list)
    written: int = 0
    client: float = 0.0
    parsing: float = 0.0
    server: float = 0.0
    wall: float = 0.0

    @property
    def lost(self) -> int:
        return self.written - len(set(self.seen)) + (len(self.seen) - len(set(self.seen)))


@contextmanager
def logs() -> Iterator[tuple[list[Source], Server]]:
    """Four empty logs, and an sshd of our own."""
    with tempfile.TemporaryDirectory(prefix="jitsi-tui-bench-") as name:
        folder = Path(name)
        for log in writer.NAMES:
            (folder / log).touch()
        server = Server(folder / "sshd").start()
        try:
            yield [Source(log, str(folder / log)) for log in writer.NAMES], server
        finally:
            server.stop()


def follow(host: Host, sources: list[Source], sshd: int, run: Run, seconds: float) -> None:
    """Follow while a process of its own writes."""
    follower = Follower(host, sources, tail=0)
    book = LogBook([source.name for source in sources])
    merged = MergedView([View(one.buffer) for one in book.sources.values()], book.server_time)
    while not any(isinstance(event, CaughtUp) for event in follower.read(5)):
        pass
    perl = measure.named(measure.below(sshd), "perl")
    server, own, start = measure.cpu(perl), time.process_time(), time.monotonic()
    argv = [sys.executable, "-m", "benchmarks.writer", str(run.rate), str(seconds)]
    argv += [source.path for source in sources]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        quiet = 0
        while process.poll() is None or quiet < 3:
            events = follower.read(0.1)
            now = time.time()
            quiet = 0 if events else quiet + 1
            before = time.thread_time()
            book.take(events)
            merged.update()
            run.parsing += time.thread_time() - before
            for at, event in enumerate(sources):
                for lines in events:
                    if isinstance(lines, Lines) and lines.source == event.name:
                        marks = _MARK.findall(lines.data)
                        run.ages += [now - int(mark) / 1e6 for _, mark in marks]
                        run.seen += [int(number) * 4 + at for number, _ in marks]
            time.sleep(0.005)
        assert process.stdout
        run.written = int(process.stdout.read())
    run.wall = time.monotonic() - start
    run.server, run.client = measure.cpu(perl) - server, time.process_time() - own
    follower.close()


def rates(seconds: float) -> None:
    """Every rate, each on fresh files."""
    rows = []
    for rate in RATES:
        run = Run(rate)
        with logs() as (sources, server):
            host = connect(server.destination(), prompts=NoPrompts())
            try:
                follow(host, sources, server.pid, run, seconds)
            finally:
                host.close()
        rows.append(
            (
                f"{rate:,}",
                measure.milliseconds(run.ages),
                str(run.lost),
                f"{run.server / run.wall:.1%}",
                f"{run.parsing / run.wall:.1%}",
                f"{run.client / run.wall:.1%}",
            )
        )
    table.show(
        ("lines/s", "age p50 / p95 / max", "lost", "server CPU", "parse and merge", "client, all"),
        rows,
    )


def first_lines() -> tuple[float, float]:
    """Seconds to the first lines of four long logs: on an open connection, and with connecting."""
    with logs() as (sources, server):
        writer.history([Path(source.path) for source in sources], HISTORY)

        def open_logs(host: Host) -> None:
            follower = Follower(host, sources, tail=200)
            book = LogBook([source.name for source in sources])
            while any(not len(one.buffer) for one in book.sources.values()):
                book.take(follower.read(5))
            follower.close()

        def from_nothing() -> None:
            opened = connect(server.destination(), prompts=NoPrompts())
            open_logs(opened)
            opened.close()

        host = connect(server.destination(), prompts=NoPrompts())
        open_only = table.seconds(lambda: open_logs(host))
        host.close()
        return open_only, table.seconds(from_nothing)


def held() -> tuple[int, float, float, float]:
    """Bytes for 4 x 100,000 records; seconds to merge, to filter, and for one screen of rows."""
    code = "from benchmarks.logs_engine import fill; fill()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    size, merging, filtering, screen = map(float, done.stdout.split())
    return int(size), merging, filtering, screen


def fill() -> None:
    """In a process of its own: hold them, and print what that costs."""
    import os  # noqa: PLC0415

    before = measure.memory(os.getpid())
    book = LogBook(writer.NAMES, HELD)
    for name, line in zip(writer.NAMES, writer.LINES, strict=True):
        offset = 0
        for number in range(0, HELD, 50):
            stamps = range(number, number + 50)
            text = "".join(line(1.79e9 + n / 30, f"n={n} t={n}") for n in stamps).encode()
            book.take((Lines(name, text, offset, 1),))
            offset += len(text)
    size = measure.memory(os.getpid()) - before
    start = time.perf_counter()
    merged = MergedView([View(one.buffer) for one in book.sources.values()])
    while not merged.update():
        pass
    merging = time.perf_counter() - start
    start = time.perf_counter()
    for one in book.sources.values():
        view = View(one.buffer, Filter(include=("n=.*77$",)))
        while not view.update():
            pass
    filtering = time.perf_counter() - start
    buffers = [one.buffer for one in book.sources.values()]
    start = time.perf_counter()
    for at in range(0, len(merged), len(merged) // 100):
        [buffers[row.source].record(row.number) for row in merged.rows(at, at + 50)]
    print(size, merging, filtering, (time.perf_counter() - start) / 100)


def main(seconds: float = 10.0) -> None:
    """Measure and print."""
    rates(seconds)
    opened, started = first_lines()
    size, merging, filtering, screen = held()
    print()
    table.show(
        ("what", "measured", "wanted"),
        [
            ("4 x 250,000 lines opened at their end", f"{opened:.3f} s", "at most 0.6 s"),
            ("the same with connecting", f"{started:.3f} s", ""),
            ("4 x 100,000 records in memory", f"{size / 1e6:.0f} MB", "app and all: 150 MB"),
            ("4 x 100,000 records merged", f"{merging:.2f} s", ""),
            ("4 x 100,000 records filtered", f"{filtering:.2f} s", ""),
            ("50 rows of the merged logs", f"{screen * 1000:.2f} ms", ""),
        ],
    )


if __name__ == "__main__":
    main()
