"""What a Prosody file means: a Lua interpreter runs it, as Prosody does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .running import ask, find

_SCRIPT = Path(__file__).with_suffix(".lua")


def prosody_meaning(text: str) -> dict[str, dict[str, Any]]:
    """Every host with the options set in it; ``*`` has the global ones.

    A component's module stands under ``component_module``; which kind a host is, under
    ``defined``; ``Include`` lines are listed in ``*`` under ``includes``. Raises ``OracleError``.
    """
    lua = find("lua5.4", "lua5.2", "lua", package="lua5.4")
    meaning: dict[str, dict[str, Any]] = ask([lua, str(_SCRIPT)], text)
    return meaning
