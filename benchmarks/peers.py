"""The programs that jitsi-tui is measured beside: where they are, and how they get there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

PACKAGES: Mapping[str, str] = {"tl": "toolong"}
"""Programs that pip brings; each gets an environment of its own, since it wants other libraries."""


def program(name: str) -> Path | None:
    """Where a peer is; ``None`` where it is not, and pip can't bring it. apt brings the others."""
    if found := shutil.which(name):
        return Path(found)
    if name not in PACKAGES:
        return None
    home = _cache() / PACKAGES[name]
    if not (home / "bin" / name).exists() and not _install(PACKAGES[name], home):
        return None
    return home / "bin" / name


def _install(package: str, home: Path) -> bool:
    try:
        subprocess.run([sys.executable, "-m", "venv", home], check=True, capture_output=True)
        pip = [str(home / "bin" / "pip"), "install", "-q", package]
        subprocess.run(pip, check=True, capture_output=True, timeout=300)
    except (subprocess.SubprocessError, OSError):
        shutil.rmtree(home, ignore_errors=True)
        return False
    return True


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "jitsi-tui-bench"
