"""What a session changes: one change after the other, each reported to its end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import replace

from jitsi_tui.instance import services
from jitsi_tui.instance.model import Applied, Ending, Plan
from jitsi_tui.settings import Settings
from jitsi_tui.ssh.host import ConnectionLostError, Host
from jitsi_tui.words import count, size

from . import engine, idle
from .events import (
    ApplyCountdown,
    ApplyDone,
    ApplyStep,
    ApplyWaiting,
    Emit,
    JobDone,
    JobFailed,
    Mended,
    ServicesChanged,
    Unproved,
)
from .reading import PROBLEMS, Reading
from .reconnect import Link, NotConnectedError
from .resume import carry_out


class Changing:
    """Applies plans and restarts services."""

    def __init__(self, link: Link, reading: Reading, settings: Settings, emit: Emit) -> None:
        self._link = link
        self._reading = reading
        self._settings = settings
        self._emit = emit
        self._cancel = threading.Event()
        self._decision: Future[bool] | None = None

    def cancel_apply(self) -> None:
        """Ask the running apply to roll back."""
        self._cancel.set()
        if self._decision is not None:
            self._decision.cancel()

    def apply(self, plan: Plan, restart_all: bool, when_idle: bool) -> None:
        """Run a plan and say how it ended, over as many connections as it takes."""
        self._cancel.clear()
        result = Applied(
            Ending.BROKEN,
            "something of ours failed during the change",
            "without our word the server rolls back by itself; look again with r",
        )
        try:
            result = self._applied(plan, restart_all, when_idle)
        finally:
            # Whatever it was: a change that is said to run for ever would hold up all others.
            self._emit(ApplyDone(result))
        self._reading.refresh()
        if plan.mends and result.ending is Ending.APPLIED:
            self._tell_mended(plan)

    def _applied(self, plan: Plan, restart_all: bool, when_idle: bool) -> Applied:
        try:
            seen = self._reading.look()
            planned = engine.with_all_restarts(plan, seen.instance) if restart_all else plan
            return carry_out(
                self._link.host(),
                self._reopened,
                self._link.target.layout,
                seen,
                planned,
                replace(self._options(), when_idle=when_idle),
                on_lost=self._link.report_lost,
                given_up=lambda: self._link.closed,
            )
        except idle.CancelledError:
            return Applied(Ending.REFUSED, "the waiting was ended")
        except PROBLEMS as error:
            return Applied(Ending.REFUSED, error.message, error.hint)

    def _tell_mended(self, plan: Plan) -> None:
        """Which of the findings the look after the change still has."""
        try:
            there = {finding.id for finding in self._reading.look().findings}
        except PROBLEMS:
            return
        left = tuple(name for name in plan.mends if name in there)
        self._emit(Mended(tuple(name for name in plan.mends if name not in there), left))

    def finish_interrupted(self) -> None:
        """Bring to its end what somebody's dead run left half done here, and say so."""
        try:
            result = engine.recover(self._link.host(), self._reading.look())
        except PROBLEMS as error:
            self._emit(JobFailed("recover", error.message, error.hint))
            return
        if result is None:
            return
        message = f"an earlier change was interrupted: {result.message}"
        if result.ending is Ending.BROKEN:
            self._emit(JobFailed("recover", message, result.hint))
        else:
            self._emit(JobDone("recover", message))
        self._reading.refresh()

    def _options(self) -> engine.ApplyOptions:
        return engine.ApplyOptions(
            who=engine.who_we_are(self._link.host().user),
            confirm_timeout=self._settings.confirm_timeout,
            decide=self._decide,
            on_step=lambda step: self._emit(ApplyStep(step)),
            on_countdown=lambda seconds: self._emit(ApplyCountdown(seconds)),
            on_wait=lambda waiting: self._emit(ApplyWaiting(waiting)),
            cancel=self._cancel,
        )

    def _reopened(self) -> Host:
        """The connection once it stands again. Raises ``ConnectionLostError`` until then."""
        try:
            return self._link.wait(1.0)
        except NotConnectedError as error:
            raise ConnectionLostError(error.message, error.hint) from None

    def prune(self, ids: Sequence[str]) -> None:
        """Delete backups that were shown; one that had to stay is said with why."""

        def prune() -> JobDone | JobFailed:
            done = engine.prune(self._link.host(), self._reading.look(), ids)
            freed = f"{count(len(done.gone), 'backup')} deleted, {size(done.freed)} freed"
            if done.stayed:
                stayed = "; ".join(f"{each}: {why}" for each, why in done.stayed.items())
                return JobFailed("prune", f"{freed}; still there: {stayed}", "look again with r")
            return JobDone("prune", freed)

        self._do("prune", prune)
        self._reading.refresh()

    def restart_service(self, name: str) -> None:
        """A restart that is seen to have worked."""

        def restart() -> JobDone:
            instance = self._reading.look().instance
            service = services.restart(self._link.host(), instance, name)
            self._emit(ServicesChanged((service,)))
            return JobDone("restart", f"{name} was restarted and is up")

        self._do("restart", restart)
        self._reading.refresh()

    def _do(self, job: str, action: Callable[[], JobDone | JobFailed]) -> None:
        try:
            self._emit(action())
        except PROBLEMS as error:
            self._emit(JobFailed(job, error.message, error.hint))

    def _decide(self, why: tuple[str, ...], seconds: float) -> bool:
        decision: Future[bool] = Future()
        self._decision = decision
        self._emit(Unproved(why, seconds, decision))
        try:
            return decision.result(seconds)
        except (CancelledError, FutureTimeoutError):
            return False
        finally:
            decision.cancel()  # nobody may answer any more what is decided
            self._decision = None
