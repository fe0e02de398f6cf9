"""What a follower tells of sources, and how it begins and ends."""

from __future__ import annotations

import gzip
import os
import stat
import subprocess
import time
from itertools import count
from pathlib import Path

import pytest

from jitsi_tui.logs.events import Began, History, Lines, Server, State
from jitsi_tui.logs.follow import Follower, FollowError
from jitsi_tui.logs.frames import FrameError
from jitsi_tui.logs.openfile import MAX_LINE
from jitsi_tui.logs.sources import Source
from jitsi_tui.ssh.command import Command
from jitsi_tui.ssh.host import ConnectionLostError

from .conftest import Open
from .following import Following, add, numbered, rotate
from .machine import Machine, ProcessStream


def test_the_server_says_its_zone_and_clock(follow: Open, log: Path) -> None:
    begun = time.time()
    seen = follow(log)
    server = seen.events[0]
    assert isinstance(server, Server)
    assert begun - 1 < server.time <= time.time()
    assert server.as_root == (os.geteuid() == 0)


@pytest.mark.parametrize(
    ("zone", "offsets"),
    [
        ("Asia/Kolkata", {19_800}),
        ("America/St_Johns", {-12_600, -9_000}),
        ("Pacific/Kiritimati", {50_400}),
        ("Pacific/Pago_Pago", {-39_600}),
        ("UTC", {0}),
    ],
)
def test_the_servers_offset_is_right_in_every_zone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zone: str, offsets: set[int]
) -> None:
    monkeypatch.setenv("TZ", zone)
    machine = Machine()
    follower = Follower(machine, [Source("a", str(tmp_path / "a"))])
    server = follower.read(60)[0]
    assert isinstance(server, Server)
    assert server.utc_offset in offsets
    machine.close()


def test_a_missing_file_is_said_and_waited_for(follow: Open, log: Path) -> None:
    seen = follow(log)
    assert seen.states() == ["missing"]
    assert next(event.detail for event in seen.events if isinstance(event, State))
    add(log, 0, 5)
    seen.wait_numbers(5)
    assert seen.states() == ["missing", "open"]


def test_a_folder_that_is_missing_is_a_missing_file(follow: Open, tmp_path: Path) -> None:
    seen = follow(tmp_path / "none" / "a.log")
    assert seen.states() == ["missing"]


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_what_is_no_file_is_unreadable_and_never_hangs(
    follow: Open, tmp_path: Path, kind: str
) -> None:
    odd, log = tmp_path / "odd", tmp_path / "a.log"
    if kind == "folder":
        odd.mkdir()
    else:
        os.mkfifo(odd)
    add(log, 0, 5)
    seen = follow(odd, log)
    assert next(event.state for event in seen.events if isinstance(event, State)) == "unreadable"
    seen.wait_numbers(5)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
def test_a_file_that_may_not_be_read_is_unreadable_not_missing(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"secret\n")
    log.chmod(0o600)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == 0 and str(folder).startswith("/tmp/"):
            folder.chmod(folder.stat().st_mode | stat.S_IXOTH)

    class Nobody(Machine):
        def stream(self, command: Command) -> ProcessStream:
            argv = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command.argv)
            return super().stream(Command(argv, stdin=command.stdin))

    machine = Nobody()
    seen = Following(machine, log)
    seen.collect(0.5)
    assert [(e.state, e.detail) for e in seen.events if isinstance(e, State)] == [
        ("unreadable", "Permission denied")
    ]
    machine.close()


def test_links_to_a_log_are_followed(follow: Open, tmp_path: Path) -> None:
    log = tmp_path / "real.log"
    add(log, 0, 5)
    link = tmp_path / "a.log"
    link.symlink_to(log)
    seen = follow(link)
    seen.holds_each_once(5)


def test_a_put_aside_file_that_is_a_link_is_not_read(follow: Open, log: Path) -> None:
    """Whoever owns the folder must not make root read any file as a rotated log."""
    secret = log.with_name("secret")
    secret.write_bytes(numbered(900, 910))
    add(log, 0, 10)
    seen = follow(log)
    seen.cut()
    log.rename(f"{log}.2")
    Path(f"{log}.1").symlink_to(secret)
    add(log, 10, 20)
    seen.reconnect()
    seen.wait_numbers(20)
    seen.holds_each_once(20)


def test_names_of_any_bytes_are_no_options_and_no_shell(follow: Open, tmp_path: Path) -> None:
    log = tmp_path / "-d; touch x\n$(id) ü'\".log"
    add(log, 0, 5)
    seen = follow(log)
    seen.cut()
    packed = Path(f"{log}.1.gz")
    add(log, 5, 10)
    packed.write_bytes(gzip.compress(log.read_bytes()))
    log.write_bytes(numbered(10, 20))
    seen.reconnect()
    seen.wait_numbers(20)
    seen.holds_each_once(20)
    assert not (tmp_path / "x").exists()


def test_the_program_ends_with_its_input(follow: Open, log: Path) -> None:
    seen = follow(log)
    process = seen.stream.process
    seen.follower.close()
    assert process.wait(60) == 0


def test_the_program_ends_when_nobody_reads(follow: Open, log: Path) -> None:
    add(log, 0, 5)
    seen = follow(log)
    process = seen.stream.process
    assert process.stdout
    process.stdout.close()
    add(log, 5, 10)
    process.wait(60)


def test_no_child_is_left_behind(follow: Open, log: Path) -> None:
    log.write_bytes(os.urandom(1 << 20))
    Path(f"{log}.1.gz").write_bytes(gzip.compress(os.urandom(8 << 20)))
    seen = follow(log)
    process = seen.stream.process
    file = next(event.file for event in seen.events if isinstance(event, Began))
    seen.follower.previous(log.name, file, 1000)
    seen.follower.close()
    process.wait(60)
    left = subprocess.run(
        ["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=False
    )
    assert left.stdout == ""


def test_a_program_that_can_not_start_is_an_error_with_its_reason(tmp_path: Path) -> None:
    class Broken(Machine):
        def stream(self, command: Command) -> ProcessStream:
            return super().stream(Command(("sh", "-c", "echo no perl here >&2; exit 127")))

    with pytest.raises(FollowError, match="no perl here"):
        Follower(Broken(), [Source("a", str(tmp_path / "a"))]).read(60)


def test_what_a_login_shell_prints_first_is_skipped(log: Path) -> None:
    class Noisy(Machine):
        def stream(self, command: Command) -> ProcessStream:
            argv = ("sh", "-c", 'echo "Welcome!"; exec perl -')
            return super().stream(Command(argv, stdin=command.stdin))

    add(log, 0, 5)
    machine = Noisy()
    Following(machine, log).holds_each_once(5)
    machine.close()


def test_bytes_written_into_the_stream_are_an_error_after_what_was_right(log: Path) -> None:
    now = log.with_name("now")

    class Garbled(Machine):
        def stream(self, command: Command) -> ProcessStream:
            wait = f"while ! [ -e '{now}' ]; do sleep 0.05; done"
            argv = ("sh", "-c", f"exec 3<&0; perl - <&3 & {wait}; echo garbage; wait")
            return super().stream(Command(argv, stdin=command.stdin))

    add(log, 0, 5)
    machine = Garbled()
    seen = Following(machine, log)
    now.touch()
    with pytest.raises(FrameError):
        seen.collect(60)
    seen.holds_each_once(5)
    for stream in machine.streams:
        stream.process.kill()
        stream.close()


def test_a_cut_connection_is_an_error(follow: Open, log: Path) -> None:
    seen = follow(log)
    seen.cut()
    with pytest.raises(ConnectionLostError):
        seen.follower.read(1)


def test_a_quiet_log_gives_an_empty_batch(follow: Open, log: Path) -> None:
    seen = follow(log)
    start = time.monotonic()
    assert seen.follower.read(0.2) == ()
    assert 0.1 < time.monotonic() - start < 30


def test_a_client_that_does_not_read_holds_the_program_up_and_loses_nothing(
    follow: Open, log: Path
) -> None:
    log.touch()
    seen = follow(log)
    add(log, 0, 40_000)
    time.sleep(0.5)
    rotate(log)
    add(log, 40_000, 50_000)
    seen.wait_numbers(50_000)
    seen.holds_each_once(50_000)


def test_a_line_of_ten_megabytes_passes(follow: Open, log: Path) -> None:
    add(log, 0, 1)
    seen = follow(log)
    with log.open("ab") as file:
        file.write(b"x" * (10 << 20) + b"\n" + numbered(1, 2))
    seen.wait_numbers(2)
    assert len(seen.data()) == log.stat().st_size
    assert max(len(line) for line in [seen.data()]) > MAX_LINE


def test_twenty_sources_at_once(follow: Open, tmp_path: Path) -> None:
    logs = [tmp_path / f"{at}.log" for at in range(20)]
    for log in logs:
        add(log, 0, 20)
    seen = follow(*logs)
    for log in logs:
        seen.holds_each_once(20, log.name)


class TestHistory:
    def test_bytes_before_an_offset(self, follow: Open, log: Path) -> None:
        log.write_bytes(numbered(0, 1000))
        seen = follow(log, tail=1)
        file = next(event.file for event in seen.events if isinstance(event, Began))
        answer = seen.answer(seen.follower.before(log.name, file, 5000, 500))
        assert answer.status == "done"
        assert (answer.offset, answer.data) == (4500, log.read_bytes()[4500:5000])

    def test_at_the_start_there_is_less(self, follow: Open, log: Path) -> None:
        log.write_bytes(numbered(0, 1000))
        seen = follow(log, tail=1)
        file = next(event.file for event in seen.events if isinstance(event, Began))
        answer = seen.answer(seen.follower.before(log.name, file, 100, 500))
        assert (answer.offset, answer.data) == (0, log.read_bytes()[:100])

    @pytest.mark.parametrize("packed", [False, True])
    def test_the_file_before(self, follow: Open, log: Path, packed: bool) -> None:
        old = numbered(0, 20_000)
        path = Path(f"{log}.1.gz" if packed else f"{log}.1")
        path.write_bytes(gzip.compress(old) if packed else old)
        log.write_bytes(numbered(20_000, 20_010))
        seen = follow(log)
        file = next(event.file for event in seen.events if isinstance(event, Began))
        answer = seen.answer(seen.follower.previous(log.name, file, 300_000))
        assert answer.data == old[-300_000:]
        assert answer.offset == len(old) - 300_000
        more = seen.answer(seen.follower.before(log.name, answer.file, answer.offset, 100_000))
        assert more.data == old[-400_000:-300_000]
        start = seen.answer(seen.follower.before(log.name, answer.file, 100, 1000))
        assert (start.offset, start.data) == (0, old[:100])

    def test_before_the_oldest_file_there_is_none(self, follow: Open, log: Path) -> None:
        add(log, 0, 10)
        seen = follow(log)
        file = next(event.file for event in seen.events if isinstance(event, Began))
        assert seen.answer(seen.follower.previous(log.name, file, 100)).status == "none"

    def test_a_file_is_found_after_it_was_put_aside_and_we_came_back(
        self, follow: Open, log: Path
    ) -> None:
        old = numbered(0, 100)
        log.write_bytes(old)
        seen = follow(log, tail=1)
        file = next(event.file for event in seen.events if isinstance(event, Began))
        seen.cut()
        rotate(log)
        rotate(log)
        log.write_bytes(numbered(100, 110))
        seen.reconnect()
        seen.wait_for(lambda: 109 in seen.numbers())
        answer = seen.answer(seen.follower.before(log.name, file, 1000, 200))
        assert answer.data == old[800:1000]

    def test_the_live_log_goes_on_while_a_large_one_is_unpacked(
        self, follow: Open, log: Path
    ) -> None:
        Path(f"{log}.1.gz").write_bytes(gzip.compress(numbered(0, 400_000), 1))
        add(log, 0, 1)
        seen = follow(log)
        file = next(event.file for event in seen.events if isinstance(event, Began))
        seen.pause()
        request = seen.follower.previous(log.name, file, 1000)
        add(log, 1, 2)
        seen.go_on()
        assert seen.answer(request).data == numbered(0, 400_000)[-1000:]
        told = [type(event) for event in seen.events if isinstance(event, Lines | History)]
        assert told == [Lines, Lines, History]


def test_what_was_written_together_is_told_together(follow: Open, tmp_path: Path) -> None:
    """However many pieces it arrives in: each drawn apart would keep a pane behind the others."""
    logs = [tmp_path / name for name in "abcd"]
    seen = follow(*logs)
    end = time.monotonic() + 60
    for number in count(0, 300):
        seen.pause()
        for log in logs:
            add(log, number, number + 300)
        assert log.stat().st_size > 16_000, "more than a pipe holds, of all together"
        seen.go_on()
        told = {event.source for event in seen.follower.read(60) if isinstance(event, Lines)}
        if len(told) == len(logs):
            break
        # The program stood still in the middle of a round, or waited for a processor.
        seen.collect(0.2)
        assert time.monotonic() < end, f"only {told} came together"
    assert seen.follower.whole
