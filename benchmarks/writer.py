"""Writes logs as a Jitsi server does, at a steady rate, with the time in every line.

``python -m benchmarks.writer RATE SECONDS PATH PATH PATH PATH``: lines a second over four files,
in the order of ``NAMES``. Each line holds ``t=`` and the microseconds since 1970 at which it was
written, and ``n=`` its number in its file, both where a narrow pane still shows them.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

NAMES = ("prosody.log", "jicofo.log", "jvb.log", "nginx.log")
_STEP = 0.002
"""Seconds between two writes to a file."""

Line = Callable[[float, str], str]


def prosody(moment: float, mark: str) -> str:
    """As Prosody writes it."""
    stamp = time.strftime("%b %d %H:%M:%S", time.localtime(moment))
    return f"{stamp} mod_bosh\tinfo\t{mark} New BOSH session, assigned it room daily\n"


def jicofo(moment: float, mark: str) -> str:
    """As Jicofo writes it."""
    return _jitsi("Jicofo", moment, f"Iq.handle#58: {mark} Focus request for daily@conference")


def jvb(moment: float, mark: str) -> str:
    """As the videobridge writes it."""
    return _jitsi("JVB", moment, f"Ep.expire#112: {mark} Spent 12 seconds oversending")


def nginx(moment: float, mark: str) -> str:
    """As nginx writes its errors."""
    stamp = time.strftime("%Y/%m/%d %H:%M:%S", time.localtime(moment))
    return f"{stamp} [error] 12#12: *1 {mark} open() failed, client: 192.0.2.7\n"


def _jitsi(name: str, moment: float, text: str) -> str:
    stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))
    return f"{name} {stamp}.{int(moment * 1000) % 1000:03} INFO: [42] {text}\n"


LINES: tuple[Line, ...] = (prosody, jicofo, jvb, nginx)


def history(paths: Sequence[Path], lines: int) -> None:
    """Files that have so many lines already, an hour old."""
    start = time.time() - 3600
    for path, line in zip(paths, LINES, strict=True):
        with path.open("w") as file:
            for number in range(lines):
                moment = start + number * 3600 / lines
                file.write(line(moment, f"n={-lines + number} t={int(moment * 1e6)}"))


def write(paths: Sequence[Path], rate: int, seconds: float) -> list[int]:
    """Append at a steady rate; how many lines each file got."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    files = [os.open(path, flags, 0o644) for path in paths]
    counts = [0] * len(files)
    start = time.monotonic()
    while (elapsed := time.monotonic() - start) < seconds:
        due = int(rate * elapsed / len(files))
        for at, file in enumerate(files):
            moment = time.time()
            mark = int(moment * 1e6)
            batch = [LINES[at](moment, f"n={n} t={mark}") for n in range(counts[at], due)]
            if batch:
                os.write(file, "".join(batch).encode())
            counts[at] = due
        time.sleep(_STEP)
    for file in files:
        os.close(file)
    return counts


if __name__ == "__main__":
    print(sum(write([Path(path) for path in sys.argv[3:]], int(sys.argv[1]), float(sys.argv[2]))))
