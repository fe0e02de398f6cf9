"""Ten thousand accounts on the screen, and five hundred added at once, on real hosts."""

from __future__ import annotations

import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.lab.accounts import encode
from tests.lab.admin import secured
from tests.lab.cli import argv, environment
from tests.lab.host import LabHost, Spec

from . import measure, table
from .terminal import Terminal

DOMAIN = "meet.example.org"
ACCOUNTS = 10_000
ADDED = 500
_KEYS = "user0123"


def main() -> None:
    """Print both tables."""
    rows = []
    for release in ("bullseye", "bookworm", "trixie"):
        spec = Spec(release=release, generation="fixture", domain=DOMAIN, prepare=secured(DOMAIN))
        with LabHost(spec) as host:
            host.wait_for_jitsi()
            added = _add(host)
            _fill(host)
            rows.append([release, *_screen(host), f"{added:.1f} s"])
    head = (
        "Debian",
        f"{ACCOUNTS} accounts shown",
        "filter key p50 / p95 / max",
        "memory more",
        f"{ADDED} added at once",
    )
    table.show(head, rows)


def _fill(host: LabHost) -> None:
    """Accounts as Prosody writes them, all with one hash: what counts is how many they are."""
    folder = f"/var/lib/prosody/{encode(DOMAIN)}/accounts"
    have = len(host.run(["ls", folder]).stdout.splitlines())
    script = """
        my ($from, $to) = @ARGV;
        open my $in, '<', 'joki.dat' or die;
        my ($text, @owner) = (join('', <$in>), (stat $in)[4, 5]);
        for (map { sprintf 'user%05d.dat', $_ } $from .. $to - 1) {
            open my $out, '>', $_ or die;
            print {$out} $text;
            close $out;
            chown @owner, $_;
        }
    """
    argv = ["sh", "-c", 'cd "$1" && shift && exec perl -e "$@"', "sh", folder]
    host.run([*argv, script, str(have), str(ACCOUNTS)])


def _add(host: LabHost) -> float:
    with tempfile.TemporaryDirectory() as folder:
        people = Path(folder) / "people.txt"
        people.write_text("".join(f"added{n:03}\n" for n in range(ADDED)))
        words = argv(host, "moderators", "add", "--from", str(people), "--yes", "--json")
        began = time.monotonic()
        subprocess.run(words, check=True, capture_output=True, env=environment())
        return time.monotonic() - began


def _screen(host: LabHost) -> tuple[str, str, str]:
    ways = ["--identity", str(host.key), "--known-hosts", str(host.known_hosts)]
    words = [sys.executable, "-m", "jitsi_tui", *ways, "--ssh-config", "/dev/null"]
    with (
        tempfile.TemporaryDirectory() as home,
        Terminal(
            [shlex.join(["env", f"XDG_CONFIG_HOME={home}", *words, f"root@{host.address}"])]
        ) as terminal,
    ):
        terminal.wait_for(lambda text: "Who may" in text, 60)
        time.sleep(1)
        before = terminal.memory()
        began = time.monotonic()
        terminal.press("4")
        terminal.wait_for(lambda text: f"{ACCOUNTS} moderators" in text, 60)
        opened = time.monotonic() - began
        more = terminal.memory() - before
        return f"{opened:.2f} s", measure.milliseconds(_filter(terminal)), _megabytes(more)


def _filter(terminal: Terminal) -> list[float]:
    terminal.press("/")
    terminal.wait_for(lambda text: "Find" in text)
    found = []
    for key in _KEYS:
        shown = terminal.screen()
        began = time.monotonic()
        terminal.press(key)
        terminal.wait_for(lambda text, shown=shown: text != shown)  # type: ignore[misc]
        found.append(time.monotonic() - began)
        time.sleep(0.3)
    return found


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.0f} MB"
