"""What is done to logs from outside: names that change hands, reading that fails, rights."""

from __future__ import annotations

import gzip
import os
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from jitsi_tui.logs.events import State
from jitsi_tui.logs.records import Record
from jitsi_tui.logs.show import Wanted, show
from jitsi_tui.logs.sources import Source
from jitsi_tui.ssh.command import Command

from .conftest import Open
from .following import Following, add, copytruncate, numbered, rotate, shift
from .machine import Machine, ProcessStream


def _as_folder(log: Path) -> None:
    log.mkdir()


def _as_pipe(log: Path) -> None:
    os.mkfifo(log)


def _as_dead_link(log: Path) -> None:
    log.symlink_to(log.with_name("none"))


@pytest.mark.parametrize("become", [_as_folder, _as_pipe, _as_dead_link])
def test_a_log_that_is_something_else_for_a_while_goes_on(
    follow: Open, log: Path, become: Callable[[Path], None]
) -> None:
    add(log, 0, 10)
    seen = follow(log)
    log.rename(f"{log}.1")
    become(log)
    add(Path(f"{log}.1"), 10, 20)
    seen.wait_numbers(20)
    seen.wait_for(lambda: seen.states()[-1] in ("unreadable", "missing"))
    if log.is_dir():
        log.rmdir()
    else:
        log.unlink()
    add(log, 20, 30)
    seen.wait_numbers(30)
    seen.holds_each_once(30)
    assert seen.states()[-1] == "open"
    assert seen.gaps() == []


def test_a_link_that_is_switched_there_and_back_tells_nothing_twice(
    follow: Open, log: Path, tmp_path: Path
) -> None:
    blue, green = tmp_path / "blue", tmp_path / "green"
    add(blue, 0, 10)
    log.symlink_to(blue)
    seen = follow(log)
    _switch(log, green, 10)
    seen.wait_numbers(20)
    _switch(log, blue, 20)
    seen.wait_numbers(30)
    _switch(log, green, 30)
    seen.wait_numbers(40)
    seen.holds_each_once(40)
    assert seen.gaps() == []


def test_a_file_without_a_name_is_not_missing_while_it_is_written_to(
    follow: Open, log: Path
) -> None:
    add(log, 0, 10)
    seen = follow(log)
    kept = log.rename(log.with_name("elsewhere"))
    seen.wait_for(lambda: seen.states()[-1] == "missing")
    add(kept, 10, 20)
    seen.wait_for(lambda: seen.states()[-1] == "open")
    add(log, 20, 30)
    seen.wait_numbers(30)
    seen.holds_each_once(30)
    assert seen.gaps() == []


def _switch(link: Path, target: Path, first: int) -> None:
    """As deployments do it: in one step, and then lines come there."""
    new = link.with_name("new-link")
    new.symlink_to(target)
    add(target, first, first + 5)
    new.rename(link)
    add(target, first + 5, first + 10)


def test_a_log_that_is_put_back_goes_on_where_it_was_left(follow: Open, log: Path) -> None:
    add(log, 0, 10)
    seen = follow(log)
    rotate(log)
    add(log, 10, 20)
    seen.wait_numbers(20)
    log.unlink()
    Path(f"{log}.1").rename(log)
    add(log, 20, 30)
    seen.wait_numbers(30)
    seen.holds_each_once(30)


def test_a_packed_file_that_is_not_whole_is_a_gap(follow: Open, log: Path) -> None:
    add(log, 0, 10)
    seen = follow(log)
    seen.cut()
    add(log, 10, 50_000)
    packed = gzip.compress(log.read_bytes())
    Path(f"{log}.1.gz").write_bytes(packed[: len(packed) // 2])
    log.unlink()
    add(log, 50_000, 50_010)
    seen.reconnect()
    seen.wait_for(lambda: 50_009 in seen.numbers())
    numbers = seen.numbers()
    assert len(numbers) == len(set(numbers))
    assert 10_000 < len(numbers) < 50_000
    assert seen.gaps()[0] == "unreadable"


def test_copies_after_one_that_nobody_kept_are_gaps_too(follow: Open, log: Path) -> None:
    add(log, 0, 10)
    seen = follow(log)
    seen.cut()
    os.truncate(log, 0)
    for first in (10, 20):
        add(log, first, first + 9)
        shift(log)
        copytruncate(log)
    add(log, 30, 40)
    seen.reconnect()
    seen.wait_for(lambda: 39 in seen.numbers())
    assert seen.numbers() == [*range(19), *range(20, 29), *range(30, 40)]
    assert seen.gaps() == ["gone", "copied", "copied"]


class Failing(Machine):
    """Reading files fails there while a file of that name exists, as on a share that was lost."""

    def __init__(self, when: Path) -> None:
        super().__init__()
        self.when = when

    def stream(self, command: Command) -> ProcessStream:
        shim = (
            "BEGIN { *CORE::GLOBAL::sysread = sub (*\\$$;$) { my ($fh, $to, $want, $at) = @_;"
            f" if (-e '{self.when}' && -f $fh) {{ $! = 116; return }}"
            " return CORE::sysread $fh, ${$to}, $want, $at || 0 } }\n"
        )
        return super().stream(replace(command, stdin=shim.encode() + command.stdin))


def test_reading_that_fails_is_said_and_goes_on_when_it_works_again(
    tmp_path: Path, log: Path
) -> None:
    machine = Failing(tmp_path / "fails")
    add(log, 0, 10)
    seen = Following(machine, log)
    machine.when.touch()
    add(log, 10, 20)
    seen.wait_for(lambda: "unreadable" in seen.states())
    said = [event.detail for event in seen.events if isinstance(event, State)]
    assert "Stale" in said[-1]
    assert seen.numbers() == list(range(10))
    machine.when.unlink()
    add(log, 20, 30)
    seen.wait_numbers(30)
    seen.holds_each_once(30)
    assert seen.states() == ["open", "unreadable", "open"]
    machine.close()


class Nobody(Machine):
    """Its program may read what everybody may."""

    def stream(self, command: Command) -> ProcessStream:
        argv = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command.argv)
        return super().stream(Command(argv, stdin=command.stdin))


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
def test_a_log_that_comes_and_may_be_read_only_later_is_told_from_its_first_line(
    tmp_path: Path,
) -> None:
    log = tmp_path / "a.log"
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == 0 and str(folder).startswith("/tmp/"):
            folder.chmod(folder.stat().st_mode | stat.S_IXOTH)
    machine = Nobody()
    seen = Following(machine, log, tail=3)
    log.touch(0o600)
    log.chmod(0o600)
    log.write_bytes(numbered(0, 20))
    seen.wait_for(lambda: "unreadable" in seen.states())
    log.chmod(0o644)
    seen.wait_numbers(20)
    seen.holds_each_once(20)
    machine.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
def test_a_folder_that_may_not_be_listed_ends_no_history_in_silence(tmp_path: Path) -> None:
    log = tmp_path / "closed" / "a.log"
    log.parent.mkdir()
    add(log, 0, 10)
    rotate(log)
    add(log, 10, 20)
    log.parent.chmod(0o711)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == 0 and str(folder).startswith("/tmp/"):
            folder.chmod(folder.stat().st_mode | stat.S_IXOTH)
    machine = Nobody()
    shown = show(machine, [Source("a", str(log))], Wanted(last=20))
    told = [one for one in shown if isinstance(one, Record)]
    assert [one.gap for one in told] == ["unreadable", *[""] * 10]
    assert f"{log.parent}/: Permission denied" in told[0].text
    machine.close()


def _as_nothing(_log: Path) -> None:
    pass


class TestAfterACut:
    @pytest.mark.parametrize("become", [_as_nothing, _as_folder])
    def test_a_log_that_was_away_just_then_goes_on_where_it_was_left(
        self, follow: Open, log: Path, become: Callable[[Path], None]
    ) -> None:
        add(log, 0, 10)
        seen = follow(log)
        for first in (10, 20):
            seen.cut()
            kept = log.rename(log.with_name("kept"))
            become(log)
            seen.reconnect()
            seen.wait_for(lambda: seen.states()[-1] in ("missing", "unreadable"))
            if log.exists():
                log.rmdir()
            kept.rename(log)
            add(log, first, first + 10)
            seen.wait_numbers(first + 10)
        seen.holds_each_once(30)
        assert seen.gaps() == []

    @pytest.mark.parametrize("become", [_as_nothing, _as_folder])
    def test_what_comes_instead_of_a_log_that_was_away_is_told_whole_after_a_gap(
        self, follow: Open, log: Path, become: Callable[[Path], None]
    ) -> None:
        add(log, 0, 10)
        seen = follow(log, tail=3)
        seen.cut()
        log.unlink()
        become(log)
        seen.reconnect()
        seen.wait_for(lambda: seen.states()[-1] in ("missing", "unreadable"))
        assert seen.gaps() == []
        if log.exists():
            log.rmdir()
        add(log, 20, 30)
        seen.wait_for(lambda: 29 in seen.numbers())
        assert seen.numbers() == [7, 8, 9, *range(20, 30)]
        assert seen.gaps() == ["gone"]

    def test_a_link_that_is_switched_back_tells_nothing_twice(
        self, follow: Open, log: Path, tmp_path: Path
    ) -> None:
        blue, green = tmp_path / "blue", tmp_path / "green"
        add(blue, 0, 10)
        log.symlink_to(blue)
        seen = follow(log)
        for first, target in ((10, green), (20, blue), (30, green)):
            seen.cut()
            _switch(log, target, first)
            seen.reconnect()
            seen.wait_numbers(first + 10)
        seen.holds_each_once(40)

    @pytest.mark.parametrize("packed", [False, True])
    def test_files_that_are_numbered_upwards_are_told_once_and_in_their_order(
        self, follow: Open, log: Path, packed: bool
    ) -> None:
        add(log, 0, 10)
        seen = follow(log)
        for number in range(1, 7):
            seen.cut()
            old = log.rename(f"{log}.{number}")
            log.touch()
            os.utime(old, (number, number))
            if packed:
                Path(f"{old}.gz").write_bytes(gzip.compress(old.read_bytes()))
                os.utime(f"{old}.gz", (number, number))
                old.unlink()
            add(log, 10 * number, 10 * number + 10)
            seen.reconnect()
            seen.wait_numbers(10 * number + 10)
        seen.holds_each_once(70)
        assert seen.gaps() == []
