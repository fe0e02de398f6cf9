"""The way to the terminal, which may go away at any moment."""

from __future__ import annotations

import select
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

    @property
    def hung_up(self) -> bool:
        """Whether the terminal is gone for good (``poll(2)``, POLLHUP)."""
        terminal = select.poll()
        terminal.register(self.fileno, 0)
        return any(event & select.POLLHUP for _, event in terminal.poll(0))


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
