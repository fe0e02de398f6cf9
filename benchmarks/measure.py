"""What processes cost, read from /proc, and ages of lines."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


def cpu(pid: int) -> float:
    """Seconds of processor time that a process has used, with its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / _TICK


def memory(pid: int) -> int:
    """Bytes of a process that are in memory."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise ProcessLookupError(pid)


def below(pid: int) -> list[int]:
    """All processes that descend from one."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            found += [child, *below(child)]
    return found


def named(pids: Sequence[int], name: str) -> int:
    """The one of these processes that runs this program."""
    (found,) = [pid for pid in pids if Path(f"/proc/{pid}/comm").read_text().strip() == name]
    return found


def quantile(values: Sequence[float], part: float) -> float:
    """A quantile, such as 0.95; 0 where there is nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0


def milliseconds(values: Sequence[float]) -> str:
    """p50, p95 and the maximum."""
    parts = [quantile(values, 0.5), quantile(values, 0.95), max(values, default=0.0)]
    return " / ".join(f"{part * 1000:.0f}" for part in parts) + " ms"
