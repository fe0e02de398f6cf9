"""What becomes of a log's name: other folders, dates, nothing kept, something else in its place."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from jitsi_tui.logs.book import LogBook
from jitsi_tui.logs.events import Began, Gap
from jitsi_tui.logs.records import Record
from jitsi_tui.logs.show import Wanted, show
from jitsi_tui.logs.sources import Source
from jitsi_tui.ssh.command import Command

from .conftest import Open
from .following import Following, add, numbered
from .machine import Machine, ProcessStream


class Bare(Machine):
    """Has perl and nothing else: no program that unpacks."""

    def stream(self, command: Command) -> ProcessStream:
        perl = shutil.which("perl")
        assert perl
        argv = ("env", "PATH=/nowhere", perl, *command.argv[1:])
        return super().stream(Command(argv, stdin=command.stdin))


class TestUnpackable:
    def test_an_older_file_that_can_not_be_unpacked_is_said(self, log: Path) -> None:
        machine = Bare()
        Path(f"{log}.1.gz").write_bytes(gzip.compress(numbered(0, 10)))
        log.write_bytes(numbered(10, 20))
        seen = Following(machine, log)
        book = LogBook([log.name])
        book.take(seen.events)
        history = book.sources[log.name].history
        assert history.ask(seen.follower)
        while history.waiting:
            book.take(seen.follower.read(30))
        assert history.at_start
        assert history.unreadable == "a.log.1.gz: gzip is not installed"
        shown = [
            one for one in show(machine, seen.sources, Wanted(last=20)) if isinstance(one, Record)
        ]
        assert [one.gap for one in shown] == ["unreadable", *[""] * 10]
        assert "a.log.1.gz: gzip is not installed" in shown[0].text
        machine.close()

    def test_what_came_between_and_can_not_be_unpacked_is_a_gap(self, log: Path) -> None:
        machine = Bare()
        add(log, 0, 10)
        seen = Following(machine, log)
        seen.pause()
        log.rename(f"{log}.2")
        Path(f"{log}.1.gz").write_bytes(gzip.compress(numbered(10, 20)))
        add(log, 20, 30)
        seen.go_on()
        seen.wait_numbers(20)
        assert seen.numbers() == [*range(10), *range(20, 30)]
        told = [event.detail for event in seen.events if isinstance(event, Gap)]
        assert seen.gaps() == ["unreadable"]
        assert told == ["a.log.1.gz: gzip is not installed"]
        machine.close()


@pytest.mark.parametrize("kind", ["xz", "zst", "bz2"])
def test_what_other_programs_packed_is_read_too(follow: Open, log: Path, kind: str) -> None:
    program = {"xz": "xz", "zst": "zstd", "bz2": "bzip2"}[kind]
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed")
    add(log, 0, 10)
    seen = follow(log)
    seen.cut()
    add(log, 10, 20)
    old = log.rename(f"{log}-20261129")
    add(log, 20, 30)
    packed = subprocess.run(
        [program, "-c"], input=old.read_bytes(), capture_output=True, check=True
    )
    Path(f"{old}.{kind}").write_bytes(packed.stdout)
    old.unlink()
    seen.reconnect()
    seen.wait_numbers(30)
    seen.holds_each_once(30)
    assert not seen.gaps()


@pytest.mark.parametrize("kind", ["lz4", "Z", "lzo"])
def test_what_can_be_unpacked_on_few_servers_ends_no_history_in_silence(
    follow: Open, log: Path, kind: str
) -> None:
    Path(f"{log}.1.{kind}").write_bytes(b"no such thing")
    add(log, 0, 10)
    seen = follow(log)
    file = next(event.file for event in seen.events if isinstance(event, Began))
    answer = seen.answer(seen.follower.previous(log.name, file, 1000))
    assert answer.status == "unreadable"
    assert answer.detail.startswith(f"a.log.1.{kind}: ")


def test_a_packed_file_that_is_damaged_is_not_taken_for_the_whole(follow: Open, log: Path) -> None:
    packed = gzip.compress(os.urandom(9000).hex().encode())
    Path(f"{log}.1.gz").write_bytes(packed[:5000])
    add(log, 0, 10)
    seen = follow(log)
    file = next(event.file for event in seen.events if isinstance(event, Began))
    answer = seen.answer(seen.follower.previous(log.name, file, 100_000))
    assert (answer.status, answer.detail) == ("unreadable", "a.log.1.gz: it is damaged")


def test_what_was_written_before_a_rotation_is_found_though_the_log_is_empty(
    machine: Machine, log: Path
) -> None:
    Path(f"{log}.1").write_bytes(numbered(0, 10))
    log.touch()
    source = Source(log.name, str(log))
    for wanted in (Wanted(last=5), Wanted(since="2026-11-24T03:00")):
        shown = [one for one in show(machine, [source], wanted) if isinstance(one, Record)]
        assert len(shown) == (5 if not wanted.since else 10)


def elsewhere(log: Path) -> None:
    (log.parent / "old").mkdir(exist_ok=True)
    log.rename(log.parent / "old" / f"{log.name}.1")


def dated(log: Path) -> None:
    log.rename(f"{log}-20261128")


def dated_and_packed(log: Path) -> None:
    # As logrotate does it: the new log is there before the old one is packed and gone.
    old = log.rename(f"{log}-20261128")
    log.touch()
    Path(f"{old}.gz").write_bytes(gzip.compress(old.read_bytes()))
    old.unlink()


@pytest.mark.parametrize("put_aside", [Path.unlink, elsewhere, dated, dated_and_packed])
def test_while_it_is_followed_nothing_is_lost_wherever_it_goes(
    follow: Open, log: Path, put_aside: Callable[[Path], None]
) -> None:
    add(log, 0, 10)
    seen = follow(log)
    with log.open("ab") as writer:
        put_aside(log)
        log.touch()
        writer.write(numbered(10, 20))
    seen.wait_numbers(20)
    add(log, 20, 30)
    seen.wait_numbers(30)
    seen.holds_each_once(30)
    assert seen.gaps() == []


@pytest.mark.parametrize(
    ("put_aside", "gaps"),
    [(Path.unlink, ["gone"]), (elsewhere, ["gone"]), (dated, []), (dated_and_packed, [])],
)
def test_while_cut_off_it_is_found_beside_the_log_or_a_gap_is_marked(
    follow: Open, log: Path, put_aside: Callable[[Path], None], gaps: list[str]
) -> None:
    add(log, 0, 10)
    seen = follow(log)
    seen.cut()
    add(log, 10, 20)
    put_aside(log)
    add(log, 20, 30)
    seen.reconnect()
    seen.wait_for(lambda: 29 in seen.numbers(), 30)
    kept = range(10, 20) if not gaps else range(0)
    assert seen.numbers() == [*range(10), *kept, *range(20, 30)]
    assert seen.gaps() == gaps


def a_loop(path: Path) -> None:
    path.symlink_to(path)


def a_link_to_nothing(path: Path) -> None:
    path.symlink_to(path.with_name("nothing"))


@pytest.mark.parametrize("take_place", [Path.mkdir, os.mkfifo, a_loop, a_link_to_nothing])
def test_something_else_in_its_place_is_said_and_the_log_waited_for(
    follow: Open, log: Path, take_place: Callable[[Path], None]
) -> None:
    add(log, 0, 10)
    seen = follow(log)
    log.rename(f"{log}.1")
    take_place(log)
    seen.wait_for(lambda: seen.states()[-1] in ("unreadable", "missing"), 30)
    shutil.rmtree(log) if log.is_dir() else log.unlink()
    add(log, 10, 20)
    seen.wait_numbers(20)
    seen.holds_each_once(20)
    seen.wait_for(lambda: seen.states()[-1] == "open", 30)


def test_sixty_files_that_rotation_left_are_read_back_one_by_one(follow: Open, log: Path) -> None:
    for number in range(60):
        add(Path(f"{log}.{60 - number}"), number * 10, number * 10 + 10)
    add(log, 600, 610)
    seen = follow(log)
    file = next(event.file for event in seen.events if isinstance(event, Began))
    for number in reversed(range(60)):
        answer = seen.answer(seen.follower.previous(log.name, file, 5000))
        assert answer.data == numbered(number * 10, number * 10 + 10)
        file = answer.file
