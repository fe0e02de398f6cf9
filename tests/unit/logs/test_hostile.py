"""A server that lies: every frame that can't be ends in an error, never in a crash or a flood."""

from __future__ import annotations

from pathlib import Path

import pytest

from jitsi_tui.logs.follow import Follower
from jitsi_tui.logs.frames import FrameError
from jitsi_tui.logs.sources import Source
from jitsi_tui.ssh.command import Command

from .machine import Machine, ProcessStream

PROGRAM = r"""
my $nonce;
while (<STDIN>) { $nonce = pack 'H16', $1 if /^nonce (\w+)/; last if $_ eq "go\n" }
sub emit {
    my ($type, $source, $file, $offset, $payload) = @_;
    my $head = pack 'a1nNQ>N', $type, $source, $file, $offset, length $payload;
    syswrite STDOUT, $nonce . $head . $payload;
}
sub known { emit('I', 0, $_[0], 0, "live 1 2 3 - - 2f78") }
emit('H', 0, 0, 0, '1 1795492801 0 60 -');
SCRIPT
sleep 5;
"""


class Liar(Machine):
    """A server whose log program is another one."""

    def __init__(self, script: str) -> None:
        super().__init__()
        self.script = PROGRAM.replace("SCRIPT", script)

    def stream(self, command: Command) -> ProcessStream:
        return super().stream(Command(("perl", "-e", self.script), stdin=command.stdin))


@pytest.mark.parametrize(
    "script",
    [
        "emit('D', 0, 7, 0, 'x');",
        "known(1); emit('D', 0, 1, 5, 'x');",
        "known(1); emit('J', 0, 1, 0, 'x');",
        "emit('E', 0, 9, 0, '');",
        "known($_) for 1 .. 2000;",
        "emit('I', 0, 1, 0, 'live 1 2 3 ' . ('41' x 5000) . ' - 2f78');",
        "emit('I', 0, 1, 0, 'live 1 2 3 zz - 2f78');",
        "emit('I', 0, 1, 0, 'live ' . ('9' x 5000) . ' 2 3 - - 2f78');",
        "emit('I', 0, 1, 0, 'live');",
        "emit('A', 0, 1, 0, pack('N', 1) . 'x');",
        "emit('A', 0, 1, 0, 'x');",
        "emit('Z', 0, 1, 0, 'x y');",
        "emit('S', 0, 1, 0, 'open');",
        "emit('H', 0, 0, 0, '1 x 0 60 -');",
        "emit('H', 0, 0, 0, '1 1 0 1440 -');",
        "emit('H', 0, 0, 0, 'x');",
        "emit('H', 0, 0, 0, '1 ' . ('9' x 20) . ' 0 60 -');",
        "emit('T', 0, 0, 0, '9' x 20);",
        "emit('I', 0, 1, 0, 'live 1 2 34359738368 - - 2f78');",
        "emit('X', 0, 0, 0, '');",
        "emit('D', 5, 0, 0, '');",
        "syswrite STDOUT, 'garbage' x 100;",
    ],
)
def test_a_frame_that_can_not_be_is_an_error(script: str, tmp_path: Path) -> None:
    liar = Liar(script)
    follower = Follower(liar, [Source("a", str(tmp_path / "a"))])
    with pytest.raises(FrameError):
        for _ in range(2000):
            follower.read(60)
    for stream in liar.streams:
        stream.process.kill()
        stream.close()


def test_a_line_that_never_ends_takes_bounded_memory(tmp_path: Path) -> None:
    liar = Liar("known(1); emit('D', 0, 1, $_ * 1000000, 'x' x 1000000) for 0 .. 99;")
    follower = Follower(liar, [Source("a", str(tmp_path / "a"))])
    total = largest = 0
    while total < 100_000_000:
        for event in follower.read(60):
            size = len(getattr(event, "data", b""))
            total, largest = total + size, max(largest, size)
    assert largest < 3_000_000
    for stream in liar.streams:
        stream.process.kill()
        stream.close()
