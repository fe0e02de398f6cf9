"""Ports of loopback for the tests' own servers."""

from __future__ import annotations

import os
import random
import socket

_BELOW_EPHEMERAL = range(20_000, 32_000)
"""The kernel hands none of these out by itself (ip(7), ip_local_port_range): a port that a test
found free, or whose server it stopped, isn't taken by another test's listener meanwhile."""

_WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_OURS = _BELOW_EPHEMERAL[_WORKER::_WORKERS]
"""What another test process finds free it never takes from us: a restart frees a port too."""

_left = random.SystemRandom().sample(_OURS, len(_OURS))


def free_port() -> int:
    """A port on which nothing listens, and which no other test is given."""
    while _left:
        port = _left.pop()
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no free port on loopback")
