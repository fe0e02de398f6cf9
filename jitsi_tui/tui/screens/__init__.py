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


def page_class(mode: str) -> type[Page]:
    """The screen of a mode."""
    module = import_module(f"{__name__}.{mode}")
    return cast("type[Page]", getattr(module, MODES[mode]))


def make_page(mode: str) -> Page:
    """A fresh screen of a mode."""
    return page_class(mode)()
