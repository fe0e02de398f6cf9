"""The way to the terminal, which may go away at any moment."""

from __future__ import annotations

from contextlib import suppress
from typing import IO, Any

from textual.drivers.linux_driver import LinuxDriver


class LastingDriver(LinuxDriver):
    """As Textual's; what a terminal that is gone can't take is dropped.

    Textual's writer ends with the first error. Its queue then fills, and the app waits for room in
    it for ever, also where it only wants to end: a connection that breaks under load did that.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._file = _WhileThere(self._file)  # type: ignore[assignment, arg-type]


class _WhileThere:
    """A file whose writes never fail."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> None:
        with suppress(OSError):
            self._file.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._file.flush()

    def fileno(self) -> int:
        return self._file.fileno()
