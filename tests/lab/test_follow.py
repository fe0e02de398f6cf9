"""Logs of real Debian hosts: their own formats, logrotate, journald, sudo, and cut connections."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest

from jitsi_tui.logs.book import LogBook
from jitsi_tui.logs.events import CaughtUp, Event, Gap, Lines, State
from jitsi_tui.logs.follow import Follower
from jitsi_tui.logs.sources import Source, choose
from jitsi_tui.ssh.host import Host, HostError
from tests.lab.host import LabHost
from tests.lab.reach import reach

_NUMBER = re.compile(rb"number (\d+)\b")

WRITER = """
use strict; use warnings;
my ($path, $late, $end) = @ARGV;
my ($reopen, $stop, $n, $out) = (0, 0, 0);
$SIG{TERM} = sub { $stop = 1 };
$SIG{USR1} = sub { $reopen = 1 };
my $open = sub { open $out, '>>', $path or die };
$open->();
while (!$stop) {
    if ($reopen) { select undef, undef, undef, $late; $open->(); $reopen = 0 }
    my $line = "Jicofo 2026-11-24 04:00:01.000 INFO: [1] X#1: number $n\\n";
    while ( length $line ) {
        my $written = syswrite $out, $line;
        if   ($written) { substr $line, 0, $written, q{} }
        else            { select undef, undef, undef, 0.01 }
    }
    select undef, undef, undef, 0.001 if $n++ % 2 == 0;
}
open my $count, '>', $end or die;
print {$count} $n;
close $count;
"""

LOGROTATE = """
/var/log/lab/renamed.log {
    su root root
    rotate 2
    create 0640 root adm
    postrotate
        kill -USR1 $(cat /run/renamed.pid) || true
    endscript
}
/var/log/lab/copied.log {
    su root root
    rotate 2
    copytruncate
    compress
}
/var/log/lab/away.log {
    su root root
    olddir /var/log/lab/old
    rotate 2
    create 0640 root adm
    postrotate
        kill -USR1 $(cat /run/away.pid) || true
    endscript
}
/srv/lab/linked.log {
    su root root
    rotate 5
    dateext
    dateformat -%d%m%Y-%s
    compress
    delaycompress
    nocreate
    postrotate
        kill -USR1 $(cat /run/linked.pid) || true
    endscript
}
/var/log/lab/copied-away.log {
    su root root
    olddir old
    rotate 2
    copytruncate
    compress
}
"""


class Watch:
    """Follows logs on a lab host, over one connection after another."""

    def __init__(self, machine: LabHost, sources: tuple[Source, ...], user: str, tail: int) -> None:
        self.machine, self.sources, self.user = machine, sources, user
        self.events: list[Event] = []
        self.book = LogBook([source.name for source in sources])
        self.stack = ExitStack()
        self.host: Host = self.stack.enter_context(reach(machine, user))
        self.follower = Follower(self.host, sources, tail=tail)

    def close(self) -> None:
        self.stack.close()

    def wait_for(self, reached: Callable[[], bool], seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while not reached():
            assert time.monotonic() < end, self.events[-5:]
            events = self.follower.read(0.2)
            self.events += events
            self.book.take(events)

    def cut(self) -> None:
        """Kill the server's side of our connection, and read until that is seen."""
        lines = self.machine.processes()
        served = [pid for pid, line in lines.items() if line.startswith(f"sshd: {self.user}")]
        served += [
            pid for pid, line in lines.items() if line.startswith(f"sshd-session: {self.user}")
        ]
        assert served
        self.machine.run("pkill -KILL -f '^sshd(-session)?: %s'" % self.user, check=False)  # noqa: UP031
        try:
            while True:
                events = self.follower.read(2)
                self.events += events
                self.book.take(events)
        except HostError:
            pass
        self.position = self.follower.position()

    def reconnect(self) -> None:
        self.host = self.stack.enter_context(reach(self.machine, self.user))
        self.follower = Follower(self.host, self.sources, resume=self.position)

    def bytes_of(self, source: str) -> bytes:
        return b"".join(
            event.data
            for event in self.events
            if isinstance(event, Lines) and event.source == source
        )

    def numbers(self, source: str) -> list[int]:
        return [int(number) for number in _NUMBER.findall(self.bytes_of(source))]

    def states(self, source: str) -> list[str]:
        return [
            event.state
            for event in self.events
            if isinstance(event, State) and event.source == source
        ]

    def gaps(self, source: str) -> list[str]:
        return [
            event.why for event in self.events if isinstance(event, Gap) and event.source == source
        ]


@pytest.fixture(scope="module", params=["bullseye", "bookworm", "trixie"])
def machine(request: pytest.FixtureRequest, module_lab_host: Callable[..., LabHost]) -> LabHost:
    return module_lab_host(release=request.param, generation="fixture")


@pytest.fixture
def watch(machine: LabHost) -> Iterator[Callable[..., Watch]]:
    opened: list[Watch] = []

    def begin(*sources: Source, user: str = "root", tail: int = -1) -> Watch:
        opened.append(Watch(machine, sources, user, tail))
        return opened[-1]

    yield begin
    for each in opened:
        each.close()


def start_writer(machine: LabHost, path: str, late: float = 0.3) -> None:
    """Start what writes a numbered log, and say where its process number lies."""
    machine.files.write("/run/writer.pl", WRITER)
    name = path.rpartition("/")[2].partition(".")[0]
    machine.run(
        f"rm -f /run/{name}.count; setsid perl /run/writer.pl {path} {late} /run/{name}.count"
        f" >/dev/null 2>&1 </dev/null & echo $! > /run/{name}.pid"
    )


def stop_writer(machine: LabHost, name: str) -> int:
    """End it; how many lines it wrote."""
    machine.run(f"kill -TERM $(cat /run/{name}.pid)")
    told = f"/run/{name}.count"
    machine.wait_for(
        "end of a writer", lambda: machine.files.exists(told) and bool(machine.files.read(told)), 60
    )
    return int(machine.files.read(told))


def test_an_admin_with_sudo_reads_the_logs_that_root_may_read(
    machine: LabHost, watch: Callable[..., Watch]
) -> None:
    machine.wait_for_jitsi()
    seen = watch(*choose(["prosody", "jicofo", "jvb", "nginx"]), user="ada", tail=50)
    assert seen.follower.as_root
    seen.wait_for(lambda: all(seen.states(name) for name in seen.book.sources))
    seen.wait_for(lambda: len(seen.book.sources["prosody"].buffer) > 0)
    assert seen.states("prosody") == ["open"]
    buffer = seen.book.sources["prosody"].buffer
    last = buffer.record(buffer.end - 1)
    assert last.time is not None
    assert abs(last.time.timestamp() - seen.book.server_time()) < 3600
    assert last.level


def test_somebody_without_rights_is_told_so_and_not_that_files_are_missing(
    machine: LabHost, watch: Callable[..., Watch]
) -> None:
    machine.wait_for_jitsi()
    seen = watch(*choose(["prosody", "/var/log/none.log"]), user="mallory")
    assert not seen.follower.as_root
    seen.wait_for(lambda: all(seen.states(name) for name in seen.book.sources))
    assert seen.states("prosody") == ["unreadable"]
    assert seen.states("/var/log/none.log") == ["missing"]


def test_logrotate_of_all_kinds_and_cut_connections_lose_and_repeat_nothing(
    machine: LabHost, watch: Callable[..., Watch]
) -> None:
    machine.run("rm -rf /var/log/lab /srv/lab; mkdir -p /var/log/lab/old /srv/lab")
    machine.run("ln -s /srv/lab/linked.log /var/log/lab/linked.log")
    machine.files.write("/etc/logrotate.d/lab", LOGROTATE)
    renamed, copied = ("renamed", "away", "linked"), ("copied", "copied-away")
    names = (*renamed, *copied)
    for name in names:
        start_writer(machine, f"/var/log/lab/{name}.log")
    seen = watch(*(Source(name, f"/var/log/lab/{name}.log") for name in names))
    seen.wait_for(lambda: all(len(seen.numbers(name)) > 500 for name in names))
    rotate = "logrotate -s /run/lab.state -f /etc/logrotate.d/lab"
    machine.run(rotate)
    seen.wait_for(lambda: all(len(seen.numbers(name)) > 2000 for name in names))
    machine.wait_for("a new log", lambda: machine.files.exists("/srv/lab/linked.log"))
    time.sleep(1)  # what is put aside of it is named by the second
    seen.cut()
    machine.run(rotate)
    seen.reconnect()
    counts = {name: stop_writer(machine, name) for name in names}
    seen.wait_for(lambda: all(seen.numbers(name)[-1] == counts[name] - 1 for name in names))
    for name in renamed:
        assert seen.numbers(name) == list(range(counts[name]))
        assert seen.gaps(name) == []
    for name in copied:
        numbers = seen.numbers(name)
        assert numbers == sorted(set(numbers))
        if len(numbers) < counts[name]:
            # logrotate itself loses what is written between its copy and its truncation.
            files = f"/var/log/lab/{name}.log* /var/log/lab/old/{name}.log*"
            held = machine.run(f"zcat -f {files}", check=False).stdout
            assert set(map(int, re.findall(r"number (\d+)\b", held))) <= set(numbers)
        assert seen.gaps(name) == ["copied", "copied"]


@pytest.mark.slow
def test_a_disk_that_is_full_for_a_while_loses_nothing(
    lab_host: Callable[..., LabHost],
) -> None:
    machine = lab_host(generation=None, free_kilobytes={"/var/log": 8192})
    machine.run("mkdir -p /var/log/lab/old")
    machine.files.write("/etc/logrotate.d/lab", LOGROTATE)
    rotate = "logrotate -s /run/lab.state -f /etc/logrotate.d/lab"
    names = ("renamed", "copied")
    for name in names:
        start_writer(machine, f"/var/log/lab/{name}.log")
    sources = tuple(Source(name, f"/var/log/lab/{name}.log") for name in names)
    with closing(Watch(machine, sources, "root", -1)) as seen:
        seen.wait_for(lambda: all(len(seen.numbers(name)) > 500 for name in names))
        machine.run("dd if=/dev/zero of=/var/log/fill bs=4k", check=False)
        assert "No space left" in machine.run(rotate, check=False).stderr
        seen.cut()
        seen.reconnect()
        begun = len(seen.events)
        seen.wait_for(lambda: any(isinstance(one, CaughtUp) for one in seen.events[begun:]))
        machine.run("rm /var/log/fill")
        machine.run(rotate, check=False)
        counts = {name: stop_writer(machine, name) for name in names}
        seen.wait_for(lambda: all(seen.numbers(name)[-1] == counts[name] - 1 for name in names))
        assert seen.numbers("renamed") == list(range(counts["renamed"]))
        copied = seen.numbers("copied")
        assert copied == sorted(set(copied))
        held = machine.run("zcat -f /var/log/lab/copied.log*", check=False).stdout
        assert set(map(int, re.findall(r"number (\d+)\b", held))) <= set(copied)
        assert seen.gaps("renamed") == []
        assert set(seen.gaps("copied")) <= {"copied"}


def test_nothing_is_left_running_after_a_cut(machine: LabHost, watch: Callable[..., Watch]) -> None:
    seen = watch(*choose(["prosody"]), user="ada")
    seen.wait_for(lambda: bool(seen.states("prosody")))

    def running() -> bool:
        return any(re.match(r"(sudo .*)?perl -", line) for line in machine.processes().values())

    assert running()
    seen.cut()
    machine.wait_for("end of the program", lambda: not running(), 60)


class TestJournal:
    @pytest.fixture
    def talker(self, machine: LabHost) -> Iterator[Source]:
        """A unit that talks to the journal, and has no file."""
        machine.run(
            "systemd-run --quiet --unit talker sh -c"
            " 'n=0; while sleep 0.02; do echo \"number $n\"; n=$((n+1)); done'"
        )
        yield Source("talker", "/var/log/talker.log", "talker.service")
        machine.run("systemctl stop talker", check=False)

    def test_a_unit_without_a_file_is_read_from_the_journal_and_taken_up_again(
        self, talker: Source, watch: Callable[..., Watch]
    ) -> None:
        seen = watch(talker)
        seen.wait_for(lambda: len(seen.numbers("talker")) > 20)
        assert seen.states("talker")[-1] == "journal"
        seen.cut()
        time.sleep(0.5)
        seen.reconnect()
        before = len(seen.numbers("talker"))
        seen.wait_for(lambda: len(seen.numbers("talker")) > before + 30)
        numbers = seen.numbers("talker")
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        assert seen.gaps("talker") == []

    def test_a_journal_that_lost_the_entry_is_a_gap(
        self, machine: LabHost, talker: Source, watch: Callable[..., Watch]
    ) -> None:
        seen = watch(talker)
        seen.wait_for(lambda: len(seen.numbers("talker")) > 5)
        seen.cut()
        machine.run("journalctl --rotate; sleep 1; journalctl --vacuum-time=1s")
        seen.reconnect()
        seen.wait_for(lambda: bool(seen.gaps("talker")))
        assert seen.gaps("talker") == ["journal"]

    def test_a_file_that_appears_takes_over(
        self, machine: LabHost, talker: Source, watch: Callable[..., Watch]
    ) -> None:
        seen = watch(talker)
        seen.wait_for(lambda: "journal" in seen.states("talker"))
        try:
            machine.files.write("/var/log/talker.log", "number 1000000\n")
            seen.wait_for(lambda: 1_000_000 in seen.numbers("talker"))
            assert seen.states("talker")[-1] == "open"
        finally:
            machine.run("rm -f /var/log/talker.log")


def test_records_keep_their_times_while_the_time_zone_is_set(
    lab_host: Callable[..., LabHost],
) -> None:
    """Programs take it over when they start anew; Prosody and Jicofo name none in their logs."""
    machine = lab_host(release="bookworm", generation="fixture")
    take_over = "timedatectl set-timezone {}; systemctl restart prosody jicofo"
    machine.run(take_over.format("Europe/Berlin"))
    sources = choose(["prosody", "jicofo"])
    with closing(Watch(machine, sources, "root", 0)) as seen:
        books = [seen.book.source(source.name) for source in sources]
        for zone in ("Europe/Berlin", "America/New_York", "Asia/Kolkata"):
            held = [book.buffer.end for book in books]
            machine.run(take_over.format(zone))
            machine.wait_for_jitsi()  # all have taken it over
            machine.run(f"echo {zone} | tee -a {' '.join(source.path for source in sources)}")
            line = f"\n{zone}\n".encode()
            for book, before in zip(books, held, strict=True):
                seen.wait_for(lambda name=book.source, line=line: line in seen.bytes_of(name))  # type: ignore[misc]
                ages = [
                    seen.book.server_time() - book.buffer.time(number) / 1e6
                    for number in range(before, book.buffer.end)
                ]
                assert all(-60 < age < 300 for age in ages), (zone, book.source, sorted(ages))
