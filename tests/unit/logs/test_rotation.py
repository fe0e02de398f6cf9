"""No line missing, none twice: whatever rotation does, while connected, stalled, or cut off."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from benchmarks import measure
from jitsi_tui.logs.events import Gap, Lines

from .conftest import Open
from .following import add, copytruncate, numbered, rotate


def test_lines_are_told_as_they_come(follow: Open, log: Path) -> None:
    add(log, 0, 10)
    seen = follow(log)
    for at in range(10, 100, 10):
        add(log, at, at + 10)
    seen.wait_numbers(100)
    seen.holds_each_once(100)


def test_an_unfinished_line_waits_for_its_end(follow: Open, log: Path) -> None:
    log.write_bytes(b"whole\nunfin")
    seen = follow(log)
    seen.collect(0.2)
    assert seen.data() == b"whole\n"
    with log.open("ab") as file:
        file.write(b"ished\n")
    seen.wait_for(lambda: seen.data() == b"whole\nunfinished\n")


def test_of_empty_files_nothing_is_told(follow: Open, log: Path) -> None:
    for path in (log, log.with_name(f"{log.name}.1")):
        path.touch()
    seen = follow(log)
    seen.collect(3)
    assert not seen.gaps()
    add(log, 0, 10)
    seen.wait_numbers(10)
    seen.holds_each_once(10)


@pytest.mark.parametrize("lines", [1, 3, 2000])
def test_reading_starts_with_the_last_lines(follow: Open, log: Path, lines: int) -> None:
    add(log, 0, 5000)
    seen = follow(log, tail=lines)
    assert seen.numbers() == list(range(5000 - lines, 5000))


def test_reading_starts_with_all_lines_where_there_are_fewer(follow: Open, log: Path) -> None:
    add(log, 0, 5)
    seen = follow(log, tail=10)
    seen.holds_each_once(5)


def test_nothing_old_is_told_where_none_is_wanted(follow: Open, log: Path) -> None:
    add(log, 0, 5)
    seen = follow(log, tail=0)
    add(log, 5, 6)
    seen.wait_for(lambda: seen.numbers() == [5])


class TestRename:
    def test_a_writer_that_reopens_late_loses_nothing(self, follow: Open, log: Path) -> None:
        add(log, 0, 100)
        seen = follow(log)
        with log.open("ab") as old:
            log.rename(f"{log}.1")
            log.touch()
            seen.collect(0.3)
            old.write(numbered(100, 200))
            old.flush()
            seen.collect(0.1)
            add(log, 200, 300)
        seen.wait_numbers(300)
        seen.holds_each_once(300)
        assert "rotated" in seen.states()
        assert not seen.gaps()

    def test_the_old_file_is_read_to_its_end_first(self, follow: Open, log: Path) -> None:
        add(log, 0, 10)
        seen = follow(log)
        seen.pause()
        add(log, 10, 20_000)
        log.rename(f"{log}.1")
        add(log, 20_000, 20_010)
        seen.go_on()
        seen.wait_numbers(20_010)
        seen.holds_each_once(20_010)

    def test_a_name_that_is_gone_for_a_while_is_waited_for(self, follow: Open, log: Path) -> None:
        add(log, 0, 10)
        seen = follow(log)
        log.rename(f"{log}.1")
        add(Path(f"{log}.1"), 10, 20)
        seen.wait_for(lambda: "missing" in seen.states())
        add(log, 20, 30)
        seen.wait_numbers(30)
        seen.holds_each_once(30)
        assert seen.states()[-1] == "open"

    def test_two_rotations_during_a_stall_lose_nothing(self, follow: Open, log: Path) -> None:
        add(log, 0, 10)
        seen = follow(log)
        seen.pause()
        add(log, 10, 20)
        log.rename(f"{log}.1")
        add(log, 20, 30)
        Path(f"{log}.1").rename(f"{log}.2")
        log.rename(f"{log}.1")
        add(log, 30, 40)
        seen.go_on()
        seen.wait_numbers(40)
        seen.holds_each_once(40)

    @pytest.mark.parametrize("packed", [False, True])
    def test_rotations_while_cut_off_lose_nothing(
        self, follow: Open, log: Path, packed: bool
    ) -> None:
        add(log, 0, 10)
        seen = follow(log)
        seen.wait_numbers(10)
        seen.cut()
        add(log, 10, 20)
        log.rename(f"{log}.3")
        add(Path(f"{log}.2"), 20, 30)
        add(Path(f"{log}.1"), 30, 40)
        add(log, 40, 50)
        if packed:
            for old in (Path(f"{log}.3"), Path(f"{log}.2")):
                Path(f"{old}.gz").write_bytes(gzip.compress(old.read_bytes()))
                old.unlink()
        seen.reconnect()
        seen.wait_numbers(50)
        seen.holds_each_once(50)
        assert not seen.gaps()

    @pytest.mark.parametrize("packed", [False, True])
    @pytest.mark.parametrize("rotations", [70, 300])
    def test_hundreds_of_rotations_while_cut_off_lose_nothing(
        self, follow: Open, log: Path, rotations: int, packed: bool
    ) -> None:
        add(log, 0, 20)
        seen = follow(log, tail=10)
        first = next(event for event in seen.events if isinstance(event, Lines))
        seen.cut()
        log.rename(f"{log}.{rotations}")
        for number in range(1, rotations):
            old = Path(f"{log}.{rotations - number}")
            lines = numbered(10 * number + 10, 10 * number + 20)
            if packed:
                Path(f"{old}.gz").write_bytes(gzip.compress(lines))
            else:
                old.write_bytes(lines)
        end = 10 * rotations + 20
        add(log, end - 10, end)
        seen.reconnect()
        seen.wait_numbers(end - 10)
        assert seen.numbers() == list(range(10, end))
        assert not seen.gaps()
        older = seen.follower.before(log.name, first.file, first.offset, 100_000)
        assert seen.answer(older).data == numbered(0, 10)

    def test_many_packed_files_are_unpacked_one_after_the_other(
        self, follow: Open, log: Path
    ) -> None:
        add(log, 0, 10)
        seen = follow(log)
        seen.cut()
        log.rename(f"{log}.21")
        packed = [Path(f"{log}.{20 - number}.gz") for number in range(20)]
        for number, old in enumerate(packed):
            lines = numbered(5000 * number + 10, 5000 * number + 5010)
            old.write_bytes(gzip.compress(lines))
        add(log, 100_010, 100_020)
        seen.reconnect()
        seen.wait_numbers(11)
        seen.pause()
        assert len(measure.below(seen.stream.process.pid)) <= 2
        seen.go_on()
        for old in packed:
            old.unlink()
        seen.wait_numbers(100_020)
        seen.holds_each_once(100_020)
        assert not seen.gaps()

    def test_dated_names_are_read_in_their_order(self, follow: Open, log: Path) -> None:
        add(log, 0, 10)
        seen = follow(log)
        seen.cut()
        log.rename(f"{log}-20261122")
        add(Path(f"{log}-20261123"), 10, 20)
        add(Path(f"{log}-20261124"), 20, 30)
        add(log, 30, 40)
        seen.reconnect()
        seen.wait_numbers(40)
        seen.holds_each_once(40)

    def test_a_file_that_nobody_kept_is_a_gap(self, follow: Open, log: Path) -> None:
        add(log, 0, 10)
        seen = follow(log)
        seen.cut()
        log.unlink()
        add(log, 20, 30)
        seen.reconnect()
        seen.wait_for(lambda: 29 in seen.numbers())
        assert seen.gaps() == ["gone"]
        assert seen.numbers() == [*range(10), *range(20, 30)]

    def test_a_file_written_anew_by_an_editor_is_not_told_again(
        self, follow: Open, log: Path
    ) -> None:
        add(log, 0, 100)
        seen = follow(log)
        fresh = log.with_name("fresh")
        fresh.write_bytes(log.read_bytes())
        fresh.rename(log)
        add(log, 100, 110)
        seen.wait_numbers(110)
        seen.holds_each_once(110)


class TestCopytruncate:
    def test_the_rest_comes_from_the_copy(self, follow: Open, log: Path) -> None:
        add(log, 0, 100)
        seen = follow(log)
        seen.pause()
        add(log, 100, 200)
        copytruncate(log)
        add(log, 200, 300)
        seen.go_on()
        seen.wait_numbers(300)
        seen.holds_each_once(300)

    def test_the_copy_may_be_packed(self, follow: Open, log: Path) -> None:
        add(log, 0, 100)
        seen = follow(log)
        seen.pause()
        add(log, 100, 200)
        Path(f"{log}.1.gz").write_bytes(gzip.compress(log.read_bytes()))
        os.truncate(log, 0)
        add(log, 200, 300)
        seen.go_on()
        seen.wait_numbers(300)
        seen.holds_each_once(300)

    def test_a_file_that_grew_beyond_its_old_size_is_still_seen_as_new(
        self, follow: Open, log: Path
    ) -> None:
        add(log, 0, 100)
        seen = follow(log)
        seen.pause()
        copytruncate(log)
        add(log, 100, 1000)
        seen.go_on()
        seen.wait_numbers(1000)
        seen.holds_each_once(1000)

    def test_what_may_be_lost_is_marked_between_old_and_new(self, follow: Open, log: Path) -> None:
        add(log, 0, 10)
        seen = follow(log)
        copytruncate(log)
        seen.wait_for(lambda: seen.gaps() == ["copied"])
        add(log, 10, 20)
        seen.wait_numbers(20)
        order = [type(event) for event in seen.events if isinstance(event, Gap | Lines)]
        assert order == [Lines, Gap, Lines]

    def test_a_log_emptied_without_a_copy_is_a_gap(self, follow: Open, log: Path) -> None:
        add(log, 0, 100)
        seen = follow(log)
        os.truncate(log, 0)
        seen.wait_for(lambda: seen.gaps() == ["emptied"])
        add(log, 100, 110)
        seen.wait_numbers(110)
        seen.holds_each_once(110)

    @pytest.mark.parametrize("packed", [False, True])
    def test_while_cut_off_nothing_is_lost(self, follow: Open, log: Path, packed: bool) -> None:
        add(log, 0, 100)
        seen = follow(log)
        seen.wait_numbers(100)
        seen.cut()
        add(log, 100, 200)
        copytruncate(log, f"{log}.2")
        add(log, 200, 300)
        copytruncate(log, f"{log}.1")
        add(log, 300, 400)
        if packed:
            Path(f"{log}.2.gz").write_bytes(gzip.compress(Path(f"{log}.2").read_bytes()))
            Path(f"{log}.2").unlink()
        seen.reconnect()
        seen.wait_numbers(400)
        seen.holds_each_once(400)
        assert "copied" in seen.gaps()

    def test_a_hole_left_by_a_writer_that_does_not_append_is_stepped_over(
        self, follow: Open, log: Path
    ) -> None:
        with log.open("wb") as writer:
            writer.write(numbered(0, 1000))
            writer.flush()
            seen = follow(log)
            copytruncate(log)
            writer.write(numbered(1000, 1010))
            writer.flush()
            seen.wait_numbers(1010)
        seen.holds_each_once(1010)
        assert b"\0" not in seen.data()


class TestReconnect:
    def test_a_cut_in_the_middle_of_a_line_loses_and_repeats_nothing(
        self, follow: Open, log: Path
    ) -> None:
        lines = numbered(0, 20)
        log.write_bytes(lines[:501])
        seen = follow(log)
        seen.collect(0.1)
        seen.cut()
        with log.open("ab") as file:
            file.write(lines[501:])
        seen.reconnect()
        seen.wait_numbers(20)
        seen.holds_each_once(20)

    def test_many_cuts_under_load(self, follow: Open, log: Path) -> None:
        add(log, 0, 100)
        seen = follow(log)
        for at in range(100, 2000, 100):
            add(log, at, at + 50)
            seen.collect(0.015)
            seen.cut()
            add(log, at + 50, at + 100)
            if at % 300 == 0:
                rotate(log)
            seen.reconnect()
        seen.wait_numbers(2000)
        seen.holds_each_once(2000)

    def test_an_old_file_that_is_still_written_to_is_taken_up_too(
        self, follow: Open, log: Path
    ) -> None:
        add(log, 0, 10)
        seen = follow(log)
        with log.open("ab") as old:
            log.rename(f"{log}.1")
            add(log, 10, 20)
            seen.wait_numbers(20)
            seen.cut()
            old.write(numbered(20, 30))
            old.flush()
            add(log, 30, 40)
            seen.reconnect()
            seen.wait_numbers(40)
        assert sorted(seen.numbers()) == list(range(40))

    def test_a_log_that_appears_while_cut_off_is_told_from_its_first_line(
        self, follow: Open, log: Path
    ) -> None:
        seen = follow(log, tail=1)
        assert seen.states() == ["missing"]
        seen.cut()
        add(log, 0, 10)
        seen.reconnect()
        seen.wait_numbers(10)
        seen.holds_each_once(10)
