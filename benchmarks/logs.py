"""jitsi-tui and its peers on the same logs of one lab host, in the same run.

``python -m benchmarks.logs [SECONDS] [quick] [engine]``: so many seconds a rate; ``quick`` takes
jitsi-tui and plain tail alone, ``engine`` only what needs no screen. Needs root, tmux and what the
lab needs; peers that are missing are left out (apt: multitail, lnav; pip brings toolong).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.lab.host import LabHost, Spec

from . import logs_engine, measure, peers, table
from .logs_engine import HELD, HISTORY, RATES
from .logs_screen import PROGRAMS, Program, fill, first_lines, memory_with, watch

_SECONDS, _QUICK_SECONDS = 12.0, 6.0
_FEW = 1_000
"""Lines that a log holds where its length doesn't matter."""


def rows(program: Program, host: LabHost, seconds: float) -> list[tuple[str, ...]]:
    """One program at every rate."""
    found: list[tuple[str, ...]] = []
    for rate in RATES:
        fill(host, _FEW)
        try:
            seen = watch(program, host, rate, seconds)
        except (TimeoutError, RuntimeError) as error:
            found.append((program.name, f"{rate:,}", str(error).splitlines()[0], "", "", "", ""))
            continue
        echo = f"{measure.quantile(seen.echo, 0.95) * 1000:.0f} ms" if seen.echo else ""
        found.append(
            (
                program.name,
                f"{rate:,}",
                measure.milliseconds(seen.ages),
                f"{seen.cpu:.0%}",
                f"{seen.memory / 1e6:.0f} MB",
                echo,
                f"{os.getloadavg()[0]:.1f}",
            )
        )
    return found


def starts(programs: list[Program], host: LabHost, *, quick: bool) -> list[tuple[str, ...]]:
    """How soon lines are to be seen, and what many of them take."""
    found = []
    for program in programs:
        seconds = []
        for lines in (_FEW, HISTORY):
            fill(host, lines)
            try:
                seconds.append(f"{min(first_lines(program, host) for _ in range(3)):.2f} s")
            except (TimeoutError, RuntimeError):
                seconds.append("never")
        fill(host, _FEW)
        memory = "" if quick else f"{memory_with(program, host, HELD) / 1e6:.0f} MB"
        found.append((program.name, *seconds, memory))
    return found


def screens(seconds: float, *, quick: bool) -> None:
    """Boot a host, let each program watch it, print."""
    os.environ.setdefault("XDG_CONFIG_HOME", "/nonexistent")
    programs = [one for one in PROGRAMS if not one.needs or peers.program(one.needs)]
    if quick:
        programs = programs[:2]
    with LabHost(Spec(release="bookworm", generation="fixture")) as host:
        host.wait_for_jitsi()
        host.run(["systemctl", "stop", "jicofo", "jitsi-videobridge2"], check=False)
        table.show(
            ("program", "start to first lines", "of 4 x 250,000", "memory after 4 x 100,000"),
            starts(programs, host, quick=quick),
        )
        print(flush=True)
        table.show(
            ("program", "lines/s", "age p50 / p95 / max", "CPU", "memory", "key echo p95", "load"),
            [row for program in programs for row in rows(program, host, seconds)],
        )


def main() -> None:
    """Measure and print."""
    arguments = sys.argv[1:] if Path(sys.argv[0]).name == "logs.py" else []
    quick = "quick" in arguments
    usual = _QUICK_SECONDS if quick else _SECONDS
    seconds = next((float(word) for word in arguments if word[:1].isdigit()), usual)
    if "engine" not in arguments:
        screens(seconds, quick=quick)
        print(flush=True)
    if not quick:
        logs_engine.main(seconds)


if __name__ == "__main__":
    main()
