"""What the program on the server tells of logs: events, and where its files stand by them."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence

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
from .frames import Frame, FrameError, moment_of, number_of, text_of, unhex, words_of
from .journal import JournalReader
from .openfile import MAX_LINE, OpenFile, unended
from .sources import Source

MAX_HISTORY = 8 * 1024 * 1024
"""Bytes that one request for history may ask for."""

_CLOCK_SET = 5.0
"""Seconds by which the server's clock is another than it should be, after which it was set. What
waited on the way looks the same; the next that did not sets it right."""

_OPEN_FILES = 1_000
"""Files of one source that may be read at once: a server that means harm could name more and more.

All that rotation put aside while nobody listened is named first and then read.
"""

_KNOWN_FILES = 256
"""Files of which one knows how they are found again, beside those that are open."""

_ENDED_FILES = 16

_HEAD, _TAIL = 256, 64


class Told:
    """All that one program told; takes its frames in order. ``resume``: where another one stood."""

    def __init__(self, sources: Sequence[Source], resume: Position | None) -> None:
        self._sources = tuple(sources)
        self.server: Server | None = None
        self.events: list[Event] = []
        self.whole = False
        """Whether the last frame ended all that there was for the moment."""

        self._files: list[dict[int, OpenFile]] = [{} for _ in self._sources]
        self._live = [0] * len(self._sources)
        self._ahead: list[set[int]] = [set() for _ in self._sources]
        """Files that came after the log, until it is said which is the log now. Nothing of them was
        told, and they are found again from the one before."""

        self._known: dict[int, Place] = dict(resume.known) if resume else {}
        self._next_file = resume.next_file if resume else 1
        self._before: dict[str, str] = dict(resume.before) if resume else {}
        self._finished = [
            deque[Place]((resume.ended if resume else {}).get(source.name, ()), _ENDED_FILES)
            for source in self._sources
        ]
        self._answers: dict[int, tuple[int, bytearray]] = {}
        self._missing = set(resume.missing) if resume else set[str]()
        self._server_time = resume.time if resume else 0
        self._started = self._heard = time.monotonic()
        if resume:
            self._restore(resume)

    # --- what callers use -------------------------------------------------------------------

    def take(self, frame: Frame) -> None:
        """Raises ``FrameError`` where it can't be."""
        take = _TAKES.get(frame.kind)
        if take is None:
            raise FrameError("the log stream from the server holds a frame that can't be")
        self._heard = time.monotonic()
        self.whole = frame.kind == b"T"
        take(self, self._sources[frame.source].name, frame)

    def hand_over(self) -> tuple[Event, ...]:
        """What happened since it was asked last."""
        events, self.events = tuple(self.events), []
        return events

    def asked(self, number: int, file: int) -> str:
        """That an answer will come by this number; how one asks for a file."""
        self._answers[number] = (-1, bytearray())
        return _place_words(self._known.get(file) or Place(file, Identity(0, 0, b""), 0, b""))

    def unended(self) -> list[Lines]:
        """Lines whose ends have not come."""
        logs = zip(self._sources, self._files, strict=True)
        return [line for log, files in logs for line in unended(log.name, files.values())]

    def setup(self) -> Iterator[str]:
        """What the next program must know to go on from here (see ``Follow::Main``)."""
        yield f"next {self._next_file}"
        for index, (source, files) in enumerate(zip(self._sources, self._files, strict=True)):
            yield f"source {index} {_hex(source.path)} {_hex(source.unit)}"
            yield from (f"ended {index} {_place_words(place)}" for place in self._finished[index])
            yield from (self._resume_line(index, file) for file in files.values())
            if source.name in self._before:
                yield f"before {index} {self._before[source.name]}"
            if source.name in self._missing and not files:
                yield f"fresh {index} {self._server_time}"

    def position(self) -> Position:
        """Where it stands, counting exactly what was told."""
        places: dict[str, tuple[Place, ...]] = {}
        standing = zip(self._sources, self._files, self._live, self._ahead, strict=True)
        for source, files, live, ahead in standing:
            # The log itself stands last, and stays if nothing has come after it yet.
            others = [
                file
                for number, file in files.items()
                if number != live and not file.ended and number not in ahead
            ]
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
                for one, ended in zip(self._sources, self._finished, strict=True)
            },
        )

    # --- where it stands --------------------------------------------------------------------

    def _restore(self, resume: Position) -> None:
        for index, source in enumerate(self._sources):
            for place in resume.places.get(source.name, ()):
                file = OpenFile(place.file, place.identity, place.offset, place.tail)
                file.copy = place.copy
                if place.cursor:
                    file.journal = JournalReader(place.cursor)
                self._files[index][place.file] = file
                self._live[index] = place.file

    def _resume_line(self, index: int, file: OpenFile) -> str:
        if file.journal:
            return f"cursor {index} {file.number} {_hex(file.journal.cursor)}"
        place = _place_words(file.place())
        return f"resume {index} {file.number} {place} {self._server_time} {file.copy:d}"

    # --- what frames tell -------------------------------------------------------------------

    def _state(self, name: str, frame: Frame) -> None:
        state, detail = words_of(frame, 2)
        if state in ("missing", "journal"):
            self._missing.add(name)
        elif state == "open":
            self._missing.discard(name)
        self.events.append(State(name, state, unhex(detail).decode("utf-8", "replace")))

    def _take_before(self, name: str, frame: Frame) -> None:
        words = frame.payload.decode("ascii", "replace")
        if words != "none":
            head, offset, tail, *inode = words_of(frame, 6)
            unhex(head, _HEAD), number_of(offset), unhex(tail, _TAIL)
            for number in inode:
                number_of(number)
        self._before[name] = words

    def _gap(self, name: str, frame: Frame) -> None:
        why, _, detail = text_of(frame.payload).partition(" ")
        self.events.append(Gap(name, why, frame.file, detail))

    def _hello(self, _name: str, frame: Frame) -> None:
        _version, now, uid, offset, zone = words_of(frame, 5)
        self.server = Server(*_zone_of(offset, zone), moment_of(now), number_of(uid) == 0)
        self._server_time, self._started = self.server.time, time.monotonic()
        self.events.append(self.server)

    def _zone_set(self, _name: str, frame: Frame) -> None:
        self.events.append(ZoneSet(*_zone_of(*words_of(frame, 2))))

    def _caught_up(self, _name: str, _frame: Frame) -> None:
        self.events.append(CaughtUp())

    def _round_ended(self, _name: str, frame: Frame) -> None:
        told, here = moment_of(words_of(frame, 1)[0]), time.monotonic()
        if abs(told - (self._server_time + here - self._started)) > _CLOCK_SET:
            self._server_time, self._started = told, here
            self.events.append(ClockSet(told))

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
            moment_of(mtime),
            journal=how == "journal",
            past=how == "past",
            offset=frame.offset,
        )
        if how == "past":
            self.events.append(began)
            return
        if how == "head" and file:
            file.identity = identity
            return
        live = files.get(self._live[frame.source])
        if how in ("live", "journal"):
            self._live[frame.source] = frame.file
            self._ahead[frame.source].clear()
        elif file is None and live and live.identity.head:
            # What is found while the log is empty came before it.
            self._ahead[frame.source].add(frame.file)
        # The program keeps reading ahead of whole lines, never behind what it said before.
        if file is None or frame.offset != file.offset + len(file.rest):
            fresh = OpenFile(frame.file, identity, frame.offset, unhex(tail, _TAIL))
            fresh.journal = file.journal if file else None
            file = files[frame.file] = fresh
        file.identity = identity
        file.copy = file.copy or how == "copy"
        if began.journal and file.journal is None:
            file.journal = JournalReader()
        last = self._live[frame.source]
        for number in [number for number, old in files.items() if old.ended and number != last]:
            del files[number]
        if len(files) > _OPEN_FILES:
            raise FrameError("the log stream from the server opens files without end")
        self.events.append(began)

    def _know(self, place: Place) -> None:
        self._known.pop(place.file, None)
        self._known[place.file] = place
        self._next_file = max(self._next_file, place.file + 1)
        over = len(self._known) - _KNOWN_FILES
        if over > 0:
            kept = {place.file}.union(*self._files)
            for number in [one for one in self._known if one not in kept][:over]:
                del self._known[number]

    def _lines(self, name: str, frame: Frame) -> None:
        data, offset = self._file(frame).take(frame.payload, frame.offset)
        if data:
            self.events.append(Lines(name, data, offset, frame.file))

    def _journal(self, name: str, frame: Frame) -> None:
        file = self._file(frame)
        if file.journal is None:
            raise FrameError("the log stream from the server takes a file for the journal")
        lines = file.journal.feed(frame.payload)
        if file.journal.lost:
            file.journal.lost = False
            self.events.append(Gap(name, "journal", frame.file))
        if lines:
            self.events.append(Lines(name, lines, file.offset, frame.file))
            file.offset += len(lines)

    def _end(self, name: str, frame: Frame) -> None:
        file = self._file(frame)
        data, offset = file.finish()
        if data:
            self.events.append(Lines(name, data, offset, frame.file))
        if file.offset and not file.journal:
            self._finished[frame.source].append(file.place())
            self._know(file.place())
        self.events.append(Ended(name, frame.file))

    def _file(self, frame: Frame) -> OpenFile:
        file = self._files[frame.source].get(frame.file)
        if file is None:
            raise FrameError("the log stream from the server speaks of a file it never named")
        self._ahead[frame.source].discard(frame.file)
        return file

    def _answer(self, _name: str, frame: Frame) -> None:
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
        self.events.append(
            History(number_of(number), name, frame.file, max(start, 0), bytes(data), status, why)
        )


_TAKES: dict[bytes, Callable[[Told, str, Frame], None]] = {
    b"H": Told._hello,
    b"L": Told._zone_set,
    b"I": Told._identity,
    b"D": Told._lines,
    b"J": Told._journal,
    b"E": Told._end,
    b"G": Told._gap,
    b"S": Told._state,
    b"B": Told._take_before,
    b"A": Told._answer,
    b"Z": Told._answered,
    b"C": Told._caught_up,
    b"T": Told._round_ended,
}
"""By the kinds of frames (see ``Follow::Main``)."""


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
