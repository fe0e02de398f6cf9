"""Two admins press the key at the same moment, on a real server, each with a wish of their own."""

from __future__ import annotations

import subprocess

import pytest

from .admin import paths
from .cli import Done, argv, environment
from .fixtures import HostFactory
from .host import LabHost
from .xmpp import Browser

pytestmark = [pytest.mark.lab, pytest.mark.timeout(1500)]
REFUSALS = (
    "another change is being made",
    "has not ended yet",
    "was changed since",
    "meanwhile",
)


def at_once(host: LabHost, wishes: tuple[str, str]) -> list[Done]:
    """Both commands, begun in the same moment, to their ends."""
    running = [
        subprocess.Popen(
            argv(host, "secure", "--guest-domain", wish, "--yes", "--json"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        for wish in wishes
    ]
    ends = [process.communicate(timeout=240) for process in running]
    return [Done(p.returncode, out, err) for p, (out, err) in zip(running, ends, strict=True)]


def guest_domains(host: LabHost, wishes: tuple[str, str]) -> set[str]:
    """Which of the two wishes Prosody's file and config.js have."""
    prosody, meet = (host.files.read(path) for path in paths(host.domain)[:2])
    found = set()
    for wish in wishes:
        stands = [f'VirtualHost "{wish}"' in prosody, f"'{wish}'" in meet]
        assert len(set(stands)) == 1, f"half of {wish} stands"
        found |= {wish} if stands[0] else set()
    return found


def nothing_left(host: LabHost) -> bool:
    look = "ls -A /run/jitsi-tui; pgrep -af '[a]pply.pl'"
    return host.run(look, check=False).stdout == ""


@pytest.mark.parametrize("rounds", [2, pytest.param(50, marks=pytest.mark.slow)])
def test_one_admin_wins_and_the_other_is_refused_in_words(
    lab_host: HostFactory, rounds: int
) -> None:
    host = lab_host(generation="fixture")
    host.wait_for_jitsi()
    for number in range(rounds):
        wishes = (f"one{number}.{host.domain}", f"two{number}.{host.domain}")

        done = at_once(host, wishes)

        assert sorted(each.exit for each in done) == [0, 1], [d.err for d in done]
        winner, loser = sorted(range(2), key=lambda n: done[n].exit)
        message = done[loser].error["message"]
        assert any(words in message for words in REFUSALS), message
        assert guest_domains(host, wishes) == {wishes[winner]}
        with Browser(host, wishes[winner]) as guest:
            assert guest.mechanisms == {"ANONYMOUS"}
        with Browser(host) as stranger:
            assert "ANONYMOUS" not in stranger.mechanisms
        host.wait_for("the end of all", lambda: nothing_left(host))
