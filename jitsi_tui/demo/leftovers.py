"""Folders of practice servers: private, locked while somebody lives there, else removed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path

_PREFIX = "jitsi-tui-demo-"
_LOCK = "alive"
_YOUNG = 60.0
"""Seconds in which a folder without a lock may still be in the making."""


class NoPlaceError(Exception):
    """No folder in which programs may run."""

    hint = "set TMPDIR to a folder of yours that is not mounted noexec"


def make_folder() -> tuple[Path, int]:
    """A fresh private folder and the descriptor that holds its lock: close it last."""
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_place()))
    lock = os.open(folder / f"{_LOCK}.new", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    (folder / f"{_LOCK}.new").rename(folder / _LOCK)
    return folder, lock


def remove_dead() -> None:
    """Remove what runs left behind that were killed together with their keeper."""
    for place in _places():
        for folder in place.glob(f"{_PREFIX}*"):
            with contextlib.suppress(OSError):
                if folder.lstat().st_uid == os.getuid() and not folder.is_symlink():
                    _remove_if_dead(folder)


def _remove_if_dead(folder: Path) -> None:
    try:
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        if time.time() - folder.lstat().st_mtime > _YOUNG:
            shutil.rmtree(folder, ignore_errors=True)
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(lock)


def _places() -> list[Path]:
    wanted = [
        tempfile.gettempdir(),
        "/var/tmp",  # noqa: S108 - looked at, and a private folder is made in it
        os.environ.get("XDG_RUNTIME_DIR", ""),
        str(Path.home() / ".cache"),
    ]
    return [Path(place) for place in dict.fromkeys(wanted) if place and Path(place).is_dir()]


def _place() -> Path:
    """The first place where we may write and programs may run. Raises ``NoPlaceError``."""
    for place in _places():
        may_run = not os.statvfs(place).f_flag & os.ST_NOEXEC
        if may_run and os.access(place, os.W_OK | os.X_OK):
            return place
    raise NoPlaceError("the practice server finds no folder in which programs may run")
