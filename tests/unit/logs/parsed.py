"""Parses bytes as the app does, in pieces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, tzinfo

from jitsi_tui.logs.buffer import SourceBuffer
from jitsi_tui.logs.records import Record, RecordParser

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def at(moment: datetime) -> Callable[[], float]:
    return moment.timestamp


def parse(
    pieces: Sequence[bytes] | bytes,
    zone: tzinfo = UTC,
    now: datetime = NOW,
    *,
    journal: bool = False,
    capacity: int = 100_000,
) -> list[Record]:
    """All records of these bytes."""
    parser = RecordParser(zone, at(now), journal=journal)
    buffer = SourceBuffer("test", capacity)
    offset = 0
    for piece in [pieces] if isinstance(pieces, bytes) else pieces:
        buffer.append(parser.feed(piece, offset), 1)
        offset += len(piece)
    return [buffer.record(number) for number in range(buffer.first, buffer.end)]


def one(line: bytes, zone: tzinfo = UTC, now: datetime = NOW) -> Record:
    """The only record of these bytes."""
    (record,) = parse(line, zone, now)
    return record
