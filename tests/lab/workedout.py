"""What a stand-in works out at its first start, handed on to the hosts that are made later.

Its compiled programs, and what Ruby read in its files: without them that start takes twice the
processor time, and every test that makes a host pays for it.
"""

from __future__ import annotations

from contextlib import suppress

from .inroot import InRoot

READ = "/usr/share/jicofo/read"
_FOLDERS = (READ, "/usr/share/jicofo/standin/__pycache__")
_found: dict[tuple[str, str], bytes] = {}


def keep(tree: InRoot, release: str) -> None:
    """Remember what the stand-in of a running host worked out; a host without one has nothing."""
    for folder in _FOLDERS:
        with suppress(OSError):
            for path in tree.path(folder).iterdir():
                if ".pyc." not in path.name:  # one that is just being written
                    _found.setdefault((release, f"{folder}/{path.name}"), path.read_bytes())


def give(tree: InRoot, release: str) -> None:
    """Write what is known into a host that has not booted yet."""
    tree.folder(READ, owner="jicofo:jitsi")
    for (of, path), content in _found.items():
        if of == release:
            tree.write(path, content, owner="jicofo:jitsi")
