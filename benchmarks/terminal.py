"""A terminal of its own for a program: tmux, looked at as often as one likes."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import count
from types import TracebackType
from typing import Self

from . import measure

COLUMNS, ROWS = 200, 50
_numbers = count()


class Terminal:
    """Runs commands in panes; tmux's control mode says what they show, at little cost."""

    def __init__(self, commands: Sequence[str]) -> None:
        """One command a pane, as shell lines."""
        self._socket = f"jitsi-tui-bench-{os.getpid()}-{next(_numbers)}"
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        # Installed programs are compiled; from a checkout that changed, the first start does it.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        size = ["-x", str(COLUMNS), "-y", str(ROWS)]
        argv = ["tmux", "-L", self._socket, "-f", "/dev/null"]
        first, *others = commands
        subprocess.run([*argv, "new-session", "-d", *size, first], check=True, env=environment)
        for command in others:
            subprocess.run([*argv, "split-window", command], check=True, env=environment)
            subprocess.run([*argv, "select-layout", "tiled"], check=True, capture_output=True)
        self._argv = argv
        self._control = subprocess.Popen(
            [*argv, "-C", "attach-session", "-f", "no-output,ignore-size"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._answers = 0
        self._read_answer()
        self.panes = self._ask("list-panes -F '#{pane_id} #{pane_pid}'").split()[::2]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        subprocess.run([*self._argv, "kill-server"], check=False, capture_output=True)
        self._control.kill()
        self._control.wait()

    def screen(self) -> str:
        """What all panes show now."""
        return "\n".join(self._ask(f"capture-pane -p -t {pane}") for pane in self.panes)

    def press(self, *keys: str) -> None:
        """Press keys, named as tmux names them."""
        self._ask(f"send-keys -t {self.panes[0]} {' '.join(keys)}")

    def wait_for(self, shown: Callable[[str], bool], seconds: float = 20.0) -> float:
        """Seconds until the screen shows something."""
        start = time.monotonic()
        while not shown(self.screen()):
            if time.monotonic() - start > seconds:
                raise TimeoutError(f"never shown:\n{self.screen()}")
            time.sleep(0.005)
        return time.monotonic() - start

    def processes(self) -> list[int]:
        """Everything that runs in the panes."""
        pids = map(int, self._ask("list-panes -F '#{pane_pid}'").split())
        return [one for pid in pids for one in (pid, *measure.below(pid))]

    def cpu(self) -> float:
        """Seconds of processor time they have used, with children that have ended."""
        return sum(map(measure.cpu, self.processes()))

    def memory(self) -> int:
        """Bytes of theirs that are in memory."""
        return sum(map(measure.memory, self.processes()))

    def _ask(self, command: str) -> str:
        assert self._control.stdin
        with suppress(BrokenPipeError):  # what it last said tells of its end
            self._control.stdin.write(command.encode() + b"\n")
            self._control.stdin.flush()
        return self._read_answer()

    def _read_answer(self) -> str:
        """The lines between ``%begin`` and ``%end``; other notices of tmux are passed over."""
        assert self._control.stdout
        lines: list[str] = []
        within = False
        while raw := self._control.stdout.readline():
            line = raw.decode("utf-8", "replace").rstrip("\n")
            if line.startswith("%begin "):
                within = True
            elif within and line.startswith(("%end ", "%error ")):
                return "\n".join(lines)
            elif within:
                lines.append(line)
        raise RuntimeError("tmux has ended")
