"""Wherever the connection breaks between two things that were told, what follows loses and repeats
nothing, and stands in its order."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from jitsi_tui.logs import follow
from jitsi_tui.ssh.command import Command
from jitsi_tui.ssh.host import CommandTimeoutError

from .following import Following, add, copytruncate, rotate, shift
from .machine import Machine, ProcessStream

_HEADER, _LENGTH = 27, slice(23, 27)


class Framewise(Machine):
    """What a program there tells can be let through frame by frame."""

    def stream(self, command: Command) -> FrameStream:
        stream = FrameStream(command)
        self.streams.append(stream)
        return stream


class FrameStream(ProcessStream):
    def __init__(self, command: Command) -> None:
        super().__init__(command)
        self.left: int | None = None
        """How many frames still arrive, one at a time; before it is set all do, as they come."""

        self._came = b""

    def read(self, size: int = 65536, timeout: float | None = None) -> bytes:
        if self.left is None:
            return super().read(size, timeout)
        if not self.left:
            raise CommandTimeoutError("nothing came")
        while not (frame := self._frame()):
            self._came += super().read(timeout=timeout)
        self.left -= 1
        return frame

    def _frame(self) -> bytes:
        came = self._came
        end = _HEADER + int.from_bytes(came[_LENGTH], "big")
        if len(came) < max(_HEADER, end):
            return b""
        self._came = came[end:]
        return came[:end]


@pytest.fixture
def framewise(monkeypatch: pytest.MonkeyPatch) -> Iterator[Framewise]:
    monkeypatch.setattr(follow, "_BATCH", 1)
    machine = Framewise()
    yield machine
    machine.close()


def renamed(log: Path, at: int) -> int:
    add(log, at, at + 5)
    rotate(log)
    add(log, at + 5, at + 8)
    return at + 8


def renamed_and_written_late(log: Path, at: int) -> int:
    rotate(log)
    add(Path(f"{log}.1"), at, at + 5)
    add(log, at + 5, at + 8)
    return at + 8


def copied(log: Path, at: int) -> int:
    add(log, at, at + 5)
    shift(log)
    copytruncate(log)
    add(log, at + 5, at + 8)
    return at + 8


def packed(log: Path, at: int) -> int:
    at = renamed(log, at)
    plain = Path(f"{log}.1")
    Path(f"{plain}.gz").write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()
    return at


Rotation = Callable[[Path, int], int]


@pytest.mark.parametrize("lines", [3, 20])
@pytest.mark.parametrize(
    "meanwhile",
    [
        (renamed,),
        (renamed_and_written_late,),
        (copied,),
        (packed,),
        (renamed, renamed),
        (copied, copied),
        (packed, renamed),
        (renamed, copied, packed),
    ],
)
def test_wherever_it_breaks_each_line_is_told_once_in_its_order(
    framewise: Framewise, tmp_path: Path, meanwhile: tuple[Rotation, ...], lines: int
) -> None:
    for frames in count():
        log = tmp_path / f"{frames}" / "a.log"
        log.parent.mkdir()
        add(log, 0, lines)
        seen = Following(framewise, log)
        seen.pause()
        end = lines
        for rotation in meanwhile:
            end = rotation(log, end)
        stream = seen.stream
        assert isinstance(stream, FrameStream)
        stream.left = frames
        seen.go_on()
        while stream.left and end - 1 not in seen.numbers():
            seen.events += seen.follower.read(60)
        told = end - 1 in seen.numbers()
        seen.cut()
        add(log, end, end + 3)
        seen.reconnect()
        seen.wait_numbers(end + 3)
        seen.holds_each_once(end + 3)
        assert set(seen.gaps()) <= {"copied"}
        if told:
            return


def test_a_piece_of_a_short_log_is_read_where_it_was_left(
    framewise: Framewise, tmp_path: Path
) -> None:
    """Its start was read once more, to see whether it is packed, and lines were passed over."""
    log = tmp_path / "a.log"
    add(log, 0, 3)
    seen = Following(framewise, log)
    seen.cut()
    end = 3
    for rotation in (copied, copied, packed):
        end = rotation(log, end)
    seen.reconnect()
    seen.wait_numbers(end)
    seen.holds_each_once(end)
