"""The commands: each opens the host, asks the engine, and returns an answer. None prints."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from .context import Context
    from .report import Answer

_RUNS = {
    "status": ("looking", "status"),
    "secure": ("changes", "secure"),
    "open": ("changes", "reopen"),
    "undo": ("changes", "undo"),
    "mend": ("mend", "run"),
    "moderators": ("moderators", "run"),
    "services": ("looking", "list_services"),
    "sudoers": ("sudoers", "run"),
    "trace": ("trace", "run"),
}
LOOKS = frozenset(_RUNS) - {"sudoers", "trace"}
"""Commands that begin with a look at the server."""


def find(command: str) -> Callable[[Context], Answer]:
    """What runs a command that gives one answer. Its module alone is loaded."""
    module, function = _RUNS[command]
    run = getattr(import_module(f"{__name__}.{module}"), function)
    return cast("Callable[[Context], Answer]", run)
