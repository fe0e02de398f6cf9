"""Where the logs lie, as the server's files say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from ..model import Known, Prosody, SourceFile, known
from ..sites import logs_for
from .sections import Sections

JOURNAL = ""
"""Stands for a path where a log goes to no file: its unit's journal has it."""

_LEVELS = ("debug", "info", "warn", "error")
_DATA = "/var/lib/prosody"
"""Where Prosody stands when it opens its logs."""


def log_paths(
    sections: Sections, prosody: Prosody, web: Mapping[str, SourceFile], domain: str
) -> dict[str, str]:
    """Log source to file: as configured, else where Debian's packages put it."""
    found = {s.fields[0]: s.text for s in sections.all("log") if s.fields}
    main = [f.value for _, f in sections.files("nginx") if isinstance(f, Known)]
    for site in [*main, *web.values()]:
        found |= logs_for(site.text, domain)
    hosts = known(prosody.effective)
    if hosts is not None:
        shared = hosts.get("*", {})
        found |= prosody_logs(shared.get("log"), str(shared.get("data_path", _DATA)))
    return found


def prosody_logs(log: object, data: str = _DATA) -> dict[str, str]:
    """Prosody's log and that of its errors, by its global option ``log`` (``loggingmanager``)."""
    sinks = [(level, path and str(PurePosixPath(data) / path)) for level, path in _sinks(log)]
    if not sinks:
        return {}
    # The file with most in it, if that has what is usual; the journal may have it too.
    main = min(sinks, key=lambda sink: (sink[0] > 1, not sink[1], sink[0]))[1]
    errors = [sink for sink in sinks if sink[0] > 1 and sink[1] not in ("", main)]
    return {"prosody": main} | ({"prosody.err": min(errors)[1]} if errors else {})


def _sinks(log: object) -> Iterator[tuple[int, str]]:
    """Where it writes: from which of the levels on, and to which file."""
    if log is None:
        yield 1, JOURNAL
    elif isinstance(log, str):
        yield (0, JOURNAL) if log.startswith("*") else (1, log)
    elif isinstance(log, list):
        for sink in log:
            yield from _sink(sink)
    elif isinstance(log, dict):
        for name, sink in log.items():
            if name in _LEVELS and isinstance(sink, str):
                yield _LEVELS.index(name), JOURNAL if sink.startswith("*") else sink
            elif name.isdigit():
                yield from _sink(sink)


def _sink(sink: object) -> Iterator[tuple[int, str]]:
    if isinstance(sink, str) and sink.startswith("*"):
        yield 0, JOURNAL
    elif isinstance(sink, dict) and sink.get("to") in ("console", "stdout", "syslog"):
        yield _least(sink.get("levels")), JOURNAL
    elif isinstance(sink, dict) and sink.get("to") == "file":
        path = sink.get("filename")
        if isinstance(path, str) and path:
            yield _least(sink.get("levels")), path


def _least(levels: object) -> int:
    """The first of the levels that a sink takes."""
    if isinstance(levels, dict):
        named = [levels["min"]] if "min" in levels else [*levels.values()]
    else:
        named = levels if isinstance(levels, list) else [levels]
    return min((_LEVELS.index(one) for one in named if one in _LEVELS), default=0)
