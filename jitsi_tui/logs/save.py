"""Writes records to a file on this machine, so that a terminal may show it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ..ssh.host import HostError
from ..visible import visible
from .records import Record


class SaveError(HostError):
    """The file could not be written, or is there already."""

    kind = "save"


def save(path: Path, records: Iterable[Record]) -> int:
    """Write these records to a new file that only its owner may read; returns how many.

    Credentials are hidden as on the screen, and nothing in the file controls a terminal. Raises
    ``SaveError``; a file that was begun is then taken away.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise SaveError(f"{path} is there already", "give another name") from error
    except (OSError, ValueError) as error:
        raise SaveError(f"can't write {path}: {error}", "give another place") from error
    count = 0
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            for count, record in enumerate(records, 1):  # noqa: B007 - counted on purpose
                file.write(_lines(record))
    except OSError as error:
        path.unlink(missing_ok=True)
        raise SaveError(f"can't write {path}: {error.strerror}", "is the disk full?") from error
    return count


def _lines(record: Record) -> str:
    text = visible(record.text, lines=True)
    if record.gap:
        text = f"── {text} ──"
    if record.cut:
        text += f" … {record.cut} bytes more"
    return f"{visible(record.source)}\t{text}\n"
