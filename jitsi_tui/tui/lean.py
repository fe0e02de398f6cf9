"""Textual without what it loads for nothing. Import this before Textual.

asyncio does without ``ssl`` where there is none, and nothing of the app's is encrypted by it.
Textual's command palette takes the type of a callback from a module that collects all widgets'. Its
downloads folder, a notification's number, a table of a theme's colours, what a misspelt style was
meant to be and what clicks on its own markup do are wanted late or never; its command palette when
ours opens.
"""

from __future__ import annotations

from jitsi_tui.lean import Stead, without

with without("ssl"):
    import asyncio  # noqa: F401

_LATER = (
    Stead("platformdirs", "user_downloads_path"),
    Stead("uuid", "uuid4"),
    Stead("rich.table", Table=object),
    Stead("difflib", "get_close_matches"),
    Stead("pickle", "dumps", "loads"),
)
with without(instead=_LATER):
    from textual._types import IgnoreReturnCallbackType

_OF_THE_PALETTE = Stead(
    "textual.command",
    *("CommandPalette", "SimpleProvider", "DiscoveryHit", "Hit"),
    CommandListItem=object,
    Hits=object,
    Provider=object,
)
_TYPES = Stead("textual.types", IgnoreReturnCallbackType=IgnoreReturnCallbackType)

with without(instead=(*_LATER, _OF_THE_PALETTE, _TYPES)):
    import textual.app  # noqa: F401
