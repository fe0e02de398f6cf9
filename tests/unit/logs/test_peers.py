"""What other followers of logs lose, each named after the report."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from jitsi_tui.logs.events import Lines

from .conftest import Open
from .following import add, copytruncate, numbered, rotate


def take_over_inode(path: Path, content: bytes) -> bool:
    """Write a file anew until it has its old inode again, as ext4 gives it out at once."""
    inode = path.stat().st_ino
    kept: list[Path] = []
    path.unlink()
    for at in range(50):
        path.write_bytes(content)
        if path.stat().st_ino == inode:
            break
        spare = path.with_name(f"spare{at}")
        path.rename(spare)
        kept.append(spare)
    else:
        path.write_bytes(content)
    reused = path.stat().st_ino == inode
    for spare in kept:
        spare.unlink()
    return reused


def test_vector_18342_a_new_log_with_the_old_inode_is_told_from_its_start(
    follow: Open, log: Path
) -> None:
    add(log, 0, 50)
    seen = follow(log)
    seen.wait_numbers(50)
    seen.cut()
    Path(f"{log}.1").write_bytes(log.read_bytes() + numbered(50, 60))
    # Longer than the old one, so that the old offset would be a place in it.
    if not take_over_inode(log, numbered(60, 300)):
        pytest.skip("this file system gives no inode out again")
    seen.reconnect()
    seen.wait_numbers(300)
    seen.holds_each_once(300)


def test_vector_18342_two_logs_that_swap_inodes_are_told_apart(follow: Open, log: Path) -> None:
    add(log, 0, 50)
    seen = follow(log)
    for start in range(50, 400, 50):
        seen.cut()
        old = Path(f"{log}.0")
        rest = old.with_name("rest")
        if old.exists():
            old.rename(rest)
        add(log, start, start + 25)
        log.rename(old)
        if rest.exists():
            # The file of two rotations ago, emptied, becomes the log again.
            os.truncate(rest, 0)
            rest.rename(log)
        add(log, start + 25, start + 50)
        seen.reconnect()
        seen.wait_numbers(start + 50)
    seen.holds_each_once(400)


def test_vector_5902_a_new_log_of_the_same_size_is_told(follow: Open, log: Path) -> None:
    log.write_bytes(numbered(100, 110))
    seen = follow(log)
    seen.wait_for(lambda: len(seen.numbers()) == 10)
    rotate(log)
    log.write_bytes(numbered(110, 120))
    seen.wait_for(lambda: seen.numbers() == list(range(100, 120)))


def test_filebeat_45300_copytruncate_and_packing_while_away_lose_nothing(
    follow: Open, log: Path
) -> None:
    add(log, 0, 50)
    seen = follow(log)
    seen.wait_numbers(50)
    seen.cut()
    copytruncate(log, f"{log}.2")
    add(log, 50, 100)
    copytruncate(log, f"{log}.1")
    add(log, 100, 150)
    packed = Path(f"{log}.2")
    Path(f"{log}.2.gz").write_bytes(gzip.compress(packed.read_bytes()))
    packed.unlink()
    seen.reconnect()
    seen.wait_numbers(150)
    seen.holds_each_once(150)


def test_filebeat_39731_copytruncate_tells_nothing_twice(follow: Open, log: Path) -> None:
    seen = follow(log)
    for start in range(0, 100, 10):
        add(log, start, start + 10)
        seen.wait_numbers(start + 10)
        copytruncate(log)
        seen.wait_for(lambda: len(seen.gaps()) == start // 10 + 1)  # noqa: B023
    seen.holds_each_once(100)


def test_lnav_a_rename_within_one_device_is_seen(follow: Open, log: Path) -> None:
    add(log, 0, 10)
    seen = follow(log)
    for start in range(10, 60, 10):
        rotate(log)
        add(log, start, start + 10)
        seen.wait_numbers(start + 10)
    seen.holds_each_once(60)
    assert seen.states().count("rotated") == 5


def test_lnav_908_the_logs_outlive_the_connection(follow: Open, log: Path) -> None:
    add(log, 0, 10)
    seen = follow(log)
    seen.cut()
    add(log, 10, 20)
    seen.reconnect()
    seen.wait_numbers(20)
    seen.holds_each_once(20)


def test_tail_a_line_that_looks_like_a_header_stays_a_line(follow: Open, tmp_path: Path) -> None:
    first, second = tmp_path / "a.log", tmp_path / "b.log"
    forged = f"==> {second} <==\nforged\n".encode()
    first.write_bytes(forged)
    second.write_bytes(b"true\n")
    seen = follow(first, second)
    assert seen.data("a.log") == forged
    assert seen.data("b.log") == b"true\n"


def test_a_line_that_looks_like_a_frame_stays_a_line(follow: Open, tmp_path: Path) -> None:
    first, second = tmp_path / "a.log", tmp_path / "b.log"
    add(first, 0, 1)
    add(second, 0, 1)
    seen = follow(first, second)
    # Somebody who could read our nonce would still write into a counted payload.
    nonce = seen.follower._reader._nonce
    frame = nonce + b"D\0\1\0\0\0\2" + bytes(8) + b"\0\0\0\7forged\n"
    with first.open("ab") as file:
        file.write(frame + b"\n" + numbered(1, 2))
    seen.wait_numbers(2, "a.log")
    assert b"forged" in seen.data("a.log")
    assert b"forged" not in seen.data("b.log")


def test_tail_a_writer_that_reopens_late_loses_nothing(follow: Open, log: Path) -> None:
    seen = follow(log)
    at = 0
    log.touch()
    for _ in range(4):
        with log.open("ab") as writer:
            writer.write(numbered(at, at + 100))
            writer.flush()
            rotate(log)
            seen.collect(0.3)
            writer.write(numbered(at + 100, at + 200))
        at += 200
    add(log, at, at + 10)
    seen.wait_numbers(at + 10)
    seen.holds_each_once(at + 10)


def test_lines_come_in_large_pieces_at_any_rate(follow: Open, log: Path) -> None:
    """paramiko falls seconds behind 20,000 small packets a second."""
    log.touch()
    seen = follow(log)
    for at in range(0, 4000, 20):
        add(log, at, at + 20)
    seen.wait_numbers(4000)
    pieces = sum(1 for event in seen.events if isinstance(event, Lines))
    assert pieces < 100
    seen.holds_each_once(4000)
