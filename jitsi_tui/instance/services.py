"""A restart that is checked: a new process, its ports, and three seconds of life."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Literal, cast

from jitsi_tui.ssh.host import Host

from . import wire
from .coming_up import refuse_restart
from .model import SERVICES, Instance, InstanceError, RefusedError, Service, ServiceName

_MANAGERS = ("unit", "generated", "init", "none")
_LOGS = {name: f" {name}" for name in ("prosody", "jicofo", "nginx")} | {
    "jitsi-videobridge2": " jvb"
}
"""Where ``logs`` has the log of a service by name."""

_NUMBER = re.compile(r"\d{1,11}", re.ASCII)
SECONDS = 180.0
"""Until a restart counts as hanging; the server's own deadlines are shorter."""


class RestartError(InstanceError):
    """A service did not come up again. The message holds the last lines of its log."""

    kind = "service"


def restart(host: Host, instance: Instance, name: str) -> Service:
    """Restart one service by the transaction's own rules; its state afterwards.

    Raises ``RefusedError`` for a name that is none of ours and where it would not come up again,
    and ``RestartError`` where it isn't healthy afterwards.
    """
    if name not in SERVICES:
        raise RefusedError(f"{name!r} is not a service of Jitsi", "One of: " + ", ".join(SERVICES))
    refuse_restart(instance, name)
    nonce = wire.new_nonce()
    title = f"Restart {name}"
    command = wire.command(instance.layout, "restart", nonce, title, f"--service={name}")
    result = host.run(command, timeout=SECONDS)
    for fields in wire.Records(nonce).feed(result.stdout):
        match fields:
            case ("error", why):
                raise RestartError(
                    why, f"Look at its log: jitsi-tui logs DEST{_LOGS.get(name, '')}"
                )
            case ("service", kind, state, pid, since, masked):
                return _service(name, kind, state, pid, since, masked)
    raise wire.WireError(f"the server did not say how {name} is after its restart")


def _service(
    name: ServiceName, kind: str, state: str, pid: str, since: str, masked: str
) -> Service:
    manager = kind if kind in _MANAGERS else "none"
    running = state == "running"
    return Service(
        name=name,
        state="running" if running else "failed",
        pid=int(pid) if running and _NUMBER.fullmatch(pid) else None,
        since=datetime.fromtimestamp(int(since), UTC)
        if running and _NUMBER.fullmatch(since)
        else None,
        manager=cast(Literal["unit", "generated", "init", "none"], manager),
        masked=masked == "1",
    )
