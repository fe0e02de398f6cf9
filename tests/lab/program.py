"""The program, loaded once and forked for each run: half of a run's processor time is loading.

Imported by the process that forks; ``run`` is what each of its children does.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
import time
from collections.abc import Mapping, Sequence

import jitsi_tui
from jitsi_tui import cli

for _part in pkgutil.walk_packages(jitsi_tui.__path__, f"{jitsi_tui.__name__}."):
    if not _part.name.startswith(("jitsi_tui.tui", "jitsi_tui.demo", "jitsi_tui.__main__")):
        importlib.import_module(_part.name)  # all but the app: commands load none of it


def run(words: Sequence[str], environment: Mapping[str, str], streams: Sequence[str]) -> None:
    """Be ``jitsi-tui``, on three files as the standard streams; ends with its exit code."""
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    for number, (path, mode) in enumerate(zip(streams, "rww", strict=True)):
        opened = os.open(path, os.O_RDONLY if mode == "r" else os.O_WRONLY)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin, sys.stdout, sys.stderr = (os.fdopen(*it, closefd=False) for it in enumerate("rww"))
    sys.argv = ["jitsi-tui", *words]
    cli.entry()
