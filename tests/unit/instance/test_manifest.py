"""A backup's manifest: read as written, refused when it isn't ours."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jitsi_tui.instance import wire
from jitsi_tui.instance.transaction import manifest

GOOD = (
    b"jitsi-tui-backup\t1\n"
    b"id\t20261124T125422Z-1\n"
    b"time\t2026-11-24T12:54:22Z\n"
    b"who\tada@desk\n"
    b"what\tclose meet.example.org to strangers\n"
    b"state\tapplied\n"
    b"proof\tmeet.example.org: PLAIN\n"
    b"file\t0\t/etc/a\\tb\taa\tbb\t0\t0\t0644\n"
    b"step\tlock\t0.00\t1\n" + b"\n" * 100
)


def test_a_manifest_is_read_as_it_was_written() -> None:
    backup = manifest.parse(GOOD)

    assert backup.id == "20261124T125422Z-1"
    assert backup.time.isoformat() == "2026-11-24T12:54:22+00:00"
    assert backup.who == "ada@desk"
    assert backup.state == "applied"
    assert [(f.path, f.sha256_before, f.sha256_after) for f in backup.files] == [
        ("/etc/a\tb", "aa", "bb")
    ]
    assert (backup.undoes, backup.undone_by) == (None, None)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"jitsi-tui-backup\t1", b"something\telse"),
        (b"jitsi-tui-backup\t1", b"jitsi-tui-backup\t2"),
        (b"id\t20261124T125422Z-1", b"id\t../../etc"),
        (b"time\t2026-11-24T12:54:22Z", b"time\tyesterday"),
        (b"state\tapplied", b"state\tsplendid"),
        (b"file\t0\t/etc/a", b"file\t0\tetc/a"),
        (b"file\t0\t/etc/a\\tb\taa\tbb\t0\t0\t0644", b"file\t0"),
    ],
)
def test_a_damaged_manifest_is_refused(old: bytes, new: bytes) -> None:
    with pytest.raises(manifest.ManifestError):
        manifest.parse(GOOD.replace(old, new))


@given(st.binary(max_size=400))
def test_whatever_a_server_sends_is_a_backup_or_a_manifest_error(noise: bytes) -> None:
    for data in (noise, GOOD + noise, b"jitsi-tui-backup\t1\n" + noise):
        with contextlib.suppress(manifest.ManifestError):
            manifest.parse(data)


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=5))
def test_a_record_gives_its_fields_back(fields: list[bytes]) -> None:
    line = wire.record(*fields)

    assert line.count(b"\n") == 1
    assert all(byte >= 0x20 or byte in b"\t\n" for byte in line)
    assert [wire.unescape(field) for field in line[:-1].split(b"\t")] == fields
