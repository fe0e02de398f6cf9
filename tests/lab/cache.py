"""Where the lab keeps what it builds once: root file systems and the keys of its people."""

from __future__ import annotations

import fcntl
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def cache_folder() -> Path:
    """``$JITSI_TUI_LAB``, by default ``~/.cache/jitsi-tui/lab``; made where it is missing."""
    named = os.environ.get("JITSI_TUI_LAB")
    folder = Path(named) if named else Path.home() / ".cache" / "jitsi-tui" / "lab"
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on a file: two processes never build the same thing at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def client_key() -> Path:
    """The private key (ed25519, no passphrase) that opens root and the admins on every host."""
    key = cache_folder() / "keys" / "id_ed25519"
    with locked(cache_folder() / "keys.lock"):
        if not key.exists():
            key.parent.mkdir(mode=0o700, exist_ok=True)
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", str(key)],
                check=True,
            )
    return key
