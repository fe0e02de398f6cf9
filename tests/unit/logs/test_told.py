"""What is known of files for as long as one may ask for their older lines."""

from __future__ import annotations

from datetime import UTC

from jitsi_tui.logs.buffer import SourceBuffer
from jitsi_tui.logs.events import Began
from jitsi_tui.logs.frames import Frame
from jitsi_tui.logs.history import HistoryCursor
from jitsi_tui.logs.sources import Source
from jitsi_tui.logs.told import Told


def test_a_file_that_is_open_stays_known_however_often_another_log_is_rotated() -> None:
    """It was asked for by nothing: the server found none, and the log was said to begin there."""
    told = Told([Source("a", "/a"), Source("b", "/b")], None)
    told.take(Frame(b"H", 0, 0, 0, b"1 1795492801 0 60 -"))
    told.take(Frame(b"I", 0, 1, 0, b"live 1 11 100 4141 - 2f61"))
    for number in range(2, 600):
        told.take(Frame(b"I", 1, number, 0, b"live 1 %d 100 4242 - 2f62" % (10 + number)))
        if number > 2:
            told.take(Frame(b"E", 1, number - 1, 0, b""))
    assert told.asked(1, 1) == "1 11 4141 0 -"
    assert told.asked(2, 599) == "1 609 4242 0 -"
    assert len(told.position().known) <= 260


def test_older_files_without_end_cost_no_memory() -> None:
    cursor = HistoryCursor(SourceBuffer("a"))
    for number in range(10_000):
        cursor.take(Began("a", number, f"/a.{number}", 1, past=True), UTC)
    assert len(cursor._mtimes) <= 256
