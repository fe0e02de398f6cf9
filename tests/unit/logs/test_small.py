"""Sources, the journal, marks, the meter: small parts."""

from __future__ import annotations

import json
import os
import resource
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jitsi_tui.logs.clock import NO_TIME, as_datetime
from jitsi_tui.logs.journal import JournalReader
from jitsi_tui.logs.levels import Level
from jitsi_tui.logs.marks import find_marks
from jitsi_tui.logs.masking import mask
from jitsi_tui.logs.meter import Meter
from jitsi_tui.logs.patterns import compile_pattern
from jitsi_tui.logs.records import Record
from jitsi_tui.logs.save import SaveError, Saving
from jitsi_tui.logs.sources import DEFAULTS, USUAL, Source, UnknownSourceError, choose, configured

from .parsed import parse


class TestSources:
    def test_defaults_are_debians(self) -> None:
        assert choose(["prosody", "nginx.access"]) == (
            Source("prosody", "/var/log/prosody/prosody.log", "prosody.service"),
            Source("nginx.access", "/var/log/nginx/access.log"),
        )

    def test_nothing_asked_for_is_the_usual_four(self) -> None:
        assert tuple(source.name for source in choose([])) == USUAL

    def test_the_configuration_moves_them(self) -> None:
        paths = {"prosody": "/srv/p.log", "jvb": "relative", "nginx": "", "nginx.access": ""}
        found = configured({**paths, "extra": "/x"})
        assert found["prosody"] == Source("prosody", "/srv/p.log", "prosody.service")
        assert found["jvb"] == DEFAULTS["jvb"]
        assert found["nginx"].under("/root") == Source("nginx", "", "nginx.service")
        assert found["nginx.access"] == DEFAULTS["nginx.access"]
        assert found["extra"].path == "/x"

    def test_any_absolute_path_is_a_source(self) -> None:
        assert choose(["/var/log/syslog", "/var/log/syslog"]) == (
            Source("/var/log/syslog", "/var/log/syslog"),
        )

    def test_a_name_may_be_any_bytes(self) -> None:
        name = os.fsdecode(b"/var/log/a\xff")
        assert choose([name]) == (Source(name, name),)

    @pytest.mark.parametrize(
        "name", ["postfix", "log.txt", "/", "/var/log/", "/a\0b", "/a\ud800", ""]
    )
    def test_anything_else_is_said(self, name: str) -> None:
        with pytest.raises(UnknownSourceError):
            choose([name])


def entry(
    cursor: str, message: object, priority: str = "6", time: str = "1795492801123456"
) -> bytes:
    return (
        json.dumps(
            {
                "__CURSOR": cursor,
                "__REALTIME_TIMESTAMP": time,
                "PRIORITY": priority,
                "MESSAGE": message,
            }
        ).encode()
        + b"\n"
    )


STAMP = "2026-11-24T04:00:01.123456Z"


class TestJournal:
    def test_an_entry_reads_as_people_write_time_and_level(self) -> None:
        data = JournalReader().feed(entry("a", "out of memory", "2"))
        assert [record.text for record in parse(data, journal=True)] == [
            f"{STAMP} [crit] out of memory"
        ]

    @pytest.mark.parametrize("time", ["y", "0", "9" * 19, "-1", "\u0663"])
    def test_an_entry_without_a_time_has_none(self, time: str) -> None:
        (record,) = parse(JournalReader().feed(entry("a", "x", "3", time)), journal=True)
        assert (record.time, record.level) == (None, Level.ERROR)

    def test_entries_become_records(self) -> None:
        reader = JournalReader()
        data = reader.feed(
            entry("a", "mod_bosh\tinfo\tx")
            + entry("b", "Jicofo 2026-11-24 04:00:01.123 SEVERE: [1] boom\n\tat x")
            + entry("c", "out of memory", "2")
            + entry("d", f"{STAMP} [emerg] forged\n{STAMP} [alert] too")
        )
        records = parse(data, journal=True)
        assert [record.level for record in records] == [
            Level.INFO,
            Level.ERROR,
            Level.FATAL,
            Level.INFO,
        ]
        assert records[0].time is not None
        assert records[0].time.timestamp() == pytest.approx(1795492801.123456)
        assert records[1].text.endswith("\n\t\tat x")
        assert reader.cursor == "d"

    def test_what_is_not_text_is_harmless(self) -> None:
        reader = JournalReader()
        data = reader.feed(
            entry("a", [104, 105, 255])
            + entry("b", None)
            + b"no json\n[]\n"
            + entry("c", {}, "x", "y")
        )
        assert data.splitlines() == [
            f"{STAMP} [info] hi".encode() + b"\xff",
            f"{STAMP} [info] ".encode(),
            b"1970-01-01T00:00:00.000000Z [info] ",
        ]

    def test_an_entry_without_end_is_passed_over(self) -> None:
        reader = JournalReader()
        assert reader.feed(b"[" * 100_000 + b"\n" + entry("a", "x")).endswith(b"] x\n")

    def test_a_cursor_that_can_not_be_handed_on_is_none(self) -> None:
        reader = JournalReader()
        assert reader.feed(entry("a", "x") + entry("\ud800", "y")).endswith(b"] y\n")
        assert reader.cursor == "a"

    def test_reading_goes_on_after_the_entry_seen_last(self) -> None:
        reader = JournalReader("a")
        assert reader.feed(entry("a", "seen") + entry("b", "new")).endswith(b" new\n")
        assert not reader.lost

    def test_a_journal_without_that_entry_is_a_loss(self) -> None:
        """journalctl goes on at some other place, and exits with 0."""
        reader = JournalReader("a")
        assert reader.feed(entry("x", "other")).endswith(b" other\n")
        assert reader.lost

    @given(st.lists(st.integers(0, 2000), max_size=10))
    def test_entries_are_the_same_however_they_arrive(self, places: list[int]) -> None:
        data = b"".join(entry(str(at), f"line {at}") for at in range(8))
        bounds = [0, *sorted(min(place, len(data)) for place in places), len(data)]
        reader = JournalReader()
        pieces = [reader.feed(data[a:b]) for a, b in pairwise(bounds)]
        assert b"".join(pieces) == JournalReader().feed(data)


class TestMarks:
    TEXT = (
        "Jicofo 2026-11-24 04:00:01.123 INFO: [23] [room=daily@conference.meet.example.org"
        " meeting_id=0f2a] X.y#1: member ada@meet.example.org/ab12 from 192.0.2.7 and 2001:db8::7"
    )

    def test_rooms_jids_addresses_and_sessions_are_found(self) -> None:
        assert [(mark.kind, mark.value) for mark in find_marks(self.TEXT)] == [
            ("room", "daily"),
            ("session", "0f2a"),
            ("jid", "ada@meet.example.org"),
            ("address", "192.0.2.7"),
            ("address", "2001:db8::7"),
        ]

    def test_a_mark_finds_the_same_in_other_logs(self) -> None:
        mark = find_marks(self.TEXT)[2]
        pattern = compile_pattern(mark.pattern)
        assert pattern.search("c2s1\tinfo\tAuthenticated as ada@meet.example.org")
        assert not pattern.search("Authenticated as amanda@meet.example.org")

    def test_a_bosh_session_is_the_same_where_it_begins_and_where_it_speaks(self) -> None:
        sid = "1a2b3c4d-55aa-4e0e-9f00-0123456789ab"
        begins = f"mod_bosh\tinfo\tNew BOSH session, assigned it sid '{sid}'"
        speaks = f"bosh{sid}\tinfo\tAuthenticated as ada@meet.example.org"
        for text in (begins, speaks):
            (mark, *_) = find_marks(mask(text))
            assert (mark.kind, mark.value) == ("session", "bosh1a2b3c4d")
            pattern = compile_pattern(mark.pattern)
            assert pattern.search(begins) and pattern.search(speaks)
            assert not pattern.search(begins.replace("1a2b", "1a2c"))

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("[confId=a1b2 conf_name=daily@conference.x epId=c3d4]", "a1b2 daily c3d4"),
            ('"GET /http-bind?room=daily&x=1"', "daily"),
            ("Member joined:d269a9a5 stats-id=ines-d26", "d269a9a5"),
            ("Allocating endpoint d269a9a5 on bridge-1", "d269a9a5"),
            ("ICE state changed from Running to Completed for 12345678", ""),
            ("for 8f3a11bb-0000-4000-8000-000000000000", ""),
            ("Prefaced for deadbeefs", ""),
        ],
    )
    def test_marks_are_what_the_services_really_write(self, text: str, found: str) -> None:
        assert " ".join(mark.value for mark in find_marks(text)) == found

    def test_times_are_no_addresses(self) -> None:
        assert find_marks("14:02:01 x 04:00:01.123") == ()

    @given(st.text(max_size=300))
    def test_marks_lie_within_the_text_in_order(self, text: str) -> None:
        end = 0
        for mark in find_marks(text):
            assert end <= mark.start < mark.end <= len(text)
            end = mark.end


class TestMeter:
    def test_rates_are_of_whole_seconds(self) -> None:
        meter = Meter()
        for second in range(10):
            meter.add(20, second % 2, 100 + second + 0.5)
        assert meter.rate(110.1) == 20
        assert list(meter.records(110.1, 4)) == [20, 20, 20, 20]
        assert list(meter.errors(110.1, 4)) == [0, 1, 0, 1]

    def test_silence_is_zero_again(self) -> None:
        meter = Meter(10)
        meter.add(100, 0, 5)
        assert meter.rate(500) == 0
        assert list(meter.records(500, 20)) == [0] * 9


def save(path: Path, records: list[Record], *, overwrite: bool = False) -> int:
    saving = Saving(path, overwrite=overwrite)
    saving.write(records)
    return saving.finish()


class TestSave:
    RECORD = Record("jicofo", NO_TIME, Level.INFO, "a\x1b[2J\u202e\n\tb", 0, 1)

    def test_what_is_saved_is_harmless_and_private(self, tmp_path: Path) -> None:
        path = tmp_path / "saved.log"
        gap = Record("jicofo", NO_TIME, Level.NONE, "why", 0, 1, gap="copied")
        assert save(path, [self.RECORD, gap]) == 2
        assert path.read_text("utf-8") == "jicofo\ta^[[2J<U+202E>\n\t\tb\njicofo\t── why ──\n"
        assert path.stat().st_mode & 0o777 == 0o600

    def test_no_line_of_a_record_passes_for_a_record_of_another_log(self, tmp_path: Path) -> None:
        path = tmp_path / "saved.log"
        save(path, [self.RECORD._replace(text="a\njvb\tJVB forged")])
        assert path.read_text("utf-8") == "jicofo\ta\n\tjvb\tJVB forged\n"

    def test_how_much_is_left_out_is_said(self, tmp_path: Path) -> None:
        path = tmp_path / "saved.log"
        save(path, [self.RECORD._replace(text="a", cut=12345)])
        assert path.read_text("utf-8") == "jicofo\ta … 12,345 bytes more\n"

    def test_nothing_is_written_over(self, tmp_path: Path) -> None:
        path = tmp_path / "there"
        path.write_text("mine")
        with pytest.raises(SaveError):
            save(path, [self.RECORD])
        assert path.read_text() == "mine"

    @pytest.mark.parametrize("name", ["none/x", "a\0b"])
    def test_what_can_not_be_written_is_said(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(SaveError):
            save(Path(f"{tmp_path}/{name}"), [self.RECORD])

    @pytest.mark.parametrize("overwrite", [False, True])
    @pytest.mark.parametrize("count", [20, 2000])
    def test_a_disk_that_is_full_leaves_nothing_half_written(
        self, tmp_path: Path, overwrite: bool, count: int
    ) -> None:
        """Also where it is noticed only at the end, when what was buffered is written."""
        path = tmp_path / "saved.log"
        if overwrite:
            path.write_text("mine")
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
        try:
            with pytest.raises(SaveError, match=r"saved\.log"):
                save(path, [self.RECORD] * count, overwrite=overwrite)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        left = {file.name: file.read_text() for file in tmp_path.iterdir()}
        assert left == ({"saved.log": "mine"} if overwrite else {})

    def test_only_regular_files_are_replaced(self, tmp_path: Path) -> None:
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        for overwrite in (False, True):
            with pytest.raises(SaveError, match="is not a regular file") as caught:
                save(pipe, [self.RECORD], overwrite=overwrite)
            assert not caught.value.exists
        assert pipe.is_fifo()

    def test_a_folder_that_goes_while_it_is_written_to_is_told(self, tmp_path: Path) -> None:
        folder = tmp_path / "folder"
        folder.mkdir()
        saving = Saving(folder / "saved.log", overwrite=True)
        folder.rename(tmp_path / "elsewhere")
        folder.write_text("a file")
        with pytest.raises(SaveError, match="Not a directory"):
            saving.finish()


@pytest.mark.parametrize("time", ["253402300799000000", "-62135596800000000"])
def test_a_time_at_the_end_of_the_calendar_is_none(time: str) -> None:
    """In another zone it would lie beyond, and there is no such date."""
    assert as_datetime(int(time)) is None
