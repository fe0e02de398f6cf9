"""What one text means, by an oracle that is started for it alone: text in, a dict out.

Each raises ``OracleError`` where the text is refused, ``OracleMissingError`` where the oracle
can't run on this machine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .workers import (
    HoconOracle,
    MeetOracle,
    Oracle,
    PropertiesOracle,
    ProsodyOracle,
    TypesafeOracle,
)

_ECHO = re.compile(r'<!--#\s*echo\s+var="([^"]*)"(?:\s+default="([^"]*)")?\s*-->')


def prosody_meaning(text: str) -> dict[str, dict[str, Any]]:
    """Every host with the options set in it; the global section is ``*``.

    ``defined`` is true for hosts that are named, ``component_module`` there for components.
    """
    hosts: dict[str, dict[str, Any]] = _asked(ProsodyOracle(), text)["hosts"]
    return hosts


def meet_meaning(text: str, variables: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The object ``config`` that a browser ends up with.

    ``variables`` are nginx's for the ``echo`` directives; one without a value has its default.
    """
    values = variables or {}
    served = _ECHO.sub(lambda found: values.get(found[1], found[2] or ""), text)
    return _asked(MeetOracle(), served)


def hocon_meaning(text: str) -> dict[str, Any]:
    """The merged object, by ruby-hocon."""
    return _asked(HoconOracle(), text)


def typesafe_meaning(text: str) -> dict[str, Any]:
    """The merged object, by lightbend/typesafe config."""
    return _asked(TypesafeOracle(), text)


def properties_meaning(text: str) -> dict[str, Any]:
    """Every key with its last value, by java.util.Properties."""
    return _asked(PropertiesOracle(), text)


def _asked(oracle: Oracle, text: str) -> dict[str, Any]:
    try:
        return oracle.meaning(text)
    finally:
        oracle.close()
