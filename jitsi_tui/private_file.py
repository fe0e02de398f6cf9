"""Files on this machine that hold what only their owner may read."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from jitsi_tui.instance.model import RefusedError


def write_new(path: Path, text: str) -> None:
    """Write a file that did not exist, 0600. Raises ``RefusedError``."""
    with PrivateFile(path) as file:
        file.write(text)


class PrivateFile:
    """A new file, 0600, that takes piece after piece."""

    def __init__(self, path: Path) -> None:
        """Raises ``RefusedError`` where there is such a file, or where it can't be made."""
        self.path = path
        try:
            self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            os.fchmod(self._handle, 0o600)
        except FileExistsError:
            raise RefusedError(f"{path} exists already", "name a file that does not") from None
        except OSError as error:
            raise RefusedError(f"{path} can't be written: {error.strerror}", "") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Have it on the disk, and leave it."""
        with suppress(OSError):
            os.fsync(self._handle)
        os.close(self._handle)

    def write(self, text: str) -> None:
        """Add to it, all or nothing. Raises ``RefusedError`` where the disk is full."""
        begin = os.lseek(self._handle, 0, os.SEEK_CUR)
        try:
            data = text.encode()
            while data:
                data = data[os.write(self._handle, data) :]
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(self._handle, begin)
                os.lseek(self._handle, begin, os.SEEK_SET)
            raise RefusedError(f"{self.path} can't be written: {error.strerror}", "") from None

    def discard(self) -> None:
        """Nothing was to be written after all."""
        self.path.unlink(missing_ok=True)
