"""A change from its waiting to its end, over as many connections as it takes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection

from jitsi_tui.instance.calls import hits_meetings
from jitsi_tui.instance.layout import Layout
from jitsi_tui.instance.model import Applied, Ending, Plan
from jitsi_tui.instance.transaction import apply
from jitsi_tui.ssh.host import AuthError, ConnectionLostError, Host, HostError, HostKeyError

from . import engine, idle
from .look import Look, look

_PATIENCE = 120.0
"""Seconds beyond the confirm deadline that we look for a run whose connection broke."""

_UNSEEN = 10.0
"""Seconds in which a run that we heard nothing of may still be about to make its backup."""

_PAUSE = 1.0


def carry_out(
    host: Host,
    reopen: Callable[[], Host],
    layout: Layout,
    seen: Look,
    planned: Plan,
    options: engine.ApplyOptions,
    *,
    on_lost: Callable[[], None] = lambda: None,
    given_up: Callable[[], bool] = lambda: False,
) -> Applied:
    """Run a plan: wait for the last meeting to end if that is wanted, then apply and follow.

    A meeting that begins between the last count and the first restart sends us back to waiting.
    ``reopen`` gives an open host, or raises ``HostError`` to be asked again a second later.
    Raises ``idle.CancelledError`` and ``CountError``, where nothing was changed.
    """
    waits = options.when_idle and hits_meetings(planned)
    cancel = options.cancel or threading.Event()
    wait = idle.Wait(reopen, layout, options.on_wait, cancel, given_up)
    known = {backup.id for backup in seen.instance.backups}
    while True:
        if waits:
            host = wait.until_idle(host)
        try:
            result = engine.run_plan(host, seen, planned, options)
        except ConnectionLostError as error:
            on_lost()
            ours = error.backup if isinstance(error, apply.RunLostError) else None
            result = follow_after_cut(
                reopen, layout, seen, planned, options, ours=ours, known=known, given_up=given_up
            )
        if not (waits and apply.met_a_meeting(result)):
            return result
        if result.backup:
            known.add(result.backup)


def follow_after_cut(
    reopen: Callable[[], Host],
    layout: Layout,
    seen: Look,
    planned: Plan,
    options: engine.ApplyOptions,
    *,
    ours: str | None = None,
    known: Collection[str] = (),
    given_up: Callable[[], bool] = lambda: False,
) -> Applied:
    """Reconnect until the run is found and has ended; it went on without us meanwhile.

    ``reopen`` gives an open host, or raises ``HostError`` to be asked again a second later;
    ``ours`` is the run's id, if it was heard; ``known`` are ids of backups of others.
    """
    before = {backup.id for backup in seen.instance.backups} | set(known)
    begun = time.monotonic()
    deadline = begun + options.confirm_timeout + _PATIENCE
    why = ""
    host: Host | None = None
    while time.monotonic() < deadline and not given_up():
        try:
            host = host or reopen()
            now = look(host, layout, domain=seen.instance.domain, ask_server=False)
            new = [backup.id for backup in now.instance.backups if backup.id not in before]
            ours = ours or now.instance.unfinished or next(iter(new), None)
            if ours is None and time.monotonic() - begun < _UNSEEN:
                time.sleep(_PAUSE)
                continue
            if ours is None:
                return Applied(Ending.REFUSED, "the connection broke before anything was changed")
            return engine.follow_again(host, now, planned, ours, options)
        except (AuthError, HostKeyError) as error:
            why = error.message
            break
        except HostError as error:
            host, why = None, error.message
            time.sleep(_PAUSE)
    return Applied(
        Ending.BROKEN,
        f"the connection broke during the change: {why or 'we were told to stop'}",
        "without our word the server rolls back by itself; look at it with: jitsi-tui status DEST",
    )
