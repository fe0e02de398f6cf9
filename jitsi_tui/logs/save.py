"""Writes records to a file on this machine, so that a terminal may show it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO

from ..ssh.host import HostError
from ..visible import visible
from .records import Record


class SaveError(HostError):
    """The file could not be written, or is there already."""

    kind = "save"

    def __init__(self, message: str, hint: str = "", *, exists: bool = False) -> None:
        super().__init__(message, hint)
        self.exists = exists
        """Whether there is such a file: it is overwritten only if that is asked for."""


class Saving:
    """A new file that only its owner may read, written piece by piece.

    Credentials are hidden as on the screen, and nothing in the file controls a terminal.
    """

    def __init__(self, path: Path, *, overwrite: bool = False) -> None:
        """Raises ``SaveError``; where the file is there already, unless it may be overwritten."""
        self.path = path
        self.count = 0
        self._written = path
        try:
            self._file = self._replacing() if overwrite else self._new()
        except FileExistsError as error:
            if not path.is_file():
                raise SaveError(f"{path} is not a regular file", "give another name") from error
            raise SaveError(f"{path} is there already", "give another name", exists=True) from error
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise SaveError(f"can't write {path}: {why}", "give another place") from error

    def _new(self) -> IO[str]:
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        return os.fdopen(descriptor, "w", encoding="utf-8")

    def _replacing(self) -> IO[str]:
        if self.path.exists() and not self.path.is_file():
            raise ValueError("it is not a regular file")
        descriptor, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
        self._written = Path(name)
        return os.fdopen(descriptor, "w", encoding="utf-8")

    def write(self, records: Iterable[Record]) -> None:
        """Add records. Raises ``SaveError``; the file is then gone."""
        try:
            for record in records:
                self._file.write(_lines(record))
                self.count += 1
        except OSError as error:
            self.abandon()
            raise self._failed(error) from error

    def finish(self) -> int:
        """Close it; returns how many records it has. Raises ``SaveError``; it is then gone."""
        try:
            self._file.close()
            if self._written != self.path:
                self._written.replace(self.path)
        except OSError as error:
            self.abandon()
            raise self._failed(error) from error
        return self.count

    def abandon(self) -> None:
        """Take away what was begun; a file that should have been overwritten stays as it was."""
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):  # what keeps one from writing may keep one from this, too
            self._written.unlink()

    def _failed(self, error: OSError) -> SaveError:
        return SaveError(f"can't write {self.path}: {error.strerror}", "give another place")


def _lines(record: Record) -> str:
    text = visible(record.text, lines=True, tabs=True)
    if record.gap:
        text = f"── {text} ──"
    if record.cut:
        text += f" … {record.cut:,} bytes more"
    # Further lines name no source: what a log says must not pass for a record of another one.
    further = text.replace("\n", "\n\t")
    return f"{visible(record.source)}\t{further}\n"
