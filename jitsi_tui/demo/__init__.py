"""The practice server: an SSH server in this process over a sandboxed instance."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .practice import DemoError as DemoError
    from .practice import PracticeServer as PracticeServer


def start(*, seed: int = 7) -> PracticeServer:
    """Start a practice server; it is usable when this returns. Raises ``DemoError``.

    ``seed`` decides what the people of its story do. Linux only.
    """
    from .practice import PracticeServer  # noqa: PLC0415 - nobody else pays for it

    return PracticeServer(seed=seed)
