"""Follows logs on a host: starts ``follow.pl`` there, reads its frames, tells what happened."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import count

from ..resources import remote_modules
from ..ssh.command import Command, Root
from ..ssh.host import CommandTimeoutError, Host, HostError, Stream
from ..ssh.shipped import shipped
from .events import (
    Began,
    CaughtUp,
    ClockSet,
    Ended,
    Event,
    Gap,
    History,
    Identity,
    Lines,
    Place,
    Position,
    Server,
    State,
    ZoneSet,
)
from .frames import (
    NONCE_SIZE,
    Frame,
    FrameError,
    FrameReader,
    number_of,
    text_of,
    unhex,
    words_of,
)
from .journal import JournalReader
from .openfile import MAX_LINE, OpenFile, unended
from .sources import Source

TAIL_BYTES = 4 * 1024 * 1024
"""How far the program looks back for the last lines of a log."""

MAX_HISTORY = 8 * 1024 * 1024
"""Bytes that one request for history may ask for."""

_BATCH = 128 * 1024
"""Bytes after which what came is handed on though more is there: to take it over takes the app some
milliseconds, in which keys wait."""

_ROUND_SECONDS = 0.02
"""How long what came waits for the rest of what the program told in one go."""

_CLOCK_SET = 5.0
"""Seconds by which the server's clock is another than it should be, after which it was set. What
waited on the way looks the same; the next that did not sets it right."""

_KNOWN_FILES = 256
_ENDED_FILES = 16
_OPEN_FILES = 64
"""Files of one source that may be read at once; rotation hardly makes more than two."""

_HEAD, _TAIL = 256, 64


class FollowError(HostError):
    """The program that reads the logs ended, or could not start."""

    kind = "logs"


class Follower:
    """Reads logs as they grow. Has no thread: whoever calls ``read`` waits.

    ``read`` belongs to one thread; ``before``, ``previous`` and ``close`` may come from another.
    Not reading holds the server's program up, which then loses nothing: its files keep the lines.
    """

    def __init__(
        self,
        host: Host,
        sources: Sequence[Source],
        *,
        tail: int = 200,
        resume: Position | None = None,
    ) -> None:
        """``tail`` is the number of last lines to start with; -1 starts at a file's beginning.

        ``resume`` continues where another follower of the same sources stood. Raises ``HostError``.
        """
        self.sources = tuple(sources)
        self.server: Server | None = None
        self._files: list[dict[int, OpenFile]] = [{} for _ in self.sources]
        self._live = [0] * len(self.sources)
        self._known: dict[int, Place] = dict(resume.known) if resume else {}
        self._next_file = resume.next_file if resume else 1
        self._before: dict[str, str] = dict(resume.before) if resume else {}
        self._finished = [
            deque[Place]((resume.ended if resume else {}).get(source.name, ()), _ENDED_FILES)
            for source in self.sources
        ]
        self._answers: dict[int, tuple[int, bytearray]] = {}
        self._requests = count(1)
        self._started = self._heard = time.monotonic()
        self._error: HostError | None = None
        self._missing = set(resume.missing) if resume else set[str]()
        self._server_time = resume.time if resume else 0
        nonce = os.urandom(NONCE_SIZE)
        self._reader = FrameReader(nonce, sources=len(self.sources))
        self._events: list[Event] = []
        self._gathered = 0
        self.whole = False
        """Whether ``read`` returned all that there was for the moment."""

        if resume:
            self._restore(resume)
        self._stream: Stream = host.stream(self._command(nonce, tail))
        self.as_root = self._stream.as_root

    # --- what callers use -------------------------------------------------------------------

    def read(self, timeout: float | None = None) -> tuple[Event, ...]:
        """What has happened since; empty after ``timeout`` seconds in which nothing did.

        Raises ``ConnectionLostError``, ``FrameError``, or ``FollowError`` where the program ended.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self._events:
            if self._error:
                raise self._error
            if not self._receive(deadline):
                return ()
        deadline = time.monotonic() + _ROUND_SECONDS
        while not self.whole and self._gathered < _BATCH and not self._error:
            if not self._receive(deadline):
                break
        events, self._events, self._gathered = tuple(self._events), [], 0
        return events

    def batches(self, timeout: float | None = None) -> Iterator[tuple[Event, ...]]:
        """``read`` again and again; a batch is empty after ``timeout`` quiet seconds."""
        while True:
            yield self.read(timeout)

    def position(self) -> Position:
        """Where this follower stands, counting exactly what ``read`` has returned."""
        places: dict[str, tuple[Place, ...]] = {}
        for source, files in zip(self.sources, self._files, strict=True):
            # The log itself stands last, and stays if nothing has come after it yet.
            live = self._live[len(places)]
            others = [file for number, file in files.items() if number != live and not file.ended]
            last = [files[live]] if live in files else []
            places[source.name] = tuple(file.place() for file in (*others, *last))
        elapsed = self._heard - self._started if self.server else 0.0
        now = int(self._server_time + elapsed)
        return Position(
            places,
            dict(self._known),
            self._next_file,
            now,
            frozenset(self._missing),
            dict(self._before),
            {
                one.name: tuple(ended)
                for one, ended in zip(self.sources, self._finished, strict=True)
            },
        )

    def before(self, source: str, file: int, offset: int, size: int) -> int:
        """Ask for up to ``size`` bytes before ``offset`` (-1: before the file's end).

        The answer comes from ``read`` as a ``History`` with the number that is returned here.
        """
        return self._request("W", source, file, offset, min(size, MAX_HISTORY))

    def previous(self, source: str, file: int, size: int) -> int:
        """Ask for the last ``size`` bytes of the file that was the log before this one."""
        return self._request("P", source, file, min(size, MAX_HISTORY))

    def unended(self) -> list[Lines]:
        """Lines whose ends have not come, for whoever reads no further."""
        logs = zip(self.sources, self._files, strict=True)
        return [line for log, files in logs for line in unended(log.name, files.values())]

    def close(self) -> None:
        """End the program on the server. Safe to call twice, and from another thread."""
        self._stream.close()

    # --- what is sent -----------------------------------------------------------------------

    def _command(self, nonce: bytes, tail: int) -> Command:
        lines = [
            f"nonce {nonce.hex()}",
            f"tail {tail} {TAIL_BYTES}",
            f"next {self._next_file}",
        ]
        for index, (source, files) in enumerate(zip(self.sources, self._files, strict=True)):
            lines.append(f"source {index} {_hex(source.path)} {_hex(source.unit)}")
            lines += [f"ended {index} {_place_words(place)}" for place in self._finished[index]]
            lines += [self._resume_line(index, file) for file in files.values()]
            if source.name in self._before:
                lines.append(f"before {index} {self._before[source.name]}")
            if source.name in self._missing and not files:
                lines.append(f"fresh {index} {self._server_time}")
        lines.append("go\n")
        data = "\n".join(lines).encode()
        parts = remote_modules("Follow")
        return shipped("follow.pl", root=Root.IF_POSSIBLE, parts=parts, data=data)

    def _resume_line(self, index: int, file: OpenFile) -> str:
        if file.journal:
            return f"cursor {index} {file.number} {_hex(file.journal.cursor)}"
        place = _place_words(file.place())
        return f"resume {index} {file.number} {place} {self._server_time} {file.copy:d}"

    def _restore(self, resume: Position) -> None:
        for index, source in enumerate(self.sources):
            for place in resume.places.get(source.name, ()):
                file = OpenFile(place.file, place.identity, place.offset, place.tail)
                file.copy = place.copy
                if place.cursor:
                    file.journal = JournalReader(place.cursor)
                self._files[index][place.file] = file
                self._live[index] = place.file

    def _request(self, what: str, source: str, file: int, *numbers: int) -> int:
        index = next(i for i, one in enumerate(self.sources) if one.name == source)
        number = next(self._requests)
        place = self._known.get(file) or Place(file, Identity(0, 0, b""), 0, b"")
        words = [what, number, index, file, _place_words(place), *numbers]
        self._answers[number] = (-1, bytearray())
        self._stream.write((" ".join(str(word) for word in words) + "\n").encode())
        return number

    # --- what is received -------------------------------------------------------------------

    def _receive(self, deadline: float | None) -> bool:
        """Take what comes next; false where nothing did until then.

        What goes wrong is kept: what came before it is right, and counted by ``position``, so that
        it goes out first.
        """
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        try:
            data = self._stream.read(_BATCH, left)
            if not data:
                raise self._ended()
            self._heard = time.monotonic()
            self._gathered += len(data)
            for frame in self._reader.feed(data):
                self._take(frame)
        except CommandTimeoutError:
            return False
        except HostError as error:
            self._error = error
        return True

    def _take(self, frame: Frame) -> None:
        name = self.sources[frame.source].name
        self.whole = frame.kind == b"T"
        match frame.kind:
            case b"D":
                self._lines(name, frame)
            case b"I":
                self._identity(name, frame)
            case b"J":
                self._journal(name, frame)
            case b"E":
                self._end(name, frame)
            case b"G":
                why, _, detail = text_of(frame.payload).partition(" ")
                self._events.append(Gap(name, why, frame.file, detail))
            case b"S":
                self._state(name, frame)
            case b"A":
                self._answer(frame)
            case b"Z":
                self._answered(name, frame)
            case b"H" | b"L":
                self._tell_zone(frame)
            case b"B":
                self._take_before(name, frame)
            case b"C" | b"T":
                self._told_all(frame)

    def _state(self, name: str, frame: Frame) -> None:
        state, detail = words_of(frame, 2)
        if state in ("missing", "journal"):
            self._missing.add(name)
        elif state == "open":
            self._missing.discard(name)
        self._events.append(State(name, state, unhex(detail).decode("utf-8", "replace")))

    def _take_before(self, name: str, frame: Frame) -> None:
        words = frame.payload.decode("ascii", "replace")
        if words != "none":
            head, offset, tail, *inode = words_of(frame, 6)
            unhex(head, _HEAD), number_of(offset), unhex(tail, _TAIL)
            for number in inode:
                number_of(number)
        self._before[name] = words

    def _tell_zone(self, frame: Frame) -> None:
        """At the start, with all that the program says of its server; then where it is set."""
        if frame.kind == b"L":
            self._events.append(ZoneSet(*_zone_of(*words_of(frame, 2))))
            return
        _version, now, uid, offset, zone = words_of(frame, 5)
        self.server = Server(*_zone_of(offset, zone), number_of(now), number_of(uid) == 0)
        self._server_time, self._started = self.server.time, time.monotonic()
        self._events.append(self.server)

    def _told_all(self, frame: Frame) -> None:
        """What there was at the start, or in a round; with a round's end comes the time."""
        if not self.whole:
            self._events.append(CaughtUp())
            return
        told, here = number_of(words_of(frame, 1)[0]), time.monotonic()
        if abs(told - (self._server_time + here - self._started)) > _CLOCK_SET:
            self._server_time, self._started = told, here
            self._events.append(ClockSet(told))

    def _identity(self, name: str, frame: Frame) -> None:
        how, dev, ino, mtime, head, tail, path = words_of(frame, 7)
        identity = Identity(number_of(dev), number_of(ino), unhex(head, _HEAD))
        self._know(Place(frame.file, identity, frame.offset, unhex(tail, _TAIL)))
        files = self._files[frame.source]
        file = files.get(frame.file)
        began = Began(
            name,
            frame.file,
            unhex(path).decode("utf-8", "replace"),
            number_of(mtime),
            journal=how == "journal",
            past=how == "past",
            offset=frame.offset,
        )
        if how == "past":
            self._events.append(began)
            return
        if how == "head" and file:
            file.identity = identity
            return
        if how in ("live", "journal"):
            self._live[frame.source] = frame.file
        # The program keeps reading ahead of whole lines, never behind what it said before.
        if file is None or frame.offset != file.offset + len(file.rest):
            fresh = OpenFile(frame.file, identity, frame.offset, unhex(tail, _TAIL))
            fresh.journal = file.journal if file else None
            file = files[frame.file] = fresh
        file.identity = identity
        file.copy = file.copy or how == "copy"
        if began.journal and file.journal is None:
            file.journal = JournalReader()
        live = self._live[frame.source]
        for number in [number for number, old in files.items() if old.ended and number != live]:
            del files[number]
        if len(files) > _OPEN_FILES:
            raise FrameError("the log stream from the server opens files without end")
        self._events.append(began)

    def _know(self, place: Place) -> None:
        self._known[place.file] = place
        self._next_file = max(self._next_file, place.file + 1)
        while len(self._known) > _KNOWN_FILES:
            del self._known[next(iter(self._known))]

    def _lines(self, name: str, frame: Frame) -> None:
        data, offset = self._file(frame).take(frame.payload, frame.offset)
        if data:
            self._events.append(Lines(name, data, offset, frame.file))

    def _journal(self, name: str, frame: Frame) -> None:
        file = self._file(frame)
        if file.journal is None:
            raise FrameError("the log stream from the server takes a file for the journal")
        lines = file.journal.feed(frame.payload)
        if file.journal.lost:
            file.journal.lost = False
            self._events.append(Gap(name, "journal", frame.file))
        if lines:
            self._events.append(Lines(name, lines, file.offset, frame.file))
            file.offset += len(lines)

    def _end(self, name: str, frame: Frame) -> None:
        file = self._file(frame)
        data, offset = file.finish()
        if data:
            self._events.append(Lines(name, data, offset, frame.file))
        if file.offset and not file.journal:
            self._finished[frame.source].append(file.place())
            self._know(file.place())
        self._events.append(Ended(name, frame.file))

    def _file(self, frame: Frame) -> OpenFile:
        file = self._files[frame.source].get(frame.file)
        if file is None:
            raise FrameError("the log stream from the server speaks of a file it never named")
        return file

    def _answer(self, frame: Frame) -> None:
        number = int.from_bytes(frame.payload[:4], "big")
        start, data = self._answers.get(number, (-1, None))
        if data is None or len(data) + len(frame.payload) > MAX_HISTORY + 4 * MAX_LINE:
            raise FrameError("the log stream from the server answers what was never asked")
        if start < 0:
            self._answers[number] = (frame.offset, data)
        data += frame.payload[4:]

    def _answered(self, name: str, frame: Frame) -> None:
        number, status, detail = words_of(frame, 3)
        start, data = self._answers.pop(number_of(number), (-1, bytearray()))
        why = unhex(detail).decode("utf-8", "replace")
        self._events.append(
            History(number_of(number), name, frame.file, max(start, 0), bytes(data), status, why)
        )

    def _ended(self) -> HostError:
        said = self._stream.stderr()[-400:].decode("utf-8", "replace").strip()
        status = self._stream.exit_status(timeout=1.0)
        reason = said.splitlines()[-1] if said else f"exit status {status}"
        return FollowError(
            f"the program that reads the logs on the server ended: {reason}",
            "look whether perl runs there",
        )


def _zone_of(offset: str, name: str) -> tuple[str, int]:
    """A zone's name, and seconds east of UTC."""
    minutes = number_of(offset.removeprefix("-"))
    if minutes >= 24 * 60:
        raise FrameError("the log stream from the server tells of a zone that can't be")
    return unhex(name).decode("utf-8", "replace"), minutes * (-60 if offset[:1] == "-" else 60)


def _hex(value: str | bytes) -> str:
    data = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
    return data.hex() or "-"


def _place_words(place: Place) -> str:
    identity = place.identity
    return f"{identity.dev} {identity.ino} {_hex(identity.head)} {place.offset} {_hex(place.tail)}"
