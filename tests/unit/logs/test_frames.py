"""The frame reader: the same frames however they arrive, and nothing that isn't one."""

from __future__ import annotations

from itertools import pairwise
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jitsi_tui.logs.events import Identity
from jitsi_tui.logs.frames import MAX_PREFACE, Frame, FrameError, FrameReader
from jitsi_tui.logs.openfile import OpenFile
from jitsi_tui.logs.sources import Source
from jitsi_tui.logs.told import Told

NONCE = b"\x00\xff\nNONCE"

FRAMES = st.lists(
    st.builds(
        Frame,
        st.sampled_from([bytes([kind]) for kind in b"HIDJEGSAZTCB"]),
        st.integers(0, 3),
        st.integers(0, 2**32 - 1),
        st.integers(0, 2**64 - 1),
        st.binary(max_size=300),
    ),
    max_size=20,
)


def written(frame: Frame, nonce: bytes = NONCE) -> bytes:
    head = pack(">8scHIQI", nonce, *frame[:4], len(frame.payload))
    return head + frame.payload


def cut(data: bytes, places: list[int]) -> list[bytes]:
    bounds = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[a:b] for a, b in pairwise(bounds)]


@given(FRAMES, st.lists(st.integers(0, 2**20), max_size=30), st.binary(max_size=100))
def test_frames_are_the_same_however_they_arrive(
    frames: list[Frame], places: list[int], preface: bytes
) -> None:
    reader = FrameReader(NONCE, sources=4)
    got: list[Frame] = []
    for piece in cut(preface.replace(b"N", b"n") + b"".join(map(written, frames)), places):
        got += reader.feed(piece)
    assert got == frames
    last = Frame(b"T", 0, 0, 0, b"")
    assert reader.feed(written(last)) == [last]


@given(FRAMES, st.binary(min_size=27, max_size=200))
def test_anything_but_a_frame_is_an_error_and_never_a_frame(
    frames: list[Frame], garbage: bytes
) -> None:
    reader = FrameReader(NONCE, sources=4)
    first = written(Frame(b"T", 0, 0, 0, b""))
    assert len(reader.feed(first + b"".join(map(written, frames)))) == len(frames) + 1
    if not garbage.startswith(NONCE):
        with pytest.raises(FrameError):
            reader.feed(garbage)


@given(st.lists(st.binary(max_size=400), max_size=10))
def test_random_bytes_crash_nothing(pieces: list[bytes]) -> None:
    reader = FrameReader(NONCE, sources=4)
    for piece in pieces:
        try:
            assert reader.feed(piece) == []
        except FrameError:
            return


@pytest.mark.parametrize(
    "bad",
    [
        written(Frame(b"D", 4, 0, 0, b"")),
        pack(">8scHIQI", NONCE, b"D", 0, 0, 0, 2**31),
        written(Frame(b"D", 0, 0, 0, b""), b"12345678"),
    ],
    ids=["source", "length", "nonce"],
)
def test_a_frame_that_can_not_be_is_an_error(bad: bytes) -> None:
    reader = FrameReader(NONCE, sources=4)
    assert reader.feed(written(Frame(b"T", 0, 0, 0, b"")))
    with pytest.raises(FrameError):
        reader.feed(bad)


def test_a_frame_of_a_kind_that_there_is_not_is_an_error() -> None:
    with pytest.raises(FrameError):
        Told([Source("a", "/a")], None).take(Frame(b"X", 0, 0, 0, b""))


def test_a_server_that_only_talks_is_an_error() -> None:
    reader = FrameReader(NONCE, sources=1)
    with pytest.raises(FrameError):
        for _ in range(3):
            reader.feed(b"x" * (MAX_PREFACE // 2))


def test_a_payload_may_hold_the_nonce_and_whole_frames() -> None:
    inner = written(Frame(b"D", 1, 2, 3, b"forged"))
    frame = Frame(b"D", 0, 0, 0, NONCE + inner)
    assert FrameReader(NONCE, sources=4).feed(written(frame)) == [frame]


@given(
    st.lists(st.binary(max_size=40).map(lambda line: line.replace(b"\n", b"")), max_size=20),
    st.binary(max_size=20).map(lambda line: line.replace(b"\n", b"")),
    st.lists(st.integers(0, 2**20), max_size=20),
)
def test_lines_are_whole_however_bytes_arrive(
    lines: list[bytes], rest: bytes, places: list[int]
) -> None:
    file = OpenFile(1, Identity(1, 2, b""), 1000, b"")
    data = b"".join(line + b"\n" for line in lines) + rest
    got, offset = b"", 1000
    for piece in cut(data, places):
        whole, start = file.take(piece, offset)
        offset += len(piece)
        assert whole == b"" or whole.endswith(b"\n")
        assert start == 1000 + len(got)
        got += whole
        place = file.place()
        assert place.offset == 1000 + len(got)
        assert place.tail == got[-64:]
    whole, start = file.finish()
    assert got + whole == data


def test_bytes_that_were_skipped_are_an_error() -> None:
    file = OpenFile(1, Identity(1, 2, b""), 0, b"")
    file.take(b"one\ntw", 0)
    with pytest.raises(FrameError):
        file.take(b"x\n", 7)
