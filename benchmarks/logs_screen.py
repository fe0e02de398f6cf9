"""One program that watches four logs of a lab host, seen through tmux.

The newest time that stands on the screen, read 40 times a second, is compared with the clock.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.lab.host import LabHost

from . import peers, writer
from .terminal import Terminal

LOGS = (
    "/var/log/prosody/prosody.log",
    "/var/log/jitsi/jicofo.log",
    "/var/log/jitsi/jvb.log",
    "/var/log/nginx/error.log",
)
LOOKS = 40
"""How often a second the screen is read."""

_FAST = 20_000
"""Lines a second, to fill the memory."""

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


def _toolong(host: LabHost) -> list[str]:
    logs = " ".join(LOGS)
    viewer = shlex.quote(str(peers.program("tl")))
    return [_ssh(host, f"tail -n 200 -qF {logs} 2>/dev/null") + f" | {viewer}"]


PROGRAMS = (
    Program("jitsi-tui", "", _app, ("5",), "5 Logs", ("/", "Escape")),
    Program("4 x ssh tail -F in tmux", "ssh", _tails),
    Program("multitail over ssh", "multitail", _multitail),
    Program("ssh tail -qF to lnav", "lnav", _lnav, typing=("/", "Escape")),
    Program("ssh tail -qF to toolong", "tl", _toolong, typing=("/", "Escape")),
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
    with begin(program, host) as terminal:
        time.sleep(1)
        argv = [sys.executable, "-m", "benchmarks.writer", str(rate), str(seconds), *_paths(host)]
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
    for letter in "qzjx" * 10:
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


def memory_with(program: Program, host: LabHost, records: int) -> int:
    """Bytes of memory once so many new lines came in each log."""
    with begin(program, host) as terminal:
        _write(host, _FAST, len(LOGS) * records / _FAST)
        time.sleep(2)
        return terminal.memory()


def _write(host: LabHost, rate: int, seconds: float) -> None:
    argv = [sys.executable, "-m", "benchmarks.writer", str(rate), str(seconds), *_paths(host)]
    subprocess.run(argv, stdout=subprocess.DEVNULL, check=True)


def _paths(host: LabHost) -> list[str]:
    return [str(host.files.path(log)) for log in LOGS]


def fill(host: LabHost, lines: int) -> None:
    """Logs that hold so many lines."""
    writer.history([host.files.path(log) for log in LOGS], lines)
