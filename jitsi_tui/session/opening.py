"""A session from a parsed command line: slow to load, so loaded after the first paint."""

from __future__ import annotations

import argparse

from jitsi_tui.settings import Settings

from .events import Emit
from .live import LiveSession
from .session import ServerSession
from .target import Target, access


def open_session(
    arguments: argparse.Namespace, destination: str, settings: Settings, emit: Emit
) -> ServerSession:
    """A session that is not started yet."""
    target = Target(access(arguments, destination))
    read_only = getattr(arguments, "read_only", False)
    return LiveSession(target, settings, emit, read_only=read_only)
