"""Programs that the facts start: heard to their end, and not beyond their time."""

from __future__ import annotations

import subprocess
from pathlib import Path

REMOTE = Path(__file__).parents[3] / "jitsi_tui" / "remote"
DRIVER = """
use strict;
use warnings;
use Facts::Child qw(start finish);
my $ended = start( q{}, undef, 'echo', 'all of it' );
my $hangs = start( q{}, undef, 'sh', '-c', 'echo begun; exec sleep 600' );
for my $job ( $ended, $hangs ) {
    $job->{until} = time - 1;    # its time went to others
    my $ready = q{};
    vec( $ready, fileno $job->{output}, 1 ) = 1;
    select $ready, undef, undef, 60;
    print finish($job), '|';
}
"""


def test_what_a_program_said_counts_also_when_its_time_went_to_others() -> None:
    done = subprocess.run(
        ["perl", f"-I{REMOTE}", "-e", DRIVER],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout == "all of it\n|begun\n\nit took too long|"
