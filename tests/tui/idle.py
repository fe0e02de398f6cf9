"""When an app has done what it was asked, however little of the machine it gets."""

from __future__ import annotations

import asyncio
import time

_STEP = 0.02
_IDLE_CPU = 0.001
_ROUNDS = 20


async def wait_for_idle(min_sleep: float = _STEP, max_cpu: float = 1.0) -> None:
    """Textual's own waiting of this name, by this process' time instead of the wall's.

    Textual goes on after a second of the wall's time: on a busy machine an app gets little of
    that, and what a key set off isn't done. ``min_sleep`` in seconds of the wall, ``max_cpu`` in
    seconds that this process has worked.
    """
    started, begun = time.monotonic(), time.process_time()
    while True:
        before = time.process_time()
        await asyncio.sleep(_STEP)
        for _ in range(_ROUNDS):  # what is handed from one queue to the next
            await asyncio.sleep(0)
        now = time.process_time()
        if now - begun >= max_cpu:
            return
        if time.monotonic() - started > min_sleep and now - before < _IDLE_CPU:
            return
