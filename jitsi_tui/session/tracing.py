"""Records of the logs as the tracer takes them, and what it can't know on this server."""

from __future__ import annotations

from collections.abc import Mapping

from jitsi_tui.logs.records import Record
from jitsi_tui.trace.values import Line

SOURCES = ("nginx.access", "nginx", "prosody", "jicofo", "jvb")
"""The logs that a trace reads."""

_MEANS = {
    "nginx.access": "from where people come, and which are our own looks at the server",
    "nginx": "whether the web server reaches Prosody",
    "prosody": "who logs in",
    "jicofo": "who asks for rooms, and who may open them",
    "jvb": "whether sound and picture flow",
}


def line_of(record: Record) -> Line | None:
    """A record as the tracer takes it; ``None`` for gaps and for what has no time."""
    if record.gap or record.time is None:
        return None
    return Line(record.source, record.time, record.text)


def doubts(silent: Mapping[str, str]) -> tuple[str, ...]:
    """What is not known, where logs can't be read: one sentence each."""
    return tuple(
        f"{source} can't be read ({why}), so it is not known {_MEANS.get(source, 'what it says')}"
        for source, why in silent.items()
    )
