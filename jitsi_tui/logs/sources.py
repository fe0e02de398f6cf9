"""The logs of a Jitsi server: their names, where they lie, and the unit whose journal stands in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ..ssh.host import HostError


class Source(NamedTuple):
    """One log: ``name`` is what people type and read."""

    name: str
    path: str
    """Empty where it goes to no file."""

    unit: str = ""
    """The systemd unit whose journal is read where the file is missing; empty: none."""

    def under(self, root: str) -> Source:
        """The same on a server whose files lie in a folder."""
        return self._replace(path=root + self.path) if self.path else self


DEFAULTS: Mapping[str, Source] = {
    source.name: source
    for source in (
        Source("prosody", "/var/log/prosody/prosody.log", "prosody.service"),
        Source("prosody.err", "/var/log/prosody/prosody.err"),
        Source("jicofo", "/var/log/jitsi/jicofo.log", "jicofo.service"),
        Source("jvb", "/var/log/jitsi/jvb.log", "jitsi-videobridge2.service"),
        Source("nginx", "/var/log/nginx/error.log", "nginx.service"),
        Source("nginx.access", "/var/log/nginx/access.log"),
    )
}
"""Where Debian's packages put them (file-hierarchy(7), the packages' logrotate files)."""

USUAL = ("prosody", "jicofo", "jvb", "nginx")
"""What is shown when nothing is asked for."""


class UnknownSourceError(HostError):
    """A name that is neither a known log nor an absolute path."""

    kind = "usage"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"there is no log named {name!r}",
            f"use {', '.join(DEFAULTS)}, or the absolute path of a file",
        )
        self.name = name


def configured(paths: Mapping[str, str]) -> dict[str, Source]:
    """All known sources, at the paths that the server's configuration names.

    ``paths`` maps a source's name to the file that the configuration gives, empty where it gives
    the journal; names that it lacks, and paths that aren't absolute, keep their default.
    """
    found = dict(DEFAULTS)
    for name, path in paths.items():
        known = found.get(name)
        if usable(path) or (not path and known and known.unit):
            found[name] = Source(name, path, known.unit if known else "")
    return found


def choose(names: Iterable[str], paths: Mapping[str, str] | None = None) -> tuple[Source, ...]:
    """The sources that were asked for by name or absolute path, each once, in that order.

    Nothing asked for means ``USUAL``. Raises ``UnknownSourceError``.
    """
    known = configured(paths or {})
    chosen: dict[str, Source] = {}
    for name in tuple(names) or USUAL:
        if name in known:
            chosen.setdefault(name, known[name])
        elif usable(name):
            chosen.setdefault(name, Source(name, name))
        else:
            raise UnknownSourceError(name)
    return tuple(chosen.values())


def usable(path: str) -> bool:
    """Whether a file may be called so: only then it can be asked for."""
    try:
        path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return path.startswith("/") and not path.endswith("/") and "\0" not in path
