"""What is asked of Prosody before and after its files are replaced, and nobody answers in time."""

from __future__ import annotations

import pytest

from tests.unit.perl import perl

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
    assert perl("Apply::Meaning", PROGRAM.replace("@ANSWER", answer)) == (
        "effective,remarks Prosody's own reading of its files can't be had here"
    )


STAGED = """
package Server;
sub path { return $_[1] }
sub command { return @ANSWER }
package main;
my $meaning = Apply::Meaning->new( bless( {}, 'Server' ), undef );
eval { $meaning->check_staged( { path => '/etc/jicofo.conf', new => '/x' } ); 1 } or print $@;
"""


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("( 124, q{} )", "/etc/jicofo.conf could not be read as HOCON within 20 s\n"),
        ("( 1, 'Expecting }' )", "/etc/jicofo.conf would not be HOCON: Expecting }\n"),
        ("( 127, q{} )", ""),
    ],
)
def test_a_reader_that_does_not_end_is_not_said_to_find_a_fault(answer: str, said: str) -> None:
    assert perl("Apply::Meaning", STAGED.replace("@ANSWER", answer)) == said
