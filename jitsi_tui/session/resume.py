"""Finding our own change again after the connection broke in its middle."""

from __future__ import annotations

import time
from collections.abc import Callable

from jitsi_tui.instance.layout import Layout
from jitsi_tui.instance.model import Applied, Ending, Plan
from jitsi_tui.ssh.host import AuthError, Host, HostError, HostKeyError

from . import engine

_PATIENCE = 120.0
"""Seconds beyond the confirm deadline that we look for a run whose connection broke."""

_PAUSE = 1.0


def follow_after_cut(
    reopen: Callable[[], Host],
    layout: Layout,
    seen: engine.Look,
    planned: Plan,
    options: engine.ApplyOptions,
    *,
    given_up: Callable[[], bool] = lambda: False,
) -> Applied:
    """Reconnect until the run is found and has ended; it went on without us meanwhile.

    ``reopen`` gives an open host, or raises ``HostError`` to be asked again a second later.
    """
    before = {backup.id for backup in seen.instance.backups}
    deadline = time.monotonic() + options.confirm_timeout + _PATIENCE
    why = ""
    while time.monotonic() < deadline and not given_up():
        try:
            host = reopen()
            now = engine.look(host, layout, domain=seen.instance.domain, ask_server=False)
            new = [backup.id for backup in now.instance.backups if backup.id not in before]
            ours = now.instance.unfinished or next(iter(new), None)
            if ours is None:
                return Applied(Ending.REFUSED, "the connection broke before anything was changed")
            return engine.follow_again(host, now, planned, ours, options)
        except (AuthError, HostKeyError) as error:
            why = error.message
            break
        except HostError as error:
            why = error.message
            time.sleep(_PAUSE)
    return Applied(
        Ending.BROKEN,
        f"the connection broke during the change: {why or 'we were told to stop'}",
        "without our word the server rolls back by itself; look at it with: status DEST",
    )
