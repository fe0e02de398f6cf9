"""Programs in a terminal of their own, whose other end a test holds."""

from __future__ import annotations

import os
import pty
import subprocess
from collections.abc import Mapping, Sequence


def in_terminal(
    argv: Sequence[str], environment: Mapping[str, str]
) -> tuple[subprocess.Popen[bytes], int]:
    """Start it as the leader of a session of its own; it, and our end of its terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        argv, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
    )
    os.close(theirs)
    return process, ours
