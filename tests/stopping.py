"""Processes that were told to stop, and when they do."""

from __future__ import annotations

import time
from pathlib import Path

_SECONDS = 60.0


def until_stopped(process: Path) -> None:
    """Until no thread of a process runs on, or it ended; ``process`` is its folder in a ``/proc``.

    SIGSTOP is taken by one thread, which stops the others: on a busy machine they still answer.
    """
    end = time.monotonic() + _SECONDS
    while not all(_is_stopped(thread) for thread in process.glob("task/*/stat")):
        assert time.monotonic() < end, f"{process} runs on"
        time.sleep(0.01)


def _is_stopped(stat: Path) -> bool:
    try:
        return stat.read_text().rpartition(")")[2].split()[0] in "TZX"
    except (FileNotFoundError, ProcessLookupError):
        return True
