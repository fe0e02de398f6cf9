"""What travels between us and the server: little, no secret, and nothing believed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jitsi_tui.instance import wire
from jitsi_tui.instance.layout import Layout
from jitsi_tui.instance.model import Ending, Step
from jitsi_tui.instance.transaction.following import MAX_STEPS, Following
from jitsi_tui.ssh.command import Root

LINES = st.lists(
    st.sampled_from([b"a\n", b"b\r\n", b"\n", b"secret = x\n", b"no end"]), max_size=12
)


@given(LINES, LINES)
def test_edits_make_the_new_file_of_the_old_one(old: list[bytes], new: list[bytes]) -> None:
    before, after = b"".join(old), b"".join(new)
    made, at = b"", 0
    for offset, length, text in wire.edits(before, after):
        made += before[at:offset] + text
        at = offset + length

    assert made + before[at:] == after


def test_lines_that_stay_do_not_travel() -> None:
    before = b"app_secret = hush\n" * 3 + b"old\n" + b"password = hush\n" * 3
    after = before.replace(b"old", b"new")

    assert list(wire.edits(before, after)) == [(54, 4, b"new\n")]


def test_root_is_wanted_on_a_server_and_not_for_the_practice_server() -> None:
    real = wire.command(Layout(), "resume", "n", "t")
    practice = wire.command(Layout(root="/tmp/x"), "resume", "n", "t")

    assert (real.root, practice.root) == (Root.YES, Root.IF_POSSIBLE)


def test_a_server_can_not_forge_a_record_without_the_nonce() -> None:
    records = wire.Records("abc")

    assert records.feed(b"end\tapplied\t\t\nxyz end\tapplied\t\t\nabc begin\tlock\n") == [
        ("begin", "lock")
    ]


def test_a_record_may_arrive_in_pieces() -> None:
    records = wire.Records("abc")

    assert records.feed(b"abc do") == []
    assert records.feed(b"ne\tlock\t0.1\t\nabc ") == [("done", "lock", "0.1", "")]


def test_a_line_without_end_is_not_collected_for_ever() -> None:
    records = wire.Records("abc")

    with pytest.raises(wire.WireError):
        for _ in range(100):
            records.feed(b"x" * 65536)


def test_records_without_end_are_not_read_for_ever() -> None:
    records = wire.Records("abc")

    with pytest.raises(wire.WireError):
        for _ in range(30):
            records.feed(b"abc left\t1\n" * 1000)


def test_steps_are_told_once_also_when_the_journal_is_read_again() -> None:
    told: list[Step] = []
    following = Following(told.append)
    journal = [
        ("run", "20261124T125422Z-1"),
        ("begin", "lock"),
        ("done", "lock", "0.10", ""),
        ("begin", "files"),
    ]
    for fields in (*journal, *journal, ("done", "files", "0.20", "2 as planned")):
        following.take(fields)
    following.take(("end", "applied", "done", ""))

    assert [(s.name, s.seconds) for s in told] == [
        ("lock", None),
        ("lock", 0.1),
        ("files", None),
        ("files", 0.2),
    ]
    assert following.applied(None).ending is Ending.APPLIED


@given(st.lists(st.lists(st.text(max_size=10), max_size=5).map(tuple), max_size=20))
def test_any_record_is_taken_without_harm(records: list[tuple[str, ...]]) -> None:
    following = Following(lambda step: None)
    for fields in records:
        following.take(fields)
    following.applied(None)


def test_a_server_that_tells_steps_for_ever_is_cut_short() -> None:
    told: list[Step] = []
    following = Following(told.append)
    for number in range(MAX_STEPS * 3):
        following.take(("done", f"step {number}", "nan", "x" * 100_000))

    assert len(told) == MAX_STEPS
    assert all(len(step.detail) <= 8000 and step.seconds == 0.0 for step in told)
