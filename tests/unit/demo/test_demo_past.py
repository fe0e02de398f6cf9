"""The history that the practice server begins with reads like that of a real one."""

from __future__ import annotations

import gzip
import hashlib
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from jitsi_tui.demo.logbook import PATHS, Log, write_history
from jitsi_tui.demo.past import DAYS, write_past
from jitsi_tui.logs.buffer import SourceBuffer
from jitsi_tui.logs.levels import Level
from jitsi_tui.logs.records import Record, RecordParser

NOW = datetime(2026, 11, 24, 14, 2, 1, tzinfo=UTC)


def digest(lines: dict[Log, list[tuple[datetime, str]]]) -> str:
    return hashlib.sha256(repr(sorted(lines.items())).encode()).hexdigest()


def parsed(path: Path) -> list[Record]:
    data = path.read_bytes()
    block = RecordParser(now=NOW.timestamp).feed(data, 0)
    buffer = SourceBuffer(path.name)
    buffer.append(block, 1)
    return [buffer.record(number) for number in range(buffer.first, buffer.end)]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("past")
    write_history(root, *write_past(NOW, 7))
    return root


def test_the_seed_decides_everything() -> None:
    assert digest(write_past(NOW, 7)[0]) == digest(write_past(NOW, 7)[0])
    assert digest(write_past(NOW, 7)[0]) != digest(write_past(NOW, 8)[0])


@pytest.mark.parametrize("log", ["prosody", "jicofo", "jvb", "nginx.access"])
def test_every_line_is_a_record_with_its_time(tree: Path, log: Log) -> None:
    path = tree / PATHS[log]
    for file in (path, path.with_name(f"{path.name}.1")):
        records = parsed(file)
        assert len(records) == len(file.read_bytes().splitlines())
        times = [record.time for record in records]
        assert None not in times
        assert all(a <= b for a, b in pairwise(times))  # type: ignore[operator]
        assert all(time <= NOW for time in times if time)


def test_there_are_levels_to_look_at(tree: Path) -> None:
    levels = {record.level for log in ("jicofo", "jvb") for record in parsed(tree / PATHS[log])}
    assert Level.INFO in levels


def test_rotations_meet_without_a_gap(tree: Path) -> None:
    path = tree / PATHS["jicofo"]
    older = gzip.decompress(path.with_name("jicofo.log.2.gz").read_bytes()).decode().splitlines()
    middle = path.with_name("jicofo.log.1").read_text().splitlines()
    newest = path.read_text().splitlines()
    stamps = [line[7:30] for line in (*older, *middle, *newest)]
    assert stamps == sorted(stamps)
    assert stamps[0].startswith(f"{NOW - timedelta(days=DAYS):%Y-%m-%d}")


def test_the_logs_say_that_nobody_is_asked(tree: Path) -> None:
    path = tree / PATHS["jicofo"]
    oldest = gzip.decompress(path.with_name("jicofo.log.2.gz").read_bytes())
    assert b"Authentication service disabled." in oldest
