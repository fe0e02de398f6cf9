"""Textual without what it loads for nothing. Import this before Textual.

asyncio does without ``ssl`` where there is none, and nothing of the app's is encrypted by it.
Textual's command palette takes the type of a callback from a module that collects all widgets'.
"""

from __future__ import annotations

from jitsi_tui.lean import Stead, without

with without("ssl"):
    import asyncio  # noqa: F401

from textual._types import IgnoreReturnCallbackType

_TYPES = Stead("textual.types", IgnoreReturnCallbackType=IgnoreReturnCallbackType)

with without(instead=(_TYPES,)):
    import textual.command  # noqa: F401
