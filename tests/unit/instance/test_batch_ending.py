"""Many accounts at once: the programs that make them end when nobody hears them any more."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tests.unit.perl import REMOTE

LUA = shutil.which("lua5.4")
MADE = 'io.read(); for line in io.lines() do print("made " .. line:match("%S+")); io.flush(); end'
DRIVER = """
use strict;
use warnings;
use Accounts::Batch;
$SIG{PIPE} = 'IGNORE';
my ( $lua, $made ) = @ARGV;

# What Perl gives back first as it ends is told by where it lies.
our @strewn = map { my $here = $_; \\$here } 1 .. int rand 3000;
@strewn = @strewn[ grep { rand() < 0.5 } 0 .. $#strewn ];
{
    no warnings 'redefine';
    *Accounts::Batch::first_line = sub { "#!$lua\\n" };
}
open my $giver, '<&', \\*STDIN or die;
my $more  = q{x} x 200;    # more than a pipe holds: the end of what is heard is met for certain
my $lines = join q{}, map { "name$_$more word\\n" } 1 .. 1000;
exit Accounts::Batch::add_many( 'meet.example.org', $made, $lines, $giver );
"""


@pytest.mark.skipif(not LUA, reason="lua5.4 is not installed")
def test_the_programs_end_when_their_answers_are_unheard() -> None:
    """The channel's two directions end one after the other: here its input stays open."""
    for _ in range(30):
        with subprocess.Popen(
            ["perl", f"-I{REMOTE}", "-e", DRIVER, "lua5.4", MADE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as running:
            assert running.stdout and running.stderr
            assert running.stdout.readline().startswith("made name")
            running.stdout.close()
            try:
                assert running.wait(60) != 0
            finally:
                running.kill()
            assert running.stderr.read() == "nobody hears what is said\n"
