"""Frames that ``follow.pl`` writes: found behind whatever a login shell says first, then strict."""

from __future__ import annotations

from struct import Struct
from typing import NamedTuple

from ..ssh.host import HostError

NONCE_SIZE = 8
MAX_PAYLOAD = 1024 * 1024
"""Bytes that one frame may carry; the program writes at most an eighth of it."""

MAX_PREFACE = 64 * 1024
"""Bytes that a login shell may print before our program speaks."""

_NO_MOMENT = 2**35
"""A thousand years from now."""

_HEADER = Struct(">8scHIQI")


class FrameError(HostError):
    """What came is not what our program writes: the stream can't be trusted any further."""

    kind = "log-stream"

    def __init__(self, message: str) -> None:
        super().__init__(
            message, "connect again; if it happens again, something on the server writes in between"
        )


class Frame(NamedTuple):
    """One frame: ``file`` and ``offset`` say which bytes of which file ``payload`` is."""

    kind: bytes
    source: int
    file: int
    offset: int
    payload: bytes


class FrameReader:
    """Cuts a stream of bytes into frames, however it arrives.

    The nonce is random for each run and was handed over on standard input, so nothing that stands
    in a log can look like a frame's start; payloads are counted, never searched.
    """

    def __init__(self, nonce: bytes, *, sources: int) -> None:
        if len(nonce) != NONCE_SIZE:
            raise ValueError(f"a nonce has {NONCE_SIZE} bytes")
        self._nonce = nonce
        self._sources = sources
        self._buffer = bytearray()
        self._started = False

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that are complete with these bytes. Raises ``FrameError``."""
        buffer = self._buffer
        buffer += data
        if not self._started and not self._skip_preface():
            return []
        frames: list[Frame] = []
        at, end, size = 0, len(buffer), _HEADER.size
        while end - at >= size:
            nonce, kind, source, file, offset, length = _HEADER.unpack_from(buffer, at)
            self._check(nonce, source, length)
            if end - at - size < length:
                break
            at += size
            frames.append(Frame(kind, source, file, offset, bytes(buffer[at : at + length])))
            at += length
        del buffer[:at]
        return frames

    def _skip_preface(self) -> bool:
        place = self._buffer.find(self._nonce)
        if place < 0:
            if len(self._buffer) > MAX_PREFACE:
                raise FrameError("the server printed something, but not our log program")
            return False
        if place > MAX_PREFACE:
            raise FrameError("the server printed too much before our log program spoke")
        del self._buffer[:place]
        self._started = True
        return True

    def _check(self, nonce: bytes, source: int, length: int) -> None:
        if nonce != self._nonce:
            raise FrameError("the log stream from the server is garbled")
        if source >= self._sources or length > MAX_PAYLOAD:
            raise FrameError("the log stream from the server holds a frame that can't be")


def unhex(text: str, most: int = 4096) -> bytes:
    """A word in hexadecimal digits, ``-`` if empty. Raises ``FrameError``, as those below do."""
    try:
        data = b"" if text == "-" else bytes.fromhex(text)
    except ValueError as error:
        raise FrameError("the log stream from the server holds a word that can't be") from error
    if len(data) > most:
        raise FrameError("the log stream from the server holds a word that is too long")
    return data


def number_of(text: str) -> int:
    """A word that is a number."""
    # Python refuses to read numbers of thousands of digits; a hostile server may send one.
    if not (text.isascii() and text.isdigit() and len(text) <= 20):
        raise FrameError("the log stream from the server holds a number that can't be")
    return int(text)


def moment_of(text: str) -> int:
    """A word that is a time, in seconds since 1970."""
    moment = number_of(text)
    # There are dates for some more, but not in every zone, and not where one counts on from there.
    if moment >= _NO_MOMENT:
        raise FrameError("the log stream from the server holds a time that can't be")
    return moment


def text_of(payload: bytes) -> str:
    """A payload that is some words."""
    return payload[:400].decode("utf-8", "replace")


def words_of(frame: Frame, number: int) -> list[str]:
    """A payload that is so many words."""
    words = frame.payload.decode("ascii", "replace").split(" ")
    if len(words) != number:
        raise FrameError("the log stream from the server holds a frame that can't be")
    return words
