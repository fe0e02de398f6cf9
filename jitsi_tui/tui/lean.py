"""Textual without what it loads for nothing. Import this before Textual.

asyncio does without ``ssl`` where there is none, and nothing of the app's is encrypted by it.
Textual's command palette takes the type of a callback from a module that collects all widgets'. Its
downloads folder, a notification's number and a table of a theme's colours are wanted late or never.
"""

from __future__ import annotations

from jitsi_tui.lean import Stead, later, without

with without("ssl"):
    import asyncio  # noqa: F401

_LATER = (
    Stead("platformdirs", user_downloads_path=later("platformdirs", "user_downloads_path")),
    Stead("uuid", uuid4=later("uuid", "uuid4")),
    Stead("rich.table", Table=object),
)
with without(instead=_LATER):
    from textual._types import IgnoreReturnCallbackType

_TYPES = Stead("textual.types", IgnoreReturnCallbackType=IgnoreReturnCallbackType)

with without(instead=(*_LATER, _TYPES)):
    import textual.app  # noqa: F401
