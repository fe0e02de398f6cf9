"""A file of the user that gets a new content in one step: the old one or the new, never half."""

from __future__ import annotations

import os
from pathlib import Path


def replace(path: Path, text: str, *, lasting: bool = True) -> None:
    """Write a file, private where it is new; its mode stays, and a link to it too.

    ``lasting``: wait until the disk has it. Raises ``OSError``; the old content is there then.
    """
    import tempfile  # noqa: PLC0415 - only writing needs it

    target = Path(os.path.realpath(path))
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
            if lasting:
                out.flush()
                os.fsync(out.fileno())
        if target.exists():
            temporary.chmod(target.stat().st_mode & 0o777)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
