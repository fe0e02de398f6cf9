"""A fresh question ignores all input for a moment: a key that repeats must not answer it."""

from __future__ import annotations

import time
from typing import ClassVar


class Deafness:
    """Counts from when it was made, or begun anew."""

    SECONDS: ClassVar[float] = 0.3

    def __init__(self) -> None:
        self._since = time.monotonic()

    def begin(self) -> None:
        """The question is seen from now on."""
        self._since = time.monotonic()

    def __bool__(self) -> bool:
        return time.monotonic() - self._since < self.SECONDS
