"""Where things lie on a server, and how its programs are told so."""

from __future__ import annotations

from typing import NamedTuple


class Layout(NamedTuple):
    """Debian's layout by default; the practice server moves it under a folder of its own.

    Every path in an ``Instance`` or a ``Plan`` is written without ``root``: the programs on the
    server put it in front, so what people read is always ``/etc/…``.
    """

    root: str = ""
    """Prefix of every path on the server; empty on a real one."""

    path_first: str = ""
    """A folder searched before ``PATH`` for prosodyctl, service and their like."""

    manager: str = "auto"
    """``systemd``, ``init``, or ``auto`` to look whether systemd runs."""

    prosody_http: int = 5280
    jicofo_http: int = 8888
    videobridge_http: int = 8080

    stable_seconds: float = 3.0
    """How long a restarted service must stay up to count as healthy."""

    run: str = "/run/jitsi-tui"
    """For the length of a run (0700)."""

    backups: str = "/var/backups/jitsi-tui"
    """For what lasts (0700, files 0600)."""

    def arguments(self) -> tuple[str, ...]:
        """``--key=value`` words that every program of ours understands."""
        return (
            f"--root={self.root}",
            f"--path-first={self.path_first}",
            f"--manager={self.manager}",
            f"--prosody-http={self.prosody_http}",
            f"--jicofo-http={self.jicofo_http}",
            f"--videobridge-http={self.videobridge_http}",
            f"--stable={self.stable_seconds}",
            f"--run={self.run}",
            f"--backups={self.backups}",
        )
