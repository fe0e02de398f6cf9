"""Looks everywhere for secrets that must stand nowhere: processes, files of a host, its logs."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from .host import LabHost


class Watch:
    """Looks at every process's arguments and environment for texts that must not be there."""

    def __init__(self, machine: LabHost, *secrets: str) -> None:
        self._machine = machine
        self._secrets = [secret.encode() for secret in secrets]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.found: set[bytes] = set()
        self.rounds = 0

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def go_round(self, times: int) -> None:
        """Until it has looked so often: else nothing found says nothing."""
        end = time.monotonic() + 60
        while self.rounds < times:
            assert time.monotonic() < end, self.rounds
            time.sleep(0.01)

    def _look(self) -> None:
        while not self._stop.wait(0.005):
            for pid in self._machine.processes():
                for name in ("cmdline", "environ"):
                    try:
                        text = Path(f"/proc/{pid}/{name}").read_bytes()
                    except OSError:
                        continue
                    self.found |= {secret for secret in self._secrets if secret in text}
            self.rounds += 1


def written(machine: LabHost, secret: str) -> str:
    """Where on the host ``secret`` stands, the I/O logs unpacked."""
    script = (
        "journalctl --no-pager -o cat > /tmp/journal 2>/dev/null; "
        "find /var/log /tmp/journal /run/log -type f -print0 | "
        'while IFS= read -r -d "" f; do case $f in *.gz) ;; *) '
        '{ zcat -f "$f"; } 2>/dev/null | tr -d "\\0" | grep -qaF -f /tmp/pattern && echo "$f";; '
        "esac; done; rm -f /tmp/journal /tmp/pattern; true"
    )
    machine.files.write("/run/pattern-source", secret + "\n")
    return machine.run(
        ["bash", "-c", f"cp /run/pattern-source /tmp/pattern; rm /run/pattern-source; {script}"]
    ).stdout
