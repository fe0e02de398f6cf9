"""How soon something is to be seen: the app on the practice server beside a trivial Textual app."""

from __future__ import annotations

import os
import pty
import select
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence

from . import table

TRIVIAL = """
from textual.app import App
from textual.widgets import Label
class Trivial(App):
    def compose(self):
        yield Label("first-paint")
Trivial().run()
"""
_PATIENCE = 20.0


def main() -> None:
    """Measure in turn, print."""
    trivial: list[float] = []
    demo: list[float] = []
    for _ in range(table.RUNS):
        trivial.append(first_paint([sys.executable, "-c", TRIVIAL], b"first-paint"))
        demo.append(first_paint([sys.executable, "-m", "jitsi_tui", "demo"], b"Overview"))
    bare = table.process([sys.executable, "-c", "pass"])
    version = table.process([sys.executable, "-m", "jitsi_tui", "--version"])
    plain, ours = statistics.median(trivial), statistics.median(demo)
    table.show(
        ("what", "measured", "wanted"),
        [
            ("python, nothing", f"{bare:.3f} s", ""),
            ("--version", f"{version:.3f} s", "under 0.1 s"),
            ("trivial Textual app, first paint", f"{plain:.3f} s", ""),
            ("demo, first paint", f"{ours:.3f} s", ""),
            ("demo / trivial", f"{ours / plain:.2f}", "at most 2.5"),
        ],
    )


def first_paint(argv: Sequence[str], sign: bytes) -> float:
    """Seconds until a program in a terminal of its own has drawn ``sign``."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40"}
    start = time.perf_counter()
    process = subprocess.Popen(
        argv, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
    )
    os.close(theirs)
    drawn = b""
    try:
        while sign not in drawn:
            left = _PATIENCE - (time.perf_counter() - start)
            if left <= 0 or not select.select([ours], [], [], left)[0]:
                raise RuntimeError(f"{argv} drew nothing in {_PATIENCE:.0f} s: {drawn[-300:]!r}")
            drawn += os.read(ours, 65536)
        return time.perf_counter() - start
    finally:
        process.terminate()
        process.wait(10)
        os.close(ours)


if __name__ == "__main__":
    main()
