"""Records of every format: their time, level, text, and what belongs to them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jitsi_tui.logs.buffer import SourceBuffer
from jitsi_tui.logs.levels import Level
from jitsi_tui.logs.records import MAX_CONTINUATION, MAX_RECORD, Record, RecordParser

from .parsed import NOW, at, one, parse

BERLIN = ZoneInfo("Europe/Berlin")

PROSODY = b"Nov 24 04:00:01 mod_bosh\tinfo\tNew BOSH session\n"
JICOFO = b"Jicofo 2026-11-24 04:00:01.123 INFO: [23] [room=a meeting_id=b] Class.method#58: text\n"
JAVA = b"Nov 24, 2026 4:00:01 AM org.jitsi.jicofo.Main main\nINFO: Starting.\n"
NGINX = b"2026/11/24 04:00:01 [error] 12#12: *1 open() failed\n"
ACCESS = b'192.0.2.1 - - [24/Nov/2026:04:00:01 +0100] "GET / HTTP/1.1" 200 12 "-" "agent"\n'

FOUR = datetime(2026, 11, 24, 4, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "time", "level"),
    [
        (PROSODY, FOUR, Level.INFO),
        (b"Nov  4 04:00:01 c2s55d0\terror\tboom\n", FOUR - timedelta(days=20), Level.ERROR),
        (b"Nov 24 04:00:01 example.org:muc\twarn\tx\n", FOUR, Level.WARNING),
        (JICOFO, FOUR + timedelta(milliseconds=123), Level.INFO),
        (b"Jicofo 2026-11-24 04:00:01.000 WARNING: [1] A.b#1: x\n", FOUR, Level.WARNING),
        (b"JVB 2026-11-24 04:00:01.000 SEVERE: [1] A.b#1: x\n", FOUR, Level.ERROR),
        (b"JVB 2026-11-24 04:00:01.000 FINE: no context\n", FOUR, Level.DEBUG),
        (b"Jicofo 2026-11-24 04:00:01.000 SCHWERWIEGEND: [1] x\n", FOUR, Level.ERROR),
        (b"Jicofo 2026-11-24 04:00:01.000 AVERTISSEMENT: [1] x\n", FOUR, Level.WARNING),
        ("Jicofo 2026-11-24 04:00:01.000 情報: [1] x\n".encode(), FOUR, Level.INFO),
        (b"Jicofo 2026-11-24 04:00:01.000 Am feinsten: x\n", FOUR, Level.DEBUG),
        (b"Jicofo 2026-11-24 04:00:01.000 ???: [1] x\n", FOUR, Level.NONE),
        (JAVA, FOUR, Level.INFO),
        (b"Nov 24, 2026 4:00:01 PM a.B c\nWARNUNG: x\n", FOUR + timedelta(hours=12), Level.WARNING),
        (
            b"Nov. 24, 2026 4:00:01 nachm. a.B c\nSEVERE: x\n",
            FOUR + timedelta(hours=12),
            Level.ERROR,
        ),
        ("11月 24, 2026 4:00:01 午前 a.B c\n警告: x\n".encode(), FOUR, Level.WARNING),
        (b"Nov 24, 2026 12:00:01 AM a.B c\nINFO: x\n", FOUR - timedelta(hours=4), Level.INFO),
        (b"Nov 24, 2026 12:00:01 PM a.B c\nINFO: x\n", FOUR + timedelta(hours=8), Level.INFO),
        (NGINX, FOUR, Level.ERROR),
        (b"2026/11/24 04:00:01 [emerg] 1#1: bind() failed\n", FOUR, Level.FATAL),
        (b"2026/11/24 04:00:01 [notice] 1#1: signal\n", FOUR, Level.INFO),
        (ACCESS, FOUR - timedelta(hours=1), Level.INFO),
        (ACCESS.replace(b" 200 ", b" 404 "), FOUR - timedelta(hours=1), Level.WARNING),
        (ACCESS.replace(b" 200 ", b" 502 "), FOUR - timedelta(hours=1), Level.ERROR),
        (ACCESS.replace(b"+0100", b"-0730"), FOUR + timedelta(hours=7.5), Level.INFO),
        (
            b'2001:db8::1 - ada [24/Nov/2026:04:00:01 +0000] "\\x16\\x03" 400 0\n',
            FOUR,
            Level.WARNING,
        ),
        (
            b'meet.example.org:443 ::1 - - [24/Nov/2026:04:00:01 +0000] "GET /" 200 1\n',
            FOUR,
            Level.INFO,
        ),
        (
            b"[Tue Nov 24 04:00:01.500000 2026] [ssl:warn] [pid 1:tid 2] x\n",
            FOUR + timedelta(seconds=0.5),
            Level.WARNING,
        ),
        (
            b"2026-11-24T04:00:01.250000+01:00 host prosody[1]: error: x\n",
            FOUR - timedelta(minutes=59, seconds=59.75),
            Level.ERROR,
        ),
        (b"2026-11-24 04:00:01 [WARN] x\n", FOUR, Level.WARNING),
        (b"2026-11-24T04:00:01Z x\n", FOUR, Level.NONE),
        (b"Nov 24 04:00:01 host prosody[12]: hello\n", FOUR, Level.NONE),
        (b"JVB 2026-11-24 04:00:01 SEVERE: [1] A.b#1: x\n", FOUR, Level.ERROR),
        (b"2026-11-24 04:00:01+02 x\n", FOUR - timedelta(hours=2), Level.NONE),
        (b'[24/Nov/2026:04:00:01 +0000] ::1 "GET / HTTP/1.1" 502\n', FOUR, Level.INFO),
        (b'{"a":"\\"ts\\":1","time":"2026-11-24T04:00:01+00:00"}\n', FOUR, Level.NONE),
        (b'{"time_local": "24/Nov/2026:04:00:01 +0000", "status": "404"}\n', FOUR, Level.WARNING),
        (b'{"msec":"1795492801.500","status":200}\n', FOUR + timedelta(seconds=0.5), Level.INFO),
        (b'{"level":"warn","ts":1795492801500}\n', FOUR + timedelta(seconds=0.5), Level.WARNING),
        (b"1795492801.500 ::1 x\n", FOUR + timedelta(seconds=0.5), Level.NONE),
    ],
)
def test_time_and_level_of_every_format(line: bytes, time: datetime, level: Level) -> None:
    record = one(line)
    assert record.time == time
    assert record.level == level
    assert record.text == line.decode().rstrip("\n")


@pytest.mark.parametrize("line", [PROSODY, JICOFO, JAVA, NGINX])
def test_times_are_in_the_servers_zone(line: bytes) -> None:
    record = one(line, BERLIN)
    assert record.time is not None
    assert record.time.replace(microsecond=0) == FOUR - timedelta(hours=1)


class TestYear:
    @pytest.mark.parametrize(
        ("line", "now", "year"),
        [
            (b"Dec 31 23:59:59 x\tinfo\tx\n", datetime(2027, 1, 1, 0, 0, 5, tzinfo=UTC), 2026),
            (b"Jan  1 00:00:01 x\tinfo\tx\n", datetime(2027, 1, 1, 0, 0, 5, tzinfo=UTC), 2027),
            # The server's clock is ahead of ours.
            (b"Jan  1 00:00:01 x\tinfo\tx\n", datetime(2026, 12, 31, 23, 59, tzinfo=UTC), 2027),
            (b"Nov 26 00:00:00 x\tinfo\tx\n", datetime(2026, 11, 24, tzinfo=UTC), 2025),
            (b"Feb 29 00:00:00 x\tinfo\tx\n", datetime(2026, 11, 24, tzinfo=UTC), 2024),
        ],
    )
    def test_is_the_latest_that_is_not_in_the_future(
        self, line: bytes, now: datetime, year: int
    ) -> None:
        record = one(line, UTC, now)
        assert record.time is not None
        assert record.time.year == year

    def test_runs_on_over_new_year(self) -> None:
        lines = b"Dec 31 23:59:58 x\tinfo\ta\nJan  1 00:00:02 x\tinfo\tb\n"
        times = [record.time for record in parse(lines, UTC, datetime(2027, 1, 1, 1, tzinfo=UTC))]
        assert times[0] and times[1]
        assert times[1] - times[0] == timedelta(seconds=4)


class TestSummerTime:
    def test_the_hour_that_comes_twice_runs_on(self) -> None:
        lines = b"".join(
            b"Jicofo 2026-10-25 %s.000 INFO: x\n" % stamp
            for stamp in b"01:59:59 02:00:00 02:59:59 02:00:00 02:59:59 03:00:00".split()
        )
        times = [record.time for record in parse(lines, BERLIN)]
        assert all(times)
        seconds = [time.timestamp() - times[0].timestamp() for time in times if time and times[0]]
        assert seconds == [0, 1, 3600, 3601, 7200, 7201]

    @pytest.mark.parametrize("line", [b"Jicofo 2026-%s.000 INFO: x\n", b"%s x\tinfo\tx\n"])
    def test_over_both_changes_times_run_on_with_a_year_and_without(self, line: bytes) -> None:
        dated = line.startswith(b"Jicofo")
        days = (b"03-29", b"10-25") if dated else (b"Mar 29", b"Oct 25")
        stamps = [days[0] + b" " + time for time in b"01:59:59 03:00:00".split()]
        stamps += [days[1] + b" " + time for time in b"02:59:59 02:00:00 02:59:59 03:00:00".split()]
        now = datetime(2026, 11, 1, tzinfo=UTC)
        times = [one.time for one in parse(b"".join(line % at for at in stamps), BERLIN, now)]
        known = [time.timestamp() for time in times if time]
        steps = [after - before for before, after in pairwise(known)]
        assert steps[0] == 1
        assert steps[2:] == [1, 3599, 1]


class TestContinuation:
    TRACE = (
        b"java.lang.IllegalStateException: gone\n"
        b"\tat org.jitsi.jicofo.Some.method(Some.java:12)\n"
        b"Caused by: java.io.IOException: Broken pipe\n"
        b"\t... 12 more\n"
    )

    def test_a_stack_trace_stays_with_its_record(self) -> None:
        records = parse(JICOFO + self.TRACE + JICOFO)
        assert [record.text.count("\n") for record in records] == [4, 0]
        assert records[0].text.endswith("... 12 more")

    def test_a_trace_that_comes_later_stays_with_its_record(self) -> None:
        lines = (JICOFO + self.TRACE + JICOFO).splitlines(keepends=True)
        assert parse(lines) == parse(b"".join(lines))

    def test_a_line_of_another_format_begins_a_record(self) -> None:
        records = parse(JICOFO + self.TRACE + JAVA + PROSODY + self.TRACE + NGINX)
        assert [record.text.count("\n") for record in records] == [4, 1, 4, 0]

    def test_the_level_of_a_java_record_may_come_later(self) -> None:
        header, level = JAVA.splitlines(keepends=True)
        records = parse([header, level, header, level])
        assert [record.level for record in records] == [Level.INFO, Level.INFO]

    def test_reading_may_start_in_the_middle_of_a_trace(self) -> None:
        parser = RecordParser(UTC, at(NOW), midway=True)
        block = parser.feed(self.TRACE + JICOFO, 1000)
        assert block.head == self.TRACE
        assert [block.offset + offset for offset in block.offsets] == [1000 + len(self.TRACE)]

    def test_beats_47336_a_record_that_rotation_cut_in_two_is_one(self) -> None:
        old = RecordParser(UTC, at(NOW))
        buffer = SourceBuffer("jicofo")
        buffer.append(old.feed(JICOFO + self.TRACE[:40], 0), 1)
        new = RecordParser(UTC, at(NOW), after=old)
        buffer.append(new.feed(self.TRACE[40:] + JICOFO, 0), 2)
        assert len(buffer) == 2

    def test_a_file_without_any_format_has_a_record_a_line(self) -> None:
        records = parse(b"one\ntwo\n  indented\nthree\n")
        assert [record.text for record in records] == ["one", "two\n  indented", "three"]
        assert all(record.time is None for record in records)

    def test_a_format_that_does_not_come_back_is_given_up(self) -> None:
        lines = PROSODY + b"plain\n" * (MAX_CONTINUATION + 10)
        assert len(parse(lines)) > 5


class TestHostile:
    def test_a_line_of_ten_megabytes_is_cut_and_says_so(self) -> None:
        line = PROSODY[:-1] + b"x" * (10 << 20) + b"\n"
        records = parse(line + PROSODY)
        assert len(records) == 2
        assert len(records[0].text) == MAX_RECORD
        assert records[0].cut == len(line) - MAX_RECORD
        assert records[1].offset == len(line)

    def test_a_long_line_in_pieces_is_the_same_record(self) -> None:
        line = PROSODY[:-1] + b"x" * (1 << 20) + b"\n"
        pieces = [line[:300_000], line[300_000:600_000], line[600_000:] + PROSODY]
        assert parse(pieces) == parse(line + PROSODY)

    def test_many_continuation_lines_are_cut_too(self) -> None:
        records = parse([JICOFO, *[b"\tat " + b"y" * 1000 + b"\n"] * 200, JICOFO])
        assert len(records[0].text) <= MAX_RECORD
        assert records[0].cut > 100_000
        assert records[1].cut == 0

    def test_invalid_utf_8_and_nul_are_harmless(self) -> None:
        record = one(b"Nov 24 04:00:01 x\tinfo\t\xff\xfe\0\x1b[2J\xed\xa0\x80\n")
        assert "\ufffd" in record.text
        assert record.time == FOUR

    @pytest.mark.parametrize(
        "line",
        [
            b"Nov 99 04:00:01 x\tinfo\tx\n",
            b"Foo 24 04:00:01 x\tinfo\tx\n",
            b"Jicofo 9999-99-99 99:99:99.999 INFO: x\n",
            b"Jicofo 0000-00-00 00:00:00.000 INFO: x\n",
            b"2026/02/30 04:00:01 [error] x\n",
            b'1.2.3.4 - - [99/Xxx/9999:99:99:99 +9999] "x" 200 1\n',
            b"Nov 24, 9999 99:99:99 XX a.B c\nINFO: x\n",
            b"2026-11-24T25:61:61+99:99 x\n",
            b"[Tue Xxx 99 99:99:99 9999] [a:error] x\n",
            b'{"time":"9999-99-99T99:99:99Z"}\n',
            b'{"time":"no time"}\n',
        ],
    )
    def test_times_that_are_none_are_records_without_a_time(self, line: bytes) -> None:
        assert one(line).time is None

    def test_a_leap_second_is_a_time(self) -> None:
        assert one(b"2016/12/31 23:59:60 [error] x\n").time is not None


@pytest.mark.parametrize(
    ("shown", "hidden"),
    [
        ("AuthSession[ID=a, SID=••••, MUID=••••]", "AuthSession[ID=a, SID=s3-cr, MUID=t9]"),
        ('{"password":"••••"}', '{"password":"hun\\"ter"}'),
        ("GET /x?jwt=••••&room=daily", "GET /x?jwt=eyJhbGciOiJ.eyJhdWQiOi.sig&room=daily"),
        ("Authorization: Bearer ••••", "Authorization: Bearer abcdef.ghi"),
        ("<auth mechanism='PLAIN'>••••</auth>", "<auth mechanism='PLAIN'>AGpvaGFuAHB3</auth>"),
        ("app_secret: ••••", "app_secret: geheim"),
        ("sid '1a2b3c4d••••'", "sid '1a2b3c4d-55aa-4e0e-9f00-0123456789ab'"),
        ("sid '••••' is unknown", "sid 'abc' is unknown"),
        ("BOSH body open (sid: ••••)", "BOSH body open (sid: 1a2b3c4d-55aa-4e0e-9f00-01)"),
        ("bosh1a2b3c4d••••\tinfo\tx", "bosh1a2b3c4d-55aa-4e0e-9f00-0123456789ab\tinfo\tx"),
        ("mod_bosh\tinfo\tx", "mod_bosh\tinfo\tx"),
        ("Authorization: ••••", "Authorization: Own way=1, b=2"),
        ("Proxy-Authorization: Basic ••••", "Proxy-Authorization: Basic Zm9v"),
        ('"authorization":"Bearer ••••"', '"authorization":"Bearer abc"'),
        ("Cookie: ••••", "Cookie: a=b; c=d"),
        ("GET /x?previd=••••&token=•••• H", "GET /x?previd=1-2&token=abc H"),
        ("GET /colibri-ws/a/b/c?pwd=••••", "GET /colibri-ws/a/b/c?pwd=3fk2"),
        ("https://ada:••••@host/x", "https://ada:pw@host/x"),
        ("wss://host:443/x@y", "wss://host:443/x@y"),
        ("token '••••' is bad", "token 'abcdefgh12' is bad"),
        ("unexpected token '}'", "unexpected token '}'"),
        ("machineUID=••••", "machineUID=77"),
        ("token expired", "token expired"),
        ("inside: nothing", "inside: nothing"),
    ],
)
def test_credentials_are_hidden_and_nothing_else(shown: str, hidden: str) -> None:
    assert one(PROSODY[:-1] + b" " + hidden.encode() + b"\n").text.endswith(" " + shown)


LINES = st.lists(
    st.one_of(
        st.sampled_from(
            [
                PROSODY,
                JICOFO,
                *JAVA.splitlines(keepends=True),
                NGINX,
                ACCESS,
                b"\tat org.jitsi.Some(Some.java:1)\n",
                b"Caused by: x\n",
                b"2026-11-24T04:00:01Z x\n",
                b"Nov 24 04:00:01 host cron[1]: x\n",
                b"Jicofo 2026-10-25 02:30:00.000 INFO: x\n",
                b"\n",
                b"plain text\n",
                b" " * 70_000 + b"\n",
                PROSODY[:-1] + b"x" * 70_000 + b"\n",
            ]
        ),
        st.binary(max_size=60).map(lambda line: line.replace(b"\n", b"") + b"\n"),
    ),
    max_size=40,
)


@settings(max_examples=300, deadline=None)
@given(LINES, st.lists(st.integers(0, 40), max_size=12))
def test_records_are_the_same_however_the_lines_arrive(
    lines: list[bytes], places: list[int]
) -> None:
    bounds = [0, *sorted(min(place, len(lines)) for place in places), len(lines)]
    pieces = [b"".join(lines[a:b]) for a, b in pairwise(bounds)]
    assert parse(pieces, BERLIN) == parse(b"".join(lines), BERLIN)


@settings(max_examples=300, deadline=None)
@given(LINES)
def test_every_byte_is_in_exactly_one_record(lines: list[bytes]) -> None:
    data = b"".join(lines)
    records: list[Record] = parse(data)
    bounds = [*[record.offset for record in records], len(data)]
    assert not data or bounds[0] == 0
    assert bounds == sorted(bounds)
    for record, start, end in zip(records, bounds, bounds[1:], strict=False):
        kept = end - start - record.cut
        assert 0 <= kept <= MAX_RECORD


@given(st.binary(max_size=2000))
def test_random_bytes_crash_nothing(data: bytes) -> None:
    for record in parse(data):
        assert record.time is None or record.time.tzinfo is UTC
