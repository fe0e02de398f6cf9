"""What a config.js means: node runs it, after what nginx does to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .running import ask, find

_SCRIPT = Path(__file__).with_suffix(".js")
_ECHO = re.compile(r'<!--#\s*echo\s+var="([^"]*)"(?:\s+default="([^"]*)")?\s*-->')


def meet_meaning(text: str, variables: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The object ``config`` that a browser ends up with; functions and patterns as their text.

    ``variables`` are nginx's for the ``echo`` directives (default: unset, as on a server without
    tenants). Raises ``OracleError`` where it is not JavaScript.
    """
    values = variables or {}
    served = _ECHO.sub(lambda found: values.get(found[1], found.group(2) or ""), text)
    meaning: dict[str, Any] = ask([find("node", package="nodejs"), str(_SCRIPT)], served)
    return meaning
