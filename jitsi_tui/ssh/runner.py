"""Running commands, as root where wanted: what an SSH host and this machine have in common."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod

from .command import Command, Root
from .host import MAX_OUTPUT, Result, Stream
from .pipes import Pipes, Running, collect
from .sudo import Elevation, Keeper, Refusal, SudoRefusedError


class Runner(ABC):
    """``run`` and ``stream`` of the Host protocol over whatever starts a process."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._commands_run = 0
        self._counting = threading.Lock()

    @abstractmethod
    def _open(self, argv: tuple[str, ...]) -> Pipes:
        """Start a process there."""

    @property
    def commands_run(self) -> int:
        return self._commands_run

    def run(
        self, command: Command, *, timeout: float | None = None, limit: int = MAX_OUTPUT
    ) -> Result:
        """``timeout`` begins when sudo is done: a person may have to type the password."""
        pipes, as_root = self._begin(command)
        status, out, err = collect(pipes, command, timeout=timeout, limit=limit)
        refusal = "" if as_root or command.root is Root.NO else self._keeper.refusal
        return Result(status, out, err, as_root, refusal)

    def stream(self, command: Command) -> Stream:
        pipes, as_root = self._begin(command)
        running = Running(pipes, command, as_root=as_root)
        try:
            if command.stdin:
                running.write(command.stdin)
        except BrokenPipeError:
            pass  # it ended at once; whoever reads it sees why
        except BaseException:
            running.close()
            raise
        return running

    def _begin(self, command: Command) -> tuple[Pipes, bool]:
        """The started command, ready for its input, and whether it is root's."""
        keeper = self._keeper
        as_user = command.root is Root.NO or (command.root is Root.IF_POSSIBLE and keeper.denied)
        if keeper.is_root or as_user:
            return self._start(command.argv), keeper.is_root
        elevation = Elevation.of(command, keeper)
        pipes = self._start(elevation.argv)
        try:
            elevation.wait_for_root(pipes, keeper)
        except SudoRefusedError as refusal:
            pipes.close()
            if command.root is Root.YES or refusal.reason is Refusal.WRONG:
                raise
            keeper.deny(refusal)
            return self._start(command.argv), False
        except BaseException:
            pipes.close()
            raise
        return pipes, True

    def _start(self, argv: tuple[str, ...]) -> Pipes:
        with self._counting:
            self._commands_run += 1
        return self._open(argv)
