"""Threads that do one thing after the other, and never die of an exception."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

Job = Callable[[], None]


class Worker:
    """One thread with a queue. A job with a key replaces a waiting one with the same key."""

    def __init__(self, name: str, on_crash: Callable[[BaseException], None]) -> None:
        self._on_crash = on_crash
        self._jobs: deque[tuple[str | None, Job]] = deque()
        self._wake = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def submit(self, job: Job, *, key: str | None = None) -> None:
        """Queue a job; ignored after ``close``."""
        with self._wake:
            if self._closed:
                return
            if key is not None:
                self._jobs = deque(entry for entry in self._jobs if entry[0] != key)
            self._jobs.append((key, job))
            self._wake.notify()

    def close(self, timeout: float = 0.5) -> None:
        """Drop what waits, let the running job end, wait ``timeout`` seconds for it."""
        with self._wake:
            self._closed = True
            self._jobs.clear()
            self._wake.notify()
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout)

    def _work(self) -> None:
        while True:
            with self._wake:
                while not self._jobs and not self._closed:
                    self._wake.wait()
                if self._closed:
                    return
                _, job = self._jobs.popleft()
            try:
                job()
            except Exception as error:
                self._on_crash(error)
