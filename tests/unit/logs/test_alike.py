"""Logs that begin alike, copies that are in the making, and files that rotation removed unseen."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from tests.soak_logs import look_back

from .conftest import Open
from .following import BANNER, NUMBER, Following, add, copytruncate, numbered, rotate, shift


def begin(log: Path, first: int, end: int) -> None:
    """Write into an empty log as a program does that says the same first."""
    with log.open("ab") as file:
        file.write(BANNER + numbered(first, end))


def pack(path: Path) -> None:
    """As gzip does it: the packed file has the times of the plain one."""
    packed = Path(f"{path}.gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    stat = path.stat()
    os.utime(packed, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    path.unlink()


def older(seen: Following, file: int, offset: int) -> list[int]:
    """All numbers before a place, oldest first."""
    pieces = look_back(seen.follower, seen.sources[0].name, (file, offset))
    found = [NUMBER.findall(piece) for piece in pieces if isinstance(piece, bytes)]
    return [int(number) for numbers in reversed(found) for number in numbers]


class TestTheSameStart:
    """More bytes than a file is known by are the same in all of them."""

    @pytest.mark.parametrize("packed", [False, True])
    def test_rotations_while_cut_off_lose_and_repeat_nothing(
        self, follow: Open, log: Path, packed: bool
    ) -> None:
        begin(log, 0, 100)
        rotate(log)
        begin(log, 100, 300)
        seen = follow(log)
        seen.wait_for(lambda: 299 in seen.numbers())
        seen.cut()
        add(log, 300, 310)
        for first, end in ((310, 320), (320, 700), (700, 710)):
            rotate(log)
            begin(log, first, end)
        if packed:
            for number in (4, 3, 2):
                pack(Path(f"{log}.{number}"))
        seen.reconnect()
        seen.wait_for(lambda: 709 in seen.numbers())
        assert seen.numbers() == list(range(100, 710))
        assert seen.gaps() == []

    def test_a_log_whose_file_was_removed_is_not_taken_for_a_shorter_one(
        self, follow: Open, log: Path
    ) -> None:
        begin(log, 0, 1000)
        seen = follow(log)
        seen.wait_numbers(1000)
        seen.cut()
        log.unlink()
        for first in (1000, 1050):
            begin(log, first, first + 50)
            rotate(log)
        begin(log, 1100, 1110)
        seen.reconnect()
        seen.wait_for(lambda: 1109 in seen.numbers())
        assert seen.numbers() == list(range(1110))
        assert seen.gaps() == ["gone"]

    def test_history_comes_from_the_file_that_is_meant(self, follow: Open, log: Path) -> None:
        for first in range(0, 500, 100):
            begin(log, first, first + 100)
            rotate(log)
        begin(log, 500, 600)
        seen = follow(log)
        seen.wait_for(lambda: 599 in seen.numbers())
        begun = len(BANNER) + len(numbered(500, 510))
        rotate(log)
        begin(log, 600, 700)
        for number in (6, 5, 4, 2):
            pack(Path(f"{log}.{number}"))
        seen.wait_for(lambda: 699 in seen.numbers())
        assert older(seen, 1, begun) == list(range(510))

    def test_a_packed_file_that_was_told_is_not_taken_for_a_plain_one(
        self, follow: Open, log: Path
    ) -> None:
        log.touch()
        seen = follow(log)
        seen.cut()
        begin(log, 0, 100)
        for _ in range(2):
            rotate(log)
        pack(Path(f"{log}.2"))
        seen.reconnect()
        seen.wait_numbers(100)
        seen.pause()
        begin(log, 100, 103)
        shift(log)
        copytruncate(log)
        seen.go_on()
        seen.wait_numbers(103)
        seen.holds_each_once(103)

    def test_what_is_open_is_known_by_all_of_it_when_it_was_packed(
        self, follow: Open, log: Path
    ) -> None:
        log.touch()
        seen = follow(log)
        seen.pause()
        begin(log, 0, 50)
        copytruncate(log)
        begin(log, 50, 100)
        rotate(log)
        rotate(log)
        for number in (3, 2):
            pack(Path(f"{log}.{number}"))
        seen.go_on()
        seen.wait_numbers(100)
        seen.holds_each_once(100)


def test_empty_files_that_are_packed_are_not_missed(follow: Open, log: Path) -> None:
    log.touch()
    seen = follow(log)
    seen.pause()
    for _ in range(2):
        rotate(log)
    pack(Path(f"{log}.2"))
    add(log, 0, 10)
    seen.go_on()
    seen.wait_numbers(10)
    seen.holds_each_once(10)
    assert seen.gaps() == []


def test_history_goes_on_before_files_that_were_empty_when_they_were_packed(
    follow: Open, log: Path
) -> None:
    add(log, 0, 10)
    for _ in range(3):
        rotate(log)
        pack(Path(f"{log}.1"))
    add(log, 10, 20)
    seen = follow(log)
    seen.wait_for(lambda: 19 in seen.numbers())
    assert older(seen, 1, 0) == list(range(10))


def test_a_copy_in_the_making_is_told_once(follow: Open, log: Path) -> None:
    add(log, 0, 50)
    seen = follow(log)
    seen.wait_numbers(50)
    seen.cut()
    copytruncate(log)
    add(log, 50, 100)
    shift(log)
    # Copied, and not emptied yet.
    Path(f"{log}.1").write_bytes(log.read_bytes())
    seen.reconnect()
    seen.wait_numbers(100)
    os.truncate(log, 0)
    add(log, 100, 110)
    seen.wait_numbers(110)
    seen.holds_each_once(110)


@pytest.mark.parametrize("packed", [False, True])
def test_a_cut_while_copies_are_read_loses_no_gap_after_them(
    follow: Open, log: Path, packed: bool
) -> None:
    """In the instant of each copy lines may be lost, whenever the copy is read."""
    add(log, 0, 10)
    seen = follow(log)
    seen.wait_numbers(10)
    seen.cut()
    add(log, 10, 30_000)
    copytruncate(log)
    add(log, 30_001, 60_000)
    shift(log)
    copytruncate(log)
    if packed:
        pack(Path(f"{log}.2"))
        pack(Path(f"{log}.1"))
    add(log, 60_001, 60_010)
    for first in (100, 30_100):
        seen.reconnect()
        while seen.numbers()[-1] < first:
            seen.events += seen.follower.read(60)
        assert seen.numbers()[-1] < first + 25_000
        seen.cut()
    seen.reconnect()
    seen.wait_for(lambda: 60_009 in seen.numbers())
    assert seen.numbers() == [*range(30_000), *range(30_001, 60_000), *range(60_001, 60_010)]
    assert seen.gaps() == ["copied", "copied"]


class TestRemoved:
    """Rotation removed files that nobody had read: that is marked where they were."""

    def test_an_empty_log_was_left(self, follow: Open, log: Path) -> None:
        add(log, 0, 10)
        rotate(log)
        seen = follow(log)
        seen.cut()
        for first in (10, 20, 30):
            add(log, first, first + 10)
            Path(f"{log}.1").unlink()
            rotate(log)
        add(log, 40, 50)
        seen.reconnect()
        seen.wait_for(lambda: 49 in seen.numbers())
        assert seen.numbers() == list(range(30, 50))
        assert seen.gaps() == ["gone"]

    def test_all_that_came_between_was_removed_in_a_stall(self, follow: Open, log: Path) -> None:
        add(log, 0, 10)
        seen = follow(log)
        seen.wait_numbers(10)
        seen.pause()
        for first in (10, 20, 30):
            rotate(log)
            Path(f"{log}.2").unlink(missing_ok=True)
            add(log, first, first + 10)
        seen.go_on()
        seen.wait_for(lambda: 39 in seen.numbers())
        assert seen.numbers() == [*range(10), *range(20, 40)]
        assert seen.gaps() == ["gone"]

    def test_replaced_files_that_are_gone_after_a_cut_are_one_gap(
        self, follow: Open, log: Path
    ) -> None:
        """Somebody may have written into any of them until the end."""
        add(log, 0, 10)
        seen = follow(log)
        for first in (10, 20, 30):
            rotate(log)
            add(log, first, first + 10)
            seen.wait_numbers(first + 10)
        seen.cut()
        for number in (3, 2):
            Path(f"{log}.{number}").unlink()
        add(log, 40, 50)
        seen.reconnect()
        seen.wait_numbers(50)
        seen.holds_each_once(50)
        assert seen.gaps() == ["gone"]

    def test_what_an_admin_removes_beside_an_empty_log_is_said_once(
        self, follow: Open, log: Path
    ) -> None:
        for first in (0, 10):
            add(log, first, first + 10)
            rotate(log)
        seen = follow(log)
        Path(f"{log}.1").unlink()
        # An empty log is looked around for about once a second.
        seen.wait_for(lambda: bool(seen.gaps()))
        seen.collect(2.5)
        assert seen.gaps() == ["gone"]
        add(log, 20, 30)
        seen.wait_for(lambda: 29 in seen.numbers())
        assert seen.numbers() == list(range(20, 30))

    def test_each_copy_after_one_that_was_removed_ends_with_a_gap(
        self, follow: Open, log: Path
    ) -> None:
        """In the instant of each copy lines may be lost, also where the first copy is gone."""
        add(log, 0, 10)
        seen = follow(log)
        seen.wait_numbers(10)
        seen.pause()
        copytruncate(log)
        Path(f"{log}.1").unlink()
        for first in (10, 20):
            add(log, first, first + 9)
            shift(log)
            copytruncate(log)
        add(log, 30, 40)
        seen.go_on()
        seen.wait_for(lambda: 39 in seen.numbers())
        assert seen.numbers() == [*range(19), *range(20, 29), *range(30, 40)]
        assert seen.gaps() == ["emptied", "copied", "copied"]


def test_a_copy_without_the_last_lines_that_were_told_is_not_told_again(
    follow: Open, log: Path
) -> None:
    """Its inode is another copy's by the time one looks what came after it."""
    add(log, 0, 10)
    seen = follow(log)
    seen.wait_numbers(10)
    shift(log)
    Path(f"{log}.1").write_bytes(log.read_bytes())
    add(log, 10, 20)
    seen.wait_numbers(20)
    seen.pause()
    os.truncate(log, 0)
    pack(Path(f"{log}.1"))
    add(log, 20, 30)
    shift(log)
    copytruncate(log)
    add(log, 30, 40)
    seen.go_on()
    seen.wait_numbers(40)
    seen.holds_each_once(40)
    assert seen.gaps() == ["copied", "copied"]
