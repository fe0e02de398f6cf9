"""Writes what panes hold to a file, a piece at a time: keys and logs don't wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from jitsi_tui.logs.filters import EVERYTHING, Filter

from .log_store import LogStore

if TYPE_CHECKING:
    from jitsi_tui.logs.save import Saving

    from .present.filtering import Filtering

_PIECE = 500


class Scope(NamedTuple):
    """What may be saved."""

    words: str
    sources: tuple[str, ...]
    wanted: Filter = EVERYTHING
    since: int | None = None
    """Microseconds since 1970; ``None``: all that is held."""


def scopes(
    filtering: Filtering, shown: tuple[str, ...], alone: str | None, since: int | None
) -> list[Scope]:
    """What may be saved of these logs; ``alone`` is the one that has a pane with focus."""
    rest = "" if filtering.idle else ", what passes the filters"
    found = [Scope(f"all panes, merged by time{rest}", shown, filtering.wanted)]
    if alone is not None:
        found.insert(0, Scope(f"{alone}{rest}", (alone,), filtering.wanted))
    if since is not None:
        found.append(Scope("everything since the mark, all panes", shown, since=since))
    return found


async def write_scope(
    saving: Saving, scope: Scope, store: LogStore, tell: Callable[[int], None]
) -> int:
    """Write all that is held of a scope now; returns how many records.

    Raises ``SaveError``; ``SlowPatternError`` where the scope's filter takes too long.
    ``tell`` is told how many are written so far. Nothing is left of the file if it is cancelled.
    """
    rows = store.rows(scope.sources, scope.wanted)
    try:
        while not rows.update():
            await asyncio.sleep(0)
        scope.wanted.check_speed()
        at = rows.index_at(scope.since) if scope.since is not None else 0
        while piece := rows.rows(at, at + _PIECE):
            saving.write([rows.record(row) for row in piece])
            tell(saving.count)
            await asyncio.sleep(0)
            # What fell out of memory meanwhile moves the rest up.
            at = rows.index(piece[-1])
            at += rows.rows(at, at + 1) == [piece[-1]]
        return saving.finish()
    except BaseException:
        saving.abandon()
        raise
