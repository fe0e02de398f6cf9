"""How somebody had the log panes, by server: the app's own note, not the user's config.toml.

Where it lies: ``$XDG_STATE_HOME/jitsi-tui/panes.json``. A note that can't be read or written is as
good as none.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from jitsi_tui import replaced_file

_MOST_SERVERS = 50
_MOST_SOURCES = 32
_MOST_BYTES = 256 * 1024
LAST = ""
"""The entry of the server that was looked at last, for servers that have none."""


class Remembered(NamedTuple):
    """Sources in their order, and how many were in sight."""

    shown: tuple[str, ...]
    hidden: tuple[str, ...] = ()
    in_sight: int = 4


def default_path() -> Path:
    """Where the note lies."""
    base = os.environ.get("XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local" / "state") / "jitsi-tui" / "panes.json"


def recall(server: str, path: Path | None = None) -> Remembered | None:
    """How the panes were on this server; on a new one as on the last, without files by path."""
    notes = _read(path or default_path())
    found = _checked(notes.get(server))
    if found is not None or server == LAST:
        return found
    last = _checked(notes.get(LAST))
    if last is None:
        return None
    shown = tuple(name for name in last.shown if not name.startswith("/"))
    hidden = tuple(name for name in last.hidden if not name.startswith("/"))
    return Remembered(shown, hidden, last.in_sight) if shown else None


def remember(server: str, panes: Remembered, path: Path | None = None) -> None:
    """Keep how the panes are."""
    file = path or default_path()
    entry = {"shown": panes.shown, "hidden": panes.hidden, "count": panes.in_sight}
    others = {name: old for name, old in _read(file).items() if name not in (server, LAST)}
    kept = list(others.items())[-(_MOST_SERVERS - 2) :]
    with contextlib.suppress(OSError):
        text = json.dumps({**dict(kept), server: entry, LAST: entry}, indent=1)
        replaced_file.replace(file, text, lasting=False)


def _read(file: Path) -> Mapping[str, object]:
    try:
        with file.open("rb") as source:
            found = json.loads(source.read(_MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _checked(entry: object) -> Remembered | None:
    if not isinstance(entry, dict):
        return None
    shown, hidden = _names(entry.get("shown")), _names(entry.get("hidden"))
    count = entry.get("count")
    hidden = tuple(name for name in hidden if name not in shown)
    return Remembered(shown, hidden, count) if shown and isinstance(count, int) else None


def _names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(dict.fromkeys(one for one in value if isinstance(one, str)))[:_MOST_SOURCES]
