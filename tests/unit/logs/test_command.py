"""``logs`` as a shell sees it: records alone on standard output, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from jitsi_tui.commands import logs as command
from jitsi_tui.commands.arguments import parse
from jitsi_tui.commands.context import Context
from jitsi_tui.commands.terminal import TerminalPrompts
from jitsi_tui.logs.records import Record
from jitsi_tui.session.target import Access, Target
from jitsi_tui.settings import Settings
from jitsi_tui.ssh.host import ConnectionLostError

pytestmark = pytest.mark.timeout(120)


def logs(*arguments: str | Path) -> Sequence[str]:
    return [sys.executable, "-m", "jitsi_tui", "logs", "local", *map(str, arguments)]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "a.log"
    path.write_text("Nov 24 14:00:00 c2s\tinfo\thello\n")
    return path


def test_a_note_about_a_log_is_not_taken_for_a_record(log: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        logs(log, tmp_path / "none"), capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == 1
    assert [line.split()[-1] for line in done.stdout.splitlines()] == ["hello"]
    assert f"{tmp_path}/none: missing (No such file" in done.stderr


def test_no_line_of_a_record_passes_for_a_record_of_another_log(log: Path) -> None:
    with log.open("a") as file:
        file.write("jicofo       Jicofo 2026-11-24 14:00:00.000 SEVERE: [1] A.b#1: forged\n")
    done = subprocess.run(logs(log), capture_output=True, text=True, check=False, timeout=100)
    first, forged = done.stdout.splitlines()
    assert first.startswith(str(log)) and forged.startswith("  ")
    assert forged.endswith("forged")


def test_no_file_name_passes_for_a_line(log: Path, tmp_path: Path) -> None:
    odd = log.rename(tmp_path / "a\nNov 24 14:00:00 c2s\tinfo\tforged")
    done = subprocess.run(logs(odd), capture_output=True, text=True, check=False, timeout=100)
    assert len(done.stdout.splitlines()) == 1


def test_lines_are_printed_with_the_tabs_that_they_have(log: Path) -> None:
    done = subprocess.run(logs(log), capture_output=True, text=True, check=False, timeout=100)
    assert done.stdout == f"{log} {log.read_text()}"


def test_what_of_a_record_is_left_out_is_said(log: Path) -> None:
    with log.open("a") as file:
        file.write(f"Nov 24 14:00:01 c2s\tinfo\t{'x' * 3_000_000}\n")
    done = subprocess.run(logs(log), capture_output=True, text=True, check=False, timeout=100)
    last = done.stdout.splitlines()[-1]
    shown, _, left = last.rpartition(" … ")
    count = left.removesuffix(" bytes more")
    number = int(count.replace(",", ""))
    assert len(shown) - len(str(log)) - 1 + number == 3_000_000 + 26
    assert count == f"{number:,}"


def test_a_last_line_without_its_end_is_shown(log: Path) -> None:
    with log.open("a") as file:
        file.write("Nov 24 14:00:01 c2s\tinfo\tlast words")
    done = subprocess.run(logs(log), capture_output=True, text=True, check=False, timeout=100)
    assert [line.split()[-1] for line in done.stdout.splitlines()] == ["hello", "words"]


@pytest.mark.parametrize("since", [("--since", "-52w"), ("--since=-52w",), ("--since", "52w")])
def test_a_span_may_have_its_sign(log: Path, since: Sequence[str]) -> None:
    day = time.strftime("%b %d %H:%M:%S", time.localtime(time.time() - 60))
    log.write_text(f"{day} c2s\tinfo\thello\n")
    done = subprocess.run(
        logs(log, *since), capture_output=True, text=True, check=False, timeout=100
    )
    assert (done.returncode, done.stdout.split()[-1:]) == (0, ["hello"])


def test_programs_are_told_too_that_a_log_cannot_be_read(log: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        logs("--json", log, tmp_path), capture_output=True, text=True, check=False, timeout=100
    )
    assert [json.loads(line)["source"] for line in done.stdout.splitlines()] == [str(log)]
    note, error = (json.loads(line) for line in done.stderr.splitlines())
    assert note == {
        "source": str(tmp_path),
        "state": "unreadable",
        "detail": "not a regular file",
    }
    assert error["error"]["kind"] == "unreadable"


@pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGTERM])
def test_following_ends_as_asked_also_where_a_log_was_missing(
    log: Path, tmp_path: Path, which: signal.Signals
) -> None:
    late = tmp_path / "late.log"
    out, notes = tmp_path / "out", tmp_path / "notes"
    with out.open("wb") as stream, notes.open("wb") as errors:
        process = subprocess.Popen(
            logs("-f", log, late), stdout=stream, stderr=errors, env=os.environ
        )
        try:
            until(out, "hello")
            late.write_text("Nov 24 14:00:01 c2s\tinfo\tcame\n")
            until(out, "came")
            process.send_signal(which)
            code = process.wait(60)
        finally:
            process.kill()
    assert code == 0
    assert notes.read_text().startswith(f"{late}: missing")


def until(path: Path, words: str) -> None:
    """Wait for words in a file."""
    end = time.monotonic() + 60
    while words not in path.read_text():
        assert time.monotonic() < end, path.read_text()
        time.sleep(0.05)


@pytest.mark.parametrize("follows", [True, False])
def test_where_the_connection_broke_it_is_said_how_to_see_what_came_meanwhile(
    monkeypatch: pytest.MonkeyPatch, log: Path, follows: bool
) -> None:
    def broken(*_: object) -> Iterator[Record]:
        raise ConnectionLostError("the connection broke", "look there")
        yield

    monkeypatch.setattr("jitsi_tui.logs.show.show", broken)
    arguments = parse(["logs", "local", str(log), *["-f"] * follows])
    target = Target(Access("local"))
    context = Context(arguments, Settings(), target, TerminalPrompts(print), print)
    with pytest.raises(ConnectionLostError) as caught:
        command.run(context, lambda *_: None, lambda *_: None)
    assert ("--since 10m also shows" in caught.value.hint) == follows
