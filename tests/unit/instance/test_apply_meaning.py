"""What is asked of Prosody before and after its files are replaced, and nobody answers in time."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

REMOTE = Path(__file__).parents[3] / "jitsi_tui" / "remote"
PROGRAM = """
package Server;
sub command { return @ANSWER }
package main;
my $meaning = Apply::Meaning->new( bless( { root => q{} }, 'Server' ), undef );
my $now = $meaning->now;
print join q{,}, sort keys %{$now};
print q{ }, $meaning->compare( $now, $now, {} );
"""


@pytest.mark.parametrize("answer", ["( 124, q{} )", "( 127, q{} )", '( 1, "a remark\\n" )'])
def test_a_prosodyctl_that_answers_late_or_never_stops_no_change(answer: str) -> None:
    program = PROGRAM.replace("@ANSWER", answer)
    done = subprocess.run(
        ["perl", f"-I{REMOTE}", "-MApply::Meaning", "-e", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout == ("effective,remarks Prosody's own reading of its files can't be had here")
