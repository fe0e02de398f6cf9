"""Figures as a table that can stand in Markdown."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable, Sequence

RUNS = 7


def show(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table, columns aligned."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    for row in (head, ["-" * width for width in widths], *rows):
        print("| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) + " |")


def seconds(action: Callable[[], object], runs: int = RUNS) -> float:
    """The median of some runs, after one that warms up."""
    action()
    found = []
    for _ in range(runs):
        start = time.perf_counter()
        action()
        found.append(time.perf_counter() - start)
    return statistics.median(found)


def process(argv: Sequence[str], runs: int = RUNS, expect: Sequence[int] = (0,)) -> float:
    """The median wall time of a whole process."""

    def run() -> None:
        done = subprocess.run(argv, capture_output=True, timeout=60, check=False)
        if done.returncode not in expect:
            raise RuntimeError(f"{argv[0]} ended with {done.returncode}: {done.stderr[-500:]!r}")

    return seconds(run, runs)
