"""Output that nobody reads, or that can't be written: what was asked for is done all the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(120)


def run(line: str) -> subprocess.CompletedProcess[str]:
    """A shell line in which ``$JT`` is our program; exit codes are those of bash."""
    return subprocess.run(
        ["bash", "-c", line],
        env={**os.environ, "JT": f"{sys.executable} -m jitsi_tui"},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def test_a_change_goes_to_its_end_though_its_reader_went_away() -> None:
    done = run("$JT secure demo --yes | sed -n '/^Restarts/q'; echo ${PIPESTATUS[0]}")
    assert (done.stdout, done.stderr) == ("0\n", "")


def test_a_reader_that_had_enough_changes_no_exit_code() -> None:
    done = run("$JT status demo --no-probe | true; echo ${PIPESTATUS[0]}")
    assert (done.stdout, done.stderr) == ("1\n", "")
    done = run("$JT logs demo -n 5 | head -n 1 | wc -l; echo ${PIPESTATUS[0]}")
    assert (done.stdout, done.stderr) == ("1\n0\n", "")


def test_an_answer_that_cannot_be_written_is_an_error_that_says_what_was_done() -> None:
    done = run("$JT secure demo --dry-run > /dev/full")
    assert done.returncode == 1
    assert "No space left" in done.stderr
    assert "exit code 0 all the same" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full", "<&- >&- 2>&-"])
def test_an_error_that_nobody_reads_keeps_its_exit_code(redirection: str) -> None:
    assert run(f"$JT status nosuch.invalid {redirection}").returncode == 3


def test_closed_standard_streams_are_no_sockets_of_ours(tmp_path: Path) -> None:
    done = run(f"$JT status demo --json --no-probe 0<&- 2>&- > {tmp_path}/answer")
    assert done.returncode == 1
    assert (tmp_path / "answer").read_text().startswith('{"destination": "demo"')
    assert run("$JT secure demo --dry-run >&-").returncode == 0
    done = run("$JT moderators demo check joki --password-stdin <&-")
    assert (done.returncode, "held no password" in done.stderr) == (2, True)
