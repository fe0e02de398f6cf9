"""A word with one of the Perl modules that run on servers."""

from __future__ import annotations

import subprocess
from pathlib import Path

REMOTE = Path(__file__).parents[2] / "jitsi_tui" / "remote"


def perl(module: str, program: str, *words: str) -> str:
    """What ``program`` prints that uses ``module``; it must complain of nothing."""
    done = subprocess.run(
        ["perl", f"-I{REMOTE}", f"-M{module}", "-e", program, *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout
