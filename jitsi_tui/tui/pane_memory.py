"""The panes as somebody had them on a server, from and to the app's own note."""

from __future__ import annotations

from jitsi_tui import remembered
from jitsi_tui.logs.sources import DEFAULTS, USUAL, usable
from jitsi_tui.remembered import Remembered

from .present.panes import Panes


def recall(server: str) -> Panes:
    """How the panes were; the usual four at first, the other logs at hand."""
    known = remembered.recall(server) or Remembered(USUAL)
    shown = tuple(name for name in known.shown if _known(name)) or USUAL
    hidden = [name for name in (*known.hidden, *DEFAULTS) if _known(name) and name not in shown]
    return Panes(shown, tuple(dict.fromkeys(hidden)), known.in_sight)


def keep(server: str, panes: Panes) -> None:
    """Keep how they are."""
    files = tuple(name for name in panes.hidden if name.startswith("/"))
    remembered.remember(server, Remembered(panes.shown, files, panes.in_sight))


def _known(name: str) -> bool:
    return name in DEFAULTS or usable(name)
