"""The thread that follows logs, and takes them up again where a lost connection left them."""

from __future__ import annotations

import threading
from dataclasses import replace

from jitsi_tui.instance.layout import Layout
from jitsi_tui.logs import sources
from jitsi_tui.logs.events import Position
from jitsi_tui.logs.follow import Follower
from jitsi_tui.ssh.host import HostError

from .events import Emit, JobFailed, LogBatch
from .reading import PROBLEMS, Reading
from .reconnect import Link

_BATCH_SECONDS = 1.0
_TAIL = 500
_RETRY_SECONDS = 1.0


class LogThread:
    """Follows one set of sources at a time."""

    def __init__(self, link: Link, reading: Reading, emit: Emit) -> None:
        self._link = link
        self._reading = reading
        self._emit = emit
        self._wake = threading.Condition()
        self._wanted: tuple[str, ...] | None = None
        self._epoch = 0
        self._closed = False
        self._follower: Follower | None = None
        self._thread: threading.Thread | None = None

    def follow(self, names: tuple[str, ...]) -> None:
        """Follow these sources from now on, instead of any others."""
        with self._wake:
            if self._wanted == names:
                return
            self._wanted = names
            self._next_epoch()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="logs", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Follow nothing."""
        with self._wake:
            self._wanted = None
            self._next_epoch()

    def reconnected(self) -> None:
        """The connection stands again: go on at once."""
        with self._wake:
            self._wake.notify_all()

    def close(self) -> None:
        """End the thread."""
        with self._wake:
            self._closed = True
            self._next_epoch()
        if self._thread is not None and threading.current_thread() is not self._thread:
            self._thread.join(1.0)

    def _next_epoch(self) -> None:
        self._epoch += 1
        if self._follower is not None:
            self._follower.close()
        self._wake.notify_all()

    def _work(self) -> None:
        while True:
            with self._wake:
                while self._wanted is None and not self._closed:
                    self._wake.wait()
                if self._closed or self._wanted is None:
                    return
                names, epoch = self._wanted, self._epoch
            self._follow(names, epoch)

    def _follow(self, names: tuple[str, ...], epoch: int) -> None:
        """One set of sources, over as many connections as it takes."""
        position: Position | None = None
        while self._current(epoch):
            try:
                position = self._one_connection(names, epoch, position)
            except HostError as error:
                if error.kind == "usage":
                    self._emit(JobFailed("logs", error.message, error.hint))
                    self.stop()
                    return
                self._pause(epoch)
            except PROBLEMS:
                self._pause(epoch)

    def _one_connection(
        self, names: tuple[str, ...], epoch: int, position: Position | None
    ) -> Position | None:
        instance = self._reading.look().instance
        chosen = _under_root(sources.choose(names, instance.log_paths), instance.layout)
        follower = Follower(self._link.host(), chosen, tail=_TAIL, resume=position)
        with self._wake:
            self._follower = follower
        try:
            while self._current(epoch):
                events = follower.read(_BATCH_SECONDS)
                # Also an empty batch says something: the records before it are whole.
                self._emit(LogBatch(events))
                position = follower.position()
        except HostError:
            if self._current(epoch):
                self._pause(epoch)
        finally:
            with self._wake:
                self._follower = None
            follower.close()
        return position

    def _current(self, epoch: int) -> bool:
        return self._epoch == epoch and not self._closed

    def _pause(self, epoch: int) -> None:
        with self._wake:
            if self._current(epoch):
                self._wake.wait(_RETRY_SECONDS)


def _under_root(chosen: tuple[sources.Source, ...], layout: Layout) -> tuple[sources.Source, ...]:
    return tuple(replace(source, path=layout.root + source.path) for source in chosen)
