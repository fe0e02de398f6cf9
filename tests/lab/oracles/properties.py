"""What a sip-communicator.properties means, by the rules of java.util.Properties.load."""

from __future__ import annotations

from tests.lab.standins.jicofo.javaproperties import parse


def properties_meaning(text: str) -> dict[str, str]:
    """Every key with its last value."""
    return parse(text)
