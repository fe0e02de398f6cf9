"""One file a screen. Modes are named here and loaded when they are first shown."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from .base import Page

MODES: dict[str, str] = {
    "overview": "OverviewScreen",
    "auth": "AuthScreen",
    "guests": "GuestsScreen",
    "moderators": "ModeratorsScreen",
    "logs": "LogsScreen",
    "history": "HistoryScreen",
    "connect": "ConnectScreen",
}
"""Mode (and module) to the class of its screen."""

SHEETS: tuple[tuple[str, str], ...] = (
    ("confirm", "ConfirmSheet"),
    ("applying", "ApplyingSheet"),
    ("unproved", "UnprovedSheet"),
    ("asked", "AskedSheet"),
    ("secret", "SecretSheet"),
    ("account", "AccountSheet"),
    ("service", "ServiceSheet"),
    ("finding", "FindingSheet"),
    ("detail", "DetailSheet"),
    ("plan", "PlanSheet"),
    ("record", "RecordSheet"),
    ("trace", "TraceSheet"),
    ("same", "SameSheet"),
    ("plain", "PlainScreen"),
    ("jump", "JumpSheet"),
    ("source", "SourceSheet"),
    ("save", "SaveSheet"),
    ("commands", "CommandsSheet"),
    ("help", "HelpSheet"),
)
"""Module and class of everything that opens over a page."""


def logs_wanted(mode: str, server: str) -> tuple[str, ...]:
    """The logs that a page shows: the server sends them while the page is loaded and built."""
    if mode != "logs":
        return ()
    from jitsi_tui.tui import pane_memory  # noqa: PLC0415 - the other pages need none of it

    return pane_memory.recall(server).shown


def page_class(mode: str) -> type[Page]:
    """The screen of a mode."""
    module = import_module(f"{__name__}.{mode}")
    return cast("type[Page]", getattr(module, MODES[mode]))


def make_page(mode: str) -> Page:
    """A fresh screen of a mode."""
    return page_class(mode)()
