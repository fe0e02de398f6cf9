"""The lock that lets one run change a server at a time, and leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from jitsi_tui.instance.model import Ending
from tests.unit.perl import perl

from .tree import JICOFO, JICOFO_SECURE, PROSODY, SECURE, Tree

TAKERS = r"""
use Apply::Host;
use Fcntl qw(:DEFAULT);
my ( $folder, $takers, $rounds ) = @ARGV;
my $host = Apply::Host->new( { run => "$folder/run", backups => "$folder/backups" } );
for ( 1 .. $takers ) {
    next if fork;
    for ( 1 .. $rounds ) {
        my $lock = eval { Apply::Lock::take($host) };
        if ($@) { syswrite STDOUT, $@ }
        next if !$lock;
        sysopen my $inside, "$folder/inside", O_CREAT | O_EXCL or syswrite STDOUT, "two inside\n";
        unlink "$folder/inside";
        Apply::Lock::release( $host, $lock );
    }
    exit;
}
1 while wait != -1;
print -e "$folder/run" ? "left behind\n" : "nothing left\n";
"""


def test_who_comes_as_another_one_leaves_gets_the_lock_or_is_told_it_is_held(
    tmp_path: Path,
) -> None:
    said = perl("Apply::Lock", TAKERS, str(tmp_path), "8", "300")
    assert said == "nothing left\n"


TWICE = """#!/bin/sh
case " $* " in *" --mode=run "*) ;; *) exec /usr/bin/perl "$@" ;; esac
/usr/bin/perl "$@" &
sleep %s
/usr/bin/perl "$@"
for word; do
    shift
    [ "$word" = --mode=run ] && word=--mode=recover
    set -- "$@" "$word"
done
/usr/bin/perl "$@"
wait
"""


@pytest.mark.parametrize("later", ["0", "0.3", "2"])
def test_a_run_that_is_started_twice_is_one_run(tmp_path: Path, later: str) -> None:
    """As by a systemd-run that did start it and says that it did not."""
    tree = Tree(tmp_path)
    tree._script("perl", TWICE % later)
    tree.start_services()
    try:
        result = tree.apply()
    finally:
        tree.stop_services()
    assert (result.ending, tree.read(PROSODY), tree.read(JICOFO)) == (
        Ending.APPLIED,
        SECURE,
        JICOFO_SECURE,
    ), result
    names = [step.name for step in result.steps]
    assert len(names) == len(set(names)), names
    assert tree.strays() == []
