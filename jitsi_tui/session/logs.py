"""The thread that follows logs, and takes them up again where a lost connection left them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from jitsi_tui.logs import sources
from jitsi_tui.logs.events import CaughtUp, Elsewhere, Event, Position
from jitsi_tui.logs.follow import Follower
from jitsi_tui.logs.sources import Source
from jitsi_tui.ssh.host import ConnectionLostError, HostError, SudoError

from .events import Emit, LogBatch, LogsFailed
from .log_requests import LogRequests
from .reconnect import Link, NotConnectedError
from .turns import short_turns

if TYPE_CHECKING:
    from .look import Look

_QUIET_SECONDS = 1.0
"""After which a batch comes though nothing happened: the records before it are whole."""

_STEP_SECONDS = 0.02
"""Between two drawings at least: what is drawn more often nobody sees."""

_TAIL = 500
_LOOK_SECONDS = 1.0
_RETRY_FIRST, _RETRY_MOST = 1.0, 30.0
"""Between tries: ever longer, until one has gone well for as long as the longest."""


class Standing(NamedTuple):
    """Which files are followed, and how far they were read."""

    sources: tuple[Source, ...] = ()
    position: Position | None = None

    def elsewhere(self, sources: tuple[Source, ...]) -> frozenset[str]:
        """The logs of which another file was read."""
        if self.position is None:
            return frozenset()
        return frozenset(one.name for one in self.sources if one not in sources)

    def at(self, sources: tuple[Source, ...]) -> Standing:
        """With the files that are to be followed now; what was read elsewhere goes."""
        gone = self.elsewhere(sources)
        return Standing(sources, self.position.without(gone) if self.position else None)


class LogThread:
    """Follows one set of sources at a time.

    A batch is handed on when the one before it was taken: whoever is slow holds the server's
    program up, and loses nothing.
    """

    def __init__(self, link: Link, emit: Emit, on_crash: Callable[[BaseException], None]) -> None:
        self._link = link
        self._emit = emit
        self._wake = threading.Condition()
        self._wanted: tuple[str, ...] | None = None
        self._paths: Mapping[str, str] = {}
        self._standing = Standing()
        self._retry = _RETRY_FIRST
        self._failures: set[str] = set()
        self._epoch = 0
        self._closed = False
        self._looks = 0
        self._taken = True
        self._told = False
        self._shown = 0.0
        self._undrawn = False
        self._follower: Follower | None = None
        self._thread: threading.Thread | None = None
        self.requests = LogRequests(on_crash)

    def follow(self, names: tuple[str, ...]) -> None:
        """Follow these sources from now on, instead of any others; more go on where it stands."""
        with self._wake:
            if self._wanted == names:
                return
            before, self._wanted = self._wanted, names
            if before is not None and set(before) <= set(names):
                self._end_connection()
                return
            self._next_epoch()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="logs", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Follow nothing."""
        with self._wake:
            self._wanted = None
            self._next_epoch()

    def looked(self, look: Look) -> None:
        """Logs may lie elsewhere than they usually do, or root may be had by now."""
        with self._wake:
            self._paths = look.instance.log_paths
            self._looks += 1
            follower = self._follower
            if follower is None:
                self._wake.notify_all()
                return
            rises = look.instance.as_root and not follower.as_root
            if rises or self._choose() != self._standing.sources:
                self._end_connection()

    def wait_until_wanted(self, seconds: float) -> None:
        """Until somebody wants logs; so long at most."""
        with self._wake:
            self._wake.wait_for(lambda: self._wanted is not None or self._closed, seconds)

    def wait_until_told(self, seconds: float) -> bool:
        """Until what the logs hold now was told, if they are followed; so long at most.

        Returns whether it had to be waited for.
        """
        with self._wake:
            waits = not self._told and self._wanted is not None
            self._wake.wait_for(lambda: self._told or self._wanted is None or self._closed, seconds)
            return waits

    def reconnected(self) -> None:
        """The connection stands again: go on at once."""
        with self._wake:
            self._retry = _RETRY_FIRST
            self._wake.notify_all()

    def close(self) -> None:
        """Have the thread end."""
        with self._wake:
            self._closed = True
            self._next_epoch()
        self.requests.close()

    def join(self) -> None:
        """Wait a moment for its end: once the connection is closed nothing holds it up."""
        if self._thread is not None and threading.current_thread() is not self._thread:
            self._thread.join(1.0)

    def _next_epoch(self) -> None:
        self._epoch += 1
        self._end_connection()
        self._wake.notify_all()

    def _end_connection(self) -> None:
        follower, self._follower = self._follower, None
        if follower is not None:
            follower.close()

    def _work(self) -> None:
        while True:
            with self._wake:
                while self._wanted is None and not self._closed:
                    self._wake.wait()
                if self._closed:
                    return
                epoch = self._epoch
            self._follow(epoch)

    def _follow(self, epoch: int) -> None:
        """One set of sources, over as many connections as it takes."""
        self._standing, self._retry = Standing(), _RETRY_FIRST
        self._failures.clear()
        while self._current(epoch):
            self._wait_for_link(epoch)
            begun, looks = time.monotonic(), self._looks
            try:
                self._one_connection(epoch)
                continue
            except NotConnectedError:
                pass
            except ConnectionLostError:
                self._link.report_lost()
            except HostError as error:
                self._tell(error.message, error.hint)
                if error.kind == "usage":
                    self.stop()
                    return
                if isinstance(error, SudoError):  # it would ask the same again
                    self._await_look(epoch, looks)
                    continue
            except Exception as error:
                what = f"something of ours failed ({type(error).__name__})"
                self._tell(what, "it is tried again; if it stays, please report it")
            if time.monotonic() - begun > _RETRY_MOST:
                self._retry = _RETRY_FIRST
            self._pause(epoch)

    def _tell(self, message: str, hint: str) -> None:
        self._emit(LogsFailed(message, hint, again=message in self._failures))
        self._failures.add(message)

    def _one_connection(self, epoch: int) -> None:
        self._locate(epoch)
        # The page that shall show them is built meanwhile: each answer would wait for it.
        with short_turns():
            sources, position = self._standing
            follower = Follower(self._link.host(), sources, tail=_TAIL, resume=position)
        with self._wake:
            self._follower = follower
        self.requests.attach(follower)
        try:
            while self._stays(epoch):
                events = self.requests.answered(follower.read(_QUIET_SECONDS))
                self._standing = self._standing._replace(position=follower.position())
                self._hand_on(events, epoch, more=not follower.whole)
        except Exception:
            if self._follower is follower:  # else it was closed by us
                raise
        finally:
            with self._wake:
                self._follower = None
            self.requests.attach(None)
            follower.close()
            self._show_rest(epoch)

    def _wait_for_link(self, epoch: int) -> None:
        with self._wake:
            while self._current(epoch) and not self._link.up:
                self._wake.wait(_LOOK_SECONDS)

    def _hand_on(self, events: tuple[Event, ...], epoch: int, *, more: bool = False) -> None:
        """``more``: the rest is there already, and need not be waited for."""
        begun = time.monotonic()
        shows = not more or begun - self._shown >= _STEP_SECONDS
        self._undrawn = not shows
        self._emit_batch(events, epoch, shows=shows)
        with self._wake:
            if not self._told and any(isinstance(event, CaughtUp) for event in events):
                self._told = True
                self._wake.notify_all()
        if shows:
            self._shown = begun
        if not more:
            time.sleep(max(0.0, begun + _STEP_SECONDS - time.monotonic()))

    def _show_rest(self, epoch: int) -> None:
        """What would have been drawn with what came next: nothing does, for the time being."""
        if self._undrawn:
            self._undrawn = False
            self._emit_batch((), epoch, shows=True)

    def _emit_batch(self, events: tuple[Event, ...], epoch: int, *, shows: bool) -> None:
        """Returns when it was taken."""
        self._taken = False
        self._emit(LogBatch(events, self._was_taken, shows))
        with self._wake:
            while not self._taken and self._current(epoch):
                self._wake.wait(_LOOK_SECONDS)

    def _was_taken(self) -> None:
        with self._wake:
            self._taken = True
            self._wake.notify_all()

    # --- where they lie ---------------------------------------------------------------------

    def _choose(self) -> tuple[Source, ...]:
        """Raises ``UnknownSourceError``."""
        root = self._link.target.layout.root
        chosen = sources.choose(self._wanted or (), self._paths)
        return tuple(source.under(root) for source in chosen)

    def _stays(self, epoch: int) -> bool:
        return self._current(epoch) and self._choose() == self._standing.sources

    def _locate(self, epoch: int) -> None:
        """Follow the files where the logs lie as far as we know; what was read elsewhere goes."""
        sources = self._choose()
        gone = self._standing.elsewhere(sources)
        if gone:
            self._hand_on(tuple(Elsewhere(name) for name in sorted(gone)), epoch)
        self._standing = self._standing.at(sources)

    def _current(self, epoch: int) -> bool:
        return self._epoch == epoch and not self._closed

    def _await_look(self, epoch: int, seen: int) -> None:
        with self._wake:
            self._wake.wait_for(lambda: self._looks > seen or not self._current(epoch))

    def _pause(self, epoch: int) -> None:
        with self._wake:
            if self._current(epoch):
                self._wake.wait(self._retry)
                self._retry = min(self._retry * 2, _RETRY_MOST)
