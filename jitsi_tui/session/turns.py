"""How long one thread of ours may keep Python to itself while another wants it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_SHORT_SECONDS = 0.0005
"""At 0.005, as it is set, whoever waits for packets or keys waits so long after each of them."""

_lock = threading.Lock()
_inside = 0
_usual = 0.0


@contextmanager
def short_turns() -> Iterator[None]:
    """Take turns often: one thread computes for long, another has many small things to do."""
    global _inside, _usual  # noqa: PLW0603 - the interpreter has one such setting
    with _lock:
        if not _inside:
            _usual = sys.getswitchinterval()
            sys.setswitchinterval(_SHORT_SECONDS)
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside:
                sys.setswitchinterval(_usual)
