"""The names that the user's ssh configuration gives to hosts, to choose from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .sshconfig import SshConfigError, host_patterns

_MOST = 1000


def aliases(ssh_config: Path | None = None) -> tuple[str, ...]:
    """Every name of a ``Host`` line without a wildcard, each once, in the file's order.

    A configuration that can't be read has none: this is a list of suggestions.
    """
    file = ssh_config or Path.home() / ".ssh" / "config"
    try:
        return tuple(dict.fromkeys(_plain(host_patterns(file))))[:_MOST]
    except SshConfigError:
        return ()


def _plain(patterns: Iterator[str]) -> Iterator[str]:
    for pattern in patterns:
        if pattern and not pattern.startswith(("!", "-")) and not set("*?") & set(pattern):
            yield pattern
