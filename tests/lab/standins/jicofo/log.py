"""jicofo's log lines, on standard output; the init script appends them to jicofo.log."""

from __future__ import annotations

import datetime
import threading


def log(level: str, where: str, text: str, context: str = "") -> None:
    """``Jicofo <time> <level>: [<thread>] [<context>] <Class.method#line>: <text>``."""
    now = datetime.datetime.now().strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    thread = threading.get_native_id() % 100
    middle = f"[{context}] " if context else ""
    print(f"Jicofo {now} {level}: [{thread}] {middle}{where}: {text}", flush=True)
