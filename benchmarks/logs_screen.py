"""The app and its peers over the same logs of one lab host, seen through tmux.

The newest time that stands on the screen, read 40 times a second, is compared with the clock.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.lab.host import LabHost, Spec

from . import measure, table, writer
from .logs import HISTORY, RATES
from .terminal import Terminal

LOGS = (
    "/var/log/prosody/prosody.log",
    "/var/log/jitsi/jicofo.log",
    "/var/log/jitsi/jvb.log",
    "/var/log/nginx/error.log",
)
LOOKS = 40
"""How often a second the screen is read."""

_TIME = re.compile(r"t=(\d{16})")


@dataclass(frozen=True)
class Program:
    """A way to watch four logs."""

    name: str
    needs: str
    """The program that must be there; empty: ours."""

    panes: Callable[[LabHost], list[str]]
    keys: tuple[str, ...] = ()
    """What opens the logs once it runs."""

    ready: str = ""
    """What it shows when it takes keys."""

    typing: tuple[str, str] = ("", "")
    """Keys that open and leave a line to type in; for the key echo."""

    files: int = len(LOGS)
    """How many of the files are in sight."""


def _ssh(host: LabHost, command: str) -> str:
    return shlex.join([*host.ssh_argv(), command])


def _app(host: LabHost) -> list[str]:
    ways = ["--identity", str(host.key), "--known-hosts", str(host.known_hosts)]
    argv = [sys.executable, "-m", "jitsi_tui", *ways, "--ssh-config", "/dev/null"]
    return [shlex.join([*argv, f"root@{host.address}"])]


def _tails(host: LabHost) -> list[str]:
    return [_ssh(host, f"tail -n 200 -F {log} 2>/dev/null") for log in LOGS]


def _multitail(host: LabHost) -> list[str]:
    words = ["multitail", "-s", "2"]
    for log in LOGS:
        words += ["-l", _ssh(host, f"tail -n 200 -F {log} 2>/dev/null")]
    return [shlex.join(words)]


def _lnav(host: LabHost) -> list[str]:
    logs = " ".join(LOGS)
    return [_ssh(host, f"tail -n 200 -qF {logs} 2>/dev/null") + " | lnav -q"]


PROGRAMS = (
    Program("jitsi-tui", "", _app, ("5",), "5 Logs", ("/", "Escape")),
    Program("4 x tail -F in tmux", "ssh", _tails),
    Program("multitail", "multitail", _multitail),
    Program("lnav", "lnav", _lnav, files=1),
)


@dataclass
class Seen:
    """What one program gave at one rate."""

    ages: list[float]
    echo: list[float]
    cpu: float
    memory: int


def begin(program: Program, host: LabHost) -> Terminal:
    """Start it, and wait until lines of the logs are in sight."""
    terminal = Terminal(program.panes(host))
    if program.keys:
        terminal.wait_for(lambda screen: program.ready in screen)
        terminal.press(*program.keys)
    terminal.wait_for(lambda screen: bool(_TIME.search(screen)))
    return terminal


def watch(program: Program, host: LabHost, rate: int, seconds: float) -> Seen:
    """One program at one rate."""
    paths = [str(host.files.path(log)) for log in LOGS]
    with begin(program, host) as terminal:
        time.sleep(1)
        argv = [sys.executable, "-m", "benchmarks.writer", str(rate), str(seconds), *paths]
        with subprocess.Popen(argv, stdout=subprocess.DEVNULL) as process:
            time.sleep(1.5)
            cpu, start = terminal.cpu(), time.monotonic()
            ages = _ages(terminal, seconds / 2)
            used = (terminal.cpu() - cpu) / (time.monotonic() - start)
            echo = _echo(terminal, program) if process.poll() is None else []
            return Seen(ages, echo, used, terminal.memory())


def _ages(terminal: Terminal, seconds: float) -> list[float]:
    ages: list[float] = []
    due = time.monotonic()
    end = due + seconds
    while time.monotonic() < end:
        newest = max(map(int, _TIME.findall(terminal.screen())), default=0)
        ages.append(time.time() - newest / 1e6)
        due += 1 / LOOKS
        time.sleep(max(0.0, due - time.monotonic()))
    return ages


def _echo(terminal: Terminal, program: Program) -> list[float]:
    """Seconds from a key to its letter on the screen."""
    enter, leave = program.typing
    if not enter:
        return []
    terminal.press(enter)
    time.sleep(0.3)
    # What stands nowhere else, so that finding it means that the last letter has come.
    found, typed = [], "zqx"
    terminal.press(typed)
    time.sleep(0.3)
    for letter in "qzjxqzjxqzjx":
        typed += letter
        start = time.monotonic()
        terminal.press(letter)
        try:
            terminal.wait_for(lambda screen, text=typed: text in screen, 2)  # type: ignore[misc]
        except TimeoutError:
            break
        found.append(time.monotonic() - start)
    terminal.press(leave)
    return found


def first_lines(program: Program, host: LabHost) -> float:
    """Seconds from the start to lines of the logs on the screen."""
    start = time.monotonic()
    with begin(program, host):
        return time.monotonic() - start


def fill(host: LabHost, lines: int) -> None:
    """Logs that hold so many lines."""
    writer.history([host.files.path(log) for log in LOGS], lines)


def rows(program: Program, host: LabHost, seconds: float) -> list[tuple[str, ...]]:
    """One program at every rate."""
    found: list[tuple[str, ...]] = []
    for rate in RATES:
        fill(host, 1000)
        try:
            seen = watch(program, host, rate, seconds)
        except (TimeoutError, RuntimeError) as error:
            found.append((program.name, f"{rate:,}", str(error).splitlines()[0], "", "", ""))
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
            )
        )
    return found


def main(seconds: float = 12.0) -> None:
    """Boot a host, let each program watch it, print."""
    os.environ.setdefault("XDG_CONFIG_HOME", "/nonexistent")
    programs = [one for one in PROGRAMS if not one.needs or shutil.which(one.needs)]
    with LabHost(Spec(release="bookworm", generation="fixture")) as host:
        host.wait_for_jitsi()
        host.run(["systemctl", "stop", "jicofo", "jitsi-videobridge2"], check=False)
        starts = []
        for program in programs:
            fill(host, 1000)
            short = first_lines(program, host)
            fill(host, HISTORY)
            starts.append((program.name, f"{short:.2f} s", f"{first_lines(program, host):.2f} s"))
        table.show(("program", "start to first lines", "4 x 250,000 lines"), starts)
        print()
        table.show(
            ("program", "lines/s", "age p50 / p95 / max", "CPU", "memory", "key echo p95"),
            [row for program in programs for row in rows(program, host, seconds)],
        )


if __name__ == "__main__":
    main()
