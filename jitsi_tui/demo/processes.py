"""The way to the keeper: processes that are started, killed and waited for through it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

_KEEPER = Path(__file__).with_name("keeper.py")
_PACKET = 4096
_LONGEST = 128 * 1024
"""Bytes of all words of a command; the kernel takes no longer word (``MAX_ARG_STRLEN``)."""

NOT_STARTED = 127


class Process:
    """One process in the sandbox, a session of its own (setsid(2))."""

    def __init__(self, keeper: Processes, number: int) -> None:
        self._keeper = keeper
        self._number = number
        self._ended = threading.Event()
        self._status = NOT_STARTED

    @property
    def running(self) -> bool:
        return not self._ended.is_set()

    def wait(self, timeout: float | None = None) -> int | None:
        """Its exit status (128 + n after signal n), ``None`` where it runs on after ``timeout``."""
        return self._status if self._ended.wait(timeout) else None

    def kill(self, number: signal.Signals = signal.SIGHUP) -> None:
        """A signal to all of its process group, as when a terminal goes away."""
        if self.running:
            self._keeper.say({"kill": self._number, "signal": int(number)})

    def has_ended(self, status: int) -> None:
        self._status = status
        self._ended.set()


class Processes:
    """Everything that runs in one sandbox. ``close`` leaves no process and no folder behind."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._keeper = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-I", "-S", _KEEPER, str(theirs.fileno()), folder],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={"LC_ALL": "C.UTF-8"},
                start_new_session=True,
            )
        self._line = ours
        self._lock = threading.Lock()
        self._running: dict[int, Process] = {}
        self._next = 1
        self._listener = threading.Thread(target=self._listen, name="demo-keeper", daemon=True)
        self._listener.start()

    def run(
        self, argv: Sequence[str], env: Mapping[str, str], descriptors: tuple[int, int, int]
    ) -> Process:
        """Start ``argv`` with these as its standard streams; they stay ours to close."""
        if sum(len(word.encode("utf-8", "surrogateescape")) for word in argv) > _LONGEST:
            ended = Process(self, 0)
            ended.has_ended(NOT_STARTED)
            return ended
        with self._lock:
            process = Process(self, self._next)
            self._running[self._next] = process
            message = {"run": self._next, "argv": list(argv), "env": dict(env)}
            self._next += 1
            try:
                socket.send_fds(self._line, [json.dumps(message).encode()], list(descriptors))
            except OSError:
                process.has_ended(NOT_STARTED)
        return process

    def call(self, argv: Sequence[str], env: Mapping[str, str], timeout: float = 10.0) -> int:
        """Run to the end without input or output; its exit status, 124 where it takes too long."""
        null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        try:
            process = self.run(argv, env, (null, null, null))
        finally:
            os.close(null)
        status = process.wait(timeout)
        return 124 if status is None else status

    def say(self, message: dict[str, int]) -> None:
        """One request; nothing happens where the keeper is gone already."""
        with self._lock:
            try:
                self._line.send(json.dumps(message).encode())
            except OSError:
                return

    def close(self) -> None:
        """End it all. Safe to call twice."""
        with self._lock, contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        self._listener.join()
        self._line.close()
        self._keeper.wait()

    def _listen(self) -> None:
        while True:
            try:
                packet = self._line.recv(_PACKET)
            except OSError:
                break
            if not packet:
                break
            message = json.loads(packet)
            process = self._running.pop(message["ended"], None)
            if process is not None:
                process.has_ended(message["status"])
        for process in list(self._running.values()):
            process.has_ended(128 + signal.SIGKILL)
        self._running.clear()
