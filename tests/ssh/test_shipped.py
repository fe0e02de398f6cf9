"""Programs that are handed over with their modules: taken in whole, or not run at all."""

from __future__ import annotations

import os
import subprocess

import pytest

from jitsi_tui.ssh.command import NOT_RUN, program
from jitsi_tui.ssh.shipped import shipped

FACTS = shipped("facts.pl", "--nonce=ab", parts=("Facts/Say.pm",), told={"known-lines": b"x" * 9})


def run(stdin: bytes) -> str:
    done = subprocess.run(FACTS.argv, input=stdin, capture_output=True, timeout=30, check=False)
    assert done.returncode != 0
    assert done.stdout.strip() == b""
    return done.stderr.decode()


@pytest.mark.parametrize("kept", [-1, -8, -14], ids=["in the end", "in a head", "in a part"])
def test_a_program_that_arrives_in_part_does_not_begin(kept: int) -> None:
    said = run(FACTS.stdin[:kept])
    assert said in {"what was sent is damaged\n", "what was sent ends too early\n"}


def test_a_program_that_arrives_damaged_does_not_begin() -> None:
    assert run(FACTS.stdin.replace(b"known-lines 9", b"known-lines x")) == (
        "what was sent is damaged\n"
    )


def test_a_module_that_was_not_sent_is_named_with_the_programs_own_line() -> None:
    said = run(FACTS.stdin)
    assert "Can't locate Facts/File.pm" in said
    assert "at facts.pl line" in said


def test_bytes_stay_bytes_for_who_has_perl_in_unicode() -> None:
    bytes_of = program("bytes", b"print length <DATA>;", data="ä\n".encode())
    done = subprocess.run(
        bytes_of.argv,
        input=bytes_of.stdin,
        capture_output=True,
        timeout=30,
        check=True,
        env={**os.environ, "PERL_UNICODE": "SDA"},
    )
    assert done.stdout == b"3"


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_a_shell_that_gets_a_program_instead_ends_at_its_first_line(shell: str) -> None:
    done = subprocess.run([shell], input=FACTS.stdin, capture_output=True, timeout=30, check=False)
    assert done.returncode == 126
    assert done.stdout.strip() == b""
    (complaint,) = done.stderr.decode().splitlines()
    assert NOT_RUN in complaint
